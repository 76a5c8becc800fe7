//! Log lines and metrics: as they are really written, and parsed again.
#![expect(clippy::float_cmp, reason = "sums of whole numbers are exact")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use s3_thumbnailer::batch;
use s3_thumbnailer::config::LogSettings;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::Service;
use s3_thumbnailer::store::{Operation, StoreErrorKind};
use s3_thumbnailer::telemetry::metrics::Metrics;
use s3_thumbnailer::telemetry::prometheus::Prometheus;
use s3_thumbnailer::telemetry::{self, Telemetry};
use s3_thumbnailer::worker::Vitals;
use serde_json::{Value, json};
use tracing::Instrument as _;
use tracing::subscriber::DefaultGuard;

use crate::memory::{Copier, MemoryStore, picture, policy, source};
use crate::memory_queue::MemoryQueue;

mod emf;
mod process;
pub(crate) mod prometheus;

use emf::Sums;

const ROOT: &str = "1-6ae2a1b5-0123456789abcdef01234567";

/// What was written, instead of to standard output.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// Takes what was written so far.
    fn text(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

/// A function whose log and metrics are caught.
struct Function {
    service: Service<MemoryStore, Copier, MemoryQueue, (Telemetry, Arc<Prometheus>)>,
    prometheus: Arc<Prometheus>,
    telemetry: Telemetry,
    log: Written,
    metrics: Written,
    _guard: DefaultGuard,
}

impl Function {
    fn new(store: &MemoryStore) -> Self {
        Self::logging(store, &LogSettings { level: "info", json: true })
    }

    fn logging(store: &MemoryStore, settings: &LogSettings) -> Self {
        Self::with_queue(store, settings, MemoryQueue::default())
    }

    fn with_queue(store: &MemoryStore, settings: &LogSettings, queue: MemoryQueue) -> Self {
        let (log, metrics) = (Written::default(), Written::default());
        let writer = log.clone();
        let subscriber = telemetry::subscriber(settings, move || writer.clone());
        let telemetry = Telemetry::default().with_metrics(Metrics::new(
            "thumbs",
            settings.level,
            metrics.clone(),
        ));
        let reconciler = Reconciler::new(store.clone(), Copier, policy());
        let prometheus = Arc::new(Prometheus::new(Arc::new(Vitals::new(std::time::Duration::MAX))));
        let observer = (telemetry.clone(), Arc::clone(&prometheus));
        let service = Service::new(reconciler, queue, observer, 10);
        let guard = tracing::subscriber::set_default(subscriber);
        Self { service, prometheus, telemetry, log, metrics, _guard: guard }
    }

    /// As the function's entry point does it.
    async fn invoke(&self, request_id: &str, messages: &[Value]) {
        let event = json!({ "Records": messages });
        let answer = async {
            batch::answer(&self.service, event, None).await.unwrap();
            self.telemetry.flush(None).await;
        };
        answer.instrument(telemetry::invocation(request_id)).await;
    }
}

fn message(id: &str, names: &[&str]) -> Value {
    let records: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                   "eventTime": "2026-01-01T00:00:00.000Z",
                   "s3": {"bucket": {"name": "pictures"},
                          "object": {"key": format!("images/{name}")}}})
        })
        .collect();
    json!({"messageId": id, "body": json!({ "Records": records }).to_string(),
           "attributes": {"ApproximateReceiveCount": "3",
                          "AWSTraceHeader": format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")}})
}

/// A store with one picture for each outcome.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    for name in ["good.jpg", "also.jpg", "denied.jpg", "sealed.jpg", "slow.jpg"] {
        store.upload(&source(name), &picture(name));
    }
    store.upload(&source("panics.jpg"), &picture("PANIC"));
    store.upload(&source("corrupt.jpg"), b"no picture at all");
    store.upload(&source("notes.txt"), b"text");
    store.gated(Arc::new(|operation, object| {
        let kind = match (operation, object.key.as_str()) {
            (Operation::Get, "images/denied.jpg") => Some(StoreErrorKind::Denied),
            // A fault: no uploader decides which key encrypts thumbnails.
            (Operation::Put, "thumbnails/sealed.jpg") => Some(StoreErrorKind::KeyDenied),
            (Operation::Get, "images/slow.jpg") => Some(StoreErrorKind::Throttled),
            _ => None,
        };
        Box::pin(async move { kind })
    }))
}

const EVERYTHING: [&str; 9] = [
    "good.jpg",
    "also.jpg",
    "denied.jpg",
    "sealed.jpg",
    "slow.jpg",
    "panics.jpg",
    "corrupt.jpg",
    "notes.txt",
    "gone.jpg",
];

/// A message for each of them, of the same id.
fn of_each() -> Vec<Value> {
    EVERYTHING.iter().map(|name| message(name, &[name])).collect()
}

fn of<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    let mut lines = lines.iter().filter(|line| line["key"] == format!("images/{name}"));
    let line = lines.next().unwrap_or_else(|| panic!("no line for {name}"));
    assert_eq!(lines.next(), None, "{name} has one line");
    line
}

fn is_rfc3339(time: &Value) -> bool {
    let well_known = &time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(time.as_str().unwrap(), well_known).is_ok()
}

#[tokio::test]
async fn each_picture_has_one_line_that_says_what_became_of_it() {
    let function = Function::new(&store());
    let mut messages = of_each();
    messages.push(message("2", &["good.jpg"]));
    function.invoke("request-1", &messages).await;
    let lines = function.log.lines();
    assert_eq!(lines.len(), EVERYTHING.len());
    for (name, level, outcome, reason) in [
        ("good.jpg", "INFO", "thumbnail", Value::Null),
        ("gone.jpg", "INFO", "removed", Value::Null),
        ("notes.txt", "WARN", "skipped", json!("not_a_picture")),
        ("corrupt.jpg", "ERROR", "rejected", json!("not_a_picture")),
        ("panics.jpg", "ERROR", "rejected", json!("panicked")),
        ("denied.jpg", "WARN", "waiting", json!("source_denied")),
        ("sealed.jpg", "ERROR", "failed", json!("key_denied")),
        ("slow.jpg", "ERROR", "failed", json!("throttled")),
    ] {
        let line = of(&lines, name);
        assert!(is_rfc3339(&line["timestamp"]), "{line}");
        assert_eq!((&line["level"], &line["outcome"]), (&json!(level), &json!(outcome)), "{line}");
        assert_eq!(line["reason"], reason);
        let has_failed = !["thumbnail", "removed", "skipped"].contains(&outcome);
        assert_eq!(line.get("cause").is_some(), has_failed, "{line}");
        assert_eq!(
            (&line["requestId"], &line["bucket"]),
            (&json!("request-1"), &json!("pictures"))
        );
        assert_eq!((&line["receiveCount"], &line["xrayTraceId"]), (&json!(3), &json!(ROOT)));
        assert!(line["message"].is_string() && line["milliseconds"].is_number(), "{line}");
        assert!(line["lookMilliseconds"].is_number(), "{line}");
    }
    let good = of(&lines, "good.jpg");
    assert_eq!(
        (&good["messageId"], &good["messageIds"]),
        (&json!("good.jpg"), &json!("good.jpg 2"))
    );
    assert!(of(&lines, "also.jpg").get("messageIds").is_none());
    let bytes = picture("good.jpg").len();
    let thumbnail = json!({"key": "thumbnails/good.jpg", "width": 1, "height": 1, "bytes": bytes,
                           "contentType": "image/jpeg"});
    assert_eq!(good["thumbnails"], json!([thumbnail]));
    assert_eq!((&good["sourceBytes"], &good["thumbnailBytes"]), (&json!(bytes), &json!(bytes)));
    assert_eq!(
        good["etag"],
        "etag-of-".to_owned() + &String::from_utf8_lossy(&picture("good.jpg"))
    );
    for (name, value) in [
        ("sourceFormat", json!("jpeg")),
        ("sourceWidth", json!(1)),
        ("sourceHeight", json!(1)),
        ("pixels", json!(1)),
    ] {
        assert_eq!(good[name], value, "{name}");
    }
    for stage in ["readMilliseconds", "renderMilliseconds", "writeMilliseconds"] {
        assert!(good[stage].is_number(), "{stage}");
        assert!(of(&lines, "denied.jpg").get(stage).is_none(), "{stage}");
    }
}

#[tokio::test]
async fn lines_of_invocations_at_once_name_each_its_own() {
    // Each waits until both are under way.
    let together = Arc::new(tokio::sync::Barrier::new(2));
    let store = store();
    let store = store.gated(Arc::new(move |operation, _| {
        let together = Arc::clone(&together);
        Box::pin(async move {
            if operation == Operation::Get {
                together.wait().await;
            }
            None
        })
    }));
    let function = Function::new(&store);
    let (good, also) = ([message("1", &["good.jpg"])], [message("2", &["also.jpg"])]);
    tokio::join!(function.invoke("first", &good), function.invoke("second", &also));
    let lines = function.log.lines();
    assert_eq!(of(&lines, "good.jpg")["requestId"], "first");
    assert_eq!(of(&lines, "also.jpg")["requestId"], "second");
    // What both counted is there once, whichever of them wrote it.
    assert_eq!(Sums::of(&function.metrics.lines()).all["Pictures"], 2.0);
}

#[tokio::test]
async fn metrics_add_up_to_what_became_of_the_pictures() {
    let function = Function::new(&store());
    let odd = json!({"messageId": "3", "body": "hello"});
    let mut messages = of_each();
    messages.push(odd);
    function.invoke("1", &messages).await;
    let lines = function.metrics.lines();
    let sums = Sums::of(&lines);
    let bytes = u32::try_from(picture("good.jpg").len() + picture("also.jpg").len()).unwrap();
    for (name, sum) in [
        ("Pictures", 2.0),
        ("Thumbnails", 2.0),
        ("Removed", 1.0),
        ("Skipped", 1.0),
        ("Rejected", 3.0),
        ("Failed", 2.0),
        ("Waiting", 1.0),
        // The panicking picture and the denied one are no faults: whoever uploads can cause them.
        ("Faults", 1.0),
        ("ColdStarts", 1.0),
        ("SourceBytes", bytes.into()),
        ("ThumbnailBytes", bytes.into()),
    ] {
        assert_eq!(sums.all[name], sum, "{name}");
    }
    assert_eq!(sums.values["Failed"], 4, "of as many pictures is its average the share");
    assert!(!sums.all.contains_key("AlreadyRight"), "what did not happen costs nothing");
    for name in ["ReadTime", "RenderTime", "WriteTime", "TotalTime", "UploadAge"] {
        assert_eq!(sums.values[name], 2, "{name}");
    }
    assert!(sums.all["UploadAge"] > 2.0 * 86_400_000.0, "the events are days old");
    let reasons: Vec<_> =
        sums.reasons.iter().map(|((m, r), n)| (m.as_str(), r.as_str(), *n)).collect();
    let expected = [
        ("Failed", "key_denied", 1.0),
        ("Failed", "throttled", 1.0),
        ("Rejected", "not_a_picture", 1.0),
        ("Rejected", "not_understood", 1.0),
        ("Rejected", "panicked", 1.0),
        ("Skipped", "not_a_picture", 1.0),
        ("Waiting", "source_denied", 1.0),
    ];
    assert_eq!(reasons, expected);
    // One for all, and one for each of the reasons, of which two metrics share one.
    assert_eq!(lines.len(), 1 + 6);
}

#[tokio::test]
async fn what_cannot_be_moved_to_the_dead_letter_queue_is_a_fault_and_not_rejected() {
    let settings = LogSettings { level: "info", json: true };
    let queue = MemoryQueue { rejects_fail: true, ..MemoryQueue::default() };
    let function = Function::with_queue(&store(), &settings, queue);
    let odd = json!({"messageId": "odd", "body": "hello"});
    let messages = [message("1", &["corrupt.jpg"]), odd];
    for delivery in 1..=3 {
        function.invoke("1", &messages).await;
        let lines = function.log.lines();
        let picture = of(&lines, "corrupt.jpg");
        assert_eq!((&picture["outcome"], &picture["level"]), (&json!("failed"), &json!("ERROR")));
        for id in ["1", "odd"] {
            let of_message = lines.iter().filter(|line| line["messageId"] == id);
            let unmoved = of_message.filter(|line| {
                line["message"].as_str().unwrap().contains("could not be moved to the dead-letter")
            });
            let levels: Vec<_> = unmoved.map(|line| line["level"].as_str().unwrap()).collect();
            assert_eq!(levels, ["ERROR"], "{id}, delivery {delivery}");
        }
        let sums = Sums::of(&function.metrics.lines());
        assert_eq!((sums.all["Faults"], sums.all["Failed"]), (2.0, 2.0));
        assert!(!sums.all.contains_key("Rejected"), "{sums:?}");
    }
    let function = Function::new(&store());
    function.invoke("1", &messages).await;
    let sums = Sums::of(&function.metrics.lines());
    assert_eq!((sums.all["Faults"], sums.all["Rejected"]), (0.0, 2.0));
    assert!(!sums.all.contains_key("Failed"), "{sums:?}");
}

#[tokio::test]
async fn an_upload_announced_by_several_events_is_as_old_as_the_oldest() {
    let function = Function::new(&store());
    let old = message("old", &["good.jpg"]);
    // From a clock that is ahead: such an upload is of no age.
    let mut new = message("new", &["good.jpg"]);
    new["body"] = old["body"].as_str().unwrap().replace("2026-01-01", "9999-01-01").into();
    function.invoke("1", &[new.clone(), old, new.clone()]).await;
    let sums = Sums::of(&function.metrics.lines());
    assert!(sums.all["UploadAge"] > 86_400_000.0, "{sums:?}");

    let function = Function::new(&store());
    function.invoke("1", &[new]).await;
    assert_eq!(Sums::of(&function.metrics.lines()).all["UploadAge"], 0.0);

    // Some servers write this for "not known".
    let function = Function::new(&store());
    let mut unknown = message("1", &["good.jpg"]);
    let body = unknown["body"].as_str().unwrap();
    unknown["body"] = body.replace("2026-01-01", "1970-01-01").into();
    function.invoke("1", &[unknown]).await;
    assert_eq!(Sums::of(&function.metrics.lines()).values.get("UploadAge"), None);
}

#[tokio::test]
async fn a_batch_in_which_nothing_happened_says_that_nothing_was_at_fault() {
    let function = Function::new(&store());
    function.invoke("1", &[message("1", &["good.jpg"])]).await;
    function.metrics.text();
    function.invoke("2", &[message("1", &["good.jpg"])]).await;
    let sums = Sums::of(&function.metrics.lines());
    let names: Vec<&str> = sums.all.keys().map(String::as_str).collect();
    assert_eq!(names, ["AlreadyRight", "Faults"]);
    function.invoke("3", &[]).await;
    let [line] = &function.metrics.lines()[..] else { panic!("one line") };
    assert_eq!(Sums::of(std::slice::from_ref(line)).all.len(), 1);
    assert_eq!(line["Faults"], 0);
}

#[tokio::test]
async fn more_values_than_fit_in_a_line_continue_in_further_lines() {
    let names: Vec<String> = (0..250).map(|number| format!("{number}.jpg")).collect();
    let store = MemoryStore::new();
    for name in &names {
        store.upload(&source(name), &picture(name));
    }
    let function = Function::new(&store);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    function.invoke("1", &[message("1", &names)]).await;
    let lines = function.metrics.lines();
    assert_eq!(lines.len(), 3);
    let sums = Sums::of(&lines);
    assert_eq!((sums.all["Pictures"], sums.values["TotalTime"]), (250.0, 250));
}

#[tokio::test]
async fn metrics_are_written_at_the_log_level_and_lines_below_it_are_not() {
    let quiet = LogSettings { level: "error", json: true };
    let function = Function::logging(&store(), &quiet);
    function.invoke("1", &[message("1", &["good.jpg", "notes.txt", "sealed.jpg"])]).await;
    let lines = function.log.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(of(&lines, "sealed.jpg")["requestId"], "1");
    let metrics = function.metrics.lines();
    assert!(metrics.iter().all(|line| line["level"] == "ERROR" && is_rfc3339(&line["timestamp"])));
    assert_eq!(Sums::of(&metrics).all["Pictures"], 1.0);
}

#[tokio::test]
async fn lines_are_text_where_lambda_says_so_and_metrics_are_not() {
    let function = Function::logging(&store(), &LogSettings { level: "info", json: false });
    function.invoke("request-1", &[message("1", &["good.jpg"])]).await;
    let text = function.log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in
        [" INFO ", "requestId=\"request-1\"", "outcome=\"thumbnail\"", "key=\"images/good.jpg\""]
    {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(Sums::of(&function.metrics.lines()).all["Pictures"], 1.0);
}

#[tokio::test]
async fn nothing_of_a_malformed_body_is_logged() {
    let function = Function::logging(&store(), &LogSettings { level: "trace", json: true });
    let bodies = [
        "TOPSECRET".to_owned(),
        json!({"password": "TOPSECRET"}).to_string(),
        json!({"Records": "TOPSECRET"}).to_string(),
        json!({"Records": [{"eventSource": "TOPSECRET", "eventName": "x"}]}).to_string(),
        json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "b"}, "object": {"key": "TOPSECRET%FF"}}}]})
        .to_string(),
        json!({"source": "aws.s3", "detail-type": "Object Created", "detail": "TOPSECRET"})
            .to_string(),
    ];
    let header = "Root=TOPSECRET;Parent=TOPSECRET";
    let messages: Vec<Value> = bodies
        .iter()
        .map(|body| {
            json!({"messageId": "1", "body": body, "receiptHandle": "TOPSECRET",
                           "attributes": {"AWSTraceHeader": header}})
        })
        .collect();
    function.invoke("1", &messages).await;
    let (log, metrics) = (function.log.text(), function.metrics.text());
    assert!(!log.contains("TOPSECRET"), "{log}");
    assert!(!metrics.contains("TOPSECRET"), "{metrics}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rejected = lines.iter().filter(|line| line["reason"] == "not_understood");
    assert_eq!(rejected.count(), bodies.len());
}
