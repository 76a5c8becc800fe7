//! The worker with the real service, the real SDK and an SQS and an S3 in this process; and the
//! worker's own process, started and stopped as an operator would.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::sqs::SqsQueue;
use s3_thumbnailer::queue::{Message, Queue as _, QueueError, Rejection};
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::worker::{Pace, Summary, Vitals, run};
use support::bus::{EmbeddedBus, Fault as BusFault};
use support::events;
use support::s3::{EmbeddedS3, Fault as S3Fault, Matching, Times};
use support::sqs::{EmbeddedSqs, Fault, Held, QueueSettings, State};
use tokio::time::timeout;

pub(super) const QUEUE: &str = "images";
const DEAD: &str = "images-dead";

struct Silent;

impl Observer for Silent {
    fn key_finished(&self, _: &KeyReport<'_>) {}
}

/// Both servers, with a bucket `pictures`, a queue and its dead-letter queue.
pub(super) struct Servers {
    pub(super) sqs: EmbeddedSqs,
    pub(super) s3: EmbeddedS3,
    _folder: tempfile::TempDir,
}

impl Servers {
    pub(super) async fn start(settings: QueueSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
        s3.client().create_bucket().bucket("pictures").send().await.unwrap();
        let sqs = EmbeddedSqs::start().await.unwrap();
        let _ = sqs.create_queue(QUEUE, settings);
        let _ = sqs.create_queue(DEAD, QueueSettings::default());
        Self { sqs, s3, _folder: folder }
    }

    pub(super) async fn upload(&self, key: &str, bytes: Vec<u8>) -> String {
        let put = self.s3.client().put_object().bucket("pictures").key(key);
        put.body(ByteStream::from(bytes)).send().await.unwrap();
        self.sqs.send(QUEUE, &events::s3_put("pictures", key).to_string(), None)
    }

    fn queue(&self) -> SqsQueue {
        let (queue, dead) = (self.sqs.url(QUEUE), self.sqs.url(DEAD));
        SqsQueue::new(self.sqs.client(), Some(queue), Some(dead))
    }

    pub(super) fn message(&self, id: &str) -> Held {
        self.sqs.messages(QUEUE).into_iter().find(|held| held.id == id).unwrap()
    }

    /// Runs a worker in this process until `enough` holds, or fails after a minute; a worker that
    /// does not stop then fails as well.
    async fn work_until(&self, visibility: Duration, enough: impl Fn(&Self) -> bool) -> Summary {
        self.work_on(self.queue(), visibility, || enough(self)).await
    }

    async fn work_on(
        &self,
        queue: SqsQueue,
        visibility: Duration,
        enough: impl Fn() -> bool,
    ) -> Summary {
        let config = Config::from_lookup(|_| None).unwrap();
        let store = S3Store::new(self.s3.client());
        let concurrency = config.concurrency.get();
        let reconciler = Reconciler::new(store, config.engine(), config.policy);
        let service = Service::new(reconciler, queue.clone(), Silent, concurrency);
        let pace = Pace {
            receive_messages: 10,
            concurrency: 10,
            visibility_timeout: visibility,
            drain: Duration::from_secs(25),
        };
        let stop = wait_until("the queue is as expected", enough);
        let vitals = Arc::new(Vitals::new(Duration::from_mins(10)));
        let work = run(queue, service, pace, vitals, stop);
        timeout(Duration::from_mins(2), work).await.expect("the worker does not stop")
    }

    async fn has(&self, key: &str) -> bool {
        self.s3.client().head_object().bucket("pictures").key(key).send().await.is_ok()
    }
}

/// Looks again and again; after a minute the test fails.
pub(super) async fn wait_until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a minute was not enough until {what}");
}

pub(super) fn nothing_left(servers: &Servers) -> bool {
    servers.sqs.messages(QUEUE).iter().all(|held| held.state == State::Deleted)
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_become_thumbnails_and_their_messages_are_deleted() {
    let servers = Servers::start(QueueSettings::default()).await;
    for n in 0..25 {
        servers.upload(&format!("images/{n}.jpg"), pictures::photo_jpeg(64, 48, n)).await;
    }
    let summary = servers.work_until(Duration::from_secs(30), nothing_left).await;
    assert_eq!(summary, Summary { done: 25, failed: 0, given_back: 0 });
    for n in 0..25 {
        assert!(servers.has(&format!("thumbnails/{n}.jpg")).await, "{n}");
    }
    for held in servers.sqs.messages(QUEUE) {
        assert_eq!(held.deliveries.len(), 1, "each was delivered once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_is_in_the_dead_letter_queue_unchanged_and_with_its_reason() {
    let servers = Servers::start(QueueSettings::default()).await;
    let id = servers.upload("images/b\u{7f}d é.jpg", pictures::truncated_jpeg()).await;
    servers.work_until(Duration::from_secs(30), nothing_left).await;
    let dead = servers.sqs.messages(DEAD);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body, servers.message(&id).body);
    let told = &dead[0].attributes;
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    assert_eq!(names, ["bucket", "detail", "etag", "key", "reason"]);
    assert_eq!(told["bucket"], "pictures");
    assert_eq!(told["key"], "images/b\\u{7f}d é.jpg");
    assert!(!told["reason"].is_empty() && !told["detail"].is_empty(), "{told:?}");

    // Sent back from there once the object is repaired, it is an upload like any other.
    let put = servers.s3.client().put_object().bucket("pictures").key("images/b\u{7f}d é.jpg");
    put.body(ByteStream::from(pictures::photo_jpeg(64, 48, 1))).send().await.unwrap();
    servers.sqs.send(QUEUE, &dead[0].body, None);
    servers.work_until(Duration::from_secs(30), nothing_left).await;
    assert!(servers.has("thumbnails/b\u{7f}d é.jpg").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_moved_to_the_dead_letter_queue_comes_back() {
    let settings = QueueSettings { visibility: Duration::from_secs(2), ..QueueSettings::default() };
    let servers = Servers::start(settings).await;
    // More often than the SDK tries within one call.
    servers.sqs.fail("SendMessage", Fault::InternalError, Times::First(3));
    let id = servers.upload("images/bad.jpg", pictures::truncated_jpeg()).await;
    let summary = servers.work_until(Duration::from_secs(2), nothing_left).await;
    assert_eq!(summary, Summary { done: 1, failed: 1, given_back: 0 });
    assert_eq!(servers.message(&id).deliveries.len(), 2);
    assert_eq!(servers.sqs.messages(DEAD).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_comes_back_after_its_delay_and_not_after_the_visibility_timeout() {
    let servers = Servers::start(QueueSettings::default()).await;
    let all = Matching::key("pictures", "images/a.jpg");
    let id = servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    servers.s3.faults().inject(all, S3Fault::Throttle, Times::First(3));
    servers.work_until(Duration::from_secs(30), nothing_left).await;
    let delays = servers.sqs.seen("ChangeMessageVisibility");
    assert_eq!(delays.len(), 1);
    assert_eq!(delays[0].parameters["VisibilityTimeout"], 1);
    let deliveries = servers.message(&id).deliveries;
    assert_eq!(deliveries.len(), 2);
    let away = deliveries[1] - deliveries[0];
    assert!(away >= Duration::from_secs(1) && away < Duration::from_secs(20), "{away:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_longer_than_the_visibility_timeout_is_not_delivered_twice() {
    let visibility = Duration::from_secs(2);
    let servers = Servers::start(QueueSettings { visibility, ..QueueSettings::default() }).await;
    let id = servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    let slow = Matching::key("pictures", "images/a.jpg");
    let delay = S3Fault::Delay(Duration::from_secs(5));
    servers.s3.faults().inject(slow, delay, Times::First(1));
    servers.work_until(visibility, nothing_left).await;
    assert_eq!(servers.message(&id).deliveries.len(), 1);
    assert!(servers.sqs.seen("ChangeMessageVisibility").len() >= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_whose_answer_was_lost_come_back_and_a_lost_delete_is_no_second_delivery() {
    let visibility = Duration::from_secs(1);
    let servers = Servers::start(QueueSettings { visibility, ..QueueSettings::default() }).await;
    servers.sqs.fail("ReceiveMessage", Fault::LoseAnswer, Times::First(1));
    servers.sqs.fail("DeleteMessage", Fault::LoseAnswer, Times::First(1));
    let id = servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    let summary = servers.work_until(visibility, nothing_left).await;
    assert_eq!(summary, Summary { done: 1, failed: 0, given_back: 0 });
    assert_eq!(servers.message(&id).deliveries.len(), 2);
}

#[tokio::test]
async fn a_delivery_carries_its_count_and_its_group() {
    let servers = Servers::start(QueueSettings::default()).await;
    servers.sqs.send(QUEUE, "hello", Some("key"));
    let received = servers.queue().receive(10, Duration::from_secs(20)).await.unwrap();
    assert_eq!((received[0].receive_count, received[0].group.as_deref()), (1, Some("key")));
    servers.queue().extend(&received[0], Duration::ZERO).await.unwrap();
    let again = servers.queue().receive(10, Duration::ZERO).await.unwrap();
    assert_eq!((again[0].receive_count, &again[0].body), (2, &received[0].body));
    let asked = servers.sqs.seen("ReceiveMessage");
    assert_eq!(asked[0].parameters["WaitTimeSeconds"], 20);
    assert_eq!(asked[0].parameters["MaxNumberOfMessages"], 10);
    let attributes = asked[0].parameters["MessageSystemAttributeNames"].to_string();
    for name in ["ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SentTimestamp"] {
        assert!(attributes.contains(name), "{attributes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_fifo_queue_is_done_while_another_of_its_group_fails() {
    let servers = Servers::start(QueueSettings::default()).await;
    let _ = servers.sqs.create_queue("images.fifo", QueueSettings::default());
    let url = servers.sqs.url("images.fifo");
    let queue = SqsQueue::new(servers.sqs.client(), Some(url), Some(servers.sqs.url(DEAD)));
    let slow = Matching::key("pictures", "images/slow.jpg");
    servers.s3.faults().inject(slow, S3Fault::Throttle, Times::Always);
    for key in ["images/slow.jpg", "images/gone.jpg", "images/missing.jpg"] {
        servers.sqs.send("images.fifo", &events::s3_put("pictures", key).to_string(), Some("g"));
    }
    let done = || {
        let states = servers.sqs.messages("images.fifo").into_iter().map(|held| held.state);
        states.filter(|state| *state == State::Deleted).count()
    };
    servers.work_on(queue, Duration::from_secs(30), || done() == 2).await;
}

#[tokio::test]
async fn a_fifo_dead_letter_queue_takes_a_message_once() {
    let servers = Servers::start(QueueSettings::default()).await;
    let url = servers.sqs.create_queue("dead.fifo", QueueSettings::default());
    let queue = SqsQueue::new(servers.sqs.client(), None, Some(url));
    let rejection = Rejection { reason: "corrupt", ..Rejection::default() };
    let grouped = Message { group: Some("key".to_owned()), ..message("1") };
    for message in [&grouped, &grouped, &message("2")] {
        queue.reject(message, &rejection).await.unwrap();
    }
    let groups: Vec<_> = servers.sqs.messages("dead.fifo").into_iter().map(|h| h.group).collect();
    assert_eq!(groups, [Some("key".to_owned()), Some("2".to_owned())]);
}

#[tokio::test]
async fn the_largest_message_is_rejected_whole() {
    let servers = Servers::start(QueueSettings::default()).await;
    let rejection = Rejection {
        reason: "corrupt",
        object: Some(ObjectRef::new("pictures", "images/a.jpg")),
        etag: Some("abc".to_owned()),
        detail: "é\n".repeat(2000),
    };
    for spare in [0, 1, 20, 500, 5000] {
        let body = format!(" {}\n", "x".repeat(256 * 1024 - spare - 2));
        let message = Message { body: body.clone(), ..message("1") };
        servers.queue().reject(&message, &rejection).await.unwrap();
        let dead = servers.sqs.messages(DEAD).pop().unwrap();
        assert!(dead.body == body, "unchanged");
        assert_eq!(dead.attributes.contains_key("reason"), spare >= 20, "{spare}");
        assert_eq!(dead.attributes.contains_key("detail"), spare == 5000, "{spare}");
    }
}

#[tokio::test]
async fn every_way_to_fail_says_what_to_look_at() {
    let servers = Servers::start(QueueSettings::default()).await;
    let told = |result: Result<(), QueueError>| causes(&result.expect_err("it must fail"));
    let with = |url: Option<String>| SqsQueue::new(servers.sqs.client(), url.clone(), url);
    let gone = with(Some(servers.sqs.url("nowhere")));
    for result in [
        gone.check().await,
        gone.delete(&message("1")).await,
        gone.delay(&message("1"), Duration::from_secs(1)).await,
        gone.reject(&message("1"), &Rejection::default()).await,
        gone.receive(10, Duration::ZERO).await.map(drop),
    ] {
        let told = told(result);
        assert!(told.contains("/nowhere: the queue does not exist"), "{told}");
    }
    let nothing = with(None);
    assert!(matches!(nothing.check().await, Err(QueueError::NoQueue)));
    let rejected = nothing.reject(&message("1"), &Rejection::default()).await;
    assert!(matches!(rejected, Err(QueueError::NoDeadLetterQueue)));
    for (fault, expected) in [
        (Fault::Deny, "access denied"),
        (Fault::InternalError, "the service failed"),
        (Fault::Reset, "the connection failed"),
    ] {
        servers.sqs.fail("GetQueueAttributes", fault, Times::Always);
        let told = told(servers.queue().check().await);
        assert!(told.starts_with("GetQueueAttributes failed: http://127.0.0.1"), "{told}");
        assert!(told.contains(expected), "{told}");
        servers.sqs.heal();
    }
    assert_eq!(servers.queue().visibility_timeout().await.unwrap(), Duration::from_secs(30));
}

#[tokio::test]
async fn delays_are_whole_seconds_that_sqs_allows() {
    let servers = Servers::start(QueueSettings::default()).await;
    servers.sqs.send(QUEUE, "hello", None);
    let received = servers.queue().receive(1, Duration::ZERO).await.unwrap();
    for (delay, seconds) in [(1, 1), (1000, 1), (1001, 2), (u64::MAX, 43_200), (0, 0)] {
        servers.queue().delay(&received[0], Duration::from_millis(delay)).await.unwrap();
        let asked = servers.sqs.seen("ChangeMessageVisibility").pop().unwrap();
        assert_eq!(asked.parameters["VisibilityTimeout"], seconds);
    }
}

fn message(id: &str) -> Message {
    Message { id: id.to_owned(), body: "hello".to_owned(), ..Message::default() }
}

/// The worker as a process; killed when dropped.
pub(super) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(super) fn start(servers: &Servers, set: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
        let url = servers.sqs.url(QUEUE);
        let kept = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", kept).env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(servers.sqs.environment()).envs(servers.s3.environment());
        command.envs([("QUEUE_URL", url), ("DEAD_LETTER_QUEUE_URL", servers.sqs.url(DEAD))]);
        command.env("SOURCE_BUCKET", "pictures").envs(set.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it logs.
    pub(super) fn line(&mut self) -> serde_json::Value {
        let line = tokio::task::block_in_place(|| self.lines.next()).unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub(super) fn terminate(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// The exit code, and all lines that were logged since. It has two minutes to end.
    pub(super) async fn end(mut self) -> (Option<i32>, Vec<String>) {
        let id = self.id().to_string();
        let ended = tokio::task::spawn_blocking(move || {
            let lines = self.lines.by_ref().map(Result::unwrap).collect();
            (self.child.wait().unwrap().code(), lines)
        });
        let Ok(ended) = timeout(Duration::from_mins(2), ended).await else {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            panic!("the process does not end");
        };
        ended.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_drains_on_sigterm_and_gives_back_what_does_not_end() {
    let servers = Servers::start(QueueSettings::default()).await;
    let process = Process::start(&servers, &[("DRAIN_SECONDS", "1"), ("CONCURRENCY", "3")]);
    servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    wait_until("the first is done", || nothing_left(&servers)).await;
    let asked = servers.sqs.seen("ReceiveMessage");
    assert_eq!(asked[0].parameters["MaxNumberOfMessages"], 3, "no more than may be worked on");

    let stuck = Matching::key("pictures", "images/stuck.jpg");
    servers.s3.faults().inject(
        stuck.clone(),
        S3Fault::Delay(Duration::from_mins(1)),
        Times::Always,
    );
    // Its upload would be stuck as well.
    let body = events::s3_put("pictures", "images/stuck.jpg").to_string();
    let id = servers.sqs.send(QUEUE, &body, None);
    wait_until("it is worked on", || {
        servers.s3.faults().seen().iter().any(|seen| seen.key == "images/stuck.jpg")
    })
    .await;
    process.terminate();
    let told = Instant::now();
    let (code, lines) = process.end().await;
    assert_eq!(code, Some(0), "{lines:#?}");
    // As long as it was set to, and not the default of 25 seconds.
    let drained = Duration::from_secs(1)..Duration::from_secs(20);
    assert!(drained.contains(&told.elapsed()), "{:?}", told.elapsed());
    let given_back = servers.sqs.seen("ChangeMessageVisibility").pop().unwrap();
    assert_eq!(given_back.parameters["VisibilityTimeout"], 60, "when all writes have landed");
    assert_eq!(servers.message(&id).deliveries.len(), 1);
    let polls = servers.sqs.seen("ReceiveMessage").len();
    let last = lines.last().unwrap();
    assert!(last.contains("\"done\":1") && last.contains("\"givenBack\":1"), "{last}");
    assert!(lines[0].contains(&servers.sqs.url(QUEUE)) && lines[0].contains(DEAD), "{}", lines[0]);
    assert!(lines[0].contains("s3://pictures/images/"), "{}", lines[0]);

    // The poll that was cancelled does not swallow what comes after it.
    let late = servers.sqs.send(QUEUE, "hello", None);
    assert_eq!(servers.message(&late).state, State::Waiting);
    assert_eq!(servers.sqs.seen("ReceiveMessage").len(), polls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_start_says_in_one_line_what_is_missing() {
    let servers = Servers::start(QueueSettings::default()).await;
    let nowhere = servers.sqs.url("nowhere");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("QUEUE_URL", "")], "expected the URL of the queue to take messages from"),
        (&[("QUEUE_URL", &nowhere)], "/nowhere: the queue does not exist"),
        (&[("DEAD_LETTER_QUEUE_URL", &nowhere)], "/nowhere: the queue does not exist"),
        (&[("SOURCE_BUCKET", "other")], "the bucket does not exist"),
        (&[("RECEIVE_MESSAGES", "11"), ("QUEUE_URL", "")], "2 problems in the configuration"),
    ];
    for (set, expected) in cases {
        let (code, lines) = Process::start(&servers, set).end().await;
        assert_eq!((code, lines.len()), (Some(1), 1), "{set:?}: {lines:#?}");
        assert!(lines[0].contains(expected), "{}", lines[0]);
    }
    servers.sqs.fail("GetQueueAttributes", Fault::Deny, Times::Always);
    let (code, lines) = Process::start(&servers, &[]).end().await;
    assert_eq!((code, lines.len()), (Some(1), 1));
    assert!(lines[0].contains("GetQueueAttributes") && lines[0].contains("access denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_tells_an_event_bus_what_became_of_each_picture() {
    let servers = Servers::start(QueueSettings::default()).await;
    let bus = EmbeddedBus::start().await.unwrap();
    bus.fail(BusFault::Entry("ThrottlingException"), Times::First(1));
    let [(name, endpoint)] = bus.environment();
    let rules = r#"[{"outputs": {"small": {"width": 32, "height": 32}}, "key": "{path}", "placeholders": true}]"#;
    let set =
        [(name, endpoint.as_str()), ("EVENT_BUS", "pictures-bus"), ("THUMBNAIL_RULES", rules)];
    let _process = Process::start(&servers, &set);
    let id = servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    wait_until("the picture is done", || nothing_left(&servers)).await;
    assert_eq!(servers.message(&id).deliveries.len(), 2, "it came back for its event");
    let delete = servers.s3.client().delete_object().bucket("pictures").key("images/a.jpg");
    delete.send().await.unwrap();
    servers.sqs.send(QUEUE, &events::s3_delete("pictures", "images/a.jpg").to_string(), None);
    servers.upload("images/bad.jpg", pictures::truncated_jpeg()).await;
    wait_until("the rest is done", || nothing_left(&servers)).await;
    let mut told = bus.events();
    told.iter().for_each(crate::announce::follows_schema);
    told.sort_by_key(|entry| entry["DetailType"].to_string());
    let types: Vec<_> = told.iter().map(|entry| entry["DetailType"].as_str().unwrap()).collect();
    assert_eq!(types, ["Picture Rejected", "Thumbnails Ready", "Thumbnails Removed"]);
    assert!(told.iter().all(|entry| entry["EventBusName"] == "pictures-bus"));
    let detail: serde_json::Value =
        serde_json::from_str(told[1]["Detail"].as_str().unwrap()).unwrap();
    let shown = &detail["thumbnails"][0];
    assert_eq!(
        (&shown["name"], &shown["width"], &shown["height"]),
        (&"small".into(), &32.into(), &24.into())
    );
    assert!(detail["placeholders"]["thumbhash"].is_string(), "{detail}");
}
