//! The events that announce uploads and removals, as the JSON that AWS writes: S3's own
//! notifications, the SNS and `EventBridge` envelopes around them, and the batches of SQS messages
//! that Lambda passes to a function. No code is shared with the parser under test: both sides would
//! make the same mistake.
#![allow(
    clippy::indexing_slicing,
    reason = "serde_json's indexing by name: it reads null or inserts, and does not panic"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// The most messages that SQS puts into one batch, unless a batching window is set.
pub const BATCH: usize = 10;

const TIME: &str = "2026-03-14T15:09:26.535Z";
const REGION: &str = "eu-central-1";
const ACCOUNT: &str = "123456789012";

/// The characters that S3 does not escape in the keys of its notifications. A space becomes `+`.
const FORM: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// A key as in an S3 notification.
#[must_use]
pub fn form_encoded(key: &str) -> String {
    let words: Vec<_> =
        key.split(' ').map(|word| utf8_percent_encode(word, FORM).to_string()).collect();
    words.join("+")
}

/// One record of an S3 notification. `event` is a name such as `ObjectCreated:Put`.
#[must_use]
pub fn s3_record(event: &str, bucket: &str, key: &str) -> Value {
    let mut object = json!({
        "key": form_encoded(key),
        "sequencer": format!("{:018X}", next()),
    });
    if event.starts_with("ObjectCreated:") {
        object["size"] = json!(1024);
        object["eTag"] = json!("d41d8cd98f00b204e9800998ecf8427e");
    }
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": TIME,
        "eventName": event,
        "userIdentity": { "principalId": "AWS:AIDAEXAMPLE" },
        "requestParameters": { "sourceIPAddress": "203.0.113.7" },
        "responseElements": {
            "x-amz-request-id": "C3D13FE58DE4C810",
            "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "pictures",
            "bucket": {
                "name": bucket,
                "ownerIdentity": { "principalId": "A3NL1KOZZKExample" },
                "arn": format!("arn:aws:s3:::{bucket}"),
            },
            "object": object,
        },
    })
}

/// The body of a notification of several records.
#[must_use]
pub fn s3_notification(records: impl IntoIterator<Item = Value>) -> Value {
    json!({ "Records": records.into_iter().collect::<Vec<_>>() })
}

/// The body that says that `key` was uploaded.
#[must_use]
pub fn s3_put(bucket: &str, key: &str) -> Value {
    s3_notification([s3_record("ObjectCreated:Put", bucket, key)])
}

/// The body that says that `key` was removed.
#[must_use]
pub fn s3_delete(bucket: &str, key: &str) -> Value {
    s3_notification([s3_record("ObjectRemoved:Delete", bucket, key)])
}

/// The test event that S3 sends once whenever a notification is configured.
#[must_use]
pub fn s3_test(bucket: &str) -> Value {
    json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": TIME,
        "Bucket": bucket,
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
    })
}

/// `body` as it arrives through an SNS topic without raw delivery.
#[must_use]
pub fn in_sns(body: &Value) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": message_id(),
        "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:uploads"),
        "Subject": "Amazon S3 Notification",
        "Message": body.to_string(),
        "Timestamp": TIME,
        "SignatureVersion": "1",
        "Signature": "EXAMPLEpH+",
        "SigningCertURL": format!("https://sns.{REGION}.amazonaws.com/SimpleNotificationService.pem"),
        "UnsubscribeURL": format!("https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe"),
    })
}

/// The `EventBridge` event that says that `key` was uploaded. It holds the key unescaped.
#[must_use]
pub fn eventbridge_created(bucket: &str, key: &str) -> Value {
    let mut event = eventbridge("Object Created", bucket, key);
    event["detail"]["reason"] = json!("PutObject");
    event["detail"]["object"]["size"] = json!(1024);
    event["detail"]["object"]["etag"] = json!("d41d8cd98f00b204e9800998ecf8427e");
    event
}

/// The `EventBridge` event that says that `key` was removed.
#[must_use]
pub fn eventbridge_deleted(bucket: &str, key: &str) -> Value {
    let mut event = eventbridge("Object Deleted", bucket, key);
    event["detail"]["reason"] = json!("DeleteObject");
    event["detail"]["deletion-type"] = json!("Permanently Deleted");
    event
}

fn eventbridge(detail_type: &str, bucket: &str, key: &str) -> Value {
    json!({
        "version": "0",
        "id": message_id(),
        "detail-type": detail_type,
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": "2026-03-14T15:09:26Z",
        "region": REGION,
        "resources": [format!("arn:aws:s3:::{bucket}")],
        "detail": {
            "version": "0",
            "bucket": { "name": bucket },
            "object": { "key": key, "sequencer": format!("{:018X}", next()) },
            "request-id": "C3D13FE58DE4C810",
            "requester": ACCOUNT,
            "source-ip-address": "203.0.113.7",
        },
    })
}

/// What Lambda passes to the function: one SQS message for each body, each with its own id. A body
/// that is a JSON string is passed as that text, so that a message need not be JSON.
#[must_use]
pub fn sqs_event(bodies: impl IntoIterator<Item = Value>) -> Value {
    json!({ "Records": bodies.into_iter().map(sqs_message).collect::<Vec<_>>() })
}

/// One message of [`sqs_event`], to be changed before it is passed.
#[must_use]
pub fn sqs_message(body: Value) -> Value {
    let body = match body {
        Value::String(text) => text,
        json => json.to_string(),
    };
    let id = message_id();
    json!({
        "messageId": id,
        "receiptHandle": format!("receipt-of-{id}"),
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1773500966535",
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1773500966540",
        },
        "messageAttributes": {},
        "md5OfBody": "00000000000000000000000000000000",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:uploads"),
        "awsRegion": REGION,
    })
}

/// The events that announce the upload of `keys`, in order: a message for each key, at most
/// [`BATCH`] messages in an event.
#[must_use]
pub fn batches<S: AsRef<str>>(bucket: &str, keys: &[S]) -> Vec<Value> {
    let event = |keys: &[S]| sqs_event(keys.iter().map(|key| s3_put(bucket, key.as_ref())));
    keys.chunks(BATCH).map(event).collect()
}

/// The ids of an event's messages, in order: a response may name them as failed.
#[must_use]
pub fn message_ids(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record["messageId"].as_str().map(str::to_owned)).collect()
}

fn message_id() -> String {
    format!("19dd0b57-b21e-4ac1-bd88-{:012x}", next())
}

/// A number that is unique in this process.
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_lambda_events::event::sqs::SqsEvent;

    use super::*;

    #[test]
    fn a_key_is_encoded_as_s3_does() {
        let cases = [
            ("images/photo.jpg", "images/photo.jpg"),
            ("images/été & plus+(1).jpg", "images/%C3%A9t%C3%A9+%26+plus%2B%281%29.jpg"),
            ("a/100%/家.png", "a/100%25/%E5%AE%B6.png"),
        ];
        for (key, encoded) in cases {
            assert_eq!(form_encoded(key), encoded);
        }
    }

    #[test]
    fn an_event_is_one_that_lambdas_own_types_read() {
        let bodies = [
            s3_put("pictures", "images/a b.jpg"),
            s3_delete("pictures", "images/a b.jpg"),
            in_sns(&s3_put("pictures", "images/a b.jpg")),
            eventbridge_created("pictures", "images/a b.jpg"),
            eventbridge_deleted("pictures", "images/a b.jpg"),
            s3_test("pictures"),
            json!("not JSON at all"),
        ];
        let count = bodies.len();
        let event: SqsEvent = serde_json::from_value(sqs_event(bodies)).unwrap();
        assert_eq!(event.records.len(), count);
        let last = event.records.last().unwrap();
        assert_eq!(last.body.as_deref(), Some("not JSON at all"));
    }

    #[test]
    fn only_s3_itself_encodes_keys() {
        let key = "images/a b.jpg";
        let plain = s3_put("pictures", key);
        assert_eq!(plain["Records"][0]["s3"]["object"]["key"], "images/a+b.jpg");
        let inside = in_sns(&plain)["Message"].as_str().unwrap().to_owned();
        assert_eq!(serde_json::from_str::<Value>(&inside).unwrap(), plain);
        assert_eq!(eventbridge_created("pictures", key)["detail"]["object"]["key"], key);
    }

    #[test]
    fn keys_come_in_batches_of_ten_and_no_message_id_twice() {
        let keys: Vec<String> = (0..23).map(|number| format!("images/{number}.jpg")).collect();
        let events = batches("pictures", &keys);
        let ids: Vec<_> = events.iter().map(message_ids).collect();
        assert_eq!(ids.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
        assert_eq!(ids.concat().into_iter().collect::<BTreeSet<_>>().len(), 23);
    }
}
