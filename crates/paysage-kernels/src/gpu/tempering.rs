//! Swaps of replicas, and the adaptation of their temperatures.

use burn::tensor::{DType, Int, Tensor};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::{
    launch_column_means,
    math::{exp_of_negative, ln, unit_interval},
    primitive::{contiguous, tensor_of},
    unwritten, unwritten_of,
    words::{Key, KeySource, key_argument, key_of, words},
};
use crate::{
    Adaptation, RandomKey, TemperatureLadder,
    temperature_ladder::{DECAY, LARGEST_COUNT, LEAST_GAIN, LEAST_WEIGHT, STEPS_OF_FULL_GAIN},
};

/// The uniform number of a row and a column.
#[cube]
fn uniform_at(key: &Key, row: u32, column: u32) -> f32 {
    let words = words(key, row, column / 32u32 * 8u32 + column % 8u32);
    let word = column % 32u32 / 8u32;
    let low = select(word == 0u32, words.a, words.b);
    let high = select(word == 2u32, words.c, words.d);
    unit_interval(select(word < 2u32, low, high))
}

/// The probability of a swap of the replicas at a place of a chain and at the next one.
#[cube]
fn probability(
    energies: &[f32],
    betas: &[f32],
    order: &[i32],
    first: u32,
    beta: u32,
    place: u32,
) -> f32 {
    let at = (first + place) as usize;
    let (one, other) = (order[at] as u32, order[at + 1] as u32);
    let energy = energies[(first + one) as usize] - energies[(first + other) as usize];
    let beta = (beta + place) as usize;
    let log_ratio = (betas[beta] - betas[beta + 1]) * energy;
    exp_of_negative(select(log_ratio > 0.0f32, 0.0f32, log_ratio))
}

/// One unit for each place of a chain. Both units of a pair compute whether it is swapped.
#[cube(launch)]
fn exchange_kernel(
    energies: &[f32],
    betas: &[f32],
    order: &[i32],
    steps: &[i32],
    swapped: &mut [i32],
    probabilities: &mut [f32],
    key: KeySource,
    chains: u32,
    replicas: u32,
    beta_stride: u32,
) {
    let at = ABSOLUTE_POS as u32;
    if at >= chains * replicas {
        terminate!();
    }
    let (chain, place) = (at / replicas, at % replicas);
    let (first, beta) = (chain * replicas, chain * beta_stride);
    let is_second = place % 2u32 != steps[0] as u32 % 2u32;
    let is_paired = select(is_second, place > 0u32, place + 1u32 < replicas);
    let mut taken = at;
    if is_paired {
        let lower = select(is_second, place - 1u32, place);
        let p = probability(energies, betas, order, first, beta, lower);
        if uniform_at(&key_of(&key), chain, lower) < p {
            taken = select(is_second, at - 1u32, at + 1u32);
        }
    }
    if place + 1u32 < replicas {
        let p = probability(energies, betas, order, first, beta, place);
        probabilities[(chain * (replicas - 1u32) + place) as usize] = p;
    }
    swapped[at as usize] = order[taken as usize];
}

/// [`crate::exchange`] of f32 tensors on a GPU.
pub(crate) fn exchange(
    energies: &Tensor<2>,
    betas: &Tensor<2>,
    order: &Tensor<2, Int>,
    steps: &Tensor<2, Int>,
    key: RandomKey,
) -> Option<(Tensor<2, Int>, Tensor<2>)> {
    let [chains, replicas] = order.dims();
    let beta_stride = if betas.dims()[0] == 1 { 0 } else { replicas };
    let [energies, betas] = [energies, betas].map(|x| contiguous(x, DType::F32));
    let [order, steps] = [order, steps].map(|x| contiguous(x, DType::I32));
    let (energies, betas, order, steps) = (energies?, betas?, order?, steps?);
    let probabilities = unwritten([chains, replicas - 1], &energies);
    let swapped = unwritten_of(DType::I32, [chains, replicas], &energies);
    if chains == 0 {
        return Some((tensor_of(swapped), tensor_of(probabilities)));
    }
    let client = energies.client.clone();
    let dim = CubeDim::new(&client, chains * replicas);
    exchange_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, chains * replicas, dim),
        dim,
        energies.into_buffer_arg(),
        betas.into_buffer_arg(),
        order.into_buffer_arg(),
        steps.into_buffer_arg(),
        swapped.clone().into_buffer_arg(),
        probabilities.clone().into_buffer_arg(),
        key_argument(key),
        chains as u32,
        replicas as u32,
        beta_stride as u32,
    );
    Some((tensor_of(swapped), tensor_of(probabilities)))
}

/// The numbers of an [`Adaptation`].
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Numbers {
    target: f32,
    log_largest: f32,
    steps: i32,
}

/// One unit for all pairs: there are few.
#[cube(launch)]
fn adapt_kernel(
    log_gaps: &[f32],
    rates: &[f32],
    steps: &[i32],
    found: &[f32],
    next_log_gaps: &mut [f32],
    next_rates: &mut [f32],
    next_steps: &mut [i32],
    betas: &mut [f32],
    numbers: Numbers,
    pairs: u32,
) {
    let count = steps[0];
    let adapts = count < numbers.steps;
    let since = select(adapts, count, count - numbers.steps);
    let share = 1.0f32 / f32::cast_from(since + 1i32);
    let least = select(adapts, comptime!(LEAST_WEIGHT as f32), 0.0f32);
    let weight = f32::max(share, least);
    let periods = f32::cast_from(count) / comptime!(STEPS_OF_FULL_GAIN as f32);
    let decayed = exp_of_negative(comptime!(-DECAY as f32) * ln(1.0f32 + periods));
    let gain = f32::max(decayed, comptime!(LEAST_GAIN as f32));
    let mut sum = 0.0f32;
    for pair in 0..pairs {
        let pair = pair as usize;
        next_rates[pair] = fma(found[pair] - rates[pair], weight, rates[pair]);
        let moved = fma(found[pair] - numbers.target, gain, log_gaps[pair]);
        // Also where a rate is NaN.
        let moved = select(adapts, moved, log_gaps[pair]);
        next_log_gaps[pair] = moved;
        sum += f32::exp(moved);
    }
    let excess = f32::max(ln(sum) - numbers.log_largest, 0.0f32);
    let excess = select(adapts, excess, 0.0f32);
    let mut temperature = 1.0f32;
    betas[0] = 1.0f32;
    for pair in 0..pairs {
        let pair = pair as usize;
        let log_gap = next_log_gaps[pair] - excess;
        next_log_gaps[pair] = log_gap;
        temperature += f32::exp(log_gap);
        betas[pair + 1] = 1.0f32 / temperature;
    }
    // Even and odd numbers alternate beyond the largest one too.
    let is_last = count >= comptime!(LARGEST_COUNT);
    next_steps[0] = select(is_last, count - 1i32, count + 1i32);
}

/// [`TemperatureLadder::after`] of f32 tensors on a GPU.
pub(crate) fn adapted(
    ladder: &TemperatureLadder,
    probabilities: &Tensor<2>,
    adaptation: &Adaptation,
) -> Option<TemperatureLadder> {
    let pairs = ladder.log_gaps.dims()[1];
    let [log_gaps, rates, probabilities] =
        [&ladder.log_gaps, &ladder.rates, probabilities].map(|x| contiguous(x, DType::F32));
    let (log_gaps, rates, probabilities) = (log_gaps?, rates?, probabilities?);
    let steps = contiguous(&ladder.steps, DType::I32)?;
    let found = launch_column_means((probabilities, 1.0), None, None);
    let next = [pairs, pairs, pairs + 1].map(|columns| unwritten([1, columns], &log_gaps));
    let next_steps = unwritten_of(DType::I32, [1, 1], &log_gaps);
    let client = log_gaps.client.clone();
    adapt_kernel::launch(
        &client,
        CubeCount::Static(1, 1, 1),
        CubeDim::new_single(),
        log_gaps.into_buffer_arg(),
        rates.into_buffer_arg(),
        steps.into_buffer_arg(),
        found.into_buffer_arg(),
        next[0].clone().into_buffer_arg(),
        next[1].clone().into_buffer_arg(),
        next_steps.clone().into_buffer_arg(),
        next[2].clone().into_buffer_arg(),
        NumbersLaunch::new(
            adaptation.target as f32,
            adaptation.log_largest() as f32,
            i32::try_from(adaptation.steps).unwrap_or(i32::MAX),
        ),
        pairs as u32,
    );
    let [log_gaps, rates, betas] = next.map(tensor_of);
    Some(TemperatureLadder {
        log_gaps,
        rates,
        steps: tensor_of(next_steps),
        betas,
    })
}
