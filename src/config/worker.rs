//! The worker's settings: those of the function, and its own.
//!
//! [`VARIABLES`] lists its own; the table of docs/worker.md is tested against it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::memory::{Memory, MemoryOrigin};
use super::{
    Config, ConfigError, Problem, QUEUE_URL, Reader, SOURCE_BUCKET, SOURCE_PREFIX,
    THUMBNAIL_BUCKET, THUMBNAIL_PREFIX, Variable, bucket, environment, number, prefix,
};
use crate::object::ObjectRef;

variables! {
    RECEIVE_MESSAGES = "RECEIVE_MESSAGES", "10",
        "a whole number of messages from 1 to 10";
    DRAIN_SECONDS = "DRAIN_SECONDS", "25",
        "a whole number of seconds from 0 to 3600";
    MEMORY_BYTES = "MEMORY_BYTES", "",
        "a whole number of bytes from 134217728 to 1099511627776; empty means the limit of the \
         process's cgroup, or the machine's memory where there is none";
    HTTP_LISTEN = "HTTP_LISTEN", "",
        "an IP address and a port to answer health probes and Prometheus at, such as 0.0.0.0:9090 or \
         [::]:9090; empty opens no port";
}

/// With less, hardly a picture would fit, and each would be rejected.
const LEAST_MEMORY: u64 = 128 << 20;
const MOST_MEMORY: u64 = 1 << 40;

/// The worker's settings, checked.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// The settings that it shares with the function.
    pub shared: Config,
    /// The queue to take messages from.
    pub queue_url: String,
    /// The most messages that one request asks for.
    pub receive_messages: usize,
    /// How long work may go on once the worker is told to stop.
    pub drain: Duration,
    /// Where to answer health probes and Prometheus, if anywhere.
    pub http_listen: Option<SocketAddr>,
    /// Where pictures and thumbnails lie, if their buckets are set: reading these shows whether the
    /// buckets exist. A bucket that is not set is only known once a message names it.
    pub folders: Vec<ObjectRef>,
}

impl WorkerConfig {
    /// The settings in this process's environment.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from_lookup(environment, Path::new("/"))
    }

    /// The settings that `lookup` gives by name. Unset and empty are the same. The files under
    /// `root` tell how much memory there is, if no setting does.
    pub fn from_lookup(
        lookup: impl Fn(&str) -> Option<String>,
        root: &Path,
    ) -> Result<Self, ConfigError> {
        let shared = Config::from_lookup(&lookup);
        let mut reader = Reader { lookup, problems: Vec::new() };
        let receive_messages = reader.read(RECEIVE_MESSAGES, |value| number(value, 1, 10));
        let drain_seconds = reader.read(DRAIN_SECONDS, |value| number(value, 0, 3600));
        let memory = reader.memory(root);
        let http_listen = reader.read(HTTP_LISTEN, address);
        if !reader.set(QUEUE_URL.name) {
            reader.problems.push(Problem {
                variable: QUEUE_URL.name,
                value: String::new(),
                complaint: "expected the URL of the queue to take messages from".to_owned(),
            });
        }
        let folders = [(SOURCE_BUCKET, SOURCE_PREFIX), (THUMBNAIL_BUCKET, THUMBNAIL_PREFIX)]
            .into_iter()
            .filter_map(|(bucket_variable, prefix_variable)| {
                let bucket = bucket(&reader.value(bucket_variable))??;
                Some(ObjectRef::new(bucket, prefix(&reader.value(prefix_variable))?))
            })
            .collect();
        let mut problems = reader.problems;
        match (shared, receive_messages, drain_seconds, memory, http_listen) {
            (
                Ok(shared),
                Some(receive_messages),
                Some(drain_seconds),
                Some(memory),
                Some(http_listen),
            ) if problems.is_empty() => Ok(Self {
                queue_url: shared.queue_url.clone().unwrap_or_default(),
                shared: shared.within(memory),
                receive_messages,
                drain: Duration::from_secs(drain_seconds),
                http_listen,
                folders,
            }),
            (Err(also), ..) => {
                problems.splice(0..0, also.problems);
                Err(ConfigError { problems })
            }
            _ => Err(ConfigError { problems }),
        }
    }
}

#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
fn address(value: &str) -> Option<Option<SocketAddr>> {
    if value.is_empty() { Some(None) } else { value.parse().ok().map(Some) }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// The memory to plan with. Too little of it is refused wherever the number comes from.
    fn memory(&mut self, root: &Path) -> Option<Memory> {
        if self.set(MEMORY_BYTES.name) {
            let bytes =
                self.read(MEMORY_BYTES, |value| number(value, LEAST_MEMORY, MOST_MEMORY))?;
            return Some(Memory { bytes, origin: MemoryOrigin::Setting });
        }
        let memory = Memory::of_process(root);
        if memory.bytes >= LEAST_MEMORY {
            return Some(memory);
        }
        let Memory { bytes, origin } = memory;
        let complaint =
            format!("{origin} is {bytes} bytes, and at least {LEAST_MEMORY} are needed");
        let (variable, value) = (MEMORY_BYTES.name, String::new());
        self.problems.push(Problem { variable, value, complaint });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_budget::BudgetError;
    use futures_util::FutureExt as _;

    type Meant = fn(&WorkerConfig) -> u64;

    /// On a machine that tells nothing about its memory.
    fn config(set: &[(&str, &str)]) -> Result<WorkerConfig, ConfigError> {
        let nothing = tempfile::tempdir().unwrap();
        on_machine(nothing.path(), set)
    }

    fn on_machine(root: &Path, set: &[(&str, &str)]) -> Result<WorkerConfig, ConfigError> {
        let lookup = |name: &str| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        WorkerConfig::from_lookup(lookup, root)
    }

    /// A machine of which a process may use `bytes`.
    #[expect(clippy::disallowed_methods, reason = "a test makes the files that are read")]
    fn limited_to(bytes: u64) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["proc/self", "sys/fs/cgroup"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("proc/self/cgroup"), "0::/\n").unwrap();
        let limit = root.path().join("sys/fs/cgroup/memory.max");
        std::fs::write(limit, format!("{bytes}\n")).unwrap();
        root
    }

    const QUEUE: (&str, &str) = ("QUEUE_URL", "http://127.0.0.1:9324/000000000000/images");

    #[test]
    fn a_queue_is_all_that_a_worker_must_be_told() {
        let config = config(&[QUEUE]).unwrap();
        assert_eq!(config.queue_url, QUEUE.1);
        assert_eq!((config.receive_messages, config.drain), (10, Duration::from_secs(25)));
        assert_eq!(config.folders, []);
        let defaults: Vec<_> = VARIABLES.iter().map(|v| (v.name, v.default)).collect();
        let expected = [
            ("RECEIVE_MESSAGES", "10"),
            ("DRAIN_SECONDS", "25"),
            ("MEMORY_BYTES", ""),
            ("HTTP_LISTEN", ""),
        ];
        assert_eq!(defaults, expected);
        assert_eq!(config.http_listen, None, "no port is open unless asked for");
    }

    #[test]
    fn a_worker_plans_with_its_limit_and_with_the_setting_before_that() {
        let pod = limited_to(512 << 20);
        let shared = on_machine(pod.path(), &[QUEUE]).unwrap().shared;
        assert_eq!(shared.memory, Memory { bytes: 512 << 20, origin: MemoryOrigin::Cgroup });
        let free = (512 << 20) - 64_000_000;
        assert_eq!(shared.memory.for_pictures(), free / 4 * 3);
        let refused = shared.policy.source_memory.reserve(u64::MAX).now_or_never().unwrap();
        let expected = BudgetError::TooMuch { needed: u64::MAX, total: free / 4 };
        assert_eq!(refused.unwrap_err(), expected);
        let set = on_machine(pod.path(), &[QUEUE, ("MEMORY_BYTES", "268435456")]).unwrap().shared;
        assert_eq!(set.memory, Memory { bytes: 256 << 20, origin: MemoryOrigin::Setting });
    }

    #[test]
    fn a_limit_too_small_to_work_in_is_refused_with_both_numbers() {
        assert!(on_machine(limited_to(128 << 20).path(), &[QUEUE]).is_ok());
        let refused = on_machine(limited_to((128 << 20) - 1).path(), &[QUEUE]).unwrap_err();
        let [problem] = refused.problems.as_slice() else { panic!("{refused}") };
        assert_eq!(problem.variable, "MEMORY_BYTES");
        for named in ["the cgroup's limit", "134217727", "134217728"] {
            assert!(problem.complaint.contains(named), "{problem}");
        }
    }

    #[test]
    fn a_whole_number_is_taken_from_its_first_value_to_its_last_and_no_further() {
        let numbers: [(&str, u64, u64, Meant); 3] = [
            ("RECEIVE_MESSAGES", 1, 10, |config| config.receive_messages as u64),
            ("DRAIN_SECONDS", 0, 3600, |config| config.drain.as_secs()),
            ("MEMORY_BYTES", 134_217_728, 1_099_511_627_776, |config| config.shared.memory.bytes),
        ];
        for (name, first, last, meant) in numbers {
            for value in [first, last] {
                let config = config(&[QUEUE, (name, &value.to_string())]).unwrap();
                assert_eq!(meant(&config), value, "{name}");
            }
            let below = i128::from(first) - 1;
            for value in [below, i128::from(last) + 1] {
                let error = config(&[QUEUE, (name, &value.to_string())]).unwrap_err();
                let [problem] = error.problems.as_slice() else { panic!("{error}") };
                assert_eq!(problem.variable, name);
                assert!(problem.complaint.contains(&format!("{first} to {last}")), "{problem}");
            }
        }
        let tested: Vec<_> =
            numbers.iter().map(|(name, ..)| *name).chain(["HTTP_LISTEN"]).collect();
        assert_eq!(VARIABLES.iter().map(|variable| variable.name).collect::<Vec<_>>(), tested);
    }

    #[test]
    fn where_to_listen_is_an_address_and_a_port() {
        for address in ["0.0.0.0:9090", "127.0.0.1:0", "[::]:9090", "[fe80::1]:65535"] {
            let config = config(&[QUEUE, ("HTTP_LISTEN", address)]).unwrap();
            assert_eq!(config.http_listen.unwrap().to_string(), address);
        }
        for wrong in ["9090", ":9090", "0.0.0.0", "localhost:9090", "0.0.0.0:65536", "::1:9090 "] {
            let error = config(&[QUEUE, ("HTTP_LISTEN", wrong)]).unwrap_err();
            let [problem] = error.problems.as_slice() else { panic!("{error}") };
            assert_eq!((problem.variable, problem.value.as_str()), ("HTTP_LISTEN", wrong));
            assert!(problem.complaint.contains("expected an IP address and a port"), "{problem}");
        }
    }

    #[test]
    fn what_is_missing_is_said_beside_all_else_that_is_wrong() {
        let error =
            config(&[("JPEG_QUALITY", "0"), ("RECEIVE_MESSAGES", "11"), ("DRAIN_SECONDS", "-1")]);
        let named: Vec<_> = error.unwrap_err().problems.iter().map(|p| p.variable).collect();
        assert_eq!(named, ["JPEG_QUALITY", "RECEIVE_MESSAGES", "DRAIN_SECONDS", "QUEUE_URL"]);
        let once = config(&[("QUEUE_URL", "images")]).unwrap_err();
        assert_eq!(once.problems.len(), 1);
    }

    #[test]
    fn buckets_known_by_name_can_be_looked_at() {
        let one =
            config(&[QUEUE, ("SOURCE_BUCKET", "pictures"), ("SOURCE_PREFIX", "in/")]).unwrap();
        assert_eq!(one.folders, [ObjectRef::new("pictures", "in/")]);
        let two = config(&[QUEUE, ("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "thumbs")]);
        assert_eq!(two.unwrap().folders[1], ObjectRef::new("thumbs", "thumbnails/"));
        let whole = [("SOURCE_PREFIX", "/"), ("THUMBNAIL_PREFIX", "/")];
        let buckets = [("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_BUCKET", "thumbs")];
        let whole = config(&[&[QUEUE][..], &whole, &buckets].concat()).unwrap();
        assert_eq!(whole.folders, [ObjectRef::new("pictures", ""), ObjectRef::new("thumbs", "")]);
    }
}
