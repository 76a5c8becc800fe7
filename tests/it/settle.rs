//! What becomes of failed messages: rejected into the dead-letter queue, or delayed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::{Message, NoQueue, QueueError, Rejection, backoff};
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service, Verdict};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};
use crate::memory_queue::{Asked, MemoryQueue};

/// Remembers each key that ended, and whether it comes back; and the messages that could not be
/// rejected or delayed.
#[derive(Clone, Default)]
struct Heard {
    keys: Arc<Mutex<Vec<(String, bool)>>>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Heard {
    fn keys(&self) -> Vec<(String, bool)> {
        self.keys.lock().unwrap().clone()
    }

    fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }
}

impl Observer for Heard {
    fn key_finished(&self, report: &KeyReport<'_>) {
        self.keys.lock().unwrap().push((report.source.key.clone(), report.comes_back));
    }

    fn reject_failed(&self, message_id: &str, error: &QueueError) {
        self.failures.lock().unwrap().push(format!("{message_id} not rejected: {error}"));
    }

    fn delay_failed(&self, message_id: &str, error: &QueueError) {
        self.failures.lock().unwrap().push(format!("{message_id} not delayed: {error}"));
    }
}

fn message(id: &str, names: &[&str]) -> Message {
    let records: Vec<_> = names
        .iter()
        .map(|name| {
            json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
                "bucket": {"name": "pictures"}, "object": {"key": format!("images/{name}")}}})
        })
        .collect();
    let body = json!({ "Records": records }).to_string();
    Message { id: id.to_owned(), body, receive_count: 1, ..Message::default() }
}

async fn process(store: &MemoryStore, queue: &MemoryQueue, messages: &[Message]) -> Vec<Verdict> {
    process_by(store, queue, Heard::default(), messages, None).await
}

async fn process_by(
    store: &MemoryStore,
    queue: &MemoryQueue,
    heard: Heard,
    messages: &[Message],
    deadline: Option<Instant>,
) -> Vec<Verdict> {
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, queue.clone(), heard, 10);
    let process = service.process(messages, deadline);
    timeout(Duration::from_mins(10), process).await.expect("it does not end")
}

/// A store with a good picture, one that panics, and one that is throttled.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source("good.jpg"), &picture("good"));
    store.upload(&source("bad.jpg"), &picture("PANIC"));
    store.upload(&source("slow.jpg"), &picture("slow"));
    store.failing(Operation::Get, "images/slow.jpg", StoreErrorKind::Throttled)
}

/// The same store, in which calls of `operation` do not end while `stalls`.
fn stalling(store: &MemoryStore, operation: Operation, stalls: &Arc<AtomicBool>) -> MemoryStore {
    let stalls = Arc::clone(stalls);
    store.gated(Arc::new(move |called, _| {
        let stalls = called == operation && stalls.load(Ordering::Relaxed);
        Box::pin(async move {
            if stalls {
                std::future::pending::<()>().await;
            }
            None
        })
    }))
}

#[tokio::test]
async fn a_rejected_message_is_done_once_the_dead_letter_queue_has_it_with_its_reason() {
    let (store, queue) = (store(), MemoryQueue::default());
    let bad = message("1", &["bad.jpg"]);
    assert_eq!(process(&store, &queue, std::slice::from_ref(&bad)).await, [Verdict::Done]);
    let etag = store.find(&source("bad.jpg")).unwrap().0.etag;
    let rejection = Rejection {
        reason: "panicked",
        object: Some(ObjectRef::new("pictures", "images/bad.jpg")),
        etag: Some(etag),
        detail: "a panic: as asked".to_owned(),
    };
    assert_eq!(queue.asked(), [Asked::Reject(bad.body, rejection)]);
}

#[tokio::test]
async fn of_several_pictures_that_are_rejected_the_first_by_its_key_is_named() {
    let store = store();
    store.upload(&source("worse.jpg"), &picture("PANIC"));
    for names in [["bad.jpg", "worse.jpg"], ["worse.jpg", "bad.jpg"]] {
        let queue = MemoryQueue::default();
        process(&store, &queue, &[message("1", &names)]).await;
        let asked = queue.asked();
        let [Asked::Reject(_, rejection)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(rejection.object, Some(source("bad.jpg")), "{names:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_not_understood_is_rejected_as_such() {
    let queue = MemoryQueue::default();
    let odd = Message { id: "1".into(), body: "hello".into(), ..Message::default() };
    assert_eq!(process(&store(), &queue, &[odd]).await, [Verdict::Done]);
    let asked = queue.asked();
    let [Asked::Reject(body, rejection)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((body.as_str(), rejection.reason), ("hello", "not_understood"));
    assert!(rejection.detail.contains("not JSON"), "{}", rejection.detail);
}

#[tokio::test]
async fn a_message_that_cannot_be_rejected_is_delayed_as_if_another_try_could_help() {
    let queue = MemoryQueue { rejects_fail: true, ..MemoryQueue::default() };
    let heard = Heard::default();
    let bad = Message { receive_count: 6, ..message("1", &["bad.jpg"]) };
    let odd = Message { id: "2".into(), body: "hello".into(), ..bad.clone() };
    let verdicts = process_by(&store(), &queue, heard.clone(), &[bad, odd], None).await;
    assert_eq!(verdicts, [Verdict::Failed; 2]);
    let delays = queue.delays();
    assert_eq!(delays.len(), 2, "{delays:?}");
    let backed_off = Duration::from_secs(16)..=Duration::from_secs(32);
    assert!(delays.iter().all(|(_, delay)| backed_off.contains(delay)), "{delays:?}");
    let failure = |id: &str| format!("{id} not rejected: SendMessage failed");
    assert_eq!(heard.failures(), [failure("1"), failure("2")]);
}

#[tokio::test]
async fn a_key_is_given_up_only_once_the_dead_letter_queue_has_every_message_that_named_it() {
    for (rejects_fail, names, comes_back) in [
        (false, &["bad.jpg"][..], false),
        (true, &["bad.jpg"], true),
        (false, &["bad.jpg", "slow.jpg"], true),
    ] {
        let queue = MemoryQueue { rejects_fail, ..MemoryQueue::default() };
        let heard = Heard::default();
        process_by(&store(), &queue, heard.clone(), &[message("1", names)], None).await;
        let keys = heard.keys();
        assert!(keys.contains(&("images/bad.jpg".to_owned(), comes_back)), "{keys:?}");
        assert_eq!(keys.len(), names.len(), "each key is reported once: {keys:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_done_is_not_reported_as_coming_back_with_its_message() {
    let heard = Heard::default();
    let both = message("1", &["good.jpg", "slow.jpg"]);
    process_by(&store(), &MemoryQueue::default(), heard.clone(), &[both], None).await;
    let mut keys = heard.keys();
    keys.sort();
    assert_eq!(keys, [("images/good.jpg".to_owned(), false), ("images/slow.jpg".to_owned(), true)]);
}

#[tokio::test]
async fn without_any_queue_a_message_that_cannot_be_rejected_comes_back() {
    let heard = Heard::default();
    let reconciler = Reconciler::new(store(), Copier, policy());
    let service = Service::new(reconciler, NoQueue, heard.clone(), 10);
    let messages = [message("1", &["bad.jpg"]), message("2", &["slow.jpg"])];
    assert_eq!(service.process(&messages, None).await, [Verdict::Failed; 2]);
    let failures = heard.failures();
    assert_eq!(failures.len(), 1, "that there is no queue to delay in is no failure: {failures:?}");
    assert!(failures[0].contains("no dead-letter queue is configured"), "{failures:?}");
}

#[tokio::test]
async fn a_record_that_is_not_understood_does_not_take_its_neighbours_along() {
    let with_odd = |name: &str| {
        let good = message("1", &[name]);
        let body = good.body.replace("[{", "[{\"eventSource\": \"aws:ses\"}, {");
        Message { body, ..good }
    };
    let (store, queue) = (store(), MemoryQueue::default());
    let odd = with_odd("good.jpg");
    assert_eq!(process(&store, &queue, std::slice::from_ref(&odd)).await, [Verdict::Done]);
    assert!(store.find(&thumbnail("good.jpg")).is_some());
    let asked = queue.asked();
    let [Asked::Reject(body, rejection)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((body, rejection.reason), (&odd.body, "not_understood"));

    // What can still succeed is done before the message is given up.
    let queue = MemoryQueue::default();
    assert_eq!(process(&store, &queue, &[with_odd("slow.jpg")]).await, [Verdict::Failed]);
    assert_eq!(queue.asked().len(), queue.delays().len());
}

#[tokio::test]
async fn a_message_worth_another_try_is_delayed_by_its_receive_count_and_comes_back_whole() {
    let queue = MemoryQueue::default();
    let slow = Message { receive_count: 6, ..message("1", &["good.jpg", "bad.jpg", "slow.jpg"]) };
    assert_eq!(process(&store(), &queue, &[slow]).await, [Verdict::Failed]);
    let asked = queue.asked();
    let [Asked::Delay(id, delay)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(id, "1");
    assert!((Duration::from_secs(16)..=Duration::from_secs(32)).contains(delay), "{delay:?}");
}

#[tokio::test]
async fn a_message_whose_write_may_still_land_comes_back_no_sooner_than_in_a_minute() {
    for kind in [StoreErrorKind::Unsettled, StoreErrorKind::TimedOut, StoreErrorKind::Connection] {
        let queue = MemoryQueue::default();
        let store = store().failing(Operation::Put, "thumbnails/good.jpg", kind);
        assert_eq!(
            process(&store, &queue, &[message("1", &["good.jpg"])]).await,
            [Verdict::Failed]
        );
        let minute = Asked::Delay("1".to_owned(), Duration::from_mins(1));
        assert_eq!(queue.asked(), [minute], "{kind:?}");
    }
}

#[tokio::test]
async fn a_delay_that_fails_changes_nothing() {
    let queue = MemoryQueue { delays_fail: true, ..MemoryQueue::default() };
    let heard = Heard::default();
    let messages = [message("1", &["slow.jpg"]), message("2", &["good.jpg"])];
    let verdicts = process_by(&store(), &queue, heard.clone(), &messages, None).await;
    assert_eq!(verdicts, [Verdict::Failed, Verdict::Done]);
    assert_eq!(heard.failures(), ["1 not delayed: ChangeMessageVisibility failed"]);
}

#[test]
fn the_delay_doubles_from_1_to_900_seconds_and_is_then_shortened_by_up_to_half() {
    let (mut least, mut most) = (Duration::MAX, Duration::ZERO);
    for receive_count in 0..=40 {
        for random in [0.0, 0.3, 1.0] {
            let delay = backoff(receive_count, random);
            (least, most) = (least.min(delay), most.max(delay));
            assert!(delay <= backoff(receive_count + 1, random));
            assert!(delay * 2 >= backoff(receive_count, 0.0));
        }
    }
    assert_eq!((least, most), (Duration::from_secs(1), Duration::from_mins(15)));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_answer_does_not_delay_the_functions_answer() {
    for name in ["bad.jpg", "slow.jpg"] {
        let queue = MemoryQueue { stalls: true, ..MemoryQueue::default() };
        let heard = Heard::default();
        let deadline = Instant::now() + Duration::from_secs(30);
        let messages = [message("1", &[name]), message("2", &["good.jpg"])];
        let verdicts = process_by(&store(), &queue, heard.clone(), &messages, Some(deadline)).await;
        assert_eq!(verdicts, [Verdict::Failed, Verdict::Done], "{name}");
        assert!(Instant::now() < deadline, "{name}");
        assert!(heard.failures().iter().all(|told| told.contains("no answer")), "{name}");
        assert!(!heard.failures().is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_is_cut_short_comes_back_no_sooner_than_in_a_minute() {
    let stalls = Arc::new(AtomicBool::new(true));
    let store = stalling(&store(), Operation::Put, &stalls);
    let queue = MemoryQueue::default();
    let deadline = Instant::now() + Duration::from_secs(30);
    let good = [message("1", &["good.jpg"])];
    let verdicts = process_by(&store, &queue, Heard::default(), &good, Some(deadline)).await;
    assert_eq!(verdicts, [Verdict::Failed]);
    // The write that was given up may still land.
    assert_eq!(queue.delays(), [("1".to_owned(), Duration::from_mins(1))]);
}

#[tokio::test(start_paused = true)]
async fn no_more_keys_are_worked_on_at_once_than_the_service_is_told() {
    for concurrency in [1, 3] {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let store = MemoryStore::new();
        let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
        let store = store.gated(Arc::new(move |operation, _| {
            let (now, most) = (Arc::clone(&counted), Arc::clone(&highest));
            Box::pin(async move {
                if operation == Operation::Get {
                    most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    now.fetch_sub(1, Ordering::Relaxed);
                }
                None
            })
        }));
        let reconciler = Reconciler::new(store, Copier, policy());
        let service = Service::new(reconciler, NoQueue, Heard::default(), concurrency);
        let names: Vec<String> = (0..6).map(|n| format!("{n}.jpg")).collect();
        let messages: Vec<Message> = names.iter().map(|name| message(name, &[name])).collect();
        let begun = Instant::now();
        assert_eq!(service.process(&messages, None).await, [Verdict::Done; 6]);
        assert_eq!(most.load(Ordering::Relaxed), concurrency);
        let rounds = u64::try_from(6 / concurrency).unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(rounds), "and no fewer");
    }
}

#[tokio::test(start_paused = true)]
async fn work_is_not_begun_if_earlier_work_took_more_than_the_time_left() {
    let store = store().gated(Arc::new(|operation, _| {
        Box::pin(async move {
            if operation == Operation::Get {
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
            None
        })
    }));
    let queue = MemoryQueue::default();
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, queue, Heard::default(), 10);
    let good = [message("1", &["good.jpg"])];
    assert_eq!(service.process(&good, None).await, [Verdict::Done]);

    let begun = Instant::now();
    let verdicts = service.process(&good, Some(begun + Duration::from_secs(5))).await;
    assert_eq!(verdicts, [Verdict::Failed]);
    assert!(begun.elapsed() < Duration::from_secs(1), "it was begun all the same");
    let verdicts = service.process(&good, Some(begun + Duration::from_secs(10))).await;
    assert_eq!(verdicts, [Verdict::Done]);
}

#[tokio::test(start_paused = true)]
async fn one_slow_key_does_not_keep_later_keys_from_being_begun_for_ever() {
    let stalls = Arc::new(AtomicBool::new(true));
    let store = stalling(&store(), Operation::Get, &stalls);
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, MemoryQueue::default(), Heard::default(), 10);
    let good = [message("1", &["good.jpg"])];
    let time = Duration::from_mins(1);
    assert_eq!(service.process(&good, Some(Instant::now() + time)).await, [Verdict::Failed]);

    // From now on the store is well, and there is a little less time than that key took.
    stalls.store(false, Ordering::Relaxed);
    let time = time.checked_sub(Duration::from_millis(1)).unwrap();
    assert_eq!(service.process(&good, Some(Instant::now() + time)).await, [Verdict::Failed]);
    assert_eq!(service.process(&good, Some(Instant::now() + time)).await, [Verdict::Done]);
}

#[tokio::test]
async fn a_message_that_fails_takes_none_of_its_fifo_group_along() {
    let (store, queue) = (store(), MemoryQueue::default());
    let names: Vec<String> = (0..9).map(|n| format!("{n}.jpg")).collect();
    for name in &names {
        store.upload(&source(name), &picture(name));
    }
    let in_order = ["slow.jpg"].into_iter().chain(names.iter().map(String::as_str));
    let messages: Vec<Message> = in_order
        .map(|name| Message { group: Some("one".to_owned()), ..message(name, &[name]) })
        .collect();
    let verdicts = process(&store, &queue, &messages).await;
    assert_eq!(verdicts[0], Verdict::Failed);
    assert_eq!(verdicts[1..], [Verdict::Done; 9]);
    for name in &names {
        assert!(store.find(&thumbnail(name)).is_some(), "{name}");
    }
    let delayed: Vec<String> = queue.delays().into_iter().map(|(id, _)| id).collect();
    assert_eq!(delayed, ["slow.jpg"]);
}

#[tokio::test]
async fn a_created_picture_that_is_not_there_is_asked_for_twice_before_that_is_believed() {
    let queue = MemoryQueue::default();
    let service = |doubts| {
        let reconciler = Reconciler::new(store(), Copier, policy());
        Service::new(reconciler, queue.clone(), Heard::default(), 10).doubting_absence(doubts)
    };
    let gone = message("1", &["gone.jpg"]);
    let first = std::slice::from_ref(&gone);
    assert_eq!(service(true).process(first, None).await, [Verdict::Failed]);
    assert!(matches!(&queue.asked()[..], [Asked::Delay(_, delay)] if delay.as_secs() <= 1));
    let again = Message { receive_count: 2, ..gone.clone() };
    assert_eq!(service(true).process(&[again], None).await, [Verdict::Done]);
    // S3 itself is believed, and so is who says that the picture was removed.
    assert_eq!(service(false).process(first, None).await, [Verdict::Done]);
    let removed = Message { body: gone.body.replace("Created:Put", "Removed:Delete"), ..gone };
    assert_eq!(service(true).process(&[removed], None).await, [Verdict::Done]);
}

#[tokio::test]
async fn what_only_seems_to_pass_is_rejected_with_its_reason_after_a_while() {
    let cases = [
        (StoreErrorKind::Denied, "source_denied", 12),
        (StoreErrorKind::ChecksumMismatch, "checksum_mismatch", 6),
    ];
    for (kind, reason, last) in cases {
        let store = store().failing(Operation::Get, "images/good.jpg", kind);
        let queue = MemoryQueue::default();
        let at = |receive_count| Message { receive_count, ..message("1", &["good.jpg"]) };
        assert_eq!(process(&store, &queue, &[at(last - 1)]).await, [Verdict::Failed], "{reason}");
        assert_eq!(process(&store, &queue, &[at(last)]).await, [Verdict::Done], "{reason}");
        let asked = queue.asked();
        let Some(Asked::Reject(_, rejection)) = asked.last() else { panic!("{asked:?}") };
        assert_eq!(rejection.reason, reason);
    }
}
