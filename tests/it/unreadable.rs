//! Sources that are there and cannot be read: archived, encrypted with a key of the uploader's, or
//! denied. What can never be read is rejected with its reason, and what may be read later comes
//! back. No uploader can set off an alarm that way, and a role that lost its permission does.

use std::sync::Arc;

use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::reconcile::{Disposition, Outcome, ReconcileError, Reconciler};
use s3_thumbnailer::store::{Operation, StoreErrorKind};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

async fn reconcile(store: &MemoryStore, name: &str) -> Result<Outcome, ReconcileError> {
    Reconciler::new(store.clone(), Copier, policy()).reconcile(&source(name)).await.result
}

/// A store in which two pictures have their thumbnails.
async fn store() -> MemoryStore {
    let store = MemoryStore::new();
    for name in ["a.jpg", "b.jpg"] {
        store.upload(&source(name), &picture(name));
        assert!(matches!(reconcile(&store, name).await, Ok(Outcome::Made(_))));
    }
    store
}

/// Calls on the sources for which `fails` holds end in `kind`.
fn with_sources(
    store: &MemoryStore,
    kind: StoreErrorKind,
    fails: impl Fn(Operation, &str) -> bool + Send + Sync + 'static,
) -> MemoryStore {
    store.gated(Arc::new(move |operation, object: &ObjectRef| {
        let fails = object.key.starts_with("images/") && fails(operation, &object.key);
        Box::pin(async move { fails.then_some(kind) })
    }))
}

const NEVER: [(StoreErrorKind, &str); 3] = [
    (StoreErrorKind::Archived, "archived"),
    (StoreErrorKind::CustomerKey, "customer_key"),
    (StoreErrorKind::KeyDenied, "key_denied"),
];

#[tokio::test]
async fn what_can_never_be_read_is_rejected_with_its_reason_and_is_no_fault() {
    for (kind, reason) in NEVER {
        let store = store().await;
        store.upload(&source("a.jpg"), &picture("new"));
        let sealed = with_sources(&store, kind, |operation, _| operation == Operation::Get);
        let error = reconcile(&sealed, "a.jpg").await.unwrap_err();
        assert_eq!((error.reason(), error.disposition()), (reason, Disposition::Reject));
        assert!(!error.is_fault(), "{reason}");
        assert_eq!(store.find(&thumbnail("a.jpg")), None, "it shows the picture before");
    }
}

#[tokio::test]
async fn what_cannot_be_read_any_more_keeps_thumbnails_that_are_up_to_date() {
    for (kind, _) in NEVER {
        let store = store().await;
        let sealed = with_sources(&store, kind, |operation, _| operation == Operation::Get);
        assert_eq!(reconcile(&sealed, "a.jpg").await.unwrap(), Outcome::UpToDate);
    }
}

#[tokio::test]
async fn an_object_of_which_not_even_the_etag_can_be_asked_is_rejected_too() {
    let store = store().await;
    let sealed = store.gated(Arc::new(|operation, object| {
        let kind = match operation {
            Operation::Get => StoreErrorKind::CustomerKey,
            // As S3 answers: 400, without a body that says why.
            _ => StoreErrorKind::Unexpected,
        };
        let fails = object.key == "images/a.jpg";
        Box::pin(async move { fails.then_some(kind) })
    }));
    let error = reconcile(&sealed, "a.jpg").await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("customer_key", Disposition::Reject));
    assert!(!error.is_fault());
    assert_eq!(store.find(&thumbnail("a.jpg")), None, "nobody knows whether it is up to date");
}

#[tokio::test]
async fn a_single_key_that_is_denied_comes_back_and_is_no_fault() {
    for kind in [StoreErrorKind::Denied, StoreErrorKind::Forbidden] {
        let store = store().await;
        store.upload(&source("a.jpg"), &picture("new"));
        let denied = with_sources(&store, kind, |_, key| key == "images/a.jpg");
        let error = reconcile(&denied, "a.jpg").await.unwrap_err();
        assert_eq!((error.reason(), error.disposition()), ("source_denied", Disposition::Retry));
        assert!(!error.is_fault());
        assert!(store.find(&thumbnail("a.jpg")).is_some(), "it may be readable later");
    }
}

#[tokio::test]
async fn a_role_that_may_read_nothing_is_a_fault() {
    let store = store().await;
    store.upload(&source("a.jpg"), &picture("new"));
    let denied = with_sources(&store, StoreErrorKind::Denied, |_, _| true);
    let error = reconcile(&denied, "a.jpg").await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("access_denied", Disposition::Retry));
    assert!(error.is_fault());
}

#[tokio::test]
async fn a_policy_that_denies_by_tags_is_a_fault_only_once_it_denies_what_was_read_before() {
    // An object that does not exist has no tags either, so such a policy denies it as well.
    let store = store().await;
    store.upload(&source("a.jpg"), &picture("new"));
    for (all, reason) in [(false, "source_denied"), (true, "access_denied")] {
        let now = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let later = Arc::clone(&now);
        let guarded = with_sources(&store, StoreErrorKind::Forbidden, move |_, key| {
            key != "images/b.jpg" || (all && later.load(std::sync::atomic::Ordering::SeqCst))
        });
        let reconciler = Reconciler::new(guarded, Copier, policy());
        let first = reconciler.reconcile(&source("a.jpg")).await.result.unwrap_err();
        assert_eq!(first.reason(), "source_denied", "nothing is known of others yet");
        assert_eq!(reconciler.reconcile(&source("b.jpg")).await.result.unwrap(), Outcome::UpToDate);
        now.store(true, std::sync::atomic::Ordering::SeqCst);
        let error = reconciler.reconcile(&source("a.jpg")).await.result.unwrap_err();
        assert_eq!((error.reason(), error.is_fault()), (reason, all));
    }
}

#[tokio::test]
async fn a_key_that_denies_the_thumbnails_is_a_fault() {
    let store = store().await;
    store.upload(&source("a.jpg"), &picture("new"));
    let sealed = store.failing(Operation::Put, "thumbnails/a.jpg", StoreErrorKind::KeyDenied);
    let error = reconcile(&sealed, "a.jpg").await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("key_denied", Disposition::Retry));
    assert!(error.is_fault());
}
