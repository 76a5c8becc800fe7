//! The interface through which work is observed, and what is reported. Nothing is decided or
//! written here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::canary::CanaryError;
use crate::notification::{Mention, NotificationError};
use crate::object::ObjectRef;
use crate::queue::{Message, QueueError};
use crate::reconcile::{Measured, Outcome, ReconcileError};

/// Is told what becomes of each key and message, as it happens.
pub trait Observer: Send + Sync + 'static {
    /// The work on a key ended. A key that no further try can help is reported only once it is known
    /// whether its messages come back.
    fn key_finished(&self, report: &KeyReport<'_>);

    /// A message, or a record of it, could not be understood. It is in the dead-letter queue, unless
    /// it `comes_back`.
    fn message_not_understood(
        &self,
        message: &Message,
        error: &NotificationError,
        comes_back: bool,
    ) {
        let _ = (message, error, comes_back);
    }

    /// An event of a message asks for nothing, by this name.
    fn message_ignored(&self, message_id: &str, event: &str) {
        let _ = (message_id, event);
    }

    /// A message that can never succeed could not be moved to the dead-letter queue. It comes back.
    fn reject_failed(&self, message_id: &str, error: &QueueError) {
        let _ = (message_id, error);
    }

    /// The canary came back after this time, or was lost.
    fn canary_ended(&self, canary: &ObjectRef, result: Result<Duration, &CanaryError>) {
        let _ = (canary, result);
    }

    /// A failed message could not be delayed. It comes back when its visibility timeout ends.
    fn delay_failed(&self, message_id: &str, error: &QueueError) {
        let _ = (message_id, error);
    }
}

/// Both are told, the first one first.
impl<A: Observer, B: Observer> Observer for (A, Arc<B>) {
    fn key_finished(&self, report: &KeyReport<'_>) {
        self.0.key_finished(report);
        self.1.key_finished(report);
    }

    fn message_not_understood(
        &self,
        message: &Message,
        error: &NotificationError,
        comes_back: bool,
    ) {
        self.0.message_not_understood(message, error, comes_back);
        self.1.message_not_understood(message, error, comes_back);
    }

    fn message_ignored(&self, message_id: &str, event: &str) {
        self.0.message_ignored(message_id, event);
        self.1.message_ignored(message_id, event);
    }

    fn reject_failed(&self, message_id: &str, error: &QueueError) {
        self.0.reject_failed(message_id, error);
        self.1.reject_failed(message_id, error);
    }

    fn canary_ended(&self, canary: &ObjectRef, result: Result<Duration, &CanaryError>) {
        self.0.canary_ended(canary, result);
        self.1.canary_ended(canary, result);
    }

    fn delay_failed(&self, message_id: &str, error: &QueueError) {
        self.0.delay_failed(message_id, error);
        self.1.delay_failed(message_id, error);
    }
}

/// What became of a key.
#[derive(Debug)]
pub struct KeyReport<'a> {
    /// The key.
    pub source: &'a ObjectRef,
    /// The ETag of the bytes that it held, if they were seen.
    pub etag: Option<&'a str>,
    /// How the work on it ended.
    pub result: &'a Result<Outcome, ReconcileError>,
    /// Whether a message that asked for the key comes back; otherwise the key is done or given up.
    pub comes_back: bool,
    /// When the work on it ended.
    pub ended: Instant,
    /// How long the work took, without the wait for its turn.
    pub elapsed: Duration,
    /// What was measured during the work.
    pub measured: &'a Measured,
    /// The key's requesters; a message that names the key twice is there twice.
    pub requesters: &'a [Requester<'a>],
}

/// What asked for a key: a message, or a task of an S3 Batch Operations job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requester<'a> {
    /// The id of the message or the task.
    pub message_id: &'a str,
    /// How often the message was delivered, this time included.
    pub receive_count: Option<u32>,
    /// The X-Ray trace that the message was sent in, as [`Message::trace_header`].
    pub trace_header: Option<&'a str>,
    /// When the event that it reports happened, as [`Mention::time`].
    pub event_time: Option<&'a str>,
    /// Whether that event says that the object was created, as [`Mention::is_creation`].
    pub is_creation: bool,
}

impl<'a> Requester<'a> {
    /// A requester of which only the id is known.
    #[must_use]
    pub fn named(message_id: &'a str) -> Self {
        Self {
            message_id,
            receive_count: None,
            trace_header: None,
            event_time: None,
            is_creation: false,
        }
    }

    /// A message, as a requester of one of the objects that it names.
    #[must_use]
    pub fn of(message: &'a Message, mention: &'a Mention) -> Self {
        Self {
            message_id: &message.id,
            receive_count: Some(message.receive_count),
            trace_header: message.trace_header.as_deref(),
            event_time: mention.time.as_deref(),
            is_creation: mention.is_creation,
        }
    }
}
