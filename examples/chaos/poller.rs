//! What Lambda's event source mapping does for one process of the function: receives batches from
//! the queue, invokes the function with them, and deletes each message that the answer does not
//! report as failed. If the process dies, fails or answers nonsense, it deletes none of the batch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::{Value, json};
use support::lambda::{Answer, RuntimeApi};
use tokio::time::{sleep, timeout};

use crate::counts::Counts;
use crate::local_aws::LocalAws;
use crate::reported::Reported;
use crate::{FUNCTION_TIME, Failure, post};

/// How long after the deadline an answer is still accepted. Lambda accepts none that late; a busy
/// machine needs it.
const GRACE: Duration = Duration::from_secs(1);

/// What a process of the function is doing.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// It has a batch.
    pub(crate) busy: AtomicBool,
    /// It must not get another batch.
    pub(crate) closing: AtomicBool,
}

/// Feeds the process behind `api` until it must not get another batch. An error says why the
/// process must be killed.
pub(crate) async fn feed(
    api: &RuntimeApi,
    aws: &LocalAws,
    state: &State,
    reported: &Reported,
    counts: &Counts,
) -> Result<(), &'static str> {
    loop {
        state.busy.store(false, Ordering::Relaxed);
        if state.closing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let messages = match receive(aws).await {
            Ok(messages) if messages.is_empty() => continue,
            Ok(messages) => messages,
            Err(error) => {
                counts.add("harness", &format!("poller: {error}"));
                sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        state.busy.store(true, Ordering::Relaxed);
        counts.add("function", "batches");
        counts.add_many("function", "messages", messages.len());
        let event = event(&messages).to_string();
        match timeout(FUNCTION_TIME + GRACE, api.invoke(event, FUNCTION_TIME)).await {
            Err(_) => return Err("timed out"),
            Ok(Err(_)) => return Err("did not start"),
            Ok(Ok(None)) => return Err("fetched the next batch without answering"),
            Ok(Ok(Some(Answer::Error(_)))) => counts.add("function", "failed batches"),
            Ok(Ok(Some(Answer::Response(body)))) => {
                let Some(failed) = failed(&body, &messages) else {
                    counts.add("function", "answers that name no message of the batch");
                    continue;
                };
                counts.add_many("function", "messages reported as failed", failed.len());
                let id = |message: &Message| message.message_id.clone().unwrap_or_default();
                let (back, done): (Vec<_>, Vec<_>) =
                    messages.iter().partition(|message| failed.contains(&id(message)));
                for message in back {
                    reported.add(&id(message), receives(message));
                }
                if let Err(error) = post::delete(aws, &aws.main, done).await {
                    counts.add("harness", &format!("poller: {error}"));
                }
            }
        }
    }
}

/// How often a message was received.
fn receives(message: &Message) -> u32 {
    let name = MessageSystemAttributeName::ApproximateReceiveCount;
    let count = message.attributes.as_ref().and_then(|attributes| attributes.get(&name));
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

async fn receive(aws: &LocalAws) -> Result<Vec<Message>, Failure> {
    let request = aws.sqs.receive_message().queue_url(&aws.main);
    let request = request.max_number_of_messages(10).wait_time_seconds(1);
    let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
    Ok(request.send().await?.messages.unwrap_or_default())
}

/// AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
fn event(messages: &[Message]) -> Value {
    let records = messages.iter().map(|message| {
        let attributes = message.attributes.iter().flatten();
        let attributes: serde_json::Map<String, Value> = attributes
            .map(|(name, value)| (name.as_str().to_owned(), value.as_str().into()))
            .collect();
        json!({
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:main",
            "awsRegion": "eu-west-1",
        })
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

/// The ids of the messages that failed; `None` if the answer makes Lambda fail the whole batch (AWS
/// Lambda Developer Guide, "Implementing partial batch responses").
fn failed(answer: &[u8], messages: &[Message]) -> Option<Vec<String>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(failures) => failures.as_array()?,
    };
    let known = |id: &str| messages.iter().any(|message| message.message_id.as_deref() == Some(id));
    failures
        .iter()
        .map(|failure| failure.get("itemIdentifier")?.as_str().filter(|id| known(id)))
        .map(|id| id.map(str::to_owned))
        .collect()
}
