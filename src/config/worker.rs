//! The worker's settings: those of the function, and its own.
//!
//! [`VARIABLES`] lists its own; the table of docs/worker.md is tested against it.

use std::time::Duration;

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
}

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
    /// Where pictures and thumbnails lie, if their buckets are set: reading these shows whether the
    /// buckets exist. A bucket that is not set is only known once a message names it.
    pub folders: Vec<ObjectRef>,
}

impl WorkerConfig {
    /// The settings in this process's environment.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from_lookup(environment)
    }

    /// The settings that `lookup` gives by name. Unset and empty are the same.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let shared = Config::from_lookup(&lookup);
        let mut reader = Reader { lookup, problems: Vec::new() };
        let receive_messages = reader.read(RECEIVE_MESSAGES, |value| number(value, 1, 10));
        let drain_seconds = reader.read(DRAIN_SECONDS, |value| number(value, 0, 3600));
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
        match (shared, receive_messages, drain_seconds) {
            (Ok(shared), Some(receive_messages), Some(drain_seconds)) if problems.is_empty() => {
                Ok(Self {
                    queue_url: shared.queue_url.clone().unwrap_or_default(),
                    shared,
                    receive_messages,
                    drain: Duration::from_secs(drain_seconds),
                    folders,
                })
            }
            (Err(also), ..) => {
                problems.splice(0..0, also.problems);
                Err(ConfigError { problems })
            }
            _ => Err(ConfigError { problems }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(set: &[(&str, &str)]) -> Result<WorkerConfig, ConfigError> {
        WorkerConfig::from_lookup(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const QUEUE: (&str, &str) = ("QUEUE_URL", "http://127.0.0.1:9324/000000000000/images");

    #[test]
    fn a_queue_is_all_that_a_worker_must_be_told() {
        let config = config(&[QUEUE]).unwrap();
        assert_eq!(config.queue_url, QUEUE.1);
        assert_eq!((config.receive_messages, config.drain), (10, Duration::from_secs(25)));
        assert_eq!(config.folders, []);
        let defaults: Vec<_> = VARIABLES.iter().map(|v| (v.name, v.default)).collect();
        assert_eq!(defaults, [("RECEIVE_MESSAGES", "10"), ("DRAIN_SECONDS", "25")]);
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
    }
}
