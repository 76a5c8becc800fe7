//! The canary: the picture that is uploaded only to see whether its thumbnails appear.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use s3_thumbnailer::batch;
use s3_thumbnailer::canary::{self, CanaryError, LONGEST_WAIT};
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

fn reconciler(store: &MemoryStore) -> Reconciler<MemoryStore, Copier> {
    Reconciler::new(store.clone(), Copier, policy())
}

/// Does what the rest of the service does: looks at the canary every `pause`.
fn service_at_work(store: &MemoryStore, pause: Duration) -> tokio::task::JoinHandle<()> {
    let reconciler = reconciler(store);
    tokio::spawn(async move {
        loop {
            sleep(pause).await;
            reconciler.reconcile(&source("canary.ppm")).await.result.unwrap();
        }
    })
}

async fn probe(store: &MemoryStore) -> Result<Duration, CanaryError> {
    canary::probe(&reconciler(store), &source("canary.ppm"), Some("queue"), None).await
}

#[tokio::test(start_paused = true)]
async fn it_comes_back_once_its_thumbnail_is_there_and_leaves_no_picture() {
    let store = MemoryStore::new();
    let working = service_at_work(&store, Duration::from_secs(3));
    let took = probe(&store).await.unwrap();
    assert!(took >= Duration::from_secs(3) && took <= Duration::from_secs(4), "{took:?}");
    assert_eq!(store.find(&source("canary.ppm")), None);
    sleep(Duration::from_secs(4)).await;
    assert_eq!(store.find(&thumbnail("canary.ppm")), None, "it goes with its picture");
    working.abort();
}

#[tokio::test(start_paused = true)]
async fn thumbnails_of_an_earlier_canary_do_not_count() {
    let store = MemoryStore::new();
    let working = service_at_work(&store, Duration::from_secs(1));
    probe(&store).await.unwrap();
    working.abort();
    assert!(store.find(&thumbnail("canary.ppm")).is_some(), "nobody has removed it yet");
    let lost = probe(&store).await.unwrap_err();
    assert!(matches!(lost, CanaryError::Late { .. }), "{lost}");
}

#[tokio::test(start_paused = true)]
async fn lost_it_says_how_long_it_waited_and_who_is_told_of_uploads() {
    let store = MemoryStore::new();
    let began = Instant::now();
    let lost = probe(&store).await.unwrap_err();
    assert!(began.elapsed() < LONGEST_WAIT + Duration::from_millis(100), "{:?}", began.elapsed());
    let said = "its thumbnails were not there 40.0 seconds after its upload; \
                the bucket's notifications cannot be read: Some(\"queue\") in memory";
    assert_eq!(lost.to_string(), said);
    assert_eq!(store.find(&source("canary.ppm")), None, "no picture is left");
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_in_time_for_its_invocation_to_answer() {
    let store = MemoryStore::new();
    let began = Instant::now();
    let deadline = Some(began + Duration::from_secs(30));
    let lost = canary::probe(&reconciler(&store), &source("c.ppm"), None, deadline).await;
    assert!(matches!(lost, Err(CanaryError::Late { .. })));
    assert!(began.elapsed() <= Duration::from_secs(22), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_key_without_thumbnails_or_in_another_bucket_is_not_written_to() {
    let store = MemoryStore::new();
    let elsewhere = ObjectRef::new("pictures", "elsewhere/c.ppm");
    let refused = canary::probe(&reconciler(&store), &elsewhere, None, None).await;
    assert!(matches!(refused, Err(CanaryError::NoThumbnails(_))));
    assert_eq!(store.find(&elsewhere), None);
    let foreign = ObjectRef::new("another", "images/c.ppm");
    let refused = canary::probe(&reconciler(&store), &foreign, None, None).await.unwrap_err();
    assert!(matches!(refused, CanaryError::Look(_)), "{refused}");
    assert_eq!(store.find(&foreign), None);
}

#[tokio::test]
async fn a_picture_that_has_its_key_is_left_as_it_is() {
    let store = MemoryStore::new();
    store.upload(&source("canary.ppm"), &picture("somebody's"));
    let before = store.find(&source("canary.ppm"));
    let refused = probe(&store).await.unwrap_err();
    assert!(matches!(refused, CanaryError::Taken(_)), "{refused}");
    assert_eq!(store.find(&source("canary.ppm")), before);
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_takes_its_key_meanwhile_is_left_as_it_is() {
    let store = MemoryStore::new();
    let theirs = store.clone();
    let upload = tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        theirs.upload(&source("canary.ppm"), &picture("somebody's"));
    });
    probe(&store).await.unwrap_err();
    upload.await.unwrap();
    let (_, bytes) = store.find(&source("canary.ppm")).unwrap();
    assert_eq!(bytes, picture("somebody's"));
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_canary_left_is_overwritten() {
    let store = MemoryStore::new();
    let undeleted = store.failing(Operation::Delete, "images/canary.ppm", StoreErrorKind::TimedOut);
    probe(&undeleted).await.unwrap_err();
    let left = store.find(&source("canary.ppm")).expect("it is left");
    let working = service_at_work(&store, Duration::from_secs(1));
    probe(&store).await.unwrap();
    working.abort();
    assert_ne!(store.find(&source("canary.ppm")), Some(left));
}

#[tokio::test]
async fn a_call_that_fails_is_named() {
    let store = MemoryStore::new();
    let denied = store.failing(Operation::Put, "images/canary.ppm", StoreErrorKind::Denied);
    let cause = causes(&probe(&denied).await.unwrap_err());
    assert!(cause.contains("PutObject") && cause.contains("access denied"), "{cause}");
}

/// Counts what it is told of canaries.
#[derive(Clone, Default)]
struct Heard {
    came_back: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
}

impl Observer for Heard {
    fn key_finished(&self, _: &KeyReport<'_>) {}

    fn canary_ended(&self, canary: &ObjectRef, result: Result<Duration, &CanaryError>) {
        assert_eq!(*canary, source("canary.ppm"));
        let count = if result.is_ok() { &self.came_back } else { &self.lost };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

async fn answer(store: &MemoryStore, heard: &Heard) -> Value {
    let service = Service::new(reconciler(store), NoQueue, heard.clone(), 10);
    let event = json!({"canary": {"bucket": "pictures", "key": "images/canary.ppm"}});
    batch::answer(&service, event, None).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn its_schedule_is_answered_either_way_and_the_observer_hears_which() {
    let (store, heard) = (MemoryStore::new(), Heard::default());
    let lost = answer(&store, &heard).await;
    assert!(lost["lost"]["cause"].as_str().unwrap().contains("cannot be read"), "{lost}");
    let working = service_at_work(&store, Duration::from_secs(1));
    let came_back = answer(&store, &heard).await;
    assert!(came_back["cameBack"]["milliseconds"].as_u64().unwrap() >= 500, "{came_back}");
    working.abort();
    assert_eq!((heard.came_back.load(Ordering::SeqCst), heard.lost.load(Ordering::SeqCst)), (1, 1));
}
