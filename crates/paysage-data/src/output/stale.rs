//! Temporary files of processes that were killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What the names of temporary files begin with.
const PREFIX: &str = ".paysage-";

/// A file that nobody has written for so long belongs to no process.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What the names of the temporary files of this process begin with:
/// `.paysage-MACHINE-PROCESS-`.
pub(super) fn prefix() -> String {
    format!("{PREFIX}{}-{}-", *MACHINE, std::process::id())
}

/// A number for this boot of this machine and the name space of its processes, in which the number
/// of a process is that of one process. It is `0` where the system does not tell.
static MACHINE: LazyLock<String> = LazyLock::new(|| {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let space = fs::read_link("/proc/self/ns/pid");
    match (boot, space) {
        (Ok(boot), Ok(space)) => {
            let text = format!("{} {}", boot.trim(), space.display());
            // FNV-1a of 64 bits.
            let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            format!("{:08x}", hash as u32)
        }
        _ => "0".into(),
    }
});

/// Removes temporary files of this software that a killed process left in a folder; returns how
/// many.
///
/// A file is removed when the process in its name does not live any more, or when nobody has
/// written it for a day. The processes of other machines, which may share the folder, are not
/// known: their files are kept for that day. What cannot be read or removed is left.
pub fn remove_stale(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let stale = entries.filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let name = name.to_string_lossy();
        let ours = name.strip_prefix(PREFIX);
        is_file && ours.is_some_and(|rest| is_dead(rest) || is_old(&entry.path()))
    });
    stale
        .filter(|entry| fs::remove_file(entry.path()).is_ok())
        .count()
}

/// Removes stale files of a folder, once in the life of this process.
pub(super) fn remove_stale_once(folder: &Path) {
    static SEEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let Ok(place) = folder.canonicalize() else {
        return;
    };
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.contains(&place) {
        remove_stale(&place);
        seen.push(place);
    }
}

/// Whether the process of a temporary file ran on this machine and is gone.
fn is_dead(rest: &str) -> bool {
    let mut parts = rest.split('-');
    let (machine, process) = (parts.next(), parts.next());
    let process = process.and_then(|process| process.parse::<u32>().ok());
    match process {
        Some(process) if machine == Some(MACHINE.as_str()) && *MACHINE != "0" => {
            !Path::new("/proc").join(process.to_string()).exists()
        }
        _ => false,
    }
}

fn is_old(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|found| found.modified());
    let age = written.map(|written| SystemTime::now().duration_since(written));
    matches!(age, Ok(Ok(age)) if age > OLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_dead_processes_and_old_ones_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        // Larger than any process number of Linux.
        let dead = format!("{PREFIX}{}-4194305-abc", *MACHINE);
        let alive = format!("{}abc", prefix());
        let elsewhere = format!("{PREFIX}ffffffff-4194305-abc");
        let others = ["data.csv".into(), ".hidden".into(), alive, elsewhere];
        let path = |name: &str| folder.path().join(name);
        for name in others.iter().chain([&dead]) {
            fs::write(path(name), "x").unwrap();
        }
        let old = path(".paysage-old");
        let two_days = SystemTime::now() - 2 * OLD;
        fs::File::create(&old)
            .unwrap()
            .set_modified(two_days)
            .unwrap();
        fs::create_dir(path(".paysage-folder")).unwrap();

        let machine_is_known = usize::from(*MACHINE != "0");
        assert_eq!(remove_stale(folder.path()), 1 + machine_is_known);
        assert!(!old.exists());
        assert_eq!(path(&dead).exists(), machine_is_known == 0);
        for name in &others {
            assert!(path(name).exists(), "{name}");
        }
        assert_eq!(remove_stale(&path("none")), 0);
    }
}
