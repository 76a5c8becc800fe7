//! S3 Batch Operations: both schemas in, one result a task out.

use s3_thumbnailer::batch;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use serde_json::{Value, json};

use crate::memory::{Copier, MemoryStore, picture, policy, source, thumbnail};

struct Silent;

impl Observer for Silent {
    fn key_finished(&self, _: &KeyReport<'_>) {}
}

async fn answer(store: &MemoryStore, event: Value) -> Value {
    let reconciler = Reconciler::new(store.clone(), Copier, policy());
    let service = Service::new(reconciler, NoQueue, Silent, 10);
    batch::answer(&service, event, None).await.unwrap()
}

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.upload(&source("été & plus+(1).jpg"), &picture("good"));
    store.upload(&source("bad.jpg"), &picture("PANIC"));
    store.upload(&source("slow.jpg"), &picture("slow"));
    store.failing(Operation::Get, "images/slow.jpg", StoreErrorKind::Throttled)
}

fn tasks(bucket: &Value) -> Value {
    let keys = [
        "images/%C3%A9t%C3%A9+%26+plus%2B%281%29.jpg",
        "images/bad.jpg",
        "images/slow.jpg",
        "images/gone.jpg",
        "elsewhere/a.jpg",
    ];
    keys.iter()
        .enumerate()
        .map(|(id, key)| {
            let mut task = bucket.clone();
            task["taskId"] = json!(id.to_string());
            task["s3Key"] = json!(key);
            task["s3VersionId"] = Value::Null;
            task
        })
        .collect()
}

#[tokio::test]
async fn each_task_of_either_schema_gets_the_code_that_its_key_earned() {
    let buckets = [
        ("1.0", json!({"s3BucketArn": "arn:aws:s3:::pictures"})),
        ("2.0", json!({"s3Bucket": "pictures"})),
    ];
    for (version, bucket) in buckets {
        let store = store();
        let invocation = json!({"invocationSchemaVersion": version, "invocationId": "i",
            "job": {"id": "j", "userArguments": {}}, "tasks": tasks(&bucket)});
        let response = answer(&store, invocation).await;
        assert_eq!(response["invocationSchemaVersion"], version);
        assert_eq!(response["invocationId"], "i");
        assert_eq!(response["treatMissingKeysAs"], "PermanentFailure");
        let results = response["results"].as_array().unwrap();
        let codes: Vec<_> =
            results.iter().map(|result| result["resultCode"].as_str().unwrap()).collect();
        let expected =
            ["Succeeded", "PermanentFailure", "TemporaryFailure", "Succeeded", "Succeeded"];
        assert_eq!(codes, expected);
        let ids: Vec<_> = results.iter().map(|result| result["taskId"].as_str().unwrap()).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4"]);
        assert_eq!(results[1]["resultString"], "panicked: a panic: as asked");
        assert!(store.find(&thumbnail("été & plus+(1).jpg")).is_some());
    }
}

#[tokio::test]
async fn a_task_that_names_no_bucket_or_an_odd_key_fails_for_good_and_alone() {
    let invocation = json!({"invocationSchemaVersion": "2.0", "invocationId": "i", "tasks": [
        {"taskId": "1", "s3Key": "images/a.jpg"},
        {"taskId": "2", "s3Key": "images/%FF.jpg", "s3Bucket": "pictures"},
        {"taskId": "3", "s3Key": "images/gone.jpg", "s3Bucket": "pictures"},
    ]});
    let response = answer(&store(), invocation).await;
    assert_eq!(response["results"][0]["resultCode"], "PermanentFailure");
    assert_eq!(response["results"][1]["resultCode"], "PermanentFailure");
    assert_eq!(response["results"][2]["resultCode"], "Succeeded");
}

#[tokio::test]
async fn messages_are_still_answered_as_messages_and_anything_else_is_an_error() {
    let event = json!({"Records": [{"messageId": "1", "body": "hello"}]});
    let response = answer(&store(), event).await;
    assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "1"}]}));

    let reconciler = Reconciler::new(store(), Copier, policy());
    let service = Service::new(reconciler, NoQueue, Silent, 10);
    assert!(batch::answer(&service, json!(["not", "an", "event"]), None).await.is_err());
}
