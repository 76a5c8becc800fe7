//! The interface through which work is observed, and what is reported. Nothing is decided or
//! written here.

use std::time::Duration;

use crate::notification::{Mention, NotificationError};
use crate::object::ObjectRef;
use crate::queue::{Message, QueueError};
use crate::reconcile::{Measured, Outcome, ReconcileError};

/// Is told what becomes of each key and message, as it happens.
pub trait Observer: Send + Sync + 'static {
    /// The work on a key ended.
    fn key_finished(&self, report: &KeyReport<'_>);

    /// A message could not be understood; it is rejected.
    fn message_not_understood(&self, message: &Message, error: &NotificationError) {
        let _ = (message, error);
    }

    /// A message asked for nothing; `event` names its event. It is acknowledged.
    fn message_ignored(&self, message_id: &str, event: &str) {
        let _ = (message_id, event);
    }

    /// A failed message could not be rejected or delayed. It is reported as failed all the same,
    /// and comes back when its visibility timeout ends.
    fn queue_failed(&self, message_id: &str, error: &QueueError) {
        let _ = (message_id, error);
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
}

impl<'a> Requester<'a> {
    /// A requester of which only the id is known.
    #[must_use]
    pub fn named(message_id: &'a str) -> Self {
        Self { message_id, receive_count: None, trace_header: None, event_time: None }
    }

    /// A message, as a requester of one of the objects that it names.
    #[must_use]
    pub fn of(message: &'a Message, mention: &'a Mention) -> Self {
        Self {
            message_id: &message.id,
            receive_count: Some(message.receive_count),
            trace_header: message.trace_header.as_deref(),
            event_time: mention.time.as_deref(),
        }
    }
}
