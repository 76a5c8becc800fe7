//! Answers whoever watches a worker, over HTTP: health probes, and Prometheus. It only reads, and
//! tells nothing of keys or pictures.
//!
//! A client costs little, however slow it is: each connection takes one request, and is closed when
//! its time is up, or when there are too many younger ones. So nobody has to wait for another.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::telemetry::prometheus::{self, Prometheus};
use crate::worker::Vitals;

/// The most connections at a time. One more closes the oldest.
const CONNECTIONS: usize = 64;
/// How long a connection may take: for the request, and for the answer.
const CONNECTION_TIME: Duration = Duration::from_secs(10);
/// The longest request line and headers.
const REQUEST_BYTES: usize = 16 * 1024;
/// The pause after a connection that could not be taken, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// Why nobody can be answered.
#[derive(Debug, thiserror::Error)]
#[error("HTTP_LISTEN {address}: no port can be opened there")]
pub struct ListenError {
    address: SocketAddr,
    #[source]
    cause: io::Error,
}

/// An open port.
#[derive(Debug)]
pub struct Monitor {
    listener: TcpListener,
    address: SocketAddr,
}

impl Monitor {
    /// Opens a port at `address`; if its port is 0, one that is free.
    pub async fn open(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |cause| ListenError { address, cause };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with what `vitals` and `metrics` say, until it is dropped.
    pub async fn serve(self, vitals: Arc<Vitals>, metrics: Arc<Prometheus>) -> Infallible {
        let mut connections = JoinSet::new();
        let mut open: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            let Ok((socket, _)) = self.listener.accept().await else {
                sleep(PAUSE).await;
                continue;
            };
            while connections.try_join_next().is_some() {}
            open.retain(|connection| !connection.is_finished());
            if open.len() >= CONNECTIONS
                && let Some(oldest) = open.pop_front()
            {
                oldest.abort();
            }
            let (vitals, metrics) = (Arc::clone(&vitals), Arc::clone(&metrics));
            let service = service_fn(move |request| {
                let answer = answer(&request, &vitals, &metrics);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .keep_alive(false)
                .max_buf_size(REQUEST_BYTES)
                .serve_connection(TokioIo::new(socket), service);
            open.push_back(connections.spawn(async {
                // It is no concern of ours how a connection ends.
                let _ = timeout(CONNECTION_TIME, connection).await;
            }));
        }
    }
}

/// What `/health` says.
#[derive(Serialize)]
struct Health {
    live: bool,
    ready: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    why: Vec<String>,
}

type Answer = Response<Full<Bytes>>;

fn answer<B>(request: &Request<B>, vitals: &Vitals, metrics: &Prometheus) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refusal = say(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    let (live, ready) = (vitals.live().err(), vitals.ready().err());
    match request.uri().path() {
        "/health" => {
            let why = [live.map(|why| why.to_string()), ready.map(|why| why.to_string())];
            let why = why.into_iter().flatten().collect();
            let health = Health { live: live.is_none(), ready: ready.is_none(), why };
            let body = serde_json::to_string(&health).unwrap_or_default();
            say(status(health.live && health.ready), JSON, body + "\n")
        }
        "/health/live" => {
            let body = live.map_or("live".to_owned(), |why| why.to_string());
            say(status(live.is_none()), TEXT, body + "\n")
        }
        "/health/ready" => {
            let body = ready.map_or("ready".to_owned(), |why| why.to_string());
            say(status(ready.is_none()), TEXT, body + "\n")
        }
        "/metrics" => match metrics.text() {
            Ok(text) => say(StatusCode::OK, prometheus::CONTENT_TYPE, text),
            Err(_) => say(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the metrics have no text\n"),
        },
        _ => say(StatusCode::NOT_FOUND, TEXT, "/health, /health/live, /health/ready, /metrics\n"),
    }
}

fn status(is_well: bool) -> StatusCode {
    if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn say(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
