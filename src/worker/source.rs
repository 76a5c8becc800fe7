//! What a worker needs of a queue: to receive messages, delete them, and keep them invisible.

use std::future::Future;
use std::time::Duration;

use crate::queue::sqs::SqsQueue;
use crate::queue::{Message, QueueError};

/// A queue that messages come from.
pub trait Source: Send + Sync + 'static {
    /// Up to `max_messages` messages; waits up to `wait` for the first.
    fn receive(
        &self,
        max_messages: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Message>, QueueError>> + Send;

    /// Deletes `message`: everything it asks for is done.
    fn delete(&self, message: &Message) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Keeps `message` invisible for `time` from now on; zero gives it back.
    fn extend(
        &self,
        message: &Message,
        time: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

impl Source for SqsQueue {
    async fn receive(
        &self,
        max_messages: usize,
        wait: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        Self::receive(self, max_messages, wait).await
    }

    async fn delete(&self, message: &Message) -> Result<(), QueueError> {
        Self::delete(self, message).await
    }

    async fn extend(&self, message: &Message, time: Duration) -> Result<(), QueueError> {
        Self::extend(self, message, time).await
    }
}
