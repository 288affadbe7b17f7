//! The program, run in a folder of its own.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "helpers of several test programs, each of which uses some"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// The smallest data there are: 16 images of 3 × 3.
pub const BARS: &str = "builtin:bars-and-stripes?size=3";

/// Irregular rows of numbers, and of zeros and ones above 0.
pub fn numbers(rows: usize, columns: usize) -> Vec<f32> {
    let number = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        let mixed = (row * 7919 + column * 104_729 + row * row * 31) % 1009;
        // Neighbours resemble each other.
        mixed as f32 * 0.004 - 2.0 + ((row / 3 + column) % 5) as f32 * 0.25
    };
    (0..rows * columns).map(number).collect()
}

/// A folder that the program runs in.
pub struct Desk(TempDir);

/// How a run of the program ended.
#[derive(Debug)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The metrics of a run, a line of each epoch, without times.
    pub fn metrics(&self, run: &str) -> Vec<String> {
        let without_time = |line: &str| {
            let mut values: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            values.remove("seconds").unwrap();
            serde_json::Value::from(values).to_string()
        };
        let text = self.text(&format!("{run}/metrics.jsonl"));
        text.lines().map(without_time).collect()
    }

    /// Writes the same rows as a NumPy file and as text.
    pub fn write_numbers(&self, name: &str, columns: usize, values: &[f32]) {
        let path = self.path(&format!("{name}.npy"));
        paysage::data::write_npy(path, values.len() / columns, columns, values).unwrap();
        let line = |row: &[f32]| {
            let cells: Vec<String> = row.iter().map(f32::to_string).collect();
            cells.join(",") + "\n"
        };
        let text: String = values.chunks(columns).map(line).collect();
        self.write(&format!("{name}.csv"), text);
    }

    /// Writes binary rows as bytes: an IDX file of images.
    pub fn write_images(&self, name: &str, rows: usize) {
        let mut bytes = vec![0, 0, 8, 3];
        for size in [rows as u32, 28, 28] {
            bytes.extend(size.to_be_bytes());
        }
        let pixel = |index: usize| {
            let (row, column) = (index / 784, index % 784);
            u8::from((row * 31 + column * (row % 7 + 1)) % 11 > 6) * 255
        };
        bytes.extend((0..rows * 784).map(pixel));
        self.write(name, bytes);
    }

    /// The program with words that are divided at spaces.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paysage"));
        command.current_dir(self.0.path());
        command.args(words.split_whitespace());
        command
    }

    pub fn run(&self, words: &str) -> Outcome {
        Outcome::of(self.command(words).output().unwrap())
    }

    /// A run after a line of shell, such as one that limits what the system gives it.
    #[cfg(unix)]
    pub fn within(&self, limit: &str, words: &str) -> Outcome {
        let script = format!("ulimit -c 0; {limit}; exec \"$@\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_paysage")]);
        shell.args(words.split_whitespace());
        Outcome::of(shell.current_dir(self.0.path()).output().unwrap())
    }

    /// Runs what should succeed, and returns what it prints.
    pub fn must(&self, words: &str) -> String {
        let outcome = self.run(words);
        assert_eq!(outcome.status, Some(0), "{words}: {outcome:?}");
        outcome.stdout
    }

    /// The largest resident memory of a run that should succeed, in bytes.
    ///
    /// All threads allocate from one arena: with an arena each, the kept memory of the arenas depends on which
    /// thread does what.
    #[cfg(target_os = "linux")]
    pub fn peak(&self, words: &str) -> u64 {
        let mut command = self.command(words);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let command = command.env("MALLOC_ARENA_MAX", "1");
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        loop {
            let ended = child.try_wait().unwrap();
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            if let Some(size) = line.and_then(|line| line.trim().strip_suffix(" kB")) {
                peak = peak.max(1024 * size.trim().parse::<u64>().unwrap());
            }
            if let Some(ended) = ended {
                assert!(ended.success(), "{words}");
                return peak;
            }
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// A run of the program that is interrupted (Ctrl-C) when it prints a line that starts with this.
    #[cfg(unix)]
    pub fn interrupted(&self, words: &str, line: &str) -> Outcome {
        let mut command = self.command(words);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        let begins = |text: &str| {
            text.lines()
                .last()
                .is_some_and(|last| last.starts_with(line))
        };
        while !begins(&text) {
            assert_ne!(stderr.read_line(&mut text).unwrap(), 0, "it ends: {text}");
        }
        let pid = child.id().to_string();
        let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(kill.success());
        while stderr.read_line(&mut text).unwrap() > 0 {}
        let mut output = child.wait_with_output().unwrap();
        output.stderr = text.into_bytes();
        Outcome::of(output)
    }

    /// A folder `run` with a small model, which other commands need.
    pub fn with_model() -> Self {
        let desk = Self::new();
        desk.must(&format!(
            "train {BARS} --hidden 6 --epochs 2 --metrics-every 1 --out run"
        ));
        desk
    }

    /// All files and folders below, and what the files hold.
    pub fn content(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                    found.insert(path, None);
                } else {
                    // Reading a FIFO would wait for a writer.
                    let content = path.is_file().then(|| fs::read(&path).unwrap());
                    found.insert(path, content);
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.0.path(), &mut found);
        found
    }

    /// The names in a folder, in order.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// The words are refused with one line that has all these parts, and nothing is touched.
    pub fn refuses(&self, words: &str, parts: &[&str]) {
        let before = self.content();
        let outcome = self.run(words);
        assert_eq!(outcome.status, Some(2), "{words}: {outcome:?}");
        outcome.is_one_complaint(words, parts);
        assert_eq!(self.content(), before, "{words}: something was written");
    }

    /// The words are no words of this program, and the message says what would be.
    pub fn misreads(&self, words: &str, parts: &[&str]) {
        let before = self.content();
        let outcome = self.run(words);
        assert_eq!(outcome.status, Some(2), "{words}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{words}");
        assert!(
            outcome.stderr.starts_with("error: "),
            "{words}: {outcome:?}"
        );
        outcome.names(words, parts);
        assert_eq!(self.content(), before, "{words}: something was written");
    }
}

impl Outcome {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the program said last.
    pub fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }

    fn is_one_complaint(&self, words: &str, parts: &[&str]) {
        assert_eq!(self.stdout, "", "{words}");
        assert_eq!(self.stderr.lines().count(), 1, "{words}: {}", self.stderr);
        assert!(self.stderr.ends_with('\n'), "{words}: {}", self.stderr);
        assert!(
            self.stderr.starts_with("paysage: "),
            "{words}: {}",
            self.stderr
        );
        self.names(words, parts);
    }

    fn names(&self, words: &str, parts: &[&str]) {
        assert!(!self.stderr.contains("panicked"), "{words}: {self:?}");
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "{words}: {part:?} is not in {:?}",
                self.stderr
            );
        }
    }
}
