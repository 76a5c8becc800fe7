//! An SQS in this process, on a free port of 127.0.0.1, that speaks enough of its JSON protocol for
//! AWS's SDKs to send, receive, delete and delay messages. A stand-in, since real servers cannot be
//! embedded: it follows the Amazon SQS API Reference where the tests look, checks no signatures, and
//! forgets everything when it stops. `shelf` holds the queues; this is the protocol around them.

mod shelf;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

pub use shelf::{Attributes, Held, QueueSettings, State};

use crate::http;
use crate::lock::lock;
use crate::s3::{EmbeddedS3, Times};
use shelf::{Refusal, Shelf};

type AnyError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Result<Response<Full<Bytes>>, AnyError>;

/// What happens to a request instead of what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 403 `AccessDenied`.
    Deny,
    /// 500 `InternalFailure`.
    InternalError,
    /// The connection closes before any answer; the request is not carried out.
    Reset,
    /// The request is carried out, and the connection closes instead of answering.
    LoseAnswer,
    /// The right answer, this much later; the request is carried out after the wait.
    Delay(Duration),
}

/// A request that reached the server.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it asked for, such as `ReceiveMessage`.
    pub action: String,
    /// When it came.
    pub at: Instant,
    /// Its parameters.
    pub parameters: Value,
}

/// A running SQS. It stops, and drops every connection, when this value is dropped.
#[derive(Debug)]
pub struct EmbeddedSqs {
    address: SocketAddr,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Inner {
    shelf: Mutex<Shelf>,
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<Vec<(&'static str, Fault, Times)>>,
    /// Notified whenever a message may have become visible.
    arrivals: Notify,
}

impl EmbeddedSqs {
    /// Starts an SQS without queues.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner::default());
        let desk = Arc::clone(&inner);
        let service = service_fn(move |request| answer(Arc::clone(&desk), request));
        let server = tokio::spawn(http::serve(listener, service));
        Ok(Self { address, inner, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates a queue and returns its URL. If its name ends in `.fifo`, it is a FIFO queue.
    #[must_use]
    pub fn create_queue(&self, name: &str, settings: QueueSettings) -> String {
        lock(&self.inner.shelf).create(name, settings);
        self.url(name)
    }

    /// The URL that a queue of this name has, or would have.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.endpoint())
    }

    /// Sends a message without the network, and returns its id.
    #[expect(clippy::must_use_candidate, reason = "it is called to send, and seldom for the id")]
    pub fn send(&self, queue: &str, body: &str, group: Option<&str>) -> String {
        let id = lock(&self.inner.shelf).send(queue, body, Attributes::new(), group, None);
        self.inner.arrivals.notify_waiters();
        id.map(|(id, _)| id).unwrap_or_default()
    }

    /// Every message that is or was in the queue, in order of arrival.
    #[must_use]
    pub fn messages(&self, queue: &str) -> Vec<Held> {
        lock(&self.inner.shelf).messages(queue)
    }

    /// Makes requests for `action` go wrong. Of several faults for one, the one added first applies.
    pub fn fail(&self, action: &'static str, fault: Fault, times: Times) {
        lock(&self.inner.faults).push((action, fault, times));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        lock(&self.inner.faults).clear();
    }

    /// Every request for `action` since the start, failed ones included, in the order they came.
    #[must_use]
    pub fn seen(&self, action: &str) -> Vec<Seen> {
        lock(&self.inner.seen).iter().filter(|seen| seen.action == action).cloned().collect()
    }

    /// The environment variables that send the SQS calls of any AWS SDK in another process here. Any
    /// credentials would do; these are those of [`EmbeddedS3`], which may then be set before or after.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL_SQS", self.endpoint()),
            ("AWS_REGION", EmbeddedS3::REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", EmbeddedS3::ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", EmbeddedS3::SECRET_KEY.to_owned()),
        ]
    }

    /// A client of this server, with the SDK's own retries.
    #[must_use]
    pub fn client(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .http_client(http::client())
            .endpoint_url(self.endpoint())
            .region(aws_sdk_sqs::config::Region::from_static(EmbeddedS3::REGION))
            .credentials_provider(aws_sdk_sqs::config::Credentials::new(
                EmbeddedS3::ACCESS_KEY,
                EmbeddedS3::SECRET_KEY,
                None,
                None,
                "embedded SQS",
            ))
            .build();
        aws_sdk_sqs::Client::from_conf(config)
    }
}

impl Drop for EmbeddedSqs {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Answer {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = target.and_then(|target| target.strip_prefix("AmazonSQS.")).unwrap_or("");
    let action = action.to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let parameters: Value = serde_json::from_slice(&body)?;
    let seen = Seen { action: action.clone(), at: Instant::now(), parameters: parameters.clone() };
    lock(&inner.seen).push(seen);
    let fault = inner.next_fault(&action);
    match fault {
        Some(Fault::Deny) => {
            return refuse(&Refusal { status: 403, code: "AccessDenied", legacy: None });
        }
        Some(Fault::InternalError) => {
            return refuse(&Refusal { status: 500, code: "InternalFailure", legacy: None });
        }
        Some(Fault::Reset) => return Err("reset on purpose".into()),
        Some(Fault::Delay(wait)) => sleep(wait).await,
        Some(Fault::LoseAnswer) | None => {}
    }
    let answer = inner.act(&action, &parameters).await;
    if fault == Some(Fault::LoseAnswer) {
        return Err("the answer is lost on purpose".into());
    }
    match answer {
        Ok(answer) => Ok(response(200).body(Full::from(answer.to_string()))?),
        Err(refusal) => refuse(&refusal),
    }
}

fn response(status: u16) -> hyper::http::response::Builder {
    Response::builder().status(status).header("content-type", "application/x-amz-json-1.0")
}

fn refuse(refusal: &Refusal) -> Answer {
    let body = json!({ "__type": format!("com.amazonaws.sqs#{}", refusal.code), "message": "no" });
    let mut response = response(refusal.status);
    if let Some(legacy) = refusal.legacy {
        let value = format!("AWS.SimpleQueueService.{legacy};Sender");
        response = response.header("x-amzn-query-error", value);
    }
    Ok(response.body(Full::from(body.to_string()))?)
}

impl Inner {
    /// Uses up one turn of the first fault for `action`.
    fn next_fault(&self, action: &str) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let (_, fault, times) = faults
            .iter_mut()
            .find(|(about, _, times)| *about == action && *times != Times::First(0))?;
        if let Times::First(left) = times {
            *left -= 1;
        }
        Some(fault.clone())
    }

    async fn act(&self, action: &str, parameters: &Value) -> Result<Value, Refusal> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let seconds = |name: &str| parameters.get(name).and_then(Value::as_u64);
        let queue = text("QueueUrl").and_then(|url| url.rsplit('/').next());
        let queue = queue.or_else(|| text("QueueName")).unwrap_or("");
        let handle = text("ReceiptHandle").unwrap_or("");
        let done = match action {
            "GetQueueUrl" => {
                lock(&self.shelf).attributes(queue)?;
                return Ok(json!({ "QueueUrl": format!("http://sqs/000000000000/{queue}") }));
            }
            "GetQueueAttributes" => {
                return Ok(json!({ "Attributes": lock(&self.shelf).attributes(queue)? }));
            }
            "SendMessage" => {
                let attributes: HashMap<String, Value> = parameters
                    .get("MessageAttributes")
                    .and_then(|attributes| serde_json::from_value(attributes.clone()).ok())
                    .unwrap_or_default();
                let attributes = shelf::checked(attributes)?;
                let of_attributes = shelf::md5_of_attributes(&attributes);
                let (group, once) = (text("MessageGroupId"), text("MessageDeduplicationId"));
                let body = text("MessageBody").unwrap_or("");
                let (id, md5) = lock(&self.shelf).send(queue, body, attributes, group, once)?;
                json!({ "MessageId": id, "MD5OfMessageBody": md5,
                        "MD5OfMessageAttributes": of_attributes })
            }
            "ReceiveMessage" => return self.receive(queue, parameters).await,
            "DeleteMessage" => lock(&self.shelf).delete(queue, handle).map(|()| json!({}))?,
            "ChangeMessageVisibility" => {
                let time = Duration::from_secs(seconds("VisibilityTimeout").unwrap_or(0));
                lock(&self.shelf).change_visibility(queue, handle, time).map(|()| json!({}))?
            }
            _ => return Err(Refusal { status: 400, code: "UnsupportedOperation", legacy: None }),
        };
        self.arrivals.notify_waiters();
        Ok(done)
    }

    /// Waits as long as requested, or until there is a message.
    async fn receive(&self, queue: &str, parameters: &Value) -> Result<Value, Refusal> {
        let number = |name| parameters.get(name).and_then(Value::as_u64);
        let most = usize::try_from(number("MaxNumberOfMessages").unwrap_or(1)).unwrap_or(1);
        let wait = number("WaitTimeSeconds").unwrap_or(0);
        let until = Instant::now() + Duration::from_secs(wait);
        if !(1..=10).contains(&most) || wait > 20 {
            return Err(Refusal { status: 400, code: "InvalidParameterValue", legacy: None });
        }
        loop {
            let arrival = self.arrivals.notified();
            let (messages, next) = lock(&self.shelf).receive(queue, most)?;
            if !messages.is_empty() || Instant::now() >= until {
                let messages = messages.iter().map(|held| shelf::as_json(held, parameters));
                return Ok(json!({ "Messages": messages.collect::<Vec<_>>() }));
            }
            let wake = next.map_or(until, |next| next.min(until));
            let _ = timeout_at(wake, arrival).await;
        }
    }
}

#[cfg(test)]
mod tests;
