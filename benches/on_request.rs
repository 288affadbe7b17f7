//! Runs one benchmark for each line of its input, so that `beside_pytorch.py` can alternate between
//! Paysage and PyTorch.
//!
//! A line is `sweep VISIBLE HIDDEN BATCH`, `pcd VISIBLE HIDDEN BATCH STEPS` or `ais VISIBLE HIDDEN
//! CHAINS TEMPERATURES`. The answer is a time in microseconds: that of one run for `ais`, otherwise the
//! median.

mod common;

use std::{
    io::{self, BufRead, Write},
    time::{Duration, Instant},
};

use common::{annealing, step, sweep};
use paysage::prelude::*;

/// Time for which a benchmark is repeated.
const SPAN: Duration = Duration::from_millis(500);

fn main() -> io::Result<()> {
    // `cargo bench` runs this program without requests.
    if !std::env::args().any(|argument| argument == "--on-request") {
        return Ok(());
    }
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |word: &str| word.parse::<usize>().expect("a number");
        let micros = match words[..] {
            ["sweep", visible, hidden, batch] => {
                let size = [visible, hidden].map(number);
                median(sweep(size, number(batch)))
            }
            ["pcd", visible, hidden, batch, steps] => {
                let size = [visible, hidden].map(number);
                median(step(size, number(batch), number(steps), false))
            }
            ["ais", visible, hidden, chains, temperatures] => {
                let size = [visible, hidden].map(number);
                let mut work = annealing(size, number(chains), number(temperatures));
                let before = Instant::now();
                work();
                before.elapsed().as_secs_f64() * 1e6
            }
            _ => panic!("expected `sweep`, `pcd` or `ais` with its sizes, got {line:?}"),
        };
        println!("{micros:.1}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// The median time of a call, in microseconds. All calls run on the kernels' thread pool, as in a training
/// run.
fn median(mut work: impl FnMut() + Send) -> f64 {
    on_workers(move || {
        for _ in 0..3 {
            work();
        }
        let (started, mut times) = (Instant::now(), Vec::new());
        while started.elapsed() < SPAN || times.len() < 5 {
            let before = Instant::now();
            work();
            times.push(before.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}
