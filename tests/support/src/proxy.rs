//! A reverse proxy for HTTP/1.1 on a free port of 127.0.0.1. It passes requests on to one server,
//! except for those it is told to spoil; the caller decides which, and how. Other requests reach the
//! server byte for byte, including the `Host` header, so that signatures stay valid. Not for large
//! bodies: each is held in memory whole.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
pub use hyper::http::request::Parts as RequestHead;
use hyper::http::response;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Sleep, sleep};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// What happens to one request. Positions within a body are given as a share of it, from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// This answer at once; the request is not carried out.
    Answer {
        /// The status.
        status: u16,
        /// The body; `HEAD` gets none.
        body: String,
        /// The body's media type.
        content_type: &'static str,
    },
    /// The connection is reset; the request is not carried out.
    Reset,
    /// The request is carried out, and the connection is reset instead of an answer.
    LoseAnswer,
    /// The connection is reset this far into the answer's body.
    ResetMidBody(f64),
    /// An answer complete by its `Content-Length`, with only this much of the body. The words of an
    /// error are left alone: what stores objects may damage them, but TLS protects all answers.
    Truncate(f64),
    /// One bit of the body is flipped, unless it is the words of an error.
    FlipBit(f64),
    /// The request is carried out, and answered, this much later.
    Stall(Duration),
    /// The request is carried out at once, and its answer comes in this many pieces, this long
    /// apart.
    Drip(usize, Duration),
    /// The request is carried out this much later, even if the client has given up by then.
    CarryOutLate(Duration),
}

/// Decides what happens to a request, by its head; `None` lets it pass. It may change the head.
pub type Judge = Arc<dyn Fn(&mut RequestHead) -> Option<Fault> + Send + Sync>;

/// A running proxy. It stops, and drops every connection, when this value is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of `server`.
    pub async fn start(server: SocketAddr, judge: Judge) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).set_host(false).build(connector);
        let front = Front { client, server, judge };
        Ok(Self { address, server: tokio::spawn(accept(listener, front)) })
    }

    /// Where it listens, as a URL.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, front: Front) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                // A dropped connection is then reset instead of closed properly.
                // Those that are not spoilt stay open until the client closes them.
                let _ = (socket.set_nodelay(true), socket.set_zero_linger());
                let front = front.clone();
                let service = service_fn(move |request| front.clone().answer(request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service);
                connections.spawn(async { drop(connection.await) });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

#[derive(Clone)]
struct Front {
    client: Client<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
    judge: Judge,
}

impl Front {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Script>, AnyError> {
        let (mut head, body) = request.into_parts();
        let fault = (self.judge)(&mut head);
        // The request is read whole, so that a client is not cut off while it still sends, and a
        // request that was interrupted is not carried out.
        let body = body.collect().await?.to_bytes();
        let is_head = head.method == Method::HEAD;
        let Some(fault) = fault else {
            let (head, body) = self.forward(head, body).await?;
            return Ok(Response::from_parts(head, Script::whole(body)));
        };
        match fault {
            Fault::Answer { status, body, content_type } => {
                let body = if is_head { String::new() } else { body };
                let mut answer = Response::new(Script::whole(body.into()));
                *answer.status_mut() = StatusCode::from_u16(status)?;
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
                Ok(answer)
            }
            Fault::Reset => Err("reset on purpose".into()),
            Fault::LoseAnswer => {
                self.forward(head, body).await?;
                Err("the answer lost on purpose".into())
            }
            Fault::Stall(wait) => {
                sleep(wait).await;
                let (head, body) = self.forward(head, body).await?;
                Ok(Response::from_parts(head, Script::whole(body)))
            }
            Fault::CarryOutLate(wait) => {
                let later = async move {
                    sleep(wait).await;
                    self.forward(head, body).await
                };
                let (head, body) = tokio::spawn(later).await??;
                Ok(Response::from_parts(head, Script::whole(body)))
            }
            Fault::ResetMidBody(share) => {
                let (head, mut body) = self.forward(head, body).await?;
                if is_head || body.is_empty() {
                    return Err("nothing to break off in, so reset".into());
                }
                body.truncate(position(share, body.len()));
                Ok(Response::from_parts(head, Script::broken_off(body)))
            }
            Fault::Truncate(share) => {
                let (mut head, mut body) = self.forward(head, body).await?;
                if !is_head && head.status.is_success() {
                    body.truncate(position(share, body.len()));
                    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                }
                Ok(Response::from_parts(head, Script::whole(body)))
            }
            Fault::FlipBit(share) => {
                let (head, body) = self.forward(head, body).await?;
                let mut body = Vec::from(body);
                let at = position(share, body.len());
                if let Some(byte) = body.get_mut(at).filter(|_| head.status.is_success()) {
                    *byte ^= 1 << (at % 8);
                }
                Ok(Response::from_parts(head, Script::whole(body.into())))
            }
            Fault::Drip(pieces, pause) => {
                let (head, body) = self.forward(head, body).await?;
                Ok(Response::from_parts(head, Script::dripping(&body, pieces, pause)))
            }
        }
    }

    /// The server's answer. If the server cannot be reached, the client is told.
    async fn forward(
        &self,
        mut head: RequestHead,
        body: Bytes,
    ) -> Result<(response::Parts, Bytes), AnyError> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri = Uri::try_from(format!("http://{}{path}", self.server))?;
        let answer = self.client.request(Request::from_parts(head, Full::new(body))).await?;
        let (head, body) = answer.into_parts();
        Ok((head, body.collect().await?.to_bytes()))
    }
}

/// The index of a byte, which is valid unless there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a body of megabytes at most, and not below 0"
)]
fn position(share: f64, length: usize) -> usize {
    ((share.clamp(0.0, 1.0) * length as f64) as usize).min(length.saturating_sub(1))
}

/// The steps to send a body, in order.
struct Script {
    acts: VecDeque<Act>,
    waiting: Option<Pin<Box<Sleep>>>,
}

enum Act {
    Send(Bytes),
    Wait(Duration),
    Break,
}

impl Script {
    fn whole(body: Bytes) -> Self {
        Self::of([Act::Send(body)].into())
    }

    /// The pause lets earlier data leave the buffers: without it, the answer would never have
    /// begun.
    fn broken_off(start: Bytes) -> Self {
        Self::of([Act::Send(start), Act::Wait(Duration::from_millis(20)), Act::Break].into())
    }

    fn dripping(body: &Bytes, pieces: usize, pause: Duration) -> Self {
        let size = body.len().div_ceil(pieces.max(1)).max(1);
        let piece = |piece| [Act::Wait(pause), Act::Send(body.slice_ref(piece))];
        Self::of(body.chunks(size).flat_map(piece).collect())
    }

    fn of(acts: VecDeque<Act>) -> Self {
        Self { acts, waiting: None }
    }
}

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                std::task::ready!(waiting.as_mut().poll(context));
                self.waiting = None;
            }
            match self.acts.pop_front() {
                None => return Poll::Ready(None),
                Some(Act::Send(piece)) if piece.is_empty() => {}
                Some(Act::Send(piece)) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                Some(Act::Wait(pause)) => self.waiting = Some(Box::pin(sleep(pause))),
                Some(Act::Break) => {
                    return Poll::Ready(Some(Err("broken off on purpose".into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none()
            && self.acts.iter().all(|act| matches!(act, Act::Send(piece) if piece.is_empty()))
    }
}
