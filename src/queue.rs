//! What we need of SQS beyond the events that Lambda sends: a place for messages that can never
//! succeed, and a delay for those that may. [`sqs`] implements it, and is the only file of the
//! library that names its SDK.

pub mod fifo;
mod message;
pub mod sqs;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

pub use message::Message;

/// A queue that messages were received from, and its dead-letter queue.
pub trait Queue: Send + Sync + 'static {
    /// Puts `message` into the dead-letter queue, with `rejection` as message attributes. Its body
    /// stays unchanged, so that it can be sent back from there. Returns only once SQS has it.
    fn reject(
        &self,
        message: &Message,
        rejection: &Rejection,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Lets this delivery of `message` become visible again after `delay`, in whole seconds.
    fn delay(
        &self,
        message: &Message,
        delay: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// The queue's URL, if it is known.
    fn url(&self) -> Option<&str> {
        None
    }
}

/// Why a message was rejected, for the dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// A stable name for the reason.
    pub reason: &'static str,
    /// The object that it was about, if that is known.
    pub object: Option<crate::object::ObjectRef>,
    /// The ETag of the bytes that were refused, if they were read.
    pub etag: Option<String>,
    /// The whole error, for people.
    pub detail: String,
}

/// Why a call to the queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Operator: no dead-letter queue for rejected messages is configured.
    #[error("no dead-letter queue is configured; DEAD_LETTER_QUEUE_URL would name it")]
    NoDeadLetterQueue,
    /// Operator: no queue is configured, so messages cannot be delayed in it.
    #[error("no queue is configured to delay messages in")]
    NoQueue,
    /// Us: the call to SQS had not ended shortly before the invocation's deadline.
    #[error("no answer before the invocation's deadline")]
    OutOfTime,
    /// Environment: the call to SQS failed.
    #[error("{operation} failed")]
    Call {
        /// The SQS action, as IAM policies name it.
        operation: &'static str,
        /// The SDK's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The shortest and the longest delay of a failed message.
const LEAST_DELAY: Duration = Duration::from_secs(1);
const MOST_DELAY: Duration = Duration::from_mins(15);

/// The delay of a message that failed at its `receive_count`th delivery. It doubles each time, from
/// one second to fifteen minutes. `random`, from 0 to 1, takes up to half of it off, so that
/// messages that failed together do not come back together (AWS Builders' Library, "Timeouts,
/// retries, and backoff with jitter").
///
/// ```
/// use std::time::Duration;
/// use s3_thumbnailer::queue::backoff;
///
/// assert_eq!(backoff(1, 0.0), Duration::from_secs(1));
/// assert_eq!(backoff(5, 0.0), Duration::from_secs(16));
/// assert_eq!(backoff(5, 1.0), Duration::from_secs(8));
/// assert_eq!(backoff(1000, 0.0), Duration::from_secs(15 * 60));
/// ```
#[must_use]
pub fn backoff(receive_count: u32, random: f64) -> Duration {
    let doublings = receive_count.saturating_sub(1).min(16);
    let delay = LEAST_DELAY.saturating_mul(1 << doublings).min(MOST_DELAY);
    delay.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0).max(LEAST_DELAY)
}

/// Neither queue is known: failed messages are left to whoever delivers them.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQueue;

impl Queue for NoQueue {
    async fn reject(&self, _: &Message, _: &Rejection) -> Result<(), QueueError> {
        Err(QueueError::NoDeadLetterQueue)
    }

    async fn delay(&self, _: &Message, _: Duration) -> Result<(), QueueError> {
        Err(QueueError::NoQueue)
    }
}
