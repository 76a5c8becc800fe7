//! Faults on demand, injected between the network and the S3 behind it. Rules say which requests
//! fail, how, and how often. Not a store: a request that no rule matches passes untouched.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use s3s::service::S3Service;
use tokio::time::Sleep;

type AnyError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Result<Response<s3s::Body>, AnyError>> + Send>>;

/// What happens to a request that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 403 `AccessDenied`.
    Deny,
    /// 503 `SlowDown`.
    Throttle,
    /// 500 `InternalError`.
    InternalError,
    /// Any error answer. Without a code it has no body, as from a gateway.
    Error {
        /// The HTTP status.
        status: u16,
        /// S3's error code.
        code: &'static str,
        /// The message, for people.
        message: &'static str,
    },
    /// The connection closes before any answer; the request is not carried out.
    Reset,
    /// The answer starts as it should, and after this many bytes of its body the connection closes.
    ResetMidBody(usize),
    /// A complete answer with a matching `Content-Length`, but with only this many bytes of the
    /// body: only the checksum or the `ETag` shows the loss.
    Truncate(usize),
    /// The right answer, this much later; the request is carried out after the wait.
    Delay(Duration),
}

/// How often a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// To this many requests, then never again.
    First(u32),
    /// To every request, until [`Faults::clear`].
    Always,
}

/// Which requests a rule is about.
#[derive(Debug, Clone)]
pub struct Matching {
    method: Option<Method>,
    bucket: String,
    key: Key,
}

#[derive(Debug, Clone)]
enum Key {
    Exactly(String),
    Under(String),
}

impl Matching {
    /// Requests about one key, whatever their method.
    pub fn key(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        let (bucket, key) = (bucket.into(), Key::Exactly(key.into()));
        Self { method: None, bucket, key }
    }

    /// Requests about every key that starts with `prefix`; the empty prefix stands for the whole
    /// bucket, its listing included.
    pub fn under(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        let (bucket, key) = (bucket.into(), Key::Under(prefix.into()));
        Self { method: None, bucket, key }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(self, method: Method) -> Self {
        let method = Some(method);
        Self { method, ..self }
    }

    fn matches(&self, request: &Seen) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.bucket == request.bucket
            && match &self.key {
                Key::Exactly(key) => *key == request.key,
                Key::Under(prefix) => request.key.starts_with(prefix),
            }
    }
}

/// A request that reached the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its HTTP method.
    pub method: Method,
    /// The bucket it names; empty when it names none.
    pub bucket: String,
    /// The key it names, decoded; empty when it is about the bucket itself.
    pub key: String,
    /// Its headers.
    pub headers: HeaderMap,
}

/// The rules of one server, and the requests it received. Cheap to clone; clones share the rules.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<(Matching, Fault, Times)>,
    seen: Vec<Seen>,
}

impl Faults {
    /// Adds a rule. Of several that match a request, the one added first applies.
    pub fn inject(&self, requests: Matching, fault: Fault, times: Times) {
        self.state().rules.push((requests, fault, times));
    }

    /// Drops every rule.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// Every request since the start, failed ones included, in the order they came.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the request and uses up one turn of the first rule that matches it.
    fn next(&self, request: Seen) -> Option<Fault> {
        let mut state = self.state();
        let rule = state
            .rules
            .iter_mut()
            .find(|(matching, _, times)| *times != Times::First(0) && matching.matches(&request));
        let fault = rule.map(|(_, fault, times)| {
            if let Times::First(left) = times {
                *left -= 1;
            }
            fault.clone()
        });
        state.seen.push(request);
        fault
    }
}

/// The HTTP service that faces the network.
#[derive(Clone)]
pub(super) struct Front {
    s3: S3Service,
    faults: Faults,
}

impl Front {
    pub(super) fn new(s3: S3Service, faults: Faults) -> Self {
        Self { s3, faults }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<s3s::Body>;
    type Error = AnyError;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let seen = Seen {
            method: request.method().clone(),
            bucket: bucket.to_owned(),
            key: percent_decode_str(key).decode_utf8_lossy().into_owned(),
            headers: request.headers().clone(),
        };
        let (fault, s3) = (self.faults.next(seen), self.s3.clone());
        Box::pin(async move {
            match fault {
                None => forward(&s3, request).await,
                Some(Fault::Delay(wait)) => {
                    tokio::time::sleep(wait).await;
                    forward(&s3, request).await
                }
                Some(Fault::Deny) => refuse(request, 403, "AccessDenied", ON_PURPOSE).await,
                Some(Fault::Throttle) => refuse(request, 503, "SlowDown", ON_PURPOSE).await,
                Some(Fault::InternalError) => {
                    refuse(request, 500, "InternalError", ON_PURPOSE).await
                }
                Some(Fault::Error { status, code, message }) => {
                    refuse(request, status, code, message).await
                }
                Some(Fault::Reset) => Err("reset on purpose".into()),
                Some(Fault::ResetMidBody(bytes)) => {
                    let (head, mut body) = forward_whole(&s3, request).await?;
                    body.truncate(bytes);
                    let body = BreaksOff { start: Some(body), pause: None };
                    Ok(Response::from_parts(head, s3s::Body::http_body_unsync(body)))
                }
                Some(Fault::Truncate(bytes)) => {
                    let (mut head, mut body) = forward_whole(&s3, request).await?;
                    body.truncate(bytes);
                    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                    Ok(Response::from_parts(head, body.into()))
                }
            }
        })
    }
}

async fn forward(
    s3: &S3Service,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, AnyError> {
    Service::call(s3, request).await.map_err(|error| format!("{error:?}").into())
}

async fn forward_whole(
    s3: &S3Service,
    request: Request<Incoming>,
) -> Result<(hyper::http::response::Parts, Bytes), AnyError> {
    let (head, body) = forward(s3, request).await?.into_parts();
    Ok((head, body.collect().await?.to_bytes()))
}

const ON_PURPOSE: &str = "on purpose";

/// An error in S3's words. An answer to HEAD has no body, so the client learns only the status.
async fn refuse(
    request: Request<Incoming>,
    status: u16,
    code: &str,
    message: &str,
) -> Result<Response<s3s::Body>, AnyError> {
    let body = if request.method() == Method::HEAD || code.is_empty() {
        String::new()
    } else {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{message}</Message><RequestId>0000000000000000</RequestId></Error>"
        )
    };
    // Read to its end, so that the client is not cut off while it still sends.
    request.into_body().collect().await?;
    let mut response = Response::new(s3s::Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status)?;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Ok(response)
}

/// A body that breaks off. The pause lets earlier data leave the server's buffer: without it, the
/// answer would never have started.
struct BreaksOff {
    start: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for BreaksOff {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        let pause = self
            .pause
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(20))));
        std::task::ready!(pause.as_mut().poll(context));
        Poll::Ready(Some(Err("broken off on purpose".into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
