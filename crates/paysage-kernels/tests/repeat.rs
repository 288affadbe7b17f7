//! Work that is captured and replayed gives what it gives when it is launched each time.

use burn::tensor::{DType, Device, Tensor};
use paysage_kernels::{
    Capture, DiscreteUnits, InverseTemperature, Product, RandomKey, Time, bernoulli_mean,
    default_device, on_workers, repeat, sample_bernoulli, sample_categorical, sample_gaussian,
    sample_poisson, scale, uniform,
};

/// Repetitions: some blocks, and a part of one.
const COUNT: usize = 134;

fn device() -> Device {
    default_device().expect("a backend")
}

fn keys() -> impl ExactSizeIterator<Item = RandomKey> {
    let key = RandomKey::new(3);
    (0..COUNT).map(move |count| key.split(count as u64))
}

/// The tensors after the repetitions, and how often the work was done by the host.
fn repeated(
    start: Vec<Tensor<2>>,
    mut work: impl FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>> + Send,
) -> (Vec<Tensor<2>>, usize) {
    on_workers(|| {
        let mut calls = 0;
        let end = repeat(start, keys(), |tensors, key| {
            calls += 1;
            work(tensors, key)
        });
        (end, calls)
    })
}

/// That both ways agree, bit for bit. Returns how often the work was done by the host.
fn assert_same(
    start: &[Tensor<2>],
    mut work: impl FnMut(Vec<Tensor<2>>, RandomKey) -> Vec<Tensor<2>> + Send,
) -> usize {
    let expected = keys().fold(start.to_vec(), &mut work);
    let (found, calls) = repeated(start.to_vec(), &mut work);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.into_iter().zip(expected) {
        assert_eq!(found.into_data(), expected.into_data());
    }
    calls
}

/// Lets one test capture at a time: meanwhile no other thread may use the GPU.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    paysage_kernels::allow_capture(true);
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

const BERNOULLI: DiscreteUnits = DiscreteUnits::Bernoulli;

fn is_captured() -> bool {
    paysage_kernels::data_limit(&device()).is_some() && !cfg!(feature = "fusion")
}

#[test]
fn sweeps_are_replayed() {
    let _alone = alone();
    let device = device();
    let weights = uniform([13, 9], RandomKey::new(1), &device) - 0.5;
    let [visible, hidden] = [13, 9].map(|units| Tensor::<1>::zeros([units], &device));
    let field = |states: &Tensor<2>, transposed| Product {
        states: states.clone(),
        matrix: weights.clone(),
        transposed,
    };
    let beta = InverseTemperature::ONE;
    let start = [[7, 13], [7, 9]].map(|shape| Tensor::zeros(shape, &device));
    let calls = assert_same(&start, |state, key| {
        let h = field(&state[0], false).sample(BERNOULLI, hidden.clone(), &beta, key.split(1));
        let v = field(&h, true).sample(BERNOULLI, visible.clone(), &beta, key.split(0));
        vec![v, h]
    });
    assert_eq!(calls < COUNT, is_captured(), "{calls}");
}

/// Every draw, keys with other first rows, and one that is the same each time.
#[test]
fn all_draws_are_replayed() {
    let _alone = alone();
    let device = device();
    let beta = InverseTemperature::Shared(0.5);
    let zeros = |units| Tensor::<1>::zeros([units], &device);
    let start = [Tensor::ones([5, 12], &device)];
    let calls = assert_same(&start, |state, key| {
        let moved = state[0].clone() + uniform([5, 12], key.split(7).starting_at(4), &device);
        let noise = paysage_kernels::normal([5, 12], RandomKey::new(9), &device);
        let real = sample_gaussian(moved * 0.5 + noise, zeros(12), zeros(12) + 0.1, &beta, key);
        let key = key.split(1).starting_at(2).times_rows(3);
        let sites = sample_categorical(real.clone(), zeros(12), 4, &beta, key.split(0));
        let bits = sample_bernoulli(real.clone() - sites, zeros(12), &beta, key.split(1));
        vec![real + bits]
    });
    assert_eq!(calls < COUNT, is_captured(), "{calls}");
}

/// Work that reads its tensors is launched each time, and work whose draws come from the host.
#[test]
fn work_on_the_host_is_done_each_time() {
    let _alone = alone();
    let device = device();
    let start = [Tensor::ones([2, 3], &device)];
    let calls = assert_same(&start, |state, key| {
        let noise = f32::from(key.seed_of_row(0)[0]) / 256.0;
        vec![state[0].clone() * 0.5 + noise]
    });
    assert_eq!(calls, COUNT);
    let calls = assert_same(&start, |state, key| {
        vec![sample_poisson(state[0].clone() * 0.5 + 1.0, key)]
    });
    assert_eq!(calls, COUNT);
    // A graph of CUDA uploads the same numbers each time.
    assert_same(&start, |state, _| {
        let other = Tensor::<2>::from_floats([[0.5, 1.0, 2.0], [1.0, 2.0, 3.0]], &device);
        vec![state[0].clone() * 0.5 + other]
    });
}

/// Tensors that are in the places of others after a step.
#[test]
fn tensors_that_change_places_are_followed() {
    let _alone = alone();
    let device = device();
    let start = || [1, 2].map(|key| uniform([2, 3], RandomKey::new(key), &device));
    let work = |mut state: Vec<Tensor<2>>, key| {
        let before = state.swap_remove(0);
        let now = before.clone() * 0.5 + uniform([2, 3], key, &device);
        vec![now, before]
    };
    assert_same(&start(), work);
    let replayed = on_workers(|| {
        let mut capture = Capture::new(&device);
        let mut state = start().to_vec();
        for (number, key) in keys().enumerate() {
            let keys = [key];
            let time = Time::of_keys(&keys, number);
            (state, _) = capture.step(state, &[], &time, |state, _| (work(state, key), ()));
        }
        assert_eq!(capture.output().is_some(), is_captured());
        capture.finish(state)
    });
    let launched = keys().fold(start().to_vec(), work);
    for (replayed, launched) in replayed.into_iter().zip(launched) {
        assert_eq!(replayed.into_data(), launched.into_data());
    }
}

/// Inverse temperatures that differ each time, and are those of other kernels at some times.
#[test]
fn numbers_are_replayed() {
    let _alone = alone();
    let device = device();
    let loc = Tensor::<1>::zeros([3], &device);
    let draw = |states: Vec<Tensor<2>>, number: usize, capture: Option<&mut Capture<()>>| {
        let betas = [1.0, 2.0].map(|factor| factor * (number + 1) as f64 / 50.0);
        let keys = [RandomKey::new(number as u64)];
        let work = |states: Vec<Tensor<2>>, _: &[Tensor<2>]| {
            let [first, second] = betas.map(InverseTemperature::Shared);
            let field = scale(states[0].clone(), betas[1]) + 0.1;
            let mean = bernoulli_mean(field, loc.clone(), &first);
            let drawn = sample_bernoulli(mean, loc.clone() + 0.3, &second, keys[0]);
            (vec![drawn - 0.4], ())
        };
        let time = Time {
            keys: &keys,
            rate: 0.0,
            numbers: &betas,
            number,
        };
        match capture {
            Some(capture) => capture.step(states, &[], &time, work).0,
            None => work(states, &[]).0,
        }
    };
    let start = || vec![uniform([4, 3], RandomKey::new(1), &device)];
    let launched = (0..COUNT).fold(start(), |states, number| draw(states, number, None));
    let replayed = on_workers(|| {
        let mut capture = Capture::new(&device);
        let end = (0..COUNT).fold(start(), |states, number| {
            draw(states, number, Some(&mut capture))
        });
        assert_eq!(capture.output().is_some(), is_captured());
        capture.finish(end)
    });
    assert_eq!(replayed[0].to_data(), launched[0].to_data());
}

/// Other float types are launched each time, where the device has them.
#[test]
fn work_in_f64_is_done_each_time() {
    let _alone = alone();
    let device = device();
    if !device.supports_dtype(DType::F64) {
        return;
    }
    let start = [Tensor::<2>::ones([3, 4], (&device, DType::F64))];
    let calls = assert_same(&start, |state, _| vec![state[0].clone() * 0.75 + 0.125]);
    assert_eq!(calls, COUNT);
}

#[test]
fn a_tensor_that_stays_is_kept() {
    let _alone = alone();
    let device = device();
    let start = [[2, 3], [2, 3]].map(|shape| Tensor::ones(shape, &device));
    assert_same(&start, |mut state, key| {
        state[1] = state[0].clone() + uniform([2, 3], key, &device);
        state
    });
}
