//! Swaps of replicas, and temperatures that adapt to them.

mod common;

use burn::tensor::{Device, Int, Tensor, TensorData};
use common::{device, values};
use paysage_kernels::{
    Adaptation, RandomKey, TemperatureLadder, bernoulli_mask, exchange, swap_probabilities, uniform,
};

const ADAPTATION: Adaptation = Adaptation {
    lowest: 0.1,
    target: 0.3,
    steps: 2000,
};

fn integers(rows: Vec<i64>, shape: [usize; 2], device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(rows, shape), device)
}

/// Each chain by itself, on the host. 70 replicas are more than a block of random numbers.
#[test]
fn pairs_are_swapped_by_their_random_numbers() {
    let device = device();
    for (chains, replicas, number) in [(1, 2, 0), (5, 3, 1), (7, 12, 4), (3, 70, 3)] {
        let key = RandomKey::new(7).split(number);
        let energies = uniform([chains, replicas], key.split(1), &device) * 20.0;
        let betas: Vec<f64> = (0..replicas).map(|k| 1.0 / (1.0 + k as f64)).collect();
        let betas = Tensor::<2>::from_data(TensorData::new(betas, [1, replicas]), &device);
        let shifted = |chain: usize, k: usize| ((k + chain) % replicas) as i64;
        let order: Vec<i64> = (0..chains)
            .flat_map(|chain| (0..replicas).map(move |k| shifted(chain, k)))
            .collect();
        let order_on_device = integers(order.clone(), [chains, replicas], &device);
        let steps = integers(vec![number as i64], [1, 1], &device);
        for of_each in [betas.clone(), betas.clone().repeat_dim(0, chains)] {
            let (found, probabilities) = exchange(
                energies.clone(),
                of_each,
                order_on_device.clone(),
                steps.clone(),
                key,
            );
            let of_places = energies.clone().gather(1, order_on_device.clone());
            let expected = swap_probabilities(of_places, betas.clone());
            let drawn = bernoulli_mask(&expected, key).into_data();
            let drawn: Vec<bool> = drawn.iter::<u8>().map(|x| x != 0).collect();
            let pairs = values(probabilities).into_iter().zip(values(expected));
            for (found, expected) in pairs {
                assert!((found - expected).abs() < 1e-5, "{found}, {expected}");
            }
            let mut swapped = order.clone();
            for (chain, row) in swapped.chunks_mut(replicas).enumerate() {
                for k in (number as usize % 2..replicas - 1).step_by(2) {
                    if drawn[chain * (replicas - 1) + k] {
                        row.swap(k, k + 1);
                    }
                }
            }
            let found: Vec<i64> = found.into_data().iter().collect();
            assert_eq!(found, swapped, "{chains} chains of {replicas} replicas");
            assert!(replicas == 2 || found != order, "no pair was swapped");
        }
    }
}

/// A swap rate is a function of the ratio of temperatures, here exp(−c |ln ratio|).
fn adapted(cost: f64) -> TemperatureLadder {
    let mut ladder = TemperatureLadder::linear(6, ADAPTATION.lowest, &device());
    for _ in 0..ADAPTATION.steps {
        let betas = ladder.betas.clone().log();
        let ratios = betas.clone().narrow(1, 0, 5) - betas.narrow(1, 1, 5);
        ladder = ladder.after((ratios * -cost).exp(), &ADAPTATION);
    }
    ladder
}

#[test]
fn temperatures_adapt_to_the_target_rate() {
    // ln ratio = −ln(0.3)/c, which keeps the lowest β above 0.1.
    let cost = 10.0;
    let ladder = adapted(cost);
    let ratio = ADAPTATION.target.powf(1.0 / cost);
    for (k, beta) in values(ladder.betas).into_iter().enumerate() {
        let expected = ratio.powi(k as i32);
        assert!((beta - expected).abs() < 1e-3, "{k}: {beta}, {expected}");
    }
    for rate in values(ladder.rates) {
        assert!((rate - ADAPTATION.target).abs() < 1e-2, "{rate}");
    }
    assert_eq!(ladder.steps.into_scalar::<i64>(), ADAPTATION.steps as i64);
}

#[test]
fn rates_are_equal_where_the_lowest_temperature_is_reached() {
    let ladder = adapted(1.0);
    let betas = values(ladder.betas);
    assert!((betas[5] - ADAPTATION.lowest).abs() < 1e-4, "{betas:?}");
    let expected = ADAPTATION.lowest.powf(1.0 / 5.0);
    for rate in values(ladder.rates) {
        assert!((rate - expected).abs() < 1e-2, "{rate}");
    }
}

#[test]
fn temperatures_stay_once_adaptation_is_over() {
    let mut ladder = adapted(10.0);
    let before = values(ladder.betas.clone());
    for rate in [0.0, 1.0] {
        ladder = ladder.after(Tensor::full([7, 5], rate, &device()), &ADAPTATION);
    }
    // A GPU adds the gaps up again, always in the same order.
    let after = values(ladder.betas.clone());
    assert_eq!(after, before);
    assert_eq!(values(ladder.rates.clone()), [0.5; 5]);
    // Rates that are not defined spoil no temperatures.
    ladder = ladder.after(Tensor::full([7, 5], f64::NAN, &device()), &ADAPTATION);
    assert_eq!(values(ladder.betas), before);
}

#[test]
fn steps_beyond_the_largest_number_alternate() {
    let device = device();
    let most = (1_u64 << 31) - 2;
    let mut ladder = TemperatureLadder::linear(3, 0.1, &device);
    for (steps, expected) in [
        (0, [1, 2, 3]),
        (most - 2, [most - 1, most, most - 1]),
        (most, [most - 1, most, most - 1]),
        (u64::MAX - 1, [most - 1, most, most - 1]),
        (u64::MAX, [most, most - 1, most]),
    ] {
        ladder.steps = TemperatureLadder::count(steps, &device);
        for expected in expected {
            ladder = ladder.after(Tensor::full([7, 2], 0.4, &device), &ADAPTATION);
            assert_eq!(ladder.steps.clone().into_scalar::<u64>(), expected);
        }
    }
}

/// The first steps by the formula, on the host in f64.
#[test]
fn the_first_steps_have_their_gains_and_weights() {
    let mut ladder = TemperatureLadder::linear(3, 0.1, &device());
    let mut log_gaps = values(ladder.log_gaps.clone());
    let mut rates = [0.0; 2];
    for step in 0..60 {
        let found = [0.2 + 0.01 * f64::from(step % 7), 0.9];
        let rows = Tensor::<2>::from_floats([found, found], &device());
        ladder = ladder.after(rows, &ADAPTATION);
        let gain = (1.0 + f64::from(step) / 20.0).powf(-0.6);
        let weight = (1.0 / f64::from(step + 1)).max(0.05);
        for (k, found) in found.into_iter().enumerate() {
            log_gaps[k] += gain * (found - ADAPTATION.target);
            rates[k] += weight * (found - rates[k]);
        }
        let sum: f64 = log_gaps.iter().map(|gap| gap.exp()).sum();
        let excess = (sum / 9.0).ln().max(0.0);
        log_gaps.iter_mut().for_each(|gap| *gap -= excess);
    }
    let found = values(ladder.log_gaps)
        .into_iter()
        .chain(values(ladder.rates));
    for (found, expected) in found.zip(log_gaps.into_iter().chain(rates)) {
        assert!((found - expected).abs() < 1e-4, "{found}, {expected}");
    }
}
