//! The embedded SQS as the real SDK sees it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};

use super::*;

const QUEUE: &str = "images";

async fn sqs(name: &str, settings: QueueSettings) -> (EmbeddedSqs, String) {
    let sqs = EmbeddedSqs::start().await.unwrap();
    let url = sqs.create_queue(name, settings);
    (sqs, url)
}

async fn receive(sqs: &EmbeddedSqs, url: &str, wait: i32) -> Vec<aws_sdk_sqs::types::Message> {
    let call = sqs.client().receive_message().queue_url(url).max_number_of_messages(10);
    let call = call.wait_time_seconds(wait);
    let call = call.message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
    call.send().await.unwrap().messages.unwrap_or_default()
}

#[tokio::test]
async fn a_process_may_be_sent_to_both_servers_in_either_order() {
    let folder = tempfile::tempdir().unwrap();
    let (s3, sqs) =
        (EmbeddedS3::start(folder.path()).await.unwrap(), EmbeddedSqs::start().await.unwrap());
    let (s3, sqs) = (s3.environment(), sqs.environment());
    let all = |first: &[_], second: &[_]| -> HashMap<_, _> {
        first.iter().chain(second).cloned().collect()
    };
    assert_eq!(all(&s3, &sqs), all(&sqs, &s3));
}

#[test]
fn digests_are_those_of_the_documentation() {
    assert_eq!(shelf::md5(b"Hello world!"), "86fb269d190d2c85f6e0468ceca42a20");
    // Computed by hand from the documented encoding.
    let attributes = Attributes::from([("reason".to_owned(), "corrupt".to_owned())]);
    let digest = shelf::md5_of_attributes(&attributes).unwrap();
    assert_eq!(digest, "edafe7135b060a5db975f5eb14048e9f");
    assert_eq!(shelf::md5_of_attributes(&Attributes::new()), None);
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let (sqs, url) = sqs(QUEUE, QueueSettings::default()).await;
    let client = sqs.client();
    let reason = MessageAttributeValue::builder().data_type("String").string_value("corrupt");
    let call = client.send_message().queue_url(&url).message_body("hello");
    let sent = call.message_attributes("reason", reason.build().unwrap()).send().await.unwrap();
    let received = receive(&sqs, &url, 0).await;
    assert_eq!(received[0].body(), Some("hello"));
    assert_eq!(received[0].message_id(), sent.message_id());
    assert_eq!(received[0].md5_of_body(), sent.md5_of_message_body());
    assert!(receive(&sqs, &url, 0).await.is_empty());
    let handle = received[0].receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    let held = &sqs.messages(QUEUE)[0];
    assert_eq!((held.state, held.attributes["reason"].as_str()), (State::Deleted, "corrupt"));
}

#[tokio::test]
async fn a_poll_waits_for_a_message_and_is_answered_at_once() {
    let (sqs, url) = sqs(QUEUE, QueueSettings::default()).await;
    let polled = async { receive(&sqs, &url, 20).await };
    let begun = Instant::now();
    let (received, _) = tokio::join!(polled, async {
        while sqs.seen("ReceiveMessage").is_empty() {
            tokio::task::yield_now().await;
        }
        sqs.send(QUEUE, "hello", None)
    });
    assert_eq!(received.len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_message_comes_back_until_it_is_redriven() {
    let settings = QueueSettings {
        visibility: Duration::ZERO,
        redrive: Some(("dead".to_owned(), 2)),
        ..QueueSettings::default()
    };
    let (sqs, url) = sqs(QUEUE, settings).await;
    let _dead = sqs.create_queue("dead", QueueSettings::default());
    sqs.send(QUEUE, "hello", None);
    assert_eq!(receive(&sqs, &url, 0).await.len(), 1);
    assert_eq!(receive(&sqs, &url, 0).await.len(), 1);
    assert_eq!(receive(&sqs, &url, 0).await.len(), 0);
    assert_eq!(sqs.messages(QUEUE)[0].state, State::Redriven);
    assert_eq!(sqs.messages("dead")[0].body, "hello");
}

#[tokio::test]
async fn a_group_waits_for_its_message_in_flight() {
    let (sqs, url) = sqs("images.fifo", QueueSettings::default()).await;
    for (body, group) in [("1", "a"), ("2", "a"), ("3", "b")] {
        sqs.send("images.fifo", body, Some(group));
    }
    let bodies = |messages: &[aws_sdk_sqs::types::Message]| -> Vec<String> {
        messages.iter().filter_map(|message| message.body().map(str::to_owned)).collect()
    };
    assert_eq!(bodies(&receive(&sqs, &url, 0).await), ["1", "2", "3"]);
    sqs.send("images.fifo", "4", Some("a"));
    sqs.send("images.fifo", "5", Some("c"));
    assert_eq!(bodies(&receive(&sqs, &url, 0).await), ["5"]);
}

#[tokio::test]
async fn faults_apply_as_often_as_told() {
    let (sqs, url) = sqs(QUEUE, QueueSettings::default()).await;
    sqs.send(QUEUE, "hello", None);
    sqs.fail("ReceiveMessage", Fault::InternalError, Times::First(1));
    assert_eq!(receive(&sqs, &url, 0).await.len(), 1);
    assert_eq!(sqs.seen("ReceiveMessage").len(), 2);
    let other = sqs.client().receive_message().queue_url(sqs.url("other")).send().await;
    assert!(other.unwrap_err().into_service_error().is_queue_does_not_exist());
}
