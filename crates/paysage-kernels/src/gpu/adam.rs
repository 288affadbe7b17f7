//! A step of Adam.

use burn::backend::TensorMetadata;
use burn_cubecl::tensor::CubeTensor;
use cubecl::{CubeDim, calculate_cube_count_elemwise, prelude::*};

use super::observed;
use crate::AdamStep;

/// The numbers of a step.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Numbers {
    decay_first: f32,
    decay_second: f32,
    factor: f32,
    floor: f32,
    rate: f32,
}

/// The numbers of a step, in the order of [`Numbers`].
pub(super) fn numbers_of(step: AdamStep) -> [f32; 5] {
    let [factor, floor] = step.factor_and_floor();
    let rate = step.rate as f32;
    [step.decay_first, step.decay_second, factor, floor, rate]
}

/// Where the kernel has its numbers from: known when it is compiled.
#[derive(CubeType, CubeLaunch)]
#[expect(dead_code, reason = "launches make it")]
enum NumberSource {
    /// From the launch.
    Launch(Numbers),
    /// From memory, from this place on: work that is captured has other numbers each time.
    Memory(Box<[f32]>, u32),
}

#[cube]
fn read(source: &NumberSource) -> Numbers {
    match source {
        NumberSource::Launch(numbers) => Numbers {
            decay_first: numbers.decay_first,
            decay_second: numbers.decay_second,
            factor: numbers.factor,
            floor: numbers.floor,
            rate: numbers.rate,
        },
        NumberSource::Memory(memory, place) => {
            let first = *place as usize;
            Numbers {
                decay_first: memory[first],
                decay_second: memory[first + 1],
                factor: memory[first + 2],
                floor: memory[first + 3],
                rate: memory[first + 4],
            }
        }
    }
}

fn numbers_argument(step: AdamStep) -> NumberSourceArgs {
    if let Some((memory, place)) = observed::place_of_adam(step) {
        return NumberSourceArgs::Memory(memory, place);
    }
    let [decay_first, decay_second, factor, floor, rate] = numbers_of(step);
    NumberSourceArgs::Launch(NumbersLaunch::new(
        decay_first,
        decay_second,
        factor,
        floor,
        rate,
    ))
}

#[cube(launch)]
fn adam_kernel(
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: NumberSource,
    count: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= count {
        terminate!();
    }
    let step = read(&step);
    let g = gradient[at];
    let m = first[at] * step.decay_first + g * (1.0f32 - step.decay_first);
    let s = second[at] * step.decay_second + g * g * (1.0f32 - step.decay_second);
    first[at] = m;
    second[at] = s;
    values[at] -= m * step.factor / (f32::sqrt(s) + step.floor) * step.rate;
}

/// Moves values and moments, all contiguous.
pub(crate) fn launch_adam(
    values: &CubeTensor,
    gradient: CubeTensor,
    [first, second]: [&CubeTensor; 2],
    step: AdamStep,
) {
    let count = values.shape().num_elements();
    let dim = CubeDim::new(&values.client, count);
    adam_kernel::launch(
        &values.client,
        calculate_cube_count_elemwise(&values.client, count, dim),
        dim,
        values.clone().into_buffer_arg(),
        gradient.into_buffer_arg(),
        first.clone().into_buffer_arg(),
        second.clone().into_buffer_arg(),
        numbers_argument(step),
        count,
    );
}
