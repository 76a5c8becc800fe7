//! Lambda's side: the events that Lambda sends and the answers that it expects. Only this file
//! names Lambda's event types. The answer to a batch of SQS messages holds the ids of those that
//! failed: the Lambda SQS integration deletes the others and lets these come back.
//!
//! It only translates; [`crate::service`] decides what becomes of the messages.

#![expect(clippy::disallowed_methods, reason = "the time of day is needed here")]

pub mod canary;
pub mod operations;

use std::time::SystemTime;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::Context;
use serde_json::Value;
use tokio::time::Instant;

use crate::engine::Renderer;
use crate::queue::{Message, Queue};
use crate::service::{Observer, Service, Verdict};
use crate::store::Store;

/// Why a whole invocation fails, and not single messages.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// If an answer names no id, or an empty one, Lambda fails the whole batch anyway, and says so
    /// only in its logs (AWS Lambda Developer Guide, "Implementing partial batch responses").
    #[error(
        "record {index} of {count} failed and carries no messageId to report it by; \
         is this event from SQS?"
    )]
    Unaddressable {
        /// Which record of the event, from 0.
        index: usize,
        /// How many records the event has.
        count: usize,
    },
    /// The event is none that the function knows.
    #[error("the event is neither from SQS, nor from S3 Batch Operations, nor for the canary")]
    UnknownEvent(#[source] serde_json::Error),
    /// The answer cannot be written down.
    #[error("the answer cannot be written as JSON")]
    Answer(#[source] serde_json::Error),
}

/// Answers an invocation, whether it comes from SQS, from S3 Batch Operations or from the canary's
/// schedule.
pub async fn answer<S: Store, R: Renderer, Q: Queue, O: Observer>(
    service: &Service<S, R, Q, O>,
    event: Value,
    deadline: Option<Instant>,
) -> Result<Value, BatchError> {
    if operations::is_invocation(&event) {
        let invocation = serde_json::from_value(event).map_err(BatchError::UnknownEvent)?;
        let response = operations::operate(service, invocation, deadline).await;
        return serde_json::to_value(response).map_err(BatchError::Answer);
    }
    if canary::is_invocation(&event) {
        let invocation = serde_json::from_value(event).map_err(BatchError::UnknownEvent)?;
        // In a place of its own: no other invocation pays for the room that this one takes.
        let response = Box::pin(canary::send(service, invocation, deadline)).await;
        return serde_json::to_value(response).map_err(BatchError::Answer);
    }
    let event = serde_json::from_value(event).map_err(BatchError::UnknownEvent)?;
    let response = handle(service, event, deadline).await?;
    serde_json::to_value(response).map_err(BatchError::Answer)
}

/// Does what the messages of `event` ask for and says which of them failed; see
/// [`Service::process`].
pub async fn handle<S: Store, R: Renderer, Q: Queue, O: Observer>(
    service: &Service<S, R, Q, O>,
    event: SqsEvent,
    deadline: Option<Instant>,
) -> Result<SqsBatchResponse, BatchError> {
    let messages: Vec<Message> = event.records.into_iter().map(message).collect();
    let verdicts = service.process(&messages, deadline).await;
    let mut response = SqsBatchResponse::default();
    for (index, (message, verdict)) in messages.iter().zip(verdicts).enumerate() {
        match (verdict, message.id.as_str()) {
            (Verdict::Done, _) => {}
            (Verdict::Failed, "") => {
                return Err(BatchError::Unaddressable { index, count: messages.len() });
            }
            (Verdict::Failed, id) => response.add_failure(id),
        }
    }
    Ok(response)
}

fn message(message: SqsMessage) -> Message {
    let mut attributes = message.attributes;
    let (id, body) = (message.message_id, message.body);
    Message::received(id, body, message.receipt_handle, |name| attributes.remove(name))
}

/// When the invocation of `context` ends. `None` if its deadline is in the past and so means
/// nothing: emulators send one in 1970.
#[must_use]
pub fn deadline(context: &Context) -> Option<Instant> {
    let left = context.deadline().duration_since(SystemTime::now()).ok()?;
    Instant::now().checked_add(left)
}
