//! An AWS Lambda function that keeps a thumbnail of every picture in an S3 bucket.
//!
//! The modules in reading order; each names only those that it needs:
//!
//! | module | what it is |
//! |---|---|
//! | [`aws`] | what every client of AWS starts from: timeouts, attempts, HTTPS |
//! | [`object`] | buckets and keys: where a thumbnail of a picture goes |
//! | [`notification`] | parses a message's body into the objects that it names |
//! | [`store`] | the operations on S3 that are needed; only [`store::s3`] names its SDK |
//! | [`queue`] | messages, and the operations on SQS that are needed; only [`queue::sqs`] names its SDK |
//! | [`bus`] | what an event bus is told; only [`bus::eventbridge`] names its SDK |
//! | [`provenance`] | a thumbnail's metadata, which tells whether it is up to date |
//! | [`manifest`] | the list of a picture's thumbnails, as an object beside them |
//! | [`memory_budget`] | the bytes of memory that may be held at once |
//! | [`causes`](mod@causes) | an error with its causes, in one line |
//! | [`engine`] | runs the picture engine off the async threads; catches panics |
//! | [`reconcile`] | makes the thumbnails of one key agree with what the key holds now |
//! | [`canary`] | a picture that the function uploads itself, to see whether its thumbnails appear |
//! | [`service`] | handles messages: which keys they name, which messages fail, and what becomes of those |
//! | [`batch`] | Lambda's events and answers: of SQS, of S3 Batch Operations, and of the canary's schedule |
//! | [`worker`] | receives messages from the queue, on machines that are not Lambda |
//! | [`config`] | the settings; the only module that reads the environment |
//! | [`telemetry`] | log lines, metrics, traces |
//! | [`monitor`] | answers health probes and Prometheus, for a worker |
//! | [`isolation`] | keeps the one decoder that is not memory-safe out of this process |
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
//! 7. No code that is not memory-safe parses uploaded bytes in a process that holds anything. This
//!    crate holds no `unsafe` code. One decoder does, throughout: AV1 is decoded by a port of dav1d,
//!    in a process of its own without environment, files and network ([`isolation`]).

pub mod aws;

pub mod object;

pub mod notification;

pub mod store;

pub mod queue;

pub mod bus;

pub mod provenance;

pub mod manifest;

pub mod memory_budget;

pub mod causes;

pub mod engine;

pub mod reconcile;

pub mod canary;

pub mod service;

pub mod batch;

pub mod worker;

pub mod config;

pub mod telemetry;

pub mod monitor;

pub mod isolation;
