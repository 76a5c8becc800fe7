//! One batch: which messages fail, and which do not.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Context;
use s3_thumbnailer::batch::{self, BatchError};
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::{ReconcileError, Reconciler};
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};
use crate::memory_queue::MemoryQueue;

/// Remembers how each key ended.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<(String, Option<&'static str>)>>>);

impl Observer for Record {
    fn key_finished(&self, report: &KeyReport<'_>) {
        let reason = report.result.as_ref().err().map(ReconcileError::reason);
        self.0.lock().unwrap().push((report.source.key.clone(), reason));
    }
}

fn created(keys: &[&str]) -> String {
    let records: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                   "s3": {"bucket": {"name": "pictures"}, "object": {"key": key}}})
        })
        .collect();
    json!({ "Records": records }).to_string()
}

fn event(messages: &[(&str, String)]) -> SqsEvent {
    let records: Vec<Value> =
        messages.iter().map(|(id, body)| json!({"messageId": id, "body": body})).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

fn failed(response: &SqsBatchResponse) -> Vec<&str> {
    response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
}

fn service(store: &MemoryStore, record: Record) -> Service<MemoryStore, Copier, NoQueue, Record> {
    Service::new(Reconciler::new(store.clone(), Copier, policy()), NoQueue, record, 10)
}

#[tokio::test]
async fn only_the_messages_that_failed_are_reported() {
    let store = MemoryStore::new();
    for name in ["a.jpg", "b.jpg", "denied.jpg"] {
        store.upload(&source(name), &picture(name));
    }
    store.upload(&source("panics.jpg"), &picture("PANIC"));
    store.upload(&source("notes.txt"), b"text");
    let store = store.failing(Operation::Get, "images/denied.jpg", StoreErrorKind::Denied);

    let batch = event(&[
        ("good", created(&["images/a.jpg"])),
        ("panics", created(&["images/panics.jpg"])),
        ("denied", created(&["images/denied.jpg"])),
        ("gone", created(&["images/gone.jpg"])),
        ("text", created(&["images/notes.txt"])),
        ("test", json!({"Event": "s3:TestEvent"}).to_string()),
        ("not-json", "hello".to_owned()),
        ("two-good", created(&["images/a.jpg", "images/b.jpg"])),
        ("one-of-two", created(&["images/b.jpg", "images/denied.jpg"])),
        ("empty", String::new()),
    ]);
    let response = batch::handle(&service(&store, Record::default()), batch, None).await.unwrap();
    assert_eq!(failed(&response), ["panics", "denied", "not-json", "one-of-two", "empty"]);
    assert!(store.find(&thumbnail("a.jpg")).is_some());
    assert!(store.find(&thumbnail("b.jpg")).is_some());
}

#[tokio::test]
async fn a_panic_in_our_own_code_fails_its_own_messages_only() {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &picture("A"));
    let store = store.gated(Arc::new(|_, object| {
        assert!(!object.key.ends_with("trap.jpg"), "a trap");
        Box::pin(async { None })
    }));
    let record = Record::default();
    let batch =
        event(&[("trap", created(&["images/trap.jpg"])), ("good", created(&["images/a.jpg"]))]);
    let response = batch::handle(&service(&store, record.clone()), batch, None).await.unwrap();
    assert_eq!(failed(&response), ["trap"]);
    let ended = record.0.lock().unwrap();
    assert!(ended.contains(&("images/trap.jpg".to_owned(), Some("panicked"))));
}

#[tokio::test]
async fn a_key_named_by_many_messages_is_processed_once_and_its_failure_fails_them_all() {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &picture("PANIC"));
    let record = Record::default();
    let batch = event(&[
        ("1", created(&["images/a.jpg"])),
        ("2", created(&["images/a.jpg", "images/a.jpg"])),
    ]);
    let response = batch::handle(&service(&store, record.clone()), batch, None).await.unwrap();
    assert_eq!(failed(&response), ["1", "2"]);
    assert_eq!(record.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_record_without_an_id_fails_the_invocation() {
    for records in [json!([{"body": "?"}]), json!([{"messageId": "", "body": "?"}]), json!([{}])] {
        let event = serde_json::from_value(json!({ "Records": records })).unwrap();
        let answer =
            batch::handle(&service(&MemoryStore::new(), Record::default()), event, None).await;
        assert!(matches!(answer, Err(BatchError::Unaddressable { index: 0, count: 1 })));
    }
}

#[tokio::test]
async fn an_empty_batch_has_no_failures() {
    let answer =
        batch::handle(&service(&MemoryStore::new(), Record::default()), event(&[]), None).await;
    assert!(failed(&answer.unwrap()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn stalled_work_fails_before_the_deadline_and_finished_work_is_kept() {
    let store = MemoryStore::new();
    for name in ["a.jpg", "stalls.jpg"] {
        store.upload(&source(name), &picture(name));
    }
    let store = store.gated(Arc::new(|_, object| {
        let stalls = object.key.ends_with("stalls.jpg");
        Box::pin(async move {
            if stalls {
                std::future::pending::<()>().await;
            }
            None
        })
    }));
    let record = Record::default();
    let batch =
        event(&[("stalls", created(&["images/stalls.jpg"])), ("good", created(&["images/a.jpg"]))]);
    let deadline = Instant::now() + Duration::from_secs(30);
    let answer =
        batch::handle(&service(&store, record.clone()), batch, Some(deadline)).await.unwrap();
    assert!(Instant::now() < deadline);
    assert_eq!(failed(&answer), ["stalls"]);
    assert!(store.find(&thumbnail("a.jpg")).is_some());
    let ended = record.0.lock().unwrap();
    assert!(ended.contains(&("images/stalls.jpg".to_owned(), Some("out_of_time"))));
}

#[tokio::test]
async fn the_keys_of_a_batch_wait_for_the_store_together() {
    // Each call waits until all ten keys have one under way: one after another would never end.
    let store = MemoryStore::new();
    let barrier = Arc::new(tokio::sync::Barrier::new(10));
    let names: Vec<String> = (0..10).map(|n| format!("{n}.jpg")).collect();
    for name in &names {
        store.upload(&source(name), &picture(name));
    }
    let together = store.gated(Arc::new(move |operation, _| {
        let barrier = Arc::clone(&barrier);
        Box::pin(async move {
            if operation == Operation::Get {
                barrier.wait().await;
            }
            None
        })
    }));
    let messages: Vec<(&str, String)> =
        names.iter().map(|name| (name.as_str(), created(&[&format!("images/{name}")]))).collect();
    let answer =
        batch::handle(&service(&together, Record::default()), event(&messages), None).await;
    assert!(failed(&answer.unwrap()).is_empty());
}

#[tokio::test]
async fn each_message_of_a_fifo_queue_is_reported_by_itself() {
    let store = MemoryStore::new();
    store.upload(&source("a.jpg"), &picture("A"));
    let store = store.failing(Operation::Get, "images/denied.jpg", StoreErrorKind::Denied);
    let record = |id: &str, key: &str| {
        json!({"messageId": id, "body": created(&[key]), "attributes": {"MessageGroupId": "g"},
               "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:uploads.fifo"})
    };
    let records = [record("1", "images/denied.jpg"), record("2", "images/a.jpg")];
    let event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let answer = batch::handle(&service(&store, Record::default()), event, None).await.unwrap();
    assert_eq!(failed(&answer), ["1"]);
    assert!(store.find(&thumbnail("a.jpg")).is_some());
}

#[tokio::test]
async fn a_message_whose_event_has_no_receive_count_is_delayed_by_its_age() {
    let store =
        MemoryStore::new().failing(Operation::Get, "images/a.jpg", StoreErrorKind::Throttled);
    let ago = |seconds: u64| {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        then.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string()
    };
    for (age, longest) in [(0, 1), (200, 128), (86_400, 900)] {
        let queue = MemoryQueue::default();
        let reconciler = Reconciler::new(store.clone(), Copier, policy());
        let service = Service::new(reconciler, queue.clone(), Record::default(), 10);
        let record = json!({"messageId": "1", "body": created(&["images/a.jpg"]),
            "attributes": {"ApproximateFirstReceiveTimestamp": ago(age)}});
        let event = serde_json::from_value(json!({"Records": [record]})).unwrap();
        batch::handle(&service, event, None).await.unwrap();
        let delay = queue.delays()[0].1;
        let longest = Duration::from_secs(longest);
        let least = Duration::max(longest / 2, Duration::from_secs(1));
        assert!((least..=longest).contains(&delay), "{age}: {delay:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn both_kinds_of_event_are_answered_before_the_deadline() {
    let store = MemoryStore::new();
    let store = store.gated(Arc::new(|_, _| Box::pin(std::future::pending())));
    let message = json!({"messageId": "1", "body": created(&["images/a.jpg"])});
    let task = json!({"taskId": "1", "s3Key": "images/a.jpg", "s3Bucket": "pictures"});
    let job = json!({"invocationSchemaVersion": "2.0", "invocationId": "i", "tasks": [task]});
    for event in [json!({"Records": [message]}), job] {
        let service = service(&store, Record::default());
        let deadline = Instant::now() + Duration::from_secs(30);
        let answer = batch::answer(&service, event, Some(deadline));
        // Generous: what has no deadline would never answer.
        let answer = timeout(Duration::from_mins(10), answer).await.expect("an answer").unwrap();
        assert!(Instant::now() < deadline, "{answer}");
        let failed = answer["batchItemFailures"][0]["itemIdentifier"] == "1"
            || answer["results"][0]["resultCode"] == "TemporaryFailure";
        assert!(failed, "{answer}");
    }
}

#[tokio::test]
async fn an_invocations_deadline_is_when_lambda_says_and_a_past_one_means_nothing() {
    let mut context = Context::default();
    let soon = SystemTime::now() + Duration::from_secs(30);
    context.deadline = u64::try_from(soon.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let left = batch::deadline(&context).unwrap() - Instant::now();
    assert!(left <= Duration::from_secs(30) && left > Duration::from_secs(20), "{left:?}");
    context.deadline = 1000;
    assert_eq!(batch::deadline(&context), None);
}
