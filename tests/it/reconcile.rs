//! One key against a store that injects faults: what each row of the failure table promises.

use s3_thumbnailer::object::{Exclusion, ObjectRef, Placement};
use s3_thumbnailer::reconcile::{
    Disposition, MAX_LOOKS, OnSourceDeleted, Outcome, Policy, ReconcileError, Reconciler, Skip,
    Stage,
};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use thumbnail::{SourceFormat, ThumbnailError};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

async fn reconcile(store: &MemoryStore, name: &str) -> Result<Outcome, ReconcileError> {
    reconcile_by(policy(), store, &source(name)).await
}

async fn reconcile_by(
    policy: Policy,
    store: &MemoryStore,
    object: &ObjectRef,
) -> Result<Outcome, ReconcileError> {
    Reconciler::new(store.clone(), Copier, policy).reconcile(object).await.result
}

/// A store in which `images/a.jpg` is a picture and `thumbnails/a.jpg` is its thumbnail.
async fn store_with_thumbnail() -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &picture("A"));
    assert!(matches!(reconcile(&store, "a.jpg").await, Ok(Outcome::Made(_))));
    store
}

#[tokio::test]
async fn a_new_picture_gets_a_thumbnail_that_says_what_it_was_made_from() {
    let store = store_with_thumbnail().await;
    let (head, bytes) = store.find(&thumbnail("a.jpg")).unwrap();
    assert_eq!(bytes, picture("A"));
    assert_eq!(head.content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(head.metadata["source-etag"], store.find(&source("a.jpg")).unwrap().0.etag);
    assert_eq!(head.metadata["source-bucket"], "pictures");
    assert!(!head.metadata["recipe"].is_empty());
}

#[tokio::test]
async fn a_thumbnail_that_is_up_to_date_is_not_written_again() {
    let store = store_with_thumbnail().await;
    let sealed = store.failing(Operation::Put, "thumbnails/a.jpg", StoreErrorKind::Denied);
    assert_eq!(reconcile(&sealed, "a.jpg").await.unwrap(), Outcome::UpToDate);
}

#[tokio::test]
async fn another_recipe_makes_the_thumbnail_again() {
    let store = store_with_thumbnail().await;
    let mut other = policy();
    let recipe = thumbnail::Recipe::of(Vec::new());
    other.rules[0].id = s3_thumbnailer::provenance::RecipeId::new(&recipe, "");
    let outcome = reconcile_by(other, &store, &source("a.jpg")).await.unwrap();
    assert!(matches!(outcome, Outcome::Made(_)));
}

#[tokio::test]
async fn the_thumbnail_of_a_deleted_source_is_removed_unless_the_settings_keep_it() {
    let store = store_with_thumbnail().await;
    store.remove(&source("a.jpg"));

    let keep = Policy { on_source_deleted: OnSourceDeleted::Keep, ..policy() };
    let kept = reconcile_by(keep, &store, &source("a.jpg")).await.unwrap();
    assert_eq!(kept, Outcome::Skipped(Skip::SourceGoneThumbnailsKept));
    assert!(store.find(&thumbnail("a.jpg")).is_some());

    let removed = reconcile(&store, "a.jpg").await.unwrap();
    assert_eq!(removed, Outcome::Removed { removed: 1 });
    assert!(store.find(&thumbnail("a.jpg")).is_none());

    assert_eq!(reconcile(&store, "a.jpg").await.unwrap(), Outcome::Removed { removed: 0 });
}

#[tokio::test]
async fn a_rejected_upload_removes_the_thumbnail_of_the_picture_it_replaced() {
    let too_large = [picture(""), vec![0; 1000]].concat();
    let cases: [(&[u8], &str); 3] = [
        (&picture("PANIC"), "panicked"),
        (b"not a picture", "not_a_picture"),
        (&too_large, "too_many_bytes"),
    ];
    for (bytes, reason) in cases {
        let store = store_with_thumbnail().await;
        store.upload(&source("a.jpg"), bytes);
        let error = reconcile(&store, "a.jpg").await.unwrap_err();
        assert_eq!((error.reason(), error.disposition()), (reason, Disposition::Reject));
        assert!(store.find(&thumbnail("a.jpg")).is_none(), "{reason}");
    }
}

#[tokio::test]
async fn only_a_rejected_upload_that_replaced_a_picture_has_a_time_of_writing() {
    let replacing = store_with_thumbnail().await;
    for (store, writes) in [(MemoryStore::new(), false), (replacing, true)] {
        store.upload(&source("a.jpg"), b"not a picture");
        let reconciler = Reconciler::new(store, Copier, policy());
        let ended = reconciler.reconcile(&source("a.jpg")).await;
        assert_eq!(ended.result.unwrap_err().reason(), "not_a_picture");
        assert_eq!(ended.measured.stages.took(Stage::Write).is_some(), writes);
    }
}

#[test]
fn a_picture_whose_decoder_cannot_be_started_comes_back_and_wakes_somebody() {
    let format = SourceFormat::Avif;
    let source = || std::io::Error::other("no more processes").into();
    let error = ReconcileError::Picture(ThumbnailError::NoDecoder { format, source: source() });
    assert_eq!((error.reason(), error.disposition()), ("no_decoder", Disposition::Retry));
    assert!(error.is_fault());
    // One that ended in the middle is the picture's own doing.
    let error = ReconcileError::Picture(ThumbnailError::DecoderFailed { format, source: source() });
    assert_eq!((error.reason(), error.disposition()), ("decoder_failed", Disposition::Reject));
    assert!(!error.is_fault());
}

#[tokio::test]
async fn what_neither_is_nor_claims_to_be_a_picture_is_skipped_whatever_its_size() {
    let store = MemoryStore::new();
    for bytes in [&b"just text"[..], &[b'x'; 5000]] {
        store.upload(&source("notes.txt"), bytes);
        let outcome = reconcile(&store, "notes.txt").await.unwrap();
        assert_eq!(outcome, Outcome::Skipped(Skip::NotAPicture));
    }
}

#[tokio::test]
async fn a_picture_is_recognised_however_small_the_pieces_are_that_it_arrives_in() {
    let comment = "c".repeat(500);
    let pnm = format!("P5\n#{comment}\n1 1\n255\n.").into_bytes();
    let svg = format!("<!--{comment}--><svg xmlns=\"http://www.w3.org/2000/svg\"/>").into_bytes();
    for bytes in [Some(pnm), cfg!(feature = "svg").then_some(svg)].into_iter().flatten() {
        for piece in [1, 100, 5000] {
            let store = MemoryStore::new().in_pieces(piece);
            // The first claims to be a picture and would be refused, the second would be skipped.
            for name in ["a.png", "a"] {
                store.upload(&source(name), &bytes);
                let outcome = reconcile(&store, name).await;
                assert!(matches!(outcome, Ok(Outcome::Made(_))), "{name} by {piece}: {outcome:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_picture_may_have_as_many_bytes_as_the_limit_and_not_one_more() {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &[picture(""), vec![0; 996]].concat());
    assert!(matches!(reconcile(&store, "a.jpg").await, Ok(Outcome::Made(_))));
    store.upload(&source("a.jpg"), &[picture(""), vec![0; 997]].concat());
    let error = reconcile(&store, "a.jpg").await.unwrap_err();
    assert_eq!(error.to_string(), "the source has 1001 bytes or more, over the limit of 1000");
}

/// What a person must act on.
const FAULTS: [&str; 4] = ["access_denied", "bucket_missing", "other_region", "store_unexpected"];

#[tokio::test]
async fn a_store_that_fails_is_tried_again_and_nothing_is_removed() {
    let kinds = [
        (StoreErrorKind::Denied, "access_denied"),
        (StoreErrorKind::BucketMissing, "bucket_missing"),
        (StoreErrorKind::OtherRegion, "other_region"),
        (StoreErrorKind::Throttled, "throttled"),
        (StoreErrorKind::Unavailable, "store_unavailable"),
        (StoreErrorKind::TimedOut, "store_timed_out"),
        (StoreErrorKind::Connection, "connection_failed"),
        (StoreErrorKind::Unexpected, "store_unexpected"),
    ];
    let calls = [
        (Operation::Get, "images/a.jpg"),
        (Operation::Head, "thumbnails/a.jpg"),
        (Operation::Put, "thumbnails/a.jpg"),
        (Operation::Head, "images/a.jpg"),
    ];
    for (kind, reason) in kinds {
        for (operation, key) in calls {
            let store = store_with_thumbnail().await;
            store.upload(&source("a.jpg"), &picture("B"));
            let result = reconcile(&store.failing(operation, key, kind), "a.jpg").await;
            if (operation, key, kind)
                == (Operation::Head, "images/a.jpg", StoreErrorKind::Unexpected)
            {
                // A second look by GET tells as much.
                assert_eq!(result.unwrap(), Outcome::UpToDate);
                continue;
            }
            let error = result.unwrap_err();
            // A single source that is denied is told from all: see `unreadable`.
            let own = kind == StoreErrorKind::Denied && key.starts_with("images/");
            let reason = if own { "source_denied" } else { reason };
            assert_eq!((error.reason(), error.disposition()), (reason, Disposition::Retry));
            assert_eq!(error.is_fault(), FAULTS.contains(&error.reason()), "{error:?}");
            assert!(store.find(&thumbnail("a.jpg")).is_some());
        }
    }
}

#[tokio::test]
async fn keys_of_others_cost_no_call() {
    let store = MemoryStore::new().gated(std::sync::Arc::new(|operation, object| {
        panic!("{operation} {object}");
    }));
    let cases = [
        ("thumbnails/a.jpg", Exclusion::OwnOutput),
        ("images/holiday/", Exclusion::FolderMarker),
        ("other/a.jpg", Exclusion::OutsideSourcePrefix),
    ];
    for (key, exclusion) in cases {
        let object = ObjectRef::new("pictures", key);
        let outcome = reconcile_by(policy(), &store, &object).await.unwrap();
        assert_eq!(outcome, Outcome::Skipped(Skip::Excluded(exclusion)));
    }
    let object = ObjectRef::new("others", "images/a.jpg");
    let error = reconcile_by(policy(), &store, &object).await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("foreign_bucket", Disposition::Reject));
}

#[tokio::test]
async fn a_picture_is_rejected_for_a_thumbnails_key_that_is_too_long_until_it_is_deleted() {
    let (store, source) = (MemoryStore::new(), source(&"é".repeat(507)));
    store.upload(&source, &picture("A"));
    let error = reconcile_by(policy(), &store, &source).await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("key_too_long", Disposition::Reject));
    store.remove(&source);
    let outcome = reconcile_by(policy(), &store, &source).await.unwrap();
    assert_eq!(outcome, Outcome::Removed { removed: 0 });
}

#[tokio::test]
async fn a_file_without_bytes_is_skipped_since_its_content_may_follow() {
    let store = store_with_thumbnail().await;
    store.upload(&source("a.jpg"), b"");
    let outcome = reconcile(&store, "a.jpg").await.unwrap();
    assert_eq!(outcome, Outcome::Skipped(Skip::Empty));
    assert!(store.find(&thumbnail("a.jpg")).is_none());
    store.upload(&source("a.jpg"), &picture("A"));
    assert!(matches!(reconcile(&store, "a.jpg").await, Ok(Outcome::Made(_))));
}

#[tokio::test]
async fn a_large_file_that_is_no_picture_is_not_downloaded() {
    let store = MemoryStore::new().in_pieces(4096);
    store.upload(&source("film.mp4"), &vec![7; 3_000_000]);
    let outcome = reconcile(&store, "film.mp4").await.unwrap();
    assert_eq!(outcome, Outcome::Skipped(Skip::NotAPicture));
    assert!(store.bytes_read() < 10_000, "{} bytes", store.bytes_read());
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_read_to_its_end_up_to_a_mebibyte() {
    for (bytes, is_read) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        let store = MemoryStore::new().in_pieces(4096);
        store.upload(&source("film.mp4"), &vec![7; bytes]);
        let outcome = reconcile(&store, "film.mp4").await.unwrap();
        assert_eq!(outcome, Outcome::Skipped(Skip::NotAPicture));
        assert_eq!(store.bytes_read() == bytes, is_read, "{} of {bytes}", store.bytes_read());
    }
}

#[tokio::test]
async fn a_thumbnail_of_another_buckets_picture_is_never_touched() {
    let any_bucket = Policy {
        source_bucket: None,
        layout: s3_thumbnailer::object::Layout::new(
            "images/",
            "t/",
            Some("thumbs"),
            vec![Placement::in_folders([None])],
        )
        .unwrap(),
        ..policy()
    };
    let store = MemoryStore::new();
    let (first, second) = (source("a.jpg"), ObjectRef::new("others", "images/a.jpg"));
    let shared = ObjectRef::new("thumbs", "t/a.jpg");
    store.upload(&first, &picture("A"));
    store.upload(&second, &picture("B"));
    reconcile_by(any_bucket.clone(), &store, &first).await.unwrap();

    let error = reconcile_by(any_bucket.clone(), &store, &second).await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("thumbnail_taken", Disposition::Reject));
    assert!(!error.is_fault(), "whoever may upload to the second bucket can cause it");
    store.remove(&second);
    reconcile_by(any_bucket, &store, &second).await.unwrap();
    assert_eq!(store.find(&shared).unwrap().1, picture("A"));
}

/// A store whose objects were all copied from another bucket, metadata included.
async fn copied_store() -> MemoryStore {
    let original = Policy { source_bucket: None, ..policy() };
    let store = MemoryStore::new();
    let elsewhere = ObjectRef::new("original", "images/a.jpg");
    store.upload(&elsewhere, &picture("A"));
    reconcile_by(original, &store, &elsewhere).await.unwrap();
    store.copy(&elsewhere, &source("a.jpg"));
    store.copy(&ObjectRef::new("original", "thumbnails/a.jpg"), &thumbnail("a.jpg"));
    store
}

#[tokio::test]
async fn a_thumbnail_that_was_copied_with_its_bucket_is_stale_and_not_anothers() {
    for source_bucket in [None, Some("pictures".to_owned())] {
        let policy = || Policy { source_bucket: source_bucket.clone(), ..policy() };
        let store = copied_store().await;
        let made = reconcile_by(policy(), &store, &source("a.jpg")).await;
        assert!(matches!(made, Ok(Outcome::Made(_))), "{made:?}");
        let (head, _) = store.find(&thumbnail("a.jpg")).unwrap();
        assert_eq!(head.metadata["source-bucket"], "pictures");

        let store = copied_store().await;
        store.upload(&source("a.jpg"), &picture("B"));
        reconcile_by(policy(), &store, &source("a.jpg")).await.unwrap();
        assert_eq!(store.find(&thumbnail("a.jpg")).unwrap().1, picture("B"));

        let store = copied_store().await;
        store.remove(&source("a.jpg"));
        reconcile_by(policy(), &store, &source("a.jpg")).await.unwrap();
        assert_eq!(store.find(&thumbnail("a.jpg")), None);
    }
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_looked_at_and_not_overwritten() {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &picture("A"));
    let (behind, once) = (store.clone(), std::sync::atomic::AtomicBool::new(true));
    let slow = store.gated(std::sync::Arc::new(move |operation, object| {
        // While A's writer is about to write, B is uploaded and gets its thumbnail.
        let first =
            operation == Operation::Put && once.swap(false, std::sync::atomic::Ordering::SeqCst);
        let (behind, object) = (behind.clone(), object.clone());
        Box::pin(async move {
            if first {
                behind.upload(&source("a.jpg"), &picture("B"));
                Box::pin(reconcile(&behind, "a.jpg")).await.unwrap();
                assert_eq!(behind.find(&object).unwrap().1, picture("B"));
            }
            None
        })
    }));
    assert_eq!(reconcile(&slow, "a.jpg").await.unwrap(), Outcome::UpToDate);
    assert_eq!(store.find(&thumbnail("a.jpg")).unwrap().1, picture("B"));
}

#[tokio::test]
async fn a_source_that_changes_under_every_look_is_left_to_the_queue() {
    let store = MemoryStore::new();
    let source = source("a.jpg");
    store.upload(&source, &picture("0"));
    let uploads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (behind, count) = (store.clone(), std::sync::Arc::clone(&uploads));
    let restless = store.gated(std::sync::Arc::new(move |operation, object| {
        if operation == Operation::Put {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            let changed =
                ObjectRef::new(&object.bucket, object.key.replace("thumbnails", "images"));
            behind.upload(&changed, &picture(&n.to_string()));
        }
        Box::pin(async { None })
    }));
    let error = reconcile_by(policy(), &restless, &source).await.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("keeps_changing", Disposition::Retry));
    assert_eq!(uploads.load(std::sync::atomic::Ordering::SeqCst), MAX_LOOKS as usize);
}
