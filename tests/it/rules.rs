//! Rules applied to one key: each picture by its own rule, either all of its outputs or none, and
//! the manifest after them.

use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::{Exclusion, ObjectRef};
use s3_thumbnailer::reconcile::{Outcome, ReconcileError, Reconciler, Skip};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::{Value, json};

use crate::memory::{Copier, MemoryStore, picture, source};

const RULES: &str = r#"[
    {"include": ["avatars/**"], "exclude": ["avatars/raw/**"],
     "outputs": {"face": {"width": 96, "height": 96}}, "key": "faces/{path}"},
    {"outputs": {"large": {"width": 1280, "height": 1280}, "small": {"width": 160, "height": 160}},
     "key": "{size}/{path}", "manifest": "lists/{path}.{ext}", "placeholders": true}
]"#;

async fn reconcile(store: &MemoryStore, name: &str) -> Result<Outcome, ReconcileError> {
    let set = |name: &str| (name == "THUMBNAIL_RULES").then(|| RULES.to_owned());
    let policy = Config::from_lookup(set).unwrap().policy;
    Reconciler::new(store.clone(), Copier, policy).reconcile(&source(name)).await.result
}

fn made(name: &str) -> ObjectRef {
    ObjectRef::new("pictures", format!("thumbnails/{name}"))
}

fn with_picture(name: &str) -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source(name), &picture("A"));
    store
}

#[tokio::test]
async fn each_picture_gets_the_thumbnails_of_its_own_rule() {
    let store = with_picture("avatars/a.jpg");
    assert!(matches!(reconcile(&store, "avatars/a.jpg").await, Ok(Outcome::Made(_))));
    assert!(store.find(&made("faces/avatars/a.jpg")).is_some());
    assert!(store.find(&made("small/avatars/a.jpg")).is_none());
    let excluded = Outcome::Skipped(Skip::Excluded(Exclusion::NoRule));
    assert_eq!(reconcile(&store, "avatars/raw/a.jpg").await.unwrap(), excluded);
}

#[tokio::test]
async fn the_manifest_lists_every_thumbnail() {
    let store = with_picture("a.jpg");
    reconcile(&store, "a.jpg").await.unwrap();
    let (head, bytes) = store.find(&made("lists/a.jpg.json")).unwrap();
    assert_eq!(head.content_type.as_deref(), Some("application/json"));
    let etag = store.find(&source("a.jpg")).unwrap().0.etag;
    let thumbnail = |name: &str| {
        json!({"name": name, "bucket": "pictures", "key": format!("thumbnails/{name}/a.jpg"),
               "bytes": 5, "type": "image/jpeg", "width": 1, "height": 1})
    };
    let expected = json!({
        "source": {"bucket": "pictures", "key": "images/a.jpg", "etag": etag, "bytes": 5,
                   "format": "jpeg", "width": 1, "height": 1},
        "thumbnails": [thumbnail("large"), thumbnail("small")],
        "placeholders":
            {"thumbhash": "AQID", "blurhash": "LKO2?U%2Tw=w", "dominant-color": "#010203"},
    });
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), expected);
}

#[tokio::test]
async fn thumbnails_carry_placeholders_where_their_rule_asks_for_them() {
    let store = with_picture("a.jpg");
    reconcile(&store, "a.jpg").await.unwrap();
    let (head, _) = store.find(&made("small/a.jpg")).unwrap();
    assert_eq!(head.metadata["thumbhash"], "AQID");
    assert_eq!(head.metadata["blurhash"], "LKO2?U%2Tw=w");
    assert_eq!(head.metadata["dominant-color"], "#010203");
    store.upload(&source("avatars/a.jpg"), &picture("A"));
    reconcile(&store, "avatars/a.jpg").await.unwrap();
    let (head, _) = store.find(&made("faces/avatars/a.jpg")).unwrap();
    assert!(!head.metadata.contains_key("thumbhash"));
}

#[tokio::test]
async fn there_is_no_manifest_before_every_thumbnail_is_written() {
    let store = with_picture("a.jpg");
    let failing =
        store.failing(Operation::Put, "thumbnails/small/a.jpg", StoreErrorKind::Unavailable);
    assert!(matches!(reconcile(&failing, "a.jpg").await, Err(ReconcileError::Store(_))));
    assert!(store.find(&made("lists/a.jpg.json")).is_none());
    assert!(matches!(reconcile(&store, "a.jpg").await, Ok(Outcome::Made(_))));
    assert!(store.find(&made("lists/a.jpg.json")).is_some());
}

#[tokio::test]
async fn a_picture_without_its_manifest_is_not_done() {
    let store = with_picture("a.jpg");
    let failing =
        store.failing(Operation::Put, "thumbnails/lists/a.jpg.json", StoreErrorKind::Denied);
    assert!(matches!(reconcile(&failing, "a.jpg").await, Err(ReconcileError::Store(_))));
    assert!(matches!(reconcile(&store, "a.jpg").await, Ok(Outcome::Made(_))));
    assert_eq!(reconcile(&store, "a.jpg").await.unwrap(), Outcome::UpToDate);
}

#[tokio::test]
async fn everything_made_of_a_source_is_removed_with_it() {
    let store = with_picture("a.jpg");
    reconcile(&store, "a.jpg").await.unwrap();
    store.remove(&source("a.jpg"));
    assert_eq!(reconcile(&store, "a.jpg").await.unwrap(), Outcome::Removed { removed: 3 });
    for name in ["small/a.jpg", "large/a.jpg", "lists/a.jpg.json"] {
        assert!(store.find(&made(name)).is_none(), "{name}");
    }
}
