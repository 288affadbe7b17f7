//! Mutants and truncations of valid files of every format.

#![allow(clippy::unwrap_used)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use paysage_fuzzing::{Format, format, mutant, quiet_decoders};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is measured for the whole process: one battery runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

const MUTANTS: u64 = 2000;

/// A reader that needs longer for one small file hangs.
const HANGS: Duration = Duration::from_secs(300);

/// Reads a file, and checks the memory that it takes; whether it was accepted.
fn check(format: &Format, bytes: &[u8]) -> bool {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let read = catch_unwind(AssertUnwindSafe(|| (format.read)(bytes)));
    let used = MEMORY.peak_usage().saturating_sub(before);
    let shown = bytes.escape_ascii();
    let Ok(is_accepted) = read else {
        panic!("{}: broken by b\"{shown}\"", format.name);
    };
    let most = format.memory + format.memory_per_byte * bytes.len();
    assert!(
        used <= most,
        "{}: {used} bytes of memory, more than {most}, for b\"{shown}\"",
        format.name
    );
    is_accepted
}

/// Reads all mutants and truncations of the seeds of a format.
fn battery(name: &'static str) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Of panics that are caught the test program keeps the backtraces, which take memory in the next battery.
    static QUIET: Once = Once::new();
    QUIET.call_once(quiet_decoders);
    static DONE: AtomicU64 = AtomicU64::new(0);
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        let format = format(name).unwrap();
        let seeds = (format.seeds)();
        let mut accepted = 0;
        for (index, seed) in seeds.iter().enumerate() {
            assert!(
                check(format, seed) || name.starts_with("idx"),
                "{name}: seed {index}"
            );
            for length in 0..seed.len() {
                check(format, &seed[..length]);
                DONE.fetch_add(1, Ordering::Relaxed);
            }
        }
        for number in 0..MUTANTS {
            let place = number as usize % seeds.len();
            let other = &seeds[(place + 1) % seeds.len()];
            accepted += u64::from(check(format, &mutant(&seeds[place], other, number)));
            DONE.fetch_add(1, Ordering::Relaxed);
        }
        // A reader that refuses everything, or nothing, is not tested.
        assert!(
            (1..MUTANTS).contains(&accepted),
            "{name}: {accepted} accepted"
        );
        let _ = sender.send(());
    });
    let mut done = DONE.load(Ordering::Relaxed);
    while let Err(mpsc::RecvTimeoutError::Timeout) = receiver.recv_timeout(HANGS) {
        let now = DONE.load(Ordering::Relaxed);
        assert!(now > done, "{name}: hangs at file {now}");
        done = now;
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

macro_rules! batteries {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            battery(stringify!($name));
        })+

        #[test]
        fn every_format_has_a_battery() {
            let names: Vec<&str> = paysage_fuzzing::FORMATS.iter().map(|format| format.name).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
        }
    };
}

/// A text of several parts of 64 KiB has the same rows on disk and in memory.
#[test]
fn long_texts() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for name in ["csv", "csv_in_gz"] {
        let format = format(name).unwrap();
        let seeds = (format.seeds)();
        for number in 0..40 {
            let seed = &seeds[number as usize % seeds.len()];
            let lines = seed.iter().take_while(|&&byte| byte != b'\n').count() + 1;
            let (header, rows) = seed.split_at(lines);
            let rows = [rows, b"\n"].concat();
            let long = [header, &rows.repeat(100_000 / rows.len())].concat();
            check(format, &mutant(&long, b"\"", number));
        }
    }
}

batteries! {
    csv tsv csv_gz csv_in_gz csv_zst mixed fasta fasta_gz schema layout weights labels
    npy npy_in_gz npy_gz npz idx idx_in_gz idx_gz parquet arrow hdf5
}
