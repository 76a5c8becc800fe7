//! What the operator is told, without a queue or a bucket; `make e2e` runs the commands themselves.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use s3_thumbnailer::config::Config;
use s3_thumbnailer::notification;
use s3_thumbnailer::object::ObjectRef;

use super::dead_letters::{DeadLetter, by_reason};
use super::{Task, audit, listing, look, table, task};

fn config(variables: &[(&str, &str)]) -> Config {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Config::from_lookup(|name| variables.get(name).map(|value| (*value).to_owned())).unwrap()
}

fn pictures(keys: &[&str]) -> Vec<ObjectRef> {
    keys.iter().map(|key| ObjectRef::new("pictures", *key)).collect()
}

fn letter(id: &str, attributes: &[(&str, &str)]) -> DeadLetter {
    let attributes = attributes.iter().map(|&(name, value)| {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value);
        (name.to_owned(), value.build().unwrap())
    });
    let message = Message::builder()
        .message_id(id)
        .receipt_handle("handle")
        .set_message_attributes(Some(attributes.collect()));
    DeadLetter::of(message.build()).unwrap()
}

#[test]
fn arguments_say_what_to_do_and_nothing_besides() {
    assert_eq!(task(["letters"]).unwrap(), Task::Letters);
    let reason = Some("corrupt".to_owned());
    assert_eq!(task(["redrive", "--reason", "corrupt"]).unwrap(), Task::Redrive { reason });
    let keys = vec!["images/a.jpg".to_owned(), "images/b/".to_owned()];
    assert_eq!(task(["look", "images/a.jpg", "images/b/"]).unwrap(), Task::Look { keys });
    let audit = Task::Audit { repair: true, sources: Some("list.csv".into()), thumbnails: None };
    assert_eq!(task(["audit", "--repair", "--sources", "list.csv"]).unwrap(), audit);
    for wrong in [&[][..], &["look"], &["letters", "x"], &["redrive", "--repair"], &["burn"]] {
        assert!(task(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn letters_are_counted_by_reason_the_most_frequent_first() {
    let letters = [
        letter("1", &[("reason", "corrupt"), ("key", "images/a.jpg"), ("detail", "it ends early")]),
        letter("2", &[]),
        letter(
            "3",
            &[("reason", "corrupt"), ("key", "images/b\n.jpg"), ("detail", "so does this")],
        ),
    ];
    assert_eq!(
        table::aligned(&by_reason(&letters)),
        "2  corrupt                          images/a.jpg  it ends early\n\
         1  gave up after its last delivery"
    );
    assert!(!table::aligned(&by_reason(&letters[2..])).contains('\n'), "a key begins a line");
}

#[test]
fn a_letter_that_event_bridge_could_not_deliver_says_why() {
    let letter = letter(
        "1",
        &[
            ("RULE_ARN", "arn:aws:events:eu-west-1:123456789012:rule/uploads"),
            ("TARGET_ARN", "arn:aws:sqs:eu-west-1:123456789012:uploads"),
            ("ERROR_CODE", "NO_PERMISSIONS"),
            ("ERROR_MESSAGE", "EventBridge may not send to the queue"),
        ],
    );
    assert_eq!(
        table::aligned(&by_reason(&[letter])),
        "1  not delivered by EventBridge: NO_PERMISSIONS    EventBridge may not send to the queue"
    );
}

#[test]
fn what_is_asked_of_the_function_is_what_it_understands_whatever_the_key() {
    for key in ["images/a.jpg", "images/é & plus+(1)/%20 ?#\".jpg", "images/a=b,c;d.jpg"] {
        let object = ObjectRef::new("pictures", key);
        let asked = notification::parse(&look::message(&object));
        let objects: Vec<_> = asked.look.iter().map(|mention| &mention.object).collect();
        assert_eq!((objects, asked.not_understood.is_none()), (vec![&object], true));
    }
}

#[test]
fn an_audit_finds_pictures_without_thumbnails_and_thumbnails_without_pictures() {
    let config = config(&[("THUMBNAIL_SIZES", "small=160x160,large=640x640")]);
    let sources = pictures(&["images/a.jpg", "images/b.jpg", "images/folder/", "images/c d.png"]);
    let thumbnails = pictures(&[
        "thumbnails/small/a.jpg",
        "thumbnails/large/a.jpg",
        "thumbnails/small/b.jpg",
        "thumbnails/small/gone/e.jpg",
        "thumbnails/large/gone/e.jpg",
        "thumbnails/stray.txt",
    ]);
    let layout = &config.policy.layout;
    let findings = audit::compare(layout, "pictures", &sources, thumbnails.into_iter().collect());
    assert_eq!((findings.pictures, findings.thumbnails), (3, 6));
    assert_eq!(findings.incomplete, pictures(&["images/b.jpg", "images/c d.png"]));
    let orphans: Vec<&str> =
        findings.orphans.iter().map(|(orphan, _)| orphan.key.as_str()).collect();
    assert_eq!(
        orphans,
        ["thumbnails/large/gone/e.jpg", "thumbnails/small/gone/e.jpg", "thumbnails/stray.txt"]
    );
    let again = pictures(&["images/b.jpg", "images/c d.png", "images/gone/e.jpg"]);
    assert_eq!(findings.to_look_at(), again, "the stray one is nobody's");
}

#[test]
fn an_audit_knows_lists_and_extensions_of_rules() {
    let rules = r#"[{"outputs": {"s": {"width": 9, "height": 9, "format": "webp"}},
        "key": "{size}/{path}.{ext}", "manifest": "lists/{path}.json"}]"#;
    let config = config(&[("THUMBNAIL_RULES", rules)]);
    let thumbnails = pictures(&[
        "thumbnails/s/a.jpg.webp",
        "thumbnails/lists/a.jpg.json",
        "thumbnails/s/gone.jpg.webp",
        "thumbnails/lists/gone.jpg.json",
    ]);
    let sources = pictures(&["images/a.jpg"]);
    let layout = &config.policy.layout;
    let findings = audit::compare(layout, "pictures", &sources, thumbnails.into_iter().collect());
    assert_eq!(findings.incomplete, []);
    assert_eq!(findings.orphans.len(), 2);
    assert_eq!(findings.to_look_at(), pictures(&["images/gone.jpg"]));
}

#[test]
fn lists_of_s3_inventory_are_read_as_s3_writes_them() {
    let list = "\"pictures\",\"images/a%20b%2Bc.jpg\",\"12\"\n\
                \"pictures\",\"images/d+e.jpg\",\"12\"\n\
                \"pictures\",\"other/f.jpg\",\"12\"\n\
                \"elsewhere\",\"images/g.jpg\",\"12\"\n";
    let read = listing::inventory(list.as_bytes(), "pictures", "images/").unwrap();
    assert_eq!(read, pictures(&["images/a b+c.jpg", "images/d e.jpg"]));
    let error = listing::inventory("images/a.jpg".as_bytes(), "pictures", "images/").unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
}
