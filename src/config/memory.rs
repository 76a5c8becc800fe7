//! How much memory a process plans with, where that number comes from, and how it is shared out.
//! Linux tells a process in files what it may use: the limits of its cgroups, and what the machine
//! has. Only this file of the library reads files.

#![expect(clippy::disallowed_methods, reason = "Linux gives its limits as files")]

use std::fmt;
use std::fs;
use std::path::Path;

/// Limits from here on mean none: cgroups version 1 gives a number just under 2^63.
const NO_LIMIT: u64 = 1 << 62;

/// What the program, its threads and its connections take beside pictures; 40 MB were measured.
const PROGRAM: u64 = 64_000_000;

/// The memory that a process plans with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All of it, in bytes.
    pub bytes: u64,
    /// Where that number comes from.
    pub origin: MemoryOrigin,
}

/// Where the number of bytes comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryOrigin {
    /// The worker's setting `MEMORY_BYTES`.
    Setting,
    /// The function's memory size, which Lambda gives.
    Function,
    /// The smallest limit of the process's cgroups.
    Cgroup,
    /// All that the machine has: no limit is set.
    Machine,
    /// Nothing says how much there is.
    Assumed,
}

impl fmt::Display for MemoryOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Setting => "MEMORY_BYTES",
            Self::Function => "the function's memory size",
            Self::Cgroup => "the cgroup's limit",
            Self::Machine => "the machine's memory",
            Self::Assumed => "an assumption: neither a limit nor the machine's memory can be read",
        })
    }
}

impl Memory {
    /// Of a function whose memory size is `megabytes`, as Lambda gives it.
    pub(super) fn of_function(megabytes: Option<&str>) -> Self {
        match megabytes.and_then(|megabytes| megabytes.parse::<u64>().ok()) {
            None => Self { bytes: 2_048_000_000, origin: MemoryOrigin::Assumed },
            Some(megabytes) => {
                let bytes = megabytes.saturating_mul(1_000_000);
                Self { bytes, origin: MemoryOrigin::Function }
            }
        }
    }

    /// Of a process without a setting, by the files under `root`: the limit of its cgroups, or what
    /// the machine has if there is no limit below that.
    pub(super) fn of_process(root: &Path) -> Self {
        let machine = machine_memory(root);
        let limit = cgroup_limit(root).filter(|limit| machine.is_none_or(|all| *limit < all));
        match (limit, machine) {
            (Some(bytes), _) => Self { bytes, origin: MemoryOrigin::Cgroup },
            (None, Some(bytes)) => Self { bytes, origin: MemoryOrigin::Machine },
            (None, None) => Self::of_function(None),
        }
    }

    /// The memory budget of sources, in bytes: a quarter of what the program leaves. A picture
    /// decodes to some ten times its size.
    #[must_use]
    pub fn for_sources(self) -> u64 {
        self.free() / 4
    }

    /// The memory budget of decoded pictures, in bytes: the rest.
    #[must_use]
    pub fn for_pictures(self) -> u64 {
        self.free() - self.for_sources()
    }

    fn free(self) -> u64 {
        self.bytes.saturating_sub(PROGRAM)
    }
}

/// The smallest limit on the way from the process's own cgroup up to the topmost that it can see.
/// A container sees its own limit at the top, whatever path the host gives its cgroup.
fn cgroup_limit(root: &Path) -> Option<u64> {
    let cgroups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let limits = cgroups.lines().filter_map(|line| {
        // `0::/path` in version 2, `4:memory:/path` in version 1 (cgroups(7), "/proc files").
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (top, file) = if controllers.is_empty() {
            ("sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            return None;
        };
        let top = root.join(top);
        let own = top.join(path.trim_start_matches('/'));
        let upwards = own.ancestors().take_while(|folder| folder.starts_with(&top));
        upwards.filter_map(|folder| number(&fs::read_to_string(folder.join(file)).ok()?)).min()
    });
    limits.min().filter(|limit| *limit < NO_LIMIT)
}

/// `None` for `max`, which is no limit.
fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// What the machine has, by `MemTotal:  16384256 kB` (`proc_meminfo(5)`).
fn machine_memory(root: &Path) -> Option<u64> {
    let told = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(number(total.trim_end().strip_suffix("kB")?)?.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// Folders as Linux shows them on a machine with 1,024 MiB, besides `files`.
    fn memory(files: &[(&str, &str)]) -> Memory {
        let machine =
            [("proc/meminfo", "MemFree:   2048 kB\nMemTotal:  1048576 kB\nBuffers: 1 kB\n")];
        without_machine(&[&machine, files].concat())
    }

    fn without_machine(files: &[(&str, &str)]) -> Memory {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Memory::of_process(root.path())
    }

    fn by(origin: MemoryOrigin, mebibytes: u64) -> Memory {
        Memory { bytes: mebibytes * MIB, origin }
    }

    #[test]
    fn a_container_has_the_limit_of_its_cgroup_in_version_2() {
        let memory =
            memory(&[("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "536870912\n")]);
        assert_eq!(memory, by(MemoryOrigin::Cgroup, 512));
    }

    #[test]
    fn the_smallest_limit_on_the_way_up_counts() {
        let service = "sys/fs/cgroup/system.slice/worker.service/memory.max";
        let slice = "sys/fs/cgroup/system.slice/memory.max";
        let elsewhere = ("sys/fs/cgroup/user.slice/memory.max", "1048576\n");
        let own = ("proc/self/cgroup", "0::/system.slice/worker.service\n");
        for (of_service, of_slice, expected) in [
            ("268435456\n", "536870912\n", 256),
            ("536870912\n", "268435456\n", 256),
            ("max\n", "536870912\n", 512),
            ("536870912\n", "max\n", 512),
        ] {
            let memory = memory(&[own, (service, of_service), (slice, of_slice), elsewhere]);
            assert_eq!(memory, by(MemoryOrigin::Cgroup, expected), "{of_service} in {of_slice}");
        }
    }

    #[test]
    fn a_container_has_the_limit_of_its_cgroup_in_version_1() {
        let limit = "sys/fs/cgroup/memory/memory.limit_in_bytes";
        let own = "sys/fs/cgroup/memory/docker/1f2e/memory.limit_in_bytes";
        let paths = "11:cpu,cpuacct:/docker/1f2e\n4:memory:/docker/1f2e\n1:name=systemd:/\n0::/\n";
        let cgroups = ("proc/self/cgroup", paths);
        // Inside the container the path of the host is not there, only the limit at the top.
        let inside = memory(&[cgroups, (limit, "536870912\n")]);
        assert_eq!(inside, by(MemoryOrigin::Cgroup, 512));
        let outside = memory(&[cgroups, (own, "268435456\n"), (limit, "9223372036854771712\n")]);
        assert_eq!(outside, by(MemoryOrigin::Cgroup, 256));
    }

    #[test]
    fn without_a_limit_the_machines_memory_counts() {
        let version_2 = ("proc/self/cgroup", "0::/a\n");
        let version_1 = ("proc/self/cgroup", "4:memory:/a\n");
        let limit = "sys/fs/cgroup/memory/memory.limit_in_bytes";
        let cases: [&[(&str, &str)]; 7] = [
            &[],
            &[version_2],
            &[version_2, ("sys/fs/cgroup/a/memory.max", "max\n")],
            &[version_1, (limit, "9223372036854771712\n")],
            // What the machine has or more is no limit either.
            &[version_2, ("sys/fs/cgroup/memory.max", "1073741824\n")],
            &[version_2, ("sys/fs/cgroup/memory.max", "2147483648\n")],
            &[("proc/self/cgroup", "what is this\n"), ("sys/fs/cgroup/memory.max", "1\n")],
        ];
        for files in cases {
            assert_eq!(memory(files), by(MemoryOrigin::Machine, 1024), "{files:?}");
        }
    }

    #[test]
    fn without_any_file_that_can_be_read_some_memory_is_assumed() {
        let assumed = Memory { bytes: 2_048_000_000, origin: MemoryOrigin::Assumed };
        assert_eq!(without_machine(&[]), assumed);
        let endless = [
            ("proc/self/cgroup", "4:memory:/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(without_machine(&endless), assumed);
        let limit = [("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "536870912\n")];
        assert_eq!(without_machine(&limit), by(MemoryOrigin::Cgroup, 512));
    }

    #[test]
    fn what_the_program_leaves_is_shared_between_sources_and_decoded_pictures() {
        let function = Memory::of_function(Some("2048"));
        assert_eq!((function.for_sources(), function.for_pictures()), (496_000_000, 1_488_000_000));
        let tiny = Memory { bytes: PROGRAM - 1, origin: MemoryOrigin::Cgroup };
        assert_eq!((tiny.for_sources(), tiny.for_pictures()), (0, 0));
    }
}
