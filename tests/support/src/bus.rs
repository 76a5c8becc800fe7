//! An EventBridge in this process, on a free port of 127.0.0.1, that speaks enough of its JSON
//! protocol for AWS's SDKs to put events. It follows the Amazon EventBridge API Reference where the
//! tests look, checks no signatures, and keeps what it was sent until it stops.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http;
use crate::lock::lock;
use crate::s3::{EmbeddedS3, Times};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// What happens to a request instead of what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request succeeds, and its entry fails with this code.
    Entry(&'static str),
    /// The request fails with this status and code.
    Call(u16, &'static str),
    /// The events are taken, and the connection closes instead of answering.
    LoseAnswer,
}

/// A running bus. It stops when this value is dropped.
#[derive(Debug)]
pub struct EmbeddedBus {
    address: SocketAddr,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Inner {
    events: Mutex<Vec<Value>>,
    fault: Mutex<Option<(Fault, Times)>>,
}

impl EmbeddedBus {
    /// Starts a bus that takes everything.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner::default());
        let desk = Arc::clone(&inner);
        let service = service_fn(move |request| answer(Arc::clone(&desk), request));
        let server = tokio::spawn(http::serve(listener, service));
        Ok(Self { address, inner, server })
    }

    /// The entries that it took, in the order they came, as they were sent.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        lock(&self.inner.events).clone()
    }

    /// Makes the next requests go wrong.
    pub fn fail(&self, fault: Fault, times: Times) {
        *lock(&self.inner.fault) = Some((fault, times));
    }

    /// The environment variables that send the calls of any AWS SDK in another process here.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 1] {
        [("AWS_ENDPOINT_URL_EVENTBRIDGE", format!("http://{}", self.address))]
    }

    /// A client of this bus, with the SDK's own retries.
    #[must_use]
    pub fn client(&self) -> aws_sdk_eventbridge::Client {
        let config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(aws_sdk_eventbridge::config::BehaviorVersion::latest())
            .http_client(http::client())
            .endpoint_url(format!("http://{}", self.address))
            .region(aws_sdk_eventbridge::config::Region::from_static(EmbeddedS3::REGION))
            .credentials_provider(aws_sdk_eventbridge::config::Credentials::new(
                EmbeddedS3::ACCESS_KEY,
                EmbeddedS3::SECRET_KEY,
                None,
                None,
                "embedded bus",
            ))
            .build();
        aws_sdk_eventbridge::Client::from_conf(config)
    }
}

impl Drop for EmbeddedBus {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Inner {
    /// Uses up one turn of the fault.
    fn next_fault(&self) -> Option<Fault> {
        let mut fault = lock(&self.fault);
        let (fault, times) = fault.as_mut().filter(|(_, times)| *times != Times::First(0))?;
        if let Times::First(left) = times {
            *left -= 1;
        }
        Some(*fault)
    }
}

async fn answer(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, AnyError> {
    let target = request.headers().get("x-amz-target").cloned();
    let body = request.into_body().collect().await?.to_bytes();
    let say = |status: u16, body: &Value| {
        let response = Response::builder().status(status);
        let response = response.header("content-type", "application/x-amz-json-1.1");
        Ok(response.body(Full::from(body.to_string()))?)
    };
    if target.is_none_or(|target| target != "AWSEvents.PutEvents") {
        return say(400, &json!({ "__type": "UnknownOperationException" }));
    }
    let fault = inner.next_fault();
    match fault {
        Some(Fault::Call(status, code)) => return say(status, &json!({ "__type": code })),
        Some(Fault::Entry(code)) => {
            let entries = json!([{ "ErrorCode": code, "ErrorMessage": "no" }]);
            return say(200, &json!({ "FailedEntryCount": 1, "Entries": entries }));
        }
        Some(Fault::LoseAnswer) | None => {}
    }
    let parameters: Value = serde_json::from_slice(&body)?;
    let entries = parameters.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
    let ids: Vec<Value> =
        (0..entries.len()).map(|n| json!({ "EventId": format!("event-{n}") })).collect();
    lock(&inner.events).extend(entries);
    if fault == Some(Fault::LoseAnswer) {
        return Err("the answer is lost on purpose".into());
    }
    say(200, &json!({ "FailedEntryCount": 0, "Entries": ids }))
}
