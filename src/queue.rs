//! What we need of SQS beyond the event that Lambda hands us: a place for messages that can never
//! succeed, and a later date for those that may. It is not SQS: [`sqs`] is, the only file that names
//! its SDK.

pub mod fifo;
mod message;
pub mod sqs;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

pub use message::Message;

/// A queue that messages were received from, and its dead-letter queue.
pub trait Queue: Send + Sync + 'static {
    /// Puts `message` into the dead-letter queue, its body unchanged so that it can be sent back from
    /// there, with `rejection` as message attributes. Returns only once SQS has it.
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
}

/// Why a message was rejected, as the dead-letter queue shall say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// A stable name for the reason.
    pub reason: &'static str,
    /// The object it was about, where that is known.
    pub object: Option<crate::object::ObjectRef>,
    /// The ETag of the bytes that were refused, where they were read.
    pub etag: Option<String>,
    /// The whole error, for people.
    pub detail: String,
}

/// Why a call to the queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Operator: no dead-letter queue is configured to send rejected messages to.
    #[error("no dead-letter queue is configured")]
    NoDeadLetterQueue,
    /// Operator: it is not known which queue messages are from, so they cannot be delayed.
    #[error("no queue is configured to delay messages in")]
    NoQueue,
    /// Environment: SQS did not do it.
    #[error("{operation} failed")]
    Call {
        /// The SQS action, as IAM policies name it.
        operation: &'static str,
        /// What the SDK said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The shortest and the longest a failed message stays away.
const LEAST_DELAY: Duration = Duration::from_secs(1);
const MOST_DELAY: Duration = Duration::from_mins(15);

/// How long a message that failed at its `receive_count`th delivery should stay away: twice as long
/// each time, from one second to fifteen minutes. `random`, from 0 to 1, takes up to half of it off,
/// so that messages that failed together do not come back together (AWS Builders' Library,
/// "Timeouts, retries, and backoff with jitter").
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
