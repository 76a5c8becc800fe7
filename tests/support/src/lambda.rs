//! Lambda's side of its Runtime API, on a free port of 127.0.0.1: hands events to one function's
//! process and receives its answers. It is for the release binary, which knows Lambda only by
//! `AWS_LAMBDA_RUNTIME_API`. It starts no process and knows no event source.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http;

/// How long a process may take to start and to request its first event.
const START: Duration = Duration::from_secs(30);

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// A function's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its result.
    Response(Bytes),
    /// Its error, with the reason.
    Error(Bytes),
}

/// The Runtime API of one process. It stops when this value is dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::Sender<Event>,
    polled: watch::Receiver<Option<Instant>>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Event {
    body: String,
    deadline: SystemTime,
    answer: oneshot::Sender<Answer>,
}

impl RuntimeApi {
    /// Starts listening.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::channel(1);
        let (poll, polled) = watch::channel(None);
        let desk = Arc::new(Desk {
            poll,
            waiting: tokio::sync::Mutex::new(waiting),
            invocations: Mutex::default(),
        });
        let service = service_fn(move |request| answer(Arc::clone(&desk), request));
        Ok(Self { address, events, polled, server: tokio::spawn(http::serve(listener, service)) })
    }

    /// The environment that makes a process this function, with `memory_megabytes` of memory.
    #[must_use]
    pub fn environment(&self, name: &str, memory_megabytes: u32) -> [(&'static str, String); 6] {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_megabytes.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ]
    }

    /// Waits for the process to request its first event, and returns when it did. Fails if it does
    /// not within 30 seconds.
    pub async fn polled(&self) -> io::Result<Instant> {
        let mut polled = self.polled.clone();
        let first = timeout(START, polled.wait_for(Option::is_some)).await.map_err(|_| {
            let (seconds, address) = (START.as_secs(), self.address);
            let error = format!("no process asked {address} for an event within {seconds} s");
            io::Error::new(io::ErrorKind::TimedOut, error)
        })?;
        Ok(first.ok().and_then(|first| *first).unwrap_or_else(Instant::now))
    }

    /// Hands `event`, which is due within `time` once the process has started, to it and waits for
    /// its answer. `None` if none will come: the process fetched the event of a later invocation.
    /// Fails as [`RuntimeApi::polled`] does. A process that died since or is late is not noticed
    /// here.
    pub async fn invoke(&self, event: String, time: Duration) -> io::Result<Option<Answer>> {
        self.polled().await?;
        let (answer, answered) = oneshot::channel();
        let event = Event { body: event, deadline: SystemTime::now() + time, answer };
        if self.events.send(event).await.is_err() {
            return Ok(None);
        }
        Ok(answered.await.ok())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What the invokers and the process exchange.
struct Desk {
    /// When the first event was requested.
    poll: watch::Sender<Option<Instant>>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Event>>,
    invocations: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
}

/// AWS Lambda Developer Guide, "Using the Lambda runtime API".
async fn answer(
    desk: Arc<Desk>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, AnyError> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let steps: Vec<&str> = path.split('/').collect();
    match (request.method(), steps.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => {
            let now = Instant::now();
            desk.poll.send_if_modified(|first| first.replace(first.unwrap_or(now)).is_none());
            let event = desk.waiting.lock().await.recv().await.ok_or("no more events")?;
            let milliseconds = event.deadline.duration_since(UNIX_EPOCH)?.as_millis();
            let mut invocations = desk.invocations.lock().unwrap_or_else(PoisonError::into_inner);
            // The process requests the next event: the one it had counts as failed.
            invocations.clear();
            let id = format!("{:032x}", SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
            let response = Response::builder()
                .header("Content-Type", "application/json")
                .header("Lambda-Runtime-Aws-Request-Id", &id)
                .header("Lambda-Runtime-Deadline-Ms", milliseconds.to_string())
                .header(
                    "Lambda-Runtime-Invoked-Function-Arn",
                    "arn:aws:lambda:eu-west-1:000000000000:function:local",
                )
                .body(Full::new(event.body.into()))?;
            invocations.insert(id, event.answer);
            Ok(response)
        }
        (
            &Method::POST,
            ["2018-06-01", "runtime", "invocation", id, what @ ("response" | "error")],
        ) => {
            let (id, is_error) = ((*id).to_owned(), *what == "error");
            let body = request.into_body().collect().await?.to_bytes();
            let mut invocations = desk.invocations.lock().unwrap_or_else(PoisonError::into_inner);
            let known = invocations.remove(&id).is_some_and(|answer| {
                let said = if is_error { Answer::Error(body) } else { Answer::Response(body) };
                answer.send(said).is_ok()
            });
            status(if known { StatusCode::ACCEPTED } else { StatusCode::GONE })
        }
        (&Method::POST, _) => status(StatusCode::ACCEPTED),
        _ => status(StatusCode::NOT_FOUND),
    }
}

fn status(status: StatusCode) -> Result<Response<Full<Bytes>>, AnyError> {
    Ok(Response::builder().status(status).body(Full::default())?)
}

#[cfg(test)]
mod tests;
