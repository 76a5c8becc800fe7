//! Asks the function to look at keys again, with the messages that S3 would send.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::fifo::is_fifo;
use serde_json::json;

use crate::Failure;

/// What S3 encodes in a notification's key; slashes stay.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The message that says that a key may have changed.
pub(crate) fn message(object: &ObjectRef) -> String {
    let key = utf8_percent_encode(&object.key, ENCODED).to_string();
    json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": object.bucket}, "object": {"key": key}},
    }]})
    .to_string()
}

/// Sends a message for each key, and tells how many.
pub(crate) async fn ask(
    sqs: &Client,
    config: &Config,
    objects: &[ObjectRef],
) -> Result<usize, Failure> {
    let url = config.queue_url.as_deref().ok_or("QUEUE_URL is not set")?;
    let is_fifo = is_fifo(url);
    for ten in objects.chunks(10) {
        let mut call = sqs.send_message_batch().queue_url(url);
        for (number, object) in ten.iter().enumerate() {
            let mut entry = SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_body(message(object));
            if is_fifo {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
                entry = entry
                    .message_group_id("operate")
                    .message_deduplication_id(format!("{}-{number}", now.as_nanos()));
            }
            call = call.entries(entry.build()?);
        }
        let answer = call.send().await?;
        if let Some(failed) = answer.failed.first() {
            let key = failed.id.parse::<usize>().ok().and_then(|number| ten.get(number));
            let key = key.map(ToString::to_string).unwrap_or_default();
            return Err(format!("{key}: SQS answered {}", failed.code).into());
        }
    }
    Ok(objects.len())
}
