//! What the tests and the examples share: an S3, an SQS and an event bus in this process, pictures
//! drawn by code, and the events that announce them. Not a place for assertions, and it knows nothing
//! of the function under test: whatever it says about S3, SQS and picture formats it says from their
//! side.

pub mod bus;
pub mod events;
pub mod html;
pub mod http;
pub mod lambda;
mod lock;
pub mod proxy;
pub mod s3;
pub mod sample_events;
pub mod sqs;
