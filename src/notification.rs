//! From a message's body to the objects that it names, out of every envelope that S3's events
//! travel in. It only parses: whether an object is a source, or still there, is decided elsewhere.
//!
//! Only the fields used are named, and each record is parsed by itself: future versions,
//! S3-compatible servers and neighbours may then be as odd as they like.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use crate::object::{MAX_KEY_BYTES, ObjectRef};

pub mod events;

/// What a message asks for, and whether all of it was understood.
#[derive(Debug, Default)]
pub struct Notification {
    /// Something happened to these objects: look at each as it is now.
    pub look: Vec<Mention>,
    /// Events that ask for nothing, by name: S3's greeting when a notification is configured, and
    /// those that [`events`] does not look at.
    pub ignored: Vec<String>,
    /// Why the message, or the first of its records that are wrong, could not be understood. What
    /// was understood is asked for all the same.
    pub not_understood: Option<NotificationError>,
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

/// Why a body, or a record of it, could not be understood. Such a message is rejected, so that a
/// dead-letter queue keeps it.
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
    /// A key whose percent-encoding does not give UTF-8, which every S3 key is.
    #[error("the object key {0:?} is not UTF-8 once decoded")]
    KeyNotUtf8(String),
    /// SNS envelopes inside each other, deeper than AWS ever nests them.
    #[error("the notification is inside more than {MAX_ENVELOPES} SNS envelopes")]
    NestedTooDeep,
}

/// SNS puts one envelope around an event; a topic cannot subscribe to a topic, so two is generous.
const MAX_ENVELOPES: usize = 2;

/// The name of S3's greeting when a notification is configured.
const TEST_EVENT: &str = "s3:TestEvent";
/// The source of the events of Amazon S3, which encodes every key.
const AMAZON_S3: &str = "aws:s3";

const RECORDS: &str = "an S3 notification";
const EVENT_BRIDGE: &str = "an EventBridge event from aws.s3";

/// Understands one message body.
///
/// ```
/// use s3_thumbnailer::notification::parse;
/// use s3_thumbnailer::object::ObjectRef;
///
/// let body = r#"{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
///     "s3": {"bucket": {"name": "pictures"}, "object": {"key": "images/my+cat.jpg"}}}]}"#;
/// let notification = parse(body);
/// assert_eq!(notification.look[0].object, ObjectRef::new("pictures", "images/my cat.jpg"));
/// assert!(notification.not_understood.is_none());
/// ```
#[must_use]
pub fn parse(body: &str) -> Notification {
    let mut found = Notification::default();
    found.take(|found| read(body, MAX_ENVELOPES, found));
    found
}

impl Notification {
    /// Takes what `read` finds, and why it ends early.
    fn take(&mut self, read: impl FnOnce(&mut Self) -> Result<(), NotificationError>) {
        if let Err(error) = read(self) {
            self.not_understood.get_or_insert(error);
        }
    }
}

fn read(body: &str, envelopes: usize, found: &mut Notification) -> Result<(), NotificationError> {
    let body: Value = serde_json::from_str(body).map_err(NotificationError::NotJson)?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    if body.get("Records").is_some() {
        return read_records(body, found);
    }
    if text("Event") == Some(TEST_EVENT) {
        found.ignored.push(TEST_EVENT.to_owned());
        return Ok(());
    }
    if let (Some("Notification"), Some(message)) = (text("Type"), text("Message")) {
        let envelopes = envelopes.checked_sub(1).ok_or(NotificationError::NestedTooDeep)?;
        return read(message, envelopes, found);
    }
    if text("source") == Some("aws.s3") {
        return read_event_bridge(body, found);
    }
    Err(NotificationError::UnknownShape)
}

/// Amazon S3 User Guide, "Event message structure".
#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

/// Whatever its source is called: `aws:s3`, `minio:s3`, `ceph:s3`, `sgws:s3`, or nothing at all.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(default)]
    event_source: Value,
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

fn read_records(body: Value, found: &mut Notification) -> Result<(), NotificationError> {
    let Records { records } = parsed(body, RECORDS)?;
    if records.is_empty() {
        return Err(NotificationError::NoRecords);
    }
    for record in records {
        found.take(|found| read_record(record, found));
    }
    Ok(())
}

fn read_record(record: Value, found: &mut Notification) -> Result<(), NotificationError> {
    let Record { event_source, event_name, event_time, s3 } = parsed(record, RECORDS)?;
    if !events::is_looked_at(&event_name) {
        found.ignored.push(event_name);
        return Ok(());
    }
    let time = text(event_time);
    for key in spellings(s3.object.key, event_source == AMAZON_S3)? {
        let object = ObjectRef::new(s3.bucket.name.clone(), key);
        found.look.push(Mention { object, time: time.clone() });
    }
    Ok(())
}

fn parsed<T: serde::de::DeserializeOwned>(
    value: Value,
    shape: &'static str,
) -> Result<T, NotificationError> {
    serde_json::from_value(value).map_err(|cause| NotificationError::Malformed { shape, cause })
}

/// A time of another type is no time: it does not matter enough to refuse a message for.
fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// The keys that `key` may stand for. Amazon S3 always encodes keys; of other servers, some do and
/// some do not. Then both are looked at: at a key that does not exist, a look finds nothing to do.
fn spellings(key: String, is_encoded: bool) -> Result<Vec<String>, NotificationError> {
    let decoded = decode_form(&key);
    if is_encoded {
        return decoded.map(|key| vec![key]);
    }
    let mut spellings: Vec<String> = decoded.into_iter().collect();
    // An encoded key may be longer than any key can be.
    if spellings.is_empty() || (key.len() <= MAX_KEY_BYTES && !spellings.contains(&key)) {
        spellings.push(key);
    }
    Ok(spellings)
}

/// S3 notifications carry keys encoded like an HTML form: a space is `+`, and everything else that
/// is not plain is percent-encoded UTF-8.
pub(crate) fn decode_form(key: &str) -> Result<String, NotificationError> {
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
    #[serde(default)]
    detail: Value,
}

fn read_event_bridge(body: Value, found: &mut Notification) -> Result<(), NotificationError> {
    let event: EventBridgeEvent = parsed(body, EVENT_BRIDGE)?;
    if !events::is_looked_at(&event.detail_type) {
        found.ignored.push(event.detail_type);
        return Ok(());
    }
    let Entity { bucket, object } = parsed(event.detail, EVENT_BRIDGE)?;
    let object = ObjectRef::new(bucket.name, object.key);
    found.look.push(Mention { object, time: text(event.time) });
    Ok(())
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

    /// The same, from a server that calls itself `source`; `null` for one that does not.
    fn record_of(source: Value, key: &str) -> Value {
        let mut record = record("ObjectCreated:Put", key);
        match source {
            Value::Null => drop(record.as_object_mut().unwrap().remove("eventSource")),
            source => record["eventSource"] = source,
        }
        record
    }

    /// The keys that a message asks to be looked at, if all of it is understood.
    fn looks(body: &Value) -> Vec<String> {
        let found = parse(&body.to_string());
        assert!(found.not_understood.is_none(), "{body}: {found:?}");
        keys(&found)
    }

    fn keys(found: &Notification) -> Vec<String> {
        let objects = found.look.iter().map(|mention| &mention.object);
        objects
            .inspect(|object| assert_eq!(object.bucket, "pictures"))
            .map(|o| o.key.clone())
            .collect()
    }

    #[test]
    fn amazons_keys_are_form_decoded_once() {
        let cases = [
            ("images/%C3%A9t%C3%A9+%26+plus%2B%281%29.jpg", "images/été & plus+(1).jpg"),
            ("images%2Fa.jpg", "images/a.jpg"),
            ("images/100%2525.jpg", "images/100%25.jpg"),
            ("images/100%.jpg", "images/100%.jpg"),
        ];
        for (encoded, key) in cases {
            assert_eq!(looks(&json!({"Records": [record("ObjectCreated:Put", encoded)]})), [key]);
        }
    }

    #[test]
    fn other_servers_keys_are_looked_at_as_they_are_and_decoded() {
        let long = format!("images/{}.jpg", "%C3%A9".repeat(400));
        let decoded = format!("images/{}.jpg", "é".repeat(400));
        let cases: [(&str, &[&str]); 5] = [
            ("images/a.jpg", &["images/a.jpg"]),
            ("images/a+b.jpg", &["images/a b.jpg", "images/a+b.jpg"]),
            ("images%2F100%25.jpg", &["images/100%.jpg", "images%2F100%25.jpg"]),
            ("images/%FF.jpg", &["images/%FF.jpg"]),
            (&long, &[&decoded]),
        ];
        for source in [json!("minio:s3"), json!("ceph:s3"), json!("sgws:s3"), Value::Null] {
            for (key, expected) in cases {
                let body = json!({"Records": [record_of(source.clone(), key)]});
                assert_eq!(looks(&body), expected, "{source}");
            }
        }
    }

    #[test]
    fn whatever_has_the_shape_of_an_s3_record_is_understood_whoever_sent_it() {
        for source in [json!("sgws:s3"), json!("ctyun:s3"), json!("OBS"), json!(7), Value::Null] {
            let body = json!({"Records": [record_of(source.clone(), "images/a.jpg")]});
            assert_eq!(looks(&body), ["images/a.jpg"], "{source}");
        }
    }

    #[test]
    fn a_message_of_several_records_asks_for_each_object_that_may_have_changed() {
        let body = json!({"Records": [
            record("ObjectCreated:Put", "images/a.jpg"),
            record("ObjectAccessed:Get", "images/b.jpg"),
            record("ObjectRemoved:Delete", "images/c.jpg"),
        ]});
        assert_eq!(looks(&body), ["images/a.jpg", "images/c.jpg"]);
        assert_eq!(parse(&body.to_string()).ignored, ["ObjectAccessed:Get"]);
    }

    #[test]
    fn a_record_that_is_not_understood_does_not_hide_its_neighbours() {
        let wrong = [
            json!({}),
            json!(7),
            record("ObjectCreated:Put", "images/%FF.jpg"),
            json!({"eventSource": "aws:ses", "ses": {"mail": {}}}),
            json!({"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {}}),
        ];
        for wrong in wrong {
            let good = |key: &str| record("ObjectCreated:Put", key);
            let body = json!({"Records": [good("images/a.jpg"), wrong, good("images/b.jpg")]});
            let found = parse(&body.to_string());
            assert_eq!(keys(&found), ["images/a.jpg", "images/b.jpg"], "{wrong}");
            assert!(found.not_understood.is_some(), "{wrong}");
        }
    }

    #[test]
    fn event_bridge_keys_are_taken_as_they_are() {
        for detail_type in ["Object Created", "Object Deleted", "Object Restore Completed"] {
            let body = json!({"source": "aws.s3", "detail-type": detail_type, "detail": {
                "bucket": {"name": "pictures"}, "object": {"key": "images/100%25+a b.jpg"}}});
            assert_eq!(looks(&body), ["images/100%25+a b.jpg"]);
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
                let found = parse(&body.to_string());
                assert_eq!(found.look[0].time.as_deref(), expected);
            }
        }
    }

    #[test]
    fn an_sns_envelope_is_opened_but_not_for_ever() {
        let wrap = |inside: &Value| json!({"Type": "Notification", "Message": inside.to_string()});
        let inside = json!({"Records": [record("ObjectCreated:Put", "images/a+b.jpg")]});
        let mut body = wrap(&inside);
        assert_eq!(looks(&body), ["images/a b.jpg"]);
        for _ in 0..MAX_ENVELOPES {
            body = wrap(&body);
        }
        let error = parse(&body.to_string()).not_understood;
        assert!(matches!(error, Some(NotificationError::NestedTooDeep)), "{error:?}");
    }

    #[test]
    fn events_that_ask_for_nothing_are_named() {
        let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"});
        let restoring = json!({"source": "aws.s3", "detail-type": "Object Restore Initiated"});
        let accessed = json!({"Records": [record("ObjectAccessed:Head", "images/a.jpg")]});
        for (body, name) in [
            (test, "s3:TestEvent"),
            (restoring, "Object Restore Initiated"),
            (accessed, "ObjectAccessed:Head"),
        ] {
            assert_eq!(looks(&body), [""; 0]);
            assert_eq!(parse(&body.to_string()).ignored, [name]);
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error_and_not_a_shrug() {
        let malformed: Is = |error| matches!(error, NotificationError::Malformed { .. });
        let cases: [(String, Is); 9] = [
            ("hello".into(), |error| matches!(error, NotificationError::NotJson(_))),
            (String::new(), |error| matches!(error, NotificationError::NotJson(_))),
            ("[]".into(), |error| matches!(error, NotificationError::UnknownShape)),
            ("{}".into(), |error| matches!(error, NotificationError::UnknownShape)),
            (r#"{"Records": []}"#.into(), |error| matches!(error, NotificationError::NoRecords)),
            (r#"{"Records": 7}"#.into(), malformed),
            (r#"{"Records": [{}]}"#.into(), malformed),
            (r#"{"source": "aws.s3", "detail-type": "Object Created"}"#.into(), malformed),
            (
                json!({"Records": [record("ObjectCreated:Put", "images/%FF.jpg")]}).to_string(),
                |error| matches!(error, NotificationError::KeyNotUtf8(_)),
            ),
        ];
        for (body, expected) in cases {
            let found = parse(&body);
            assert!(found.look.is_empty() && found.ignored.is_empty(), "{body}: {found:?}");
            let error = found.not_understood.unwrap();
            assert!(expected(&error), "{body}: {error:?}");
        }
    }
}
