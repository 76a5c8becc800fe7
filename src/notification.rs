//! From a message's body to the objects that it names, out of every envelope that S3's events
//! travel in. It only parses: whether an object is a source, or still there, is decided elsewhere.
//!
//! Only the fields used are named, and each body is parsed by itself: future versions, S3-compatible
//! servers and neighbours in a batch may then be as odd as they like.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use crate::object::ObjectRef;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// Something happened to these objects: look at each as it is now. Never empty.
    Look(Vec<Mention>),
    /// S3's greeting when a notification is configured; nothing happened.
    TestEvent,
    /// Only events that leave an object's bytes as they were (a restore, a tag), by name.
    Irrelevant(String),
}

/// An object that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The object.
    pub object: ObjectRef,
    /// When it happened, in RFC 3339 as S3 writes it; whatever the event says in that place. To
    /// measure by, never to decide by.
    pub time: Option<String>,
}

/// Why a body could not be understood. Such a message is failed, so that a dead-letter queue keeps it.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// The body is not JSON.
    #[error("the message body is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The body is JSON of none of the shapes that S3's events travel in.
    #[error(
        "the message body is none of: S3 notification, S3 test event, SNS envelope around one, \
         EventBridge event from aws.s3"
    )]
    UnknownShape,
    /// The body has the marks of one of the shapes, but not its fields.
    #[error("the message body looks like {shape}, but a field is missing or has another type")]
    Malformed {
        /// The shape whose marks the body has.
        shape: &'static str,
        /// What is missing or of another type.
        #[source]
        cause: serde_json::Error,
    },
    /// A notification without a single record says nothing that could be done.
    #[error("the notification holds no records")]
    NoRecords,
    /// A record that did not come from S3.
    #[error("the event source is {0:?}, expected \"aws:s3\"")]
    ForeignSource(String),
    /// A key whose percent-encoding does not give UTF-8, which every S3 key is.
    #[error("the object key {0:?} is not UTF-8 once decoded")]
    KeyNotUtf8(String),
    /// SNS envelopes inside each other, deeper than AWS ever nests them.
    #[error("the notification is inside more than {MAX_ENVELOPES} SNS envelopes")]
    NestedTooDeep,
}

/// SNS puts one envelope around an event; a topic cannot subscribe to a topic, so two is generous.
const MAX_ENVELOPES: usize = 2;

/// Understands one message body.
///
/// ```
/// use s3_thumbnailer::notification::{parse, Notification};
/// use s3_thumbnailer::object::ObjectRef;
///
/// let body = r#"{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
///     "s3": {"bucket": {"name": "pictures"}, "object": {"key": "images/my+cat.jpg"}}}]}"#;
/// let Notification::Look(mentions) = parse(body)? else { panic!("nothing to look at") };
/// assert_eq!(mentions[0].object, ObjectRef::new("pictures", "images/my cat.jpg"));
/// # Ok::<(), s3_thumbnailer::notification::NotificationError>(())
/// ```
pub fn parse(body: &str) -> Result<Notification, NotificationError> {
    parse_within(body, MAX_ENVELOPES)
}

fn parse_within(body: &str, envelopes: usize) -> Result<Notification, NotificationError> {
    let body: Value = serde_json::from_str(body).map_err(NotificationError::NotJson)?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    if body.get("Records").is_some() {
        return parse_records(body);
    }
    if text("Event") == Some("s3:TestEvent") {
        return Ok(Notification::TestEvent);
    }
    if let (Some("Notification"), Some(message)) = (text("Type"), text("Message")) {
        let envelopes = envelopes.checked_sub(1).ok_or(NotificationError::NestedTooDeep)?;
        return parse_within(message, envelopes);
    }
    if text("source") == Some("aws.s3") {
        return parse_event_bridge(body);
    }
    Err(NotificationError::UnknownShape)
}

/// Amazon S3 User Guide, "Event message structure".
#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_source: String,
    event_name: String,
    #[serde(default)]
    event_time: Value,
    s3: Entity,
}

/// Also the `detail` of an EventBridge event: both name a bucket and an object in the same way.
#[derive(Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

fn parse_records(body: Value) -> Result<Notification, NotificationError> {
    let shape = "an S3 notification";
    let Records { records } = serde_json::from_value(body)
        .map_err(|cause| NotificationError::Malformed { shape, cause })?;
    let mut objects = Vec::with_capacity(records.len());
    let mut irrelevant = None;
    for record in records {
        // MinIO and Ceph speak S3's notifications under names of their own.
        if !matches!(record.event_source.as_str(), "aws:s3" | "minio:s3" | "ceph:s3") {
            return Err(NotificationError::ForeignSource(record.event_source));
        }
        if changes_object(&record.event_name) {
            let key = decode_form(&record.s3.object.key)?;
            let object = ObjectRef::new(record.s3.bucket.name, key);
            objects.push(Mention { object, time: text(record.event_time) });
        } else {
            irrelevant = Some(record.event_name);
        }
    }
    match (objects.is_empty(), irrelevant) {
        (false, _) => Ok(Notification::Look(objects)),
        (true, Some(name)) => Ok(Notification::Irrelevant(name)),
        (true, None) => Err(NotificationError::NoRecords),
    }
}

/// Whether an event of this name can mean that a key holds other bytes than before, or none
/// (Amazon S3 User Guide, "Supported event types for SQS, SNS, and Lambda").
fn changes_object(event_name: &str) -> bool {
    let name = event_name.strip_prefix("s3:").unwrap_or(event_name);
    ["ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:"]
        .iter()
        .any(|family| name.starts_with(family))
}

/// A time of another type is no time: it does not matter enough to refuse a message for.
fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// A key from a notification or a list, where S3 encodes it like an HTML form: a space is `+`, and
/// everything else that is not plain is percent-encoded UTF-8.
pub fn decode_form(key: &str) -> Result<String, NotificationError> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| NotificationError::KeyNotUtf8(key.to_owned()))
}

/// Amazon S3 User Guide, "EventBridge event message structure". Keys are not encoded here.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct EventBridgeEvent {
    detail_type: String,
    #[serde(default)]
    time: Value,
    detail: Value,
}

fn parse_event_bridge(body: Value) -> Result<Notification, NotificationError> {
    let malformed =
        |cause| NotificationError::Malformed { shape: "an EventBridge event from aws.s3", cause };
    let event: EventBridgeEvent = serde_json::from_value(body).map_err(malformed)?;
    if !matches!(event.detail_type.as_str(), "Object Created" | "Object Deleted") {
        return Ok(Notification::Irrelevant(event.detail_type));
    }
    let Entity { bucket, object } = serde_json::from_value(event.detail).map_err(malformed)?;
    let object = ObjectRef::new(bucket.name, object.key);
    Ok(Notification::Look(vec![Mention { object, time: text(event.time) }]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Is = fn(&NotificationError) -> bool;

    fn record(event_name: &str, key: &str) -> Value {
        json!({"eventSource": "aws:s3", "eventName": event_name,
               "s3": {"bucket": {"name": "pictures"}, "object": {"key": key}}})
    }

    fn look(keys: &[&str]) -> Notification {
        let mention = |key: &&str| Mention { object: ObjectRef::new("pictures", *key), time: None };
        Notification::Look(keys.iter().map(mention).collect())
    }

    #[test]
    fn keys_are_form_decoded_once() {
        let cases = [
            ("images/%C3%A9t%C3%A9+%26+plus%2B%281%29.jpg", "images/été & plus+(1).jpg"),
            ("images%2Fa.jpg", "images/a.jpg"),
            ("images/100%2525.jpg", "images/100%25.jpg"),
            ("images/100%.jpg", "images/100%.jpg"),
        ];
        for (encoded, key) in cases {
            let body = json!({"Records": [record("ObjectCreated:Put", encoded)]}).to_string();
            assert_eq!(parse(&body).unwrap(), look(&[key]));
        }
    }

    #[test]
    fn creations_removals_and_expirations_are_looked_at_and_other_events_are_not() {
        let cases = [
            ("ObjectCreated:Put", true),
            ("ObjectCreated:CompleteMultipartUpload", true),
            ("s3:ObjectCreated:Copy", true),
            ("ObjectRemoved:Delete", true),
            ("ObjectRemoved:DeleteMarkerCreated", true),
            ("LifecycleExpiration:Delete", true),
            ("ObjectRestore:Completed", false),
            ("ObjectTagging:Put", false),
            ("SomethingNew:In2031", false),
        ];
        for (name, expected) in cases {
            let body = json!({"Records": [record(name, "images/a.jpg")]}).to_string();
            let expected = if expected {
                look(&["images/a.jpg"])
            } else {
                Notification::Irrelevant(name.to_owned())
            };
            assert_eq!(parse(&body).unwrap(), expected);
        }
    }

    #[test]
    fn a_message_of_several_records_asks_for_each_object_that_changed() {
        let body = json!({"Records": [
            record("ObjectCreated:Put", "images/a.jpg"),
            record("ObjectTagging:Put", "images/b.jpg"),
            record("ObjectRemoved:Delete", "images/c.jpg"),
        ]});
        assert_eq!(parse(&body.to_string()).unwrap(), look(&["images/a.jpg", "images/c.jpg"]));
    }

    #[test]
    fn event_bridge_keys_are_taken_as_they_are() {
        for detail_type in ["Object Created", "Object Deleted"] {
            let body = json!({"source": "aws.s3", "detail-type": detail_type, "detail": {
                "bucket": {"name": "pictures"}, "object": {"key": "images/100%25+a b.jpg"}}});
            assert_eq!(parse(&body.to_string()).unwrap(), look(&["images/100%25+a b.jpg"]));
        }
    }

    #[test]
    fn an_event_says_when_it_happened_and_may_leave_it_out_or_write_what_it_likes() {
        let time = "2026-11-27T01:02:03.456Z";
        for (said, expected) in [(json!(time), Some(time)), (json!(7), None), (Value::Null, None)] {
            let mut record = record("ObjectCreated:Put", "images/a.jpg");
            record["eventTime"] = said.clone();
            let bridged = json!({"source": "aws.s3", "detail-type": "Object Created",
                "time": said, "detail": record["s3"]});
            for body in [json!({ "Records": [record] }), bridged] {
                let parsed = parse(&body.to_string()).unwrap();
                let Notification::Look(mentions) = parsed else { panic!("{parsed:?}") };
                assert_eq!(mentions[0].time.as_deref(), expected);
            }
        }
    }

    #[test]
    fn an_sns_envelope_is_opened_but_not_for_ever() {
        let wrap = |inside: &str| json!({"Type": "Notification", "Message": inside}).to_string();
        let inside = json!({"Records": [record("ObjectCreated:Put", "images/a+b.jpg")]});
        let mut body = wrap(&inside.to_string());
        assert_eq!(parse(&body).unwrap(), look(&["images/a b.jpg"]));
        for _ in 0..MAX_ENVELOPES {
            body = wrap(&body);
        }
        assert!(matches!(parse(&body), Err(NotificationError::NestedTooDeep)));
    }

    #[test]
    fn the_test_event_asks_for_nothing() {
        let body = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"});
        assert_eq!(parse(&body.to_string()).unwrap(), Notification::TestEvent);
    }

    #[test]
    fn what_is_not_understood_is_an_error_and_not_a_shrug() {
        let unknown_source = json!({"Records": [{"eventSource": "aws:ses", "eventName": "x",
            "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]});
        let cases: [(String, Is); 8] = [
            ("hello".into(), |error| matches!(error, NotificationError::NotJson(_))),
            (String::new(), |error| matches!(error, NotificationError::NotJson(_))),
            ("[]".into(), |error| matches!(error, NotificationError::UnknownShape)),
            ("{}".into(), |error| matches!(error, NotificationError::UnknownShape)),
            (r#"{"Records": []}"#.into(), |error| matches!(error, NotificationError::NoRecords)),
            (r#"{"Records": [{}]}"#.into(), |error| {
                matches!(error, NotificationError::Malformed { .. })
            }),
            (unknown_source.to_string(), |error| {
                matches!(error, NotificationError::ForeignSource(_))
            }),
            (
                json!({"Records": [record("ObjectCreated:Put", "images/%FF.jpg")]}).to_string(),
                |error| matches!(error, NotificationError::KeyNotUtf8(_)),
            ),
        ];
        for (body, expected) in cases {
            let error = parse(&body).unwrap_err();
            assert!(expected(&error), "{body}: {error:?}");
        }
    }
}
