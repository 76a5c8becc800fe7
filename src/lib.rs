//! An AWS Lambda function that keeps a thumbnail of every picture in an S3 bucket.
//!
//! The modules in reading order, each knowing only those it must:
//!
//! | module | what it is |
//! |---|---|
//! | [`object`] | buckets and keys: where a thumbnail of a picture goes |
//! | [`notification`] | pure: a message's body in, the objects to look at out |
//! | [`store`] | what we need of S3; [`store::s3`] alone names its SDK |
//! | [`queue`] | what we need of SQS beyond the event; [`queue::sqs`] alone names its SDK |
//! | [`provenance`] | what a thumbnail says of itself, so that a right one is left alone |
//! | [`manifest`] | the list of a picture's thumbnails, as an object beside them |
//! | [`memory_budget`] | the bytes of memory that may be held at once |
//! | [`causes`](mod@causes) | an error with its causes, in one line |
//! | [`engine`] | the core beside the async world: threads, panics |
//! | [`reconcile`] | one key: makes its thumbnails agree with what it holds now |
//! | [`service`] | messages in, verdicts out: who fails with whom, and what becomes of the failed |
//! | [`batch`] | Lambda's events and answers, of SQS and of S3 Batch Operations |
//! | [`worker`] | messages by asking the queue for them, where there is no Lambda |
//! | [`config`] | the settings; alone reads the environment |
//! | [`telemetry`] | log lines, metrics, traces |
//!
//! # What always holds
//!
//! 1. The core does no input or output and reads no clock: the same bytes give the same thumbnails.
//! 2. No buffer of pixels is allocated before their number has passed [`thumbnail::Limits`].
//! 3. No record can fail, stall or crash its neighbours: each key has a task of its own, pictures
//!    are rendered off the async threads, and panics are caught, memory is budgeted
//!    ([`engine`], [`service`]).
//! 4. A message is acknowledged only when all it stands for is done, skipped on purpose,
//!    or in the dead-letter queue ([`service::Service::process`]).
//! 5. When the queue is quiet, the thumbnails mirror the sources ([`reconcile`]).
//! 6. A thumbnail is never made of a thumbnail, and no two sources and no two outputs share a key
//!    ([`object::Layout`]).
//! 7. Uploaded bytes are parsed by Rust alone, and this crate itself holds no `unsafe` code. One
//!    decoder does, throughout: AV1 is decoded by a port of dav1d whose buffers are `unsafe`
//!    inside, and whose panics cannot be caught. The feature `avif`, on by default, is what it
//!    comes with.

pub mod object;

pub mod notification;

pub mod store;

pub mod queue;

pub mod provenance;

pub mod manifest;

pub mod memory_budget;

pub mod causes;

pub mod engine;

pub mod reconcile;

pub mod service;

pub mod batch;

pub mod worker;

pub mod config;

pub mod telemetry;
