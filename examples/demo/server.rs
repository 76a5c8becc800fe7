//! The demo's addresses, and what is at each. `pipeline` processes the pictures, and `guard`
//! decides which requests are answered.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use pictures::sample;
use serde_json::json;
use support::http;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::Failure;
use crate::guard::{self, Guard};
use crate::pipeline::Pipeline;

/// The most bytes of one upload.
const MAX_UPLOAD_BYTES: usize = 50_000_000;
/// The most bytes of all uploads together: they lie in a folder until the demo ends.
const MAX_TOTAL_BYTES: usize = 2_000_000_000;
/// How many uploads are held in memory at once.
const UPLOADS_AT_ONCE: usize = 4;

/// The drawn files that the page offers. Some are no pictures.
const SAMPLES: [&str; 14] = [
    "holiday/2024/lake at dusk.jpg",
    "people/ada.jpg",
    "holiday/2024/panorama.jpg",
    "logos/cut out.png",
    "été & plus+(1).jpg",
    "rotated.jpg",
    "telephone.heic",
    "web.avif",
    "lossless.jxl",
    "scan.tiff",
    "render.exr",
    "cut short.jpg",
    "notes-named.jpg",
    "notes.txt",
];

/// The style of every page of ours, and the demo's own.
const STYLE: &str = concat!(include_str!("../local/look.css"), include_str!("style.css"));

/// The demo's URL, and the future that serves it until it is dropped.
pub(crate) fn serve(
    listener: TcpListener,
    pipeline: Pipeline,
) -> io::Result<(String, impl Future<Output = ()>)> {
    let address = listener.local_addr()?;
    let demo = Arc::new(Demo {
        guard: Guard::new(address),
        pipeline,
        turns: Semaphore::new(UPLOADS_AT_ONCE),
        room: AtomicUsize::new(MAX_TOTAL_BYTES),
    });
    let service = service_fn(move |request| {
        let demo = Arc::clone(&demo);
        async move { Ok::<_, Infallible>(demo.answer(request).await) }
    });
    Ok((format!("http://{address}/"), http::serve(listener, service)))
}

struct Demo {
    guard: Guard,
    pipeline: Pipeline,
    turns: Semaphore,
    room: AtomicUsize,
}

/// Why there is no answer.
struct Refusal(StatusCode, String);

impl From<Failure> for Refusal {
    fn from(error: Failure) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl Demo {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let answer = match self.guard.objection(request.method(), request.headers()) {
            Some(objection) => Err(Refusal(StatusCode::FORBIDDEN, objection.to_owned())),
            None => self.find(request).await,
        };
        let mut answer = answer.unwrap_or_else(|Refusal(status, why)| {
            let mut refusal = of_type("text/plain; charset=utf-8", why);
            *refusal.status_mut() = status;
            refusal
        });
        guard::seal(answer.headers_mut());
        answer
    }

    async fn find(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refusal> {
        let path = request.uri().path().to_owned();
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        match (request.method(), folder, name.as_ref()) {
            (&Method::POST, "/pictures", name) => self.take(name, request).await,
            (&Method::GET, "", "") => {
                Ok(of_type("text/html; charset=utf-8", include_str!("index.html")))
            }
            (&Method::GET, "", "style.css") => Ok(of_type("text/css; charset=utf-8", STYLE)),
            (&Method::GET, "", "demo.js") => {
                Ok(of_type("text/javascript; charset=utf-8", include_str!("demo.js")))
            }
            (&Method::GET, "", "about") => Ok(about()),
            (&Method::GET, "/samples", place) => drawn(place).await,
            (&Method::GET, ..) => {
                let path = percent_decode_str(&path).decode_utf8_lossy();
                let key = path.trim_start_matches('/');
                let found = self.pipeline.thumbnail(key).await?;
                let thumbnail = found.ok_or_else(nothing_there)?;
                Ok(of_type(&thumbnail.content_type, thumbnail.bytes))
            }
            _ => Err(nothing_there()),
        }
    }

    /// Processes an upload, and answers with what became of it.
    async fn take(
        &self,
        name: &str,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let named = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = named.unwrap_or("application/octet-stream").to_owned();
        let ending = |_| Refusal(StatusCode::SERVICE_UNAVAILABLE, "The demo is ending.".to_owned());
        let _turn = self.turns.acquire().await.map_err(ending)?;
        let body = Limited::new(request.into_body(), MAX_UPLOAD_BYTES).collect().await;
        let bytes = body.map_err(too_large)?.to_bytes();
        let left = |room: usize| room.checked_sub(bytes.len());
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_err() {
            let full = "This demo is full; start it again to upload more.";
            return Err(Refusal(StatusCode::INSUFFICIENT_STORAGE, full.to_owned()));
        }
        let taken = self.pipeline.take(name, &content_type, bytes).await?;
        let json = serde_json::to_vec(&taken).map_err(Failure::from)?;
        Ok(of_type("application/json", json))
    }
}

fn of_type(content_type: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

/// What the page must know before it sends anything.
fn about() -> Response<Full<Bytes>> {
    let names = SAMPLES.map(|path| path.rsplit('/').next().unwrap_or(path));
    let about = json!({ "max_bytes": MAX_UPLOAD_BYTES, "samples": names });
    of_type("application/json", about.to_string())
}

/// A sample, drawn now.
async fn drawn(place: &str) -> Result<Response<Full<Bytes>>, Refusal> {
    let place: Option<usize> = place.parse().ok();
    let path = *place.and_then(|place| SAMPLES.get(place)).ok_or_else(nothing_there)?;
    let drawn = tokio::task::spawn_blocking(move || sample(path)).await;
    let sample = drawn.ok().flatten().ok_or_else(nothing_there)?;
    Ok(of_type(sample.content_type, sample.bytes))
}

fn nothing_there() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "There is nothing here.".to_owned())
}

fn too_large(_: Failure) -> Refusal {
    let limit = MAX_UPLOAD_BYTES / 1_000_000;
    Refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("An upload may have at most {limit} MB."))
}
