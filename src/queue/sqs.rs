//! SQS, or a server that speaks like it, through the AWS SDK. Only this file of the library names
//! that SDK. It translates calls and errors; [`crate::service`] decides what becomes of a message,
//! and [`crate::worker`] decides when to ask for more.

#![expect(clippy::disallowed_types, reason = "the AWS client stays in here")]

use std::error::Error;
use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName};

use super::fifo::is_fifo;
use super::{Message, Queue, QueueError, Rejection};
use crate::aws;

mod attributes;

use attributes::STRING;

const SEND_MESSAGE: &str = "SendMessage";

/// How long one attempt of a call may take; a receive may also wait for messages.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that SQS waits for messages, and the longest that it keeps one invisible (Amazon SQS
/// API Reference, `ReceiveMessage` and `ChangeMessageVisibility`).
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LONGEST_DELAY: Duration = Duration::from_hours(12);

/// A queue and its dead-letter queue through the AWS SDK, as far as they are known. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    queue_url: Option<String>,
    dead_letter_queue_url: Option<String>,
}

impl SqsQueue {
    /// Queues that are reached by `client`.
    #[must_use]
    pub fn new(
        client: Client,
        queue_url: Option<String>,
        dead_letter_queue_url: Option<String>,
    ) -> Self {
        Self { client, queue_url, dead_letter_queue_url }
    }

    /// Queues reached with the settings that AWS SDKs share (region, credentials, profile,
    /// endpoint). Makes no call to SQS.
    pub async fn connect(queue_url: Option<String>, dead_letter_queue_url: Option<String>) -> Self {
        let shared = aws::settings()
            .timeout_config(timeouts(ATTEMPT_TIMEOUT))
            // It guards long bodies, and would also watch a poll that waits in silence. Every
            // answer here is short, and each attempt has a timeout of its own.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .load()
            .await;
        Self::new(Client::new(&shared), queue_url, dead_letter_queue_url)
    }

    /// Up to `max_messages` (1 to 10) messages; waits up to `wait` (20 seconds at most) for the first.
    pub async fn receive(
        &self,
        max_messages: usize,
        wait: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let url = self.queue_url()?;
        let wait = wait.min(LONGEST_WAIT);
        let call = self
            .client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(max_messages.clamp(1, 10)).unwrap_or(10))
            .wait_time_seconds(whole_seconds(wait))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(
                MessageSystemAttributeName::ApproximateFirstReceiveTimestamp,
            )
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader)
            .customize()
            .config_override(Builder::new().timeout_config(timeouts(wait + ATTEMPT_TIMEOUT)));
        let answer = call.send().await.map_err(|error| failed("ReceiveMessage", url, error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
    }

    /// Deletes `message`: everything it asks for is done.
    pub async fn delete(&self, message: &Message) -> Result<(), QueueError> {
        let url = self.queue_url()?;
        let call =
            self.client.delete_message().queue_url(url).receipt_handle(&message.receipt_handle);
        call.send().await.map_err(|error| failed("DeleteMessage", url, error))?;
        Ok(())
    }

    /// Keeps `message` invisible for `time` from now on, rounded up to whole seconds, 12 hours at
    /// most; zero gives it back.
    pub async fn extend(&self, message: &Message, time: Duration) -> Result<(), QueueError> {
        let url = self.queue_url()?;
        let call = self
            .client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(&message.receipt_handle)
            .visibility_timeout(whole_seconds(time));
        call.send().await.map_err(|error| failed("ChangeMessageVisibility", url, error))?;
        Ok(())
    }

    /// How long the queue keeps a received message invisible.
    pub async fn visibility_timeout(&self) -> Result<Duration, QueueError> {
        let url = self.queue_url()?;
        let seconds = self.attribute(url, QueueAttributeName::VisibilityTimeout).await?;
        // A server that does not say is taken to have SQS's default.
        let seconds = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(30);
        Ok(Duration::from_secs(seconds))
    }

    /// Checks that the queues, as far as they are configured, exist and may be used.
    pub async fn check(&self) -> Result<(), QueueError> {
        self.attribute(self.queue_url()?, QueueAttributeName::QueueArn).await?;
        if let Some(url) = &self.dead_letter_queue_url {
            self.attribute(url, QueueAttributeName::QueueArn).await?;
        }
        Ok(())
    }

    async fn attribute(
        &self,
        url: &str,
        name: QueueAttributeName,
    ) -> Result<Option<String>, QueueError> {
        let call = self.client.get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let answer = call.send().await.map_err(|error| failed("GetQueueAttributes", url, error))?;
        Ok(answer.attributes.and_then(|mut attributes| attributes.remove(&name)))
    }

    fn queue_url(&self) -> Result<&str, QueueError> {
        self.queue_url.as_deref().ok_or(QueueError::NoQueue)
    }
}

impl Queue for SqsQueue {
    async fn reject(&self, message: &Message, rejection: &Rejection) -> Result<(), QueueError> {
        let url = self.dead_letter_queue_url.as_deref().ok_or(QueueError::NoDeadLetterQueue)?;
        let mut call = self.client.send_message().queue_url(url).message_body(&message.body);
        for (name, text) in attributes::of(rejection, message.body.len()) {
            let value = MessageAttributeValue::builder().data_type(STRING).string_value(text);
            let value = value.build().map_err(|error| QueueError::Call {
                operation: SEND_MESSAGE,
                source: Box::new(error),
            })?;
            call = call.message_attributes(name, value);
        }
        if is_fifo(url) {
            // The id, and not the content, tells duplicates: two uploads of a key are two messages,
            // and a message that is sent back from here is a new one.
            call = call
                .message_group_id(message.group.as_ref().unwrap_or(&message.id))
                .message_deduplication_id(&message.id);
        }
        call.send().await.map_err(|error| failed(SEND_MESSAGE, url, error))?;
        Ok(())
    }

    async fn delay(&self, message: &Message, delay: Duration) -> Result<(), QueueError> {
        self.extend(message, delay).await
    }

    fn url(&self) -> Option<&str> {
        self.queue_url.as_deref()
    }
}

fn received(message: aws_sdk_sqs::types::Message) -> Message {
    let mut attributes = message.attributes.unwrap_or_default();
    let (id, body) = (message.message_id, message.body);
    Message::received(id, body, message.receipt_handle, |name| {
        attributes.remove(&MessageSystemAttributeName::from(name))
    })
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    aws::timeouts().read_timeout(attempt).operation_attempt_timeout(attempt).build()
}

fn whole_seconds(time: Duration) -> i32 {
    let time = time.min(LONGEST_DELAY);
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// What happened to a call, and so who is at fault.
#[derive(Debug, thiserror::Error)]
#[error("{queue_url}: {kind}")]
struct SqsError {
    queue_url: String,
    kind: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

fn failed<E>(operation: &'static str, queue_url: &str, error: SdkError<E>) -> QueueError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let kind = classify(&error);
    // The SDK's wrapper only says that the service failed; the error inside it says why.
    let source = error.into_source().unwrap_or_else(|error| Box::new(error));
    let source = SqsError { queue_url: queue_url.to_owned(), kind, source };
    QueueError::Call { operation, source: Box::new(source) }
}

/// Codes as the Amazon SQS API Reference lists them under "Common errors" and with each action.
/// Some servers still send the older codes, which have a prefix.
fn classify<E: ProvideErrorMetadata>(error: &SdkError<E>) -> &'static str {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().map(|code| code.rsplit(['.', '#']).next().unwrap_or(code));
    match (error, code, status) {
        (SdkError::TimeoutError(_), ..) => "timed out",
        (SdkError::DispatchFailure(failure), ..) if failure.is_timeout() => "timed out",
        // A connection that closed early is transient. One that could not even be asked for, for
        // example without credentials, is something else.
        (SdkError::DispatchFailure(failure), ..)
            if failure.is_io() || failure.as_other().is_some() =>
        {
            "the connection failed"
        }
        (SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_), ..) => {
            "the request was not sent; are region and credentials set?"
        }
        (_, Some("QueueDoesNotExist" | "NonExistentQueue"), _) => "the queue does not exist",
        (_, Some("RequestThrottled" | "ThrottlingException" | "Throttling"), _)
        | (.., Some(429 | 503)) => "throttled",
        (_, Some("OverLimit"), _) => "too many messages in flight",
        (_, Some(code), _) if code.starts_with("Kms") => "the queue's key cannot be used",
        (_, Some("InvalidClientTokenId" | "SignatureDoesNotMatch" | "ExpiredToken"), _) => {
            "the credentials are not accepted"
        }
        (_, Some("AccessDenied" | "AccessDeniedException"), _) | (.., Some(401 | 403)) => {
            "access denied; does the role allow this action on this queue?"
        }
        (.., Some(500..=599)) => "the service failed",
        _ => "an unexpected answer",
    }
}
