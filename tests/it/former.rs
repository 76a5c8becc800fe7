//! What former rules made of a picture goes when its key is looked at, and nothing else goes too.

use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::{Exclusion, ObjectRef};
use s3_thumbnailer::reconcile::{Outcome, ReconcileError, Reconciler, Skip};
use s3_thumbnailer::store::{Operation, StoreErrorKind};

use crate::memory::{Copier, MemoryStore, picture, source, thumbnail};

const BEFORE: &[(&str, &str)] = &[("THUMBNAIL_SIZES", "small=160x160,large=640x640")];
/// Only small ones now, and none at all of drafts.
const NOW: &[(&str, &str)] = &[
    (
        "THUMBNAIL_RULES",
        r#"[{"exclude": ["drafts/**"], "outputs": {"small": {}}, "key": "{size}/{path}"}]"#,
    ),
    ("FORMER_RULES", r#"[{"outputs": {"small": {}, "large": {}}}]"#),
];

async fn reconcile(
    store: &MemoryStore,
    variables: &[(&str, &str)],
    object: &ObjectRef,
) -> Result<Outcome, ReconcileError> {
    let value = |name: &str| {
        let set = variables.iter().rev().find(|(known, _)| *known == name);
        set.map(|(_, value)| (*value).to_owned())
    };
    let policy = Config::from_lookup(value).unwrap().policy;
    Reconciler::new(store.clone(), Copier, policy).reconcile(object).await.result
}

/// A store in which a picture has the thumbnails that the former rules make.
async fn made_before(name: &str) -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source(name), &picture("A"));
    assert!(matches!(reconcile(&store, BEFORE, &source(name)).await, Ok(Outcome::Made(_))));
    assert!(store.find(&thumbnail(&format!("large/{name}"))).is_some());
    store
}

#[tokio::test]
async fn an_output_that_left_the_rules_goes_when_its_picture_is_looked_at() {
    let store = made_before("a.jpg").await;
    let outcome = reconcile(&store, NOW, &source("a.jpg")).await;
    assert!(matches!(outcome, Ok(Outcome::Made(_))), "{outcome:?}");
    assert!(store.find(&thumbnail("large/a.jpg")).is_none());
    assert!(store.find(&thumbnail("small/a.jpg")).is_some());
    assert_eq!(reconcile(&store, NOW, &source("a.jpg")).await.unwrap(), Outcome::UpToDate);
}

#[tokio::test]
async fn an_output_that_left_the_rules_goes_with_its_picture() {
    let store = made_before("a.jpg").await;
    store.remove(&source("a.jpg"));
    let kept = [NOW, &[("ON_SOURCE_DELETED", "keep")]].concat();
    let outcome = reconcile(&store, &kept, &source("a.jpg")).await.unwrap();
    assert_eq!(outcome, Outcome::Skipped(Skip::SourceGoneThumbnailsKept));
    assert!(store.find(&thumbnail("large/a.jpg")).is_some(), "thumbnails are kept");

    let outcome = reconcile(&store, NOW, &source("a.jpg")).await.unwrap();
    assert_eq!(outcome, Outcome::Removed { removed: 2 });
    assert!(store.find(&thumbnail("large/a.jpg")).is_none());
}

#[tokio::test]
async fn a_picture_that_left_the_rules_loses_what_they_made_of_it() {
    let store = made_before("drafts/a.jpg").await;
    let outcome = reconcile(&store, NOW, &source("drafts/a.jpg")).await.unwrap();
    assert_eq!(outcome, Outcome::Skipped(Skip::Excluded(Exclusion::NoRule)));
    assert!(store.find(&thumbnail("large/drafts/a.jpg")).is_none());
    assert!(store.find(&thumbnail("small/drafts/a.jpg")).is_none());
}

#[tokio::test]
async fn a_try_that_fails_leaves_what_former_rules_made() {
    let store = made_before("a.jpg").await;
    let failing = store.failing(Operation::Get, "images/a.jpg", StoreErrorKind::Unavailable);
    let error = reconcile(&failing, NOW, &source("a.jpg")).await.unwrap_err();
    assert_eq!(error.reason(), "store_unavailable");
    assert!(store.find(&thumbnail("large/a.jpg")).is_some());
}

#[tokio::test]
async fn what_is_not_ours_stays_where_former_rules_put_thumbnails() {
    let store = made_before("a.jpg").await;
    store.upload(&thumbnail("large/a.jpg"), b"put there by somebody else");
    reconcile(&store, NOW, &source("a.jpg")).await.unwrap();
    assert!(store.find(&thumbnail("large/a.jpg")).is_some());

    let elsewhere = ObjectRef::new("others", "images/a.jpg");
    let bucket = [NOW, &[("SOURCE_BUCKET", "pictures")]].concat();
    let panics = store.gated(std::sync::Arc::new(|operation, object| {
        panic!("{operation} {object}");
    }));
    let error = reconcile(&panics, &bucket, &elsewhere).await.unwrap_err();
    assert_eq!(error.reason(), "foreign_bucket");
    // Not even by a key that no rule includes, which is not an error.
    let draft = ObjectRef::new("others", "images/drafts/a.jpg");
    reconcile(&panics, &bucket, &draft).await.unwrap();
}

#[tokio::test]
async fn a_removal_that_fails_brings_the_message_back() {
    for operation in [Operation::Head, Operation::Delete] {
        let store = made_before("a.jpg").await;
        let kind = StoreErrorKind::Unavailable;
        let failing = store.failing(operation, "thumbnails/large/a.jpg", kind);
        let error = reconcile(&failing, NOW, &source("a.jpg")).await.unwrap_err();
        assert_eq!(error.reason(), "store_unavailable");
        reconcile(&store, NOW, &source("a.jpg")).await.unwrap();
        assert!(store.find(&thumbnail("large/a.jpg")).is_none());
    }
}
