//! What becomes of failed messages: rejected into the dead-letter queue, or delayed; and the order
//! within message groups.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::{Message, Queue, QueueError, Rejection, backoff};
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service, Verdict};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::json;
use tokio::time::Instant;

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

/// What was asked of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Reject(String, Rejection),
    Delay(String, Duration),
}

#[derive(Clone, Default)]
struct MemoryQueue {
    asked: Arc<Mutex<Vec<Asked>>>,
    fails: bool,
    stalls: bool,
}

impl MemoryQueue {
    async fn note(&self, asked: Asked) -> Result<(), QueueError> {
        self.asked.lock().unwrap().push(asked);
        if self.stalls {
            std::future::pending::<()>().await;
        }
        if self.fails {
            return Err(QueueError::Call { operation: "SendMessage", source: "no".into() });
        }
        Ok(())
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Queue for MemoryQueue {
    async fn reject(&self, message: &Message, rejection: &Rejection) -> Result<(), QueueError> {
        self.note(Asked::Reject(message.body.clone(), rejection.clone())).await
    }

    async fn delay(&self, message: &Message, delay: Duration) -> Result<(), QueueError> {
        self.note(Asked::Delay(message.id.clone(), delay)).await
    }
}

/// Remembers the order in which keys ended.
#[derive(Clone, Default)]
struct Order(Arc<Mutex<Vec<String>>>);

impl Observer for Order {
    fn key_finished(&self, report: &KeyReport<'_>) {
        self.0.lock().unwrap().push(report.source.key.clone());
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

fn in_group(group: &str, message: Message) -> Message {
    Message { group: Some(group.to_owned()), ..message }
}

async fn process(store: &MemoryStore, queue: &MemoryQueue, messages: &[Message]) -> Vec<Verdict> {
    process_by(store, queue, Order::default(), messages, None).await
}

async fn process_by(
    store: &MemoryStore,
    queue: &MemoryQueue,
    order: Order,
    messages: &[Message],
    deadline: Option<Instant>,
) -> Vec<Verdict> {
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, queue.clone(), order, 10);
    service.process(messages, deadline).await
}

/// A store with a good picture, one that panics, and one that is throttled.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source("good.jpg"), &picture("good"));
    store.upload(&source("bad.jpg"), &picture("PANIC"));
    store.upload(&source("slow.jpg"), &picture("slow"));
    store.failing(Operation::Get, "images/slow.jpg", StoreErrorKind::Throttled)
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
async fn a_rejected_message_that_the_dead_letter_queue_does_not_take_is_not_acknowledged() {
    let queue = MemoryQueue { fails: true, ..MemoryQueue::default() };
    let bad = message("1", &["bad.jpg"]);
    assert_eq!(process(&store(), &queue, &[bad]).await, [Verdict::Failed]);
    assert_eq!(queue.asked().len(), 1);
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
    let queue = MemoryQueue { fails: true, ..MemoryQueue::default() };
    let verdicts =
        process(&store(), &queue, &[message("1", &["slow.jpg"]), message("2", &["good.jpg"])])
            .await;
    assert_eq!(verdicts, [Verdict::Failed, Verdict::Done]);
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
    let queue = MemoryQueue { stalls: true, ..MemoryQueue::default() };
    let deadline = Instant::now() + Duration::from_secs(30);
    let messages = [message("1", &["bad.jpg"]), message("2", &["good.jpg"])];
    let verdicts = process_by(&store(), &queue, Order::default(), &messages, Some(deadline)).await;
    assert_eq!(verdicts, [Verdict::Failed, Verdict::Done]);
    assert!(Instant::now() < deadline);
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
    let service = Service::new(reconciler, queue, Order::default(), 10);
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
    let store = store().gated(Arc::new({
        let stalls = Arc::clone(&stalls);
        move |_, _| {
            let stalls = stalls.load(Ordering::Relaxed);
            Box::pin(async move {
                if stalls {
                    std::future::pending::<()>().await;
                }
                None
            })
        }
    }));
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, MemoryQueue::default(), Order::default(), 10);
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
async fn after_the_first_failure_in_a_group_the_rest_of_it_comes_back_untouched() {
    let (store, queue, order) = (store(), MemoryQueue::default(), Order::default());
    store.upload(&source("other.jpg"), &picture("other"));
    let messages = [
        in_group("a", message("a1", &["good.jpg"])),
        in_group("a", message("a2", &["slow.jpg"])),
        in_group("b", message("b1", &["other.jpg"])),
        in_group("a", message("a3", &["good.jpg"])),
        in_group("b", message("b2", &["gone.jpg"])),
    ];
    let verdicts = process_by(&store, &queue, order.clone(), &messages, None).await;
    let [done, failed] = [Verdict::Done, Verdict::Failed];
    assert_eq!(verdicts, [done, failed, done, failed, done]);
    let order = order.0.lock().unwrap().clone();
    assert_eq!(order.iter().filter(|key| *key == "images/good.jpg").count(), 1, "{order:?}");
    assert!(store.find(&thumbnail("other.jpg")).is_some());
    let delayed: Vec<_> = queue
        .asked()
        .into_iter()
        .filter_map(|asked| match asked {
            Asked::Delay(id, _) => Some(id),
            Asked::Reject(..) => None,
        })
        .collect();
    assert_eq!(delayed, ["a2", "a3"]);
}

#[tokio::test]
async fn a_rejected_message_does_not_delay_its_group() {
    let (store, queue, order) = (store(), MemoryQueue::default(), Order::default());
    let messages =
        [in_group("a", message("a1", &["bad.jpg"])), in_group("a", message("a2", &["good.jpg"]))];
    let verdicts = process_by(&store, &queue, order.clone(), &messages, None).await;
    assert_eq!(verdicts, [Verdict::Done, Verdict::Done]);
    assert_eq!(*order.0.lock().unwrap(), ["images/bad.jpg", "images/good.jpg"]);
}
