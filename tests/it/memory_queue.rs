//! A queue in memory that remembers what was asked of it, and can be made to fail or to stall. It
//! replaces SQS in tests about what becomes of messages; it delivers none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use s3_thumbnailer::queue::{Message, Queue, QueueError, Rejection};

/// What was asked of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To reject the message of this body.
    Reject(String, Rejection),
    /// To delay the message of this id.
    Delay(String, Duration),
}

/// Clones share what was asked.
#[derive(Clone, Default)]
pub(crate) struct MemoryQueue {
    pub(crate) calls: Arc<Mutex<Vec<Asked>>>,
    pub(crate) rejects_fail: bool,
    pub(crate) delays_fail: bool,
    pub(crate) stalls: bool,
}

impl MemoryQueue {
    async fn note(
        &self,
        asked: Asked,
        operation: &'static str,
        fails: bool,
    ) -> Result<(), QueueError> {
        self.calls.lock().unwrap().push(asked);
        if self.stalls {
            std::future::pending::<()>().await;
        }
        if fails { Err(QueueError::Call { operation, source: "no".into() }) } else { Ok(()) }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.calls.lock().unwrap().clone()
    }

    /// The messages that were delayed, by id, each with its delay.
    pub(crate) fn delays(&self) -> Vec<(String, Duration)> {
        let delay = |asked| match asked {
            Asked::Delay(id, delay) => Some((id, delay)),
            Asked::Reject(..) => None,
        };
        self.asked().into_iter().filter_map(delay).collect()
    }
}

impl Queue for MemoryQueue {
    async fn reject(&self, message: &Message, rejection: &Rejection) -> Result<(), QueueError> {
        let asked = Asked::Reject(message.body.clone(), rejection.clone());
        self.note(asked, "SendMessage", self.rejects_fail).await
    }

    async fn delay(&self, message: &Message, delay: Duration) -> Result<(), QueueError> {
        let asked = Asked::Delay(message.id.clone(), delay);
        self.note(asked, "ChangeMessageVisibility", self.delays_fail).await
    }
}
