//! Who can ask a worker how it is, over HTTP: its process as an orchestrator and Prometheus see it,
//! and the port by itself.
#![expect(clippy::float_cmp, reason = "sums of whole numbers are exact")]

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use s3_thumbnailer::monitor::Monitor;
use s3_thumbnailer::telemetry::prometheus::Prometheus;
use s3_thumbnailer::worker::Vitals;
use support::events;
use support::s3::{Fault as S3Fault, Matching, Times};
use support::sqs::{Fault, QueueSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::embedded::{Process, QUEUE, Servers, nothing_left, wait_until};
use crate::telemetry::prometheus::Scrape;

const ANYWHERE: (&str, &str) = ("HTTP_LISTEN", "127.0.0.1:0");

/// An answer: its status, its headers in lower case, and its body.
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

/// Sends `text` and reads until the other side closes.
async fn exchange(address: SocketAddr, text: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = timeout(Duration::from_mins(1), connection.read_to_string(&mut answer));
    read.await.expect("an answer in time").unwrap();
    answer
}

async fn ask(address: SocketAddr, method: &str, path: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: worker\r\n\r\n");
    let answer = exchange(address, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers: head.to_ascii_lowercase(), body: body.to_owned() }
}

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = ask(address, "GET", path).await;
    (answer.status, answer.body)
}

async fn scrape(address: SocketAddr) -> Scrape {
    let (status, text) = get(address, "/metrics").await;
    assert_eq!(status, 200, "{text}");
    assert!(!text.contains("images/") && !text.contains("pictures\""), "{text}");
    Scrape::of(&text)
}

/// Asks again and again until the answer is as expected; after a minute the test fails.
async fn until(address: SocketAddr, path: &str, expected: (u16, &str)) {
    let asked = timeout(Duration::from_mins(1), async {
        loop {
            let (status, body) = get(address, path).await;
            if (status, body.as_str()) == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(asked.await.is_ok(), "{path} is not {expected:?}");
}

/// Where the process listens, as the first line of its log says.
fn listening(process: &mut Process) -> SocketAddr {
    let line = process.line();
    let address = line["httpListen"].as_str().unwrap_or_else(|| panic!("{line}"));
    address.parse().unwrap()
}

/// The ports on which a process listens, by the kernel.
fn ports(id: u32) -> BTreeSet<u16> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{id}/fd"))
        .unwrap()
        .filter_map(|file| fs::read_link(file.unwrap().path()).ok())
        .filter_map(|target| {
            Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{id}/net/{table}")));
    let tables: Vec<String> = tables.into_iter().filter_map(Result::ok).collect();
    let listening = tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // 0A is LISTEN.
        (fields[3] == "0A" && sockets.contains(fields[9]))
            .then(|| u16::from_str_radix(fields[1].rsplit(':').next().unwrap(), 16).unwrap())
    });
    listening.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_port_is_open_unless_one_is_asked_for() {
    let servers = Servers::start(QueueSettings::default()).await;
    let mut quiet = Process::start(&servers, &[]);
    let line = quiet.line();
    assert!(line["message"].as_str().unwrap().contains("takes messages"), "{line}");
    assert!(line.get("httpListen").is_none(), "{line}");
    // It has worked, so it has opened all it opens.
    servers.upload("images/a.jpg", pictures::photo_jpeg(64, 48, 1)).await;
    wait_until("it is done", || nothing_left(&servers)).await;
    assert_eq!(ports(quiet.id()), BTreeSet::new());

    let mut asked = Process::start(&servers, &[ANYWHERE]);
    let address = listening(&mut asked);
    assert_eq!(ports(asked.id()), BTreeSet::from([address.port()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_an_error_at_start() {
    let servers = Servers::start(QueueSettings::default()).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, lines) = Process::start(&servers, &[("HTTP_LISTEN", &address)]).end().await;
    assert_eq!((code, lines.len()), (Some(1), 1), "{lines:#?}");
    let expected = format!("HTTP_LISTEN {address}: no port can be opened there: ");
    assert!(lines[0].contains(&expected) && lines[0].contains("in use"), "{}", lines[0]);
    assert_eq!(servers.sqs.seen("ReceiveMessage").len(), 0, "and no message is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_what_was_uploaded_also_while_it_is_asked_all_the_time() {
    let servers = Servers::start(QueueSettings::default()).await;
    let mut bytes = 0;
    for n in 0..40 {
        let picture = pictures::photo_jpeg(64, 48, n);
        bytes += picture.len();
        servers.upload(&format!("images/{n}.jpg"), picture).await;
    }
    for n in 0..7 {
        servers.upload(&format!("images/bad{n}.jpg"), pictures::truncated_jpeg()).await;
        servers.upload(&format!("images/{n}.txt"), b"no picture".to_vec()).await;
    }
    servers.sqs.send(QUEUE, &events::s3_put("pictures", "elsewhere/a.jpg").to_string(), None);
    servers.sqs.send(QUEUE, "hello", None);
    let mut process = Process::start(&servers, &[ANYWHERE]);
    let address = listening(&mut process);
    let asking = tokio::spawn(async move {
        let mut highest = 0.0;
        loop {
            let pictures = scrape(address).await.sum("pictures_total");
            assert!(pictures >= highest, "a counter only grows");
            highest = pictures;
        }
    });
    wait_until("all is done", || nothing_left(&servers)).await;
    let again = servers.upload("images/0.jpg", pictures::photo_jpeg(64, 48, 0)).await;
    wait_until("it is up to date", || nothing_left(&servers)).await;
    assert_eq!(servers.message(&again).deliveries.len(), 1);
    assert!(!asking.is_finished(), "{:?}", asking.await);
    asking.abort();
    // A message is deleted a moment before its work counts as ended.
    let settled = timeout(Duration::from_mins(1), async {
        loop {
            let scrape = scrape(address).await;
            if scrape.sum("messages_in_flight") == 0.0 {
                return scrape;
            }
        }
    });
    let told = settled.await.unwrap();
    for (name, sum) in [
        ("pictures_total", 40.0),
        ("thumbnails_total", 40.0),
        ("already_right_total", 1.0),
        ("skipped_total", 8.0),
        ("rejected_total", 8.0),
        ("failed_total", 0.0),
        ("faults_total", 0.0),
        ("receive_failures_total", 0.0),
        ("source_bytes", f64::from(u32::try_from(bytes).unwrap())),
    ] {
        assert_eq!(told.sum(name), sum, "{name}");
    }
    assert_eq!(told.because("rejected_by_reason_total", "not_understood"), 1.0);
    assert_eq!(told.because("skipped_by_reason_total", "not_a_picture"), 7.0);
    for name in ["source_bytes", "render_time_seconds", "total_time_seconds"] {
        assert_eq!(told.values(name), 40, "{name}");
    }
    assert!((0.0..60.0).contains(&(told.sum("render_time_seconds") / 40.0)), "seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_a_queue_that_is_out_of_reach_and_a_drain() {
    let servers = Servers::start(QueueSettings::default()).await;
    servers.sqs.fail("ReceiveMessage", Fault::Deny, Times::Always);
    let mut process = Process::start(&servers, &[ANYWHERE, ("DRAIN_SECONDS", "60")]);
    let address = listening(&mut process);
    until(address, "/health/ready", (503, "the queue has not answered yet\n")).await;
    until(address, "/health/ready", (503, "the last 3 receives failed\n")).await;
    assert_eq!(get(address, "/health/live").await, (200, "live\n".to_owned()));
    assert!(scrape(address).await.sum("receive_failures_total") >= 3.0);
    servers.sqs.heal();

    // Its answer makes it ready. The work on it does not end before the worker is told to stop.
    let slow = Matching::key("pictures", "images/slow.jpg");
    servers.s3.faults().inject(slow, S3Fault::Delay(Duration::from_mins(2)), Times::Always);
    servers.sqs.send(QUEUE, &events::s3_put("pictures", "images/slow.jpg").to_string(), None);
    until(address, "/health/ready", (200, "ready\n")).await;
    until(address, "/health", (200, "{\"live\":true,\"ready\":true}\n")).await;
    assert_eq!(scrape(address).await.sum("messages_in_flight"), 1.0);

    process.terminate();
    let draining = "draining: told to stop, with 1 messages in flight";
    until(address, "/health/ready", (503, &format!("{draining}\n"))).await;
    let health = format!("{{\"live\":true,\"ready\":false,\"why\":[\"{draining}\"]}}\n");
    assert_eq!(get(address, "/health").await, (503, health));
    assert_eq!(get(address, "/health/live").await, (200, "live\n".to_owned()));
    assert_eq!(scrape(address).await.sum("messages_in_flight"), 1.0);
}

/// A port in this process, of a worker that has done nothing for `stuck_after`.
async fn monitor(stuck_after: Duration) -> SocketAddr {
    let vitals = Arc::new(Vitals::new(stuck_after));
    let metrics = Arc::new(Prometheus::new(Arc::clone(&vitals)));
    let monitor = Monitor::open("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = monitor.address();
    tokio::spawn(monitor.serve(vitals, metrics));
    address
}

#[tokio::test]
async fn a_worker_that_is_stuck_is_not_live() {
    let address = monitor(Duration::ZERO).await;
    let stuck = "stuck: nothing has happened for 0 seconds\n";
    assert_eq!(get(address, "/health/live").await, (503, stuck.to_owned()));
    let (status, health) = get(address, "/health").await;
    assert!(
        status == 503 && health.starts_with("{\"live\":false,\"ready\":false,\"why\":[\"stuck")
    );
}

#[tokio::test]
async fn it_can_only_be_read() {
    let address = monitor(Duration::MAX).await;
    for path in ["/health", "/health/live", "/health/ready", "/metrics"] {
        let got = ask(address, "GET", path).await;
        let head = ask(address, "HEAD", path).await;
        assert_eq!((head.status, head.body.as_str()), (got.status, ""), "{path}");
        let length = format!("content-length: {}", got.body.len());
        assert!(head.headers.contains(&length) && got.headers.contains(&length), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let refused = ask(address, method, path).await;
            assert_eq!(refused.status, 405, "{method} {path}");
            assert!(refused.headers.contains("allow: get, head"), "{}", refused.headers);
        }
    }
    let metrics = ask(address, "GET", "/metrics?x=y").await;
    assert!(metrics.headers.contains("content-type: text/plain; version=0.0.4"));
    for path in ["/", "/metrics/", "/health/", "/etc/passwd", "/../health"] {
        assert_eq!(get(address, path).await.0, 404, "{path}");
    }
    let long = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", "x".repeat(100_000));
    let refused = timeout(Duration::from_secs(5), async {
        let mut connection = TcpStream::connect(address).await.unwrap();
        // It may be closed before all is sent.
        let _ = connection.write_all(long.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        answer
    });
    let refused = String::from_utf8(refused.await.expect("it is closed at once")).unwrap();
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431"), "{refused}");
}

#[tokio::test]
async fn clients_that_never_send_a_request_hold_up_nobody_and_are_closed() {
    let address = monitor(Duration::MAX).await;
    let mut slow = Vec::new();
    for n in 0..300 {
        let mut connection = TcpStream::connect(address).await.unwrap();
        if n % 2 == 0 {
            connection.write_all(b"GET /metrics HTTP/1.1\r\nHost:").await.unwrap();
        }
        slow.push(connection);
    }
    let asked = timeout(Duration::from_secs(5), get(address, "/health/live"));
    assert_eq!(asked.await.expect("an answer at once"), (200, "live\n".to_owned()));
    let mut rest = Vec::new();
    for connection in &mut slow[..200] {
        let closed = timeout(Duration::from_secs(5), connection.read_to_end(&mut rest));
        let _ = closed.await.expect("the oldest are closed, since there are too many");
    }
    for connection in &mut slow[200..] {
        let closed = timeout(Duration::from_secs(20), connection.read_to_end(&mut rest));
        let _ = closed.await.expect("the others once their time is up");
    }
}
