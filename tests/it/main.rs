//! The integration tests, one binary. Table of contents:
//!
//! - `interleavings`: two writers of one key, in every order their steps can take
//! - `reconcile`: one key against a store that injects faults, row by row of the failure table
//! - `unreadable`: sources that are there and cannot be read, and who is told
//! - `rules`: each picture by its own rule, several outputs, the manifest after them
//! - `former`: what outputs that left the rules made, and what is left of it
//! - `batch`: which messages fail, and which do not
//! - `settle`: what becomes of failed messages
//! - `announce`: completion events, and what becomes of messages whose event is not taken
//! - `worker`: the polling loop under paused time, and against an SQS in this process
//! - `operations`: S3 Batch Operations
//! - `settings`: each setting's effect, measured from outside
//! - `engine`: panics, memory and time
//! - `hostile`: pictures made to break the engine, and damaged ones
//! - `telemetry`: log lines, metrics and traces as they are really written
//! - `binary`: how the function's process starts, and how it fails to start
//! - `embedded_s3`: the S3 store through the real SDK: its calls, and every way to fail
//! - `sample_events`: each file of `events/` through the whole service
//! - `documents`: the same settings in the code, `template.yaml` and documents; the README's bounds
//! - `template`: what the template grants, wires and watches, line by line
//! - `watch`: the template's alarms and dashboard against the metrics, and the documents' tables
//! - `releases`: the workflow, and what the documents point at
//! - `architecture`: which modules of `src/` may name which others
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::format_collect,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test that panics has failed, which is what it is for; the rest would cost it clarity"
)]

mod announce;
mod architecture;
mod batch;
mod binary;
mod canary;
mod documents;
mod embedded_s3;
mod engine;
mod former;
mod hostile;
mod interleavings;
mod memory;
mod memory_queue;
mod operations;
mod reconcile;
mod releases;
mod rules;
mod sample_events;
mod settings;
mod settle;
mod telemetry;
mod template;
mod unreadable;
mod watch;
mod worker;
