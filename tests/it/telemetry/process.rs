//! What the function's process itself writes and sends, with Lambda's side and an S3 beside it.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use support::events::{s3_put, sqs_event};
use support::lambda::RuntimeApi;
use support::s3::EmbeddedS3;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::emf::Sums;
use crate::embedded_s3::{put, s3_with_bucket};

/// Generous: how long a machine that is busy may take.
const SOON: Duration = Duration::from_mins(1);

struct Process {
    lambda: RuntimeApi,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Process {
    async fn start(s3: &EmbeddedS3, environment: &[(&str, String)]) -> Self {
        let lambda = RuntimeApi::start().await.unwrap();
        // A build that sends traces would look for a collector where there is none.
        let is_traced = environment.iter().any(|(name, _)| name.starts_with("OTEL_"));
        let untraced = (!is_traced).then_some(("OTEL_SDK_DISABLED", "true"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_s3-thumbnailer"))
            .env_clear()
            .envs(s3.environment())
            .envs(lambda.environment("thumbs", 512))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .envs(untraced)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { lambda, output, _child: child }
    }

    async fn invoke(&self, event: &Value) {
        let answer = self.lambda.invoke(event.to_string(), SOON);
        timeout(SOON, answer).await.expect("an answer in time").unwrap().expect("an answer");
    }

    async fn line(&mut self) -> Value {
        let line = timeout(SOON, self.output.next_line()).await.expect("a line in time");
        serde_json::from_str(&line.unwrap().expect("a line")).unwrap()
    }
}

#[tokio::test]
async fn a_batch_leaves_a_line_for_its_picture_and_one_of_metrics() {
    let (s3, _folder) = s3_with_bucket().await;
    put(&s3, "images/a.jpg", pictures::photo_jpeg(400, 300, 1)).await;
    let mut function = Process::start(&s3, &[]).await;
    function.invoke(&sqs_event([s3_put("pictures", "images/a.jpg")])).await;
    let picture = function.line().await;
    assert_eq!(
        (&picture["key"], &picture["outcome"]),
        (&"images/a.jpg".into(), &"thumbnail".into())
    );
    // As the Runtime API of these tests makes them.
    assert_eq!(picture["requestId"].as_str().map(str::len), Some(32), "{picture}");
    assert_eq!(picture["pixels"], 400 * 300);
    let metrics = function.line().await;
    assert_eq!((&metrics["FunctionName"], &metrics["level"]), (&"thumbs".into(), &"INFO".into()));
    assert_eq!(Sums::of(&[metrics]).all["Pictures"], 1.0);
}

#[tokio::test]
async fn no_metrics_are_written_where_they_are_off() {
    let (s3, _folder) = s3_with_bucket().await;
    put(&s3, "images/a.jpg", pictures::photo_jpeg(40, 30, 1)).await;
    let mut function = Process::start(&s3, &[("METRICS", "off".to_owned())]).await;
    for outcome in ["thumbnail", "already_right"] {
        function.invoke(&sqs_event([s3_put("pictures", "images/a.jpg")])).await;
        let line = function.line().await;
        assert_eq!(line["outcome"], outcome, "{line}");
    }
}

#[cfg(feature = "otel")]
mod otel {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const TRACE: [u8; 16] = [
        0x6a, 0xe2, 0xa1, 0xb5, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
        0x67,
    ];
    const PARENT: [u8; 8] = [0x53, 0x99, 0x5c, 0x3f, 0x42, 0xcd, 0x8a, 0xd8];

    /// What a collector was sent: each request's path, and its body.
    type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

    /// A collector that takes everything.
    async fn collector() -> (String, Received) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Received::default();
        let keep = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(take(connection, Arc::clone(&keep)));
            }
        });
        (endpoint, received)
    }

    async fn take(connection: TcpStream, received: Received) {
        let mut connection = BufReader::new(connection);
        loop {
            let (mut first, mut length) = (String::new(), 0);
            connection.read_line(&mut first).await.unwrap();
            let Some(path) = first.split(' ').nth(1).map(str::to_owned) else { return };
            loop {
                let mut header = String::new();
                connection.read_line(&mut header).await.unwrap();
                let Some((name, value)) = header.trim().split_once(':') else { break };
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            connection.read_exact(&mut body).await.unwrap();
            received.lock().unwrap().push((path, body));
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    fn times(body: &[u8], what: &[u8]) -> usize {
        body.windows(what.len()).filter(|window| *window == what).count()
    }

    #[tokio::test]
    async fn spans_are_sent_before_the_answer_within_the_trace_of_the_message() {
        let (s3, _folder) = s3_with_bucket().await;
        put(&s3, "images/a.jpg", pictures::photo_jpeg(400, 300, 1)).await;
        let (endpoint, received) = collector().await;
        let function = Process::start(&s3, &[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]).await;
        let mut event = sqs_event([s3_put("pictures", "images/a.jpg")]);
        event["Records"][0]["attributes"]["AWSTraceHeader"] =
            json!("Root=1-6ae2a1b5-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1");
        function.invoke(&event).await;
        let received = std::mem::take(&mut *received.lock().unwrap());
        let [(path, body)] = &received[..] else { panic!("{} requests", received.len()) };
        assert_eq!(path, "/v1/traces");
        for text in ["thumbs", "reconcile", "images/a.jpg", "read", "render", "write"] {
            assert!(times(body, text.as_bytes()) > 0, "{text}");
        }
        // The picture, a look before and after, and the three between; only the first has the
        // message's sender above it.
        assert_eq!((times(body, &TRACE), times(body, &PARENT)), (6, 1));
        assert_eq!(times(body, b"look"), 2);
    }

    #[tokio::test]
    async fn no_span_is_sent_if_the_trace_is_not_sampled_or_tracing_is_off() {
        let (s3, _folder) = s3_with_bucket().await;
        let (endpoint, received) = collector().await;
        let mut event = sqs_event([s3_put("pictures", "images/gone.jpg")]);
        event["Records"][0]["attributes"]["AWSTraceHeader"] =
            json!("Root=1-6ae2a1b5-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0");
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        Process::start(&s3, std::slice::from_ref(&endpoint)).await.invoke(&event).await;
        event["Records"][0]["attributes"]["AWSTraceHeader"] = Value::Null;
        let off = [endpoint, ("OTEL_SDK_DISABLED", "true".to_owned())];
        Process::start(&s3, &off)
            .await
            .invoke(&sqs_event([s3_put("pictures", "images/gone.jpg")]))
            .await;
        assert_eq!(*received.lock().unwrap(), []);
    }

    #[tokio::test]
    async fn a_collector_that_is_not_there_costs_a_warning_and_no_picture() {
        let (s3, _folder) = s3_with_bucket().await;
        put(&s3, "images/a.jpg", pictures::photo_jpeg(40, 30, 1)).await;
        // Bound and let go: nobody listens there.
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{closed}")),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000".to_owned()),
            ("METRICS", "off".to_owned()),
        ];
        let mut function = Process::start(&s3, &environment).await;
        function.invoke(&sqs_event([s3_put("pictures", "images/a.jpg")])).await;
        assert_eq!(function.line().await["outcome"], "thumbnail");
        let warning = function.line().await;
        assert_eq!(
            (&warning["level"], &warning["count"]),
            (&"WARN".into(), &6.into()),
            "{warning}"
        );
    }
}
