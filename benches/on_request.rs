//! Runs one benchmark for each line of its input, so that `beside_pytorch.py` can alternate between
//! Paysage and PyTorch.
//!
//! A line is `sweep VISIBLE HIDDEN BATCH`, `pcd VISIBLE HIDDEN BATCH STEPS`, `impute VISIBLE HIDDEN BATCH` (a sweep with
//! half of the visible units clamped), `potts VISIBLE HIDDEN BATCH STATES` (a sweep with one-hot visible sites), `tempering VISIBLE HIDDEN CHAINS REPLICAS`, `tap VISIBLE HIDDEN BATCH ITERATIONS` (a
//! training step) or `ais VISIBLE HIDDEN CHAINS TEMPERATURES`. The answer is a time in microseconds: that of one run for `ais`, otherwise the
//! median. Each time ends when a part of the result was read from the device. The answer to `device` is `cpu` or
//! `gpu`, the name of the device and the precision of its products.

mod common;

use std::{
    io::{self, BufRead, Write},
    time::{Duration, Instant},
};

use burn::tensor::Device;
use common::{
    Readable, annealing, clamped_sweeps, device, potts_sweeps, step, sweeps, tap_step,
    tempering_step, timed,
};
use paysage::{
    kernels::{data_limit, describe, product_precision},
    prelude::*,
};

/// Time for which a benchmark is repeated.
const SPAN: Duration = Duration::from_millis(500);

/// Time of the calls that a GPU is given at once, so that the time until a value is read does not count.
const QUEUED: Duration = Duration::from_millis(50);

/// Sweeps of a call: a GPU captures as many, and replays them.
const SWEEPS: usize = 10;

fn main() -> io::Result<()> {
    // `cargo bench` runs this program without requests.
    if !std::env::args().any(|argument| argument == "--on-request") {
        return Ok(());
    }
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |word: &str| word.parse::<usize>().expect("a number");
        if words == ["device"] {
            println!("{}", about(&device()));
            io::stdout().flush()?;
            continue;
        }
        let micros = match words[..] {
            ["sweep", visible, hidden, batch] => {
                let size = [visible, hidden].map(number);
                median(sweeps(size, number(batch), SWEEPS)) / SWEEPS as f64
            }
            ["impute", visible, hidden, batch] => {
                let size = [visible, hidden].map(number);
                median(clamped_sweeps(size, number(batch), SWEEPS)) / SWEEPS as f64
            }
            ["potts", visible, hidden, batch, states] => {
                let size = [visible, hidden].map(number);
                let work = potts_sweeps(size, number(batch), number(states), SWEEPS);
                median(work) / SWEEPS as f64
            }
            ["tempering", visible, hidden, chains, replicas] => {
                let size = [visible, hidden].map(number);
                median(tempering_step(size, number(chains), number(replicas)))
            }
            ["tap", visible, hidden, batch, iterations] => {
                let size = [visible, hidden].map(number);
                median(tap_step(size, number(batch), number(iterations)))
            }
            ["pcd", visible, hidden, batch, steps] => {
                let size = [visible, hidden].map(number);
                median(step(size, number(batch), number(steps), false))
            }
            ["ais", visible, hidden, chains, temperatures] => {
                let size = [visible, hidden].map(number);
                let mut work = annealing(size, number(chains), number(temperatures));
                // A GPU compiles its kernels in the first run, also those of captured steps.
                if is_gpu(&device()) {
                    work();
                }
                let before = Instant::now();
                work();
                before.elapsed().as_secs_f64() * 1e6
            }
            _ => panic!("expected a benchmark with its sizes, got {line:?}"),
        };
        println!("{micros:.1}");
        io::stdout().flush()?;
    }
    Ok(())
}

fn about(device: &Device) -> String {
    let kind = if is_gpu(device) { "gpu" } else { "cpu" };
    let precision = product_precision(device);
    format!("{kind} {}, products in {precision}", describe(device))
}

fn is_gpu(device: &Device) -> bool {
    data_limit(device).is_some()
}

/// The median time of a call, in microseconds: of single calls on a CPU, of many at once on a GPU. All calls run
/// on the kernels' thread pool, as in a training run.
fn median<R: Readable>(mut work: impl FnMut() -> R + Send) -> f64 {
    on_workers(move || {
        timed(3, &mut work);
        let calls = match is_gpu(&device()) {
            true => {
                let one = timed(10, &mut work).as_secs_f64() / 10.0;
                (QUEUED.as_secs_f64() / one).ceil() as u64
            }
            false => 1,
        };
        let (started, mut times) = (Instant::now(), Vec::new());
        while started.elapsed() < SPAN || times.len() < 5 {
            times.push(timed(calls, &mut work).as_secs_f64() * 1e6 / calls as f64);
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}
