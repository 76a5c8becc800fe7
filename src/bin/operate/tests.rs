//! What the operator is told, without a queue or a bucket; `make e2e` runs the commands themselves.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use s3_thumbnailer::config::Config;
use s3_thumbnailer::notification;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::store::s3::S3Store;
use support::s3::{EmbeddedS3, Fault, Matching, Times};

use super::dead_letters::{DeadLetter, by_reason};
use super::{Task, audit, former, listing, look, probe, table, task};

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
    let sources = Some("list.csv".into());
    let audit = Task::Audit { repair: true, remove: false, sources, thumbnails: None };
    assert_eq!(task(["audit", "--repair", "--sources", "list.csv"]).unwrap(), audit);
    let audit = Task::Audit { repair: false, remove: true, sources: None, thumbnails: None };
    assert_eq!(task(["audit", "--remove"]).unwrap(), audit);
    assert_eq!(task(["probe"]).unwrap(), Task::Probe { key: None });
    let key = Some("images/c.ppm".to_owned());
    assert_eq!(task(["probe", "images/c.ppm"]).unwrap(), Task::Probe { key });
    for wrong in [
        &[][..],
        &["probe", "a", "b"],
        &["probe", "--repair"],
        &["look"],
        &["letters", "x"],
        &["redrive", "--repair"],
        &["look", "x", "--remove"],
        &["burn"],
    ] {
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
    assert_eq!(orphans, ["thumbnails/large/gone/e.jpg", "thumbnails/small/gone/e.jpg"]);
    assert_eq!(findings.unplaced, pictures(&["thumbnails/stray.txt"]));
    let again = pictures(&["images/b.jpg", "images/c d.png", "images/gone/e.jpg"]);
    assert_eq!(findings.to_look_at(), again, "the stray one is nobody's");
}

#[test]
fn an_audit_knows_the_picture_of_a_thumbnail_by_any_pattern() {
    let rules = r#"[{"outputs": {"s": {"width": 9}}, "key": "{dir}{stem}-{width}.{source_ext}"}]"#;
    let config = config(&[("THUMBNAIL_RULES", rules)]);
    let gone = pictures(&["thumbnails/a/b-9.jpg", "thumbnails/a/b.jpg"]);
    let layout = &config.policy.layout;
    let findings = audit::compare(layout, "pictures", &[], gone.into_iter().collect());
    assert_eq!(findings.to_look_at(), pictures(&["images/a/b.jpg"]));
    assert_eq!(findings.unplaced, pictures(&["thumbnails/a/b.jpg"]));
}

#[test]
fn pictures_beside_the_outputs_are_no_thumbnails() {
    let config = config(&[
        ("SOURCE_PREFIX", "all/originals/"),
        ("THUMBNAIL_PREFIX", "all/"),
        ("THUMBNAIL_SIZES", "small=9x9,large=99x99"),
    ]);
    let found = pictures(&["all/originals/a.jpg", "all/small/a.jpg", "all/large/a.jpg"]);
    let sources = pictures(&["all/originals/a.jpg"]);
    let layout = &config.policy.layout;
    let findings = audit::compare(layout, "pictures", &sources, found.into_iter().collect());
    assert_eq!((findings.thumbnails, findings.orphans.len()), (2, 0));
    assert_eq!(findings.unplaced, []);
}

#[tokio::test]
async fn an_audit_tells_what_former_outputs_left_from_what_is_somebody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
    let client = s3.client();
    client.create_bucket().bucket("pictures").send().await.unwrap();
    let put = async |key: &str, source_bucket: Option<&str>| {
        let call = client.put_object().bucket("pictures").key(key).body(b"12345".to_vec().into());
        let metadata = source_bucket.map(|bucket| {
            let metadata = [("source-bucket", bucket), ("source-etag", "e"), ("recipe", "r")];
            metadata.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        });
        call.set_metadata(metadata).send().await.unwrap();
    };
    let ours = Some("pictures");
    put("images/a.jpg", None).await;
    // Somebody copied a thumbnail, with its metadata, to be a picture.
    put("images/copy.jpg", ours).await;
    put("thumbnails/small/a.jpg", ours).await;
    put("thumbnails/small/copy.jpg", ours).await;
    put("thumbnails/small/gone.jpg", ours).await;
    put("thumbnails/large/a\u{7}.jpg", ours).await;
    put("thumbnails/large/gone.jpg", ours).await;
    put("thumbnails/large/elsewhere.jpg", Some("others")).await;
    put("thumbnails/robots.txt", None).await;
    put("thumbnails/secret.jpg", ours).await;
    let secret = Matching::key("pictures", "thumbnails/secret.jpg");
    s3.faults().inject(secret, Fault::Deny, Times::Always);

    let rules = r#"[{"outputs": {"small": {}}, "key": "{size}/{path}"}]"#;
    let config = config(&[("SOURCE_BUCKET", "pictures"), ("THUMBNAIL_RULES", rules)]);
    let sources = listing::sources(&client, &config, None).await.unwrap();
    let thumbnails = listing::thumbnails(&client, &config, None).await.unwrap();
    let findings = audit::compare(&config.policy.layout, "pictures", &sources, thumbnails);
    assert_eq!(findings.to_look_at(), pictures(&["images/gone.jpg"]));

    let store = S3Store::new(client.clone());
    let went = ObjectRef::new("pictures", "thumbnails/went-since.jpg");
    let unplaced = [findings.unplaced, vec![went]].concat();
    let found = former::tell_apart(&store, "pictures", unplaced).await.unwrap();
    let keys = ["thumbnails/large/a\u{7}.jpg", "thumbnails/large/gone.jpg"];
    let outputs: Vec<_> = pictures(&keys).into_iter().map(|object| (object, 5)).collect();
    let found_outputs = found.outputs.iter().map(|(o, head)| (o.clone(), head.content_length));
    assert_eq!(found_outputs.collect::<Vec<_>>(), outputs);
    let others =
        ["thumbnails/large/elsewhere.jpg", "thumbnails/robots.txt", "thumbnails/secret.jpg"];
    assert_eq!(found.others, pictures(&others));

    assert_eq!(former::remove(&store, &found).await.unwrap(), 2);
    let left = listing::thumbnails(&client, &config, None).await.unwrap();
    assert_eq!(left.len(), 6);
    assert!(keys.iter().all(|key| !left.contains(&ObjectRef::new("pictures", *key))));
    assert_eq!(listing::sources(&client, &config, None).await.unwrap().len(), 2);
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

#[tokio::test]
async fn a_key_that_xml_cannot_hold_does_not_end_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
    let client = s3.client();
    client.create_bucket().bucket("pictures").send().await.unwrap();
    let keys = ["images/a\u{7}.jpg", "images/b\u{fffe}.jpg", "images/c+d e%.jpg"];
    for key in keys {
        client.put_object().bucket("pictures").key(key).send().await.unwrap();
    }
    let config = config(&[("SOURCE_BUCKET", "pictures")]);
    assert_eq!(listing::sources(&client, &config, None).await.unwrap(), pictures(&keys));
    let folder = vec!["images/".to_owned()];
    assert_eq!(listing::expand(&client, &config, folder).await.unwrap(), pictures(&keys));
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

#[test]
fn the_canary_is_the_one_that_the_template_names() {
    let template = include_str!("../../../template.yaml");
    let (_, parameter) = template.split_once("\n  CanaryName:\n").unwrap();
    assert!(parameter.starts_with(&format!("    Type: String\n    Default: {}\n", probe::NAME)));
    let config = config(&[("SOURCE_BUCKET", "pictures"), ("SOURCE_PREFIX", "in/")]);
    let canary = probe::canary(&config, None).unwrap();
    assert_eq!(canary.to_string(), format!("s3://pictures/in/{}", probe::NAME));
    let canary = probe::canary(&config, Some("in/c.ppm".to_owned())).unwrap();
    assert_eq!(canary.to_string(), "s3://pictures/in/c.ppm");
}
