//! The demo's addresses and what is at each. What becomes of a picture is `pipeline`'s to find out, and
//! who is answered at all is `guard`'s to say.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::json;
use support::pictures::sample;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::Failure;
use crate::guard::{self, Guard};
use crate::pipeline::{Answer, Pipeline};

/// The most bytes of one upload.
const MAX_UPLOAD_BYTES: usize = 50_000_000;
/// The most bytes of all uploads together: they lie in a folder until the demo ends.
const MAX_TOTAL_BYTES: usize = 2_000_000_000;
/// How many uploads are held in memory at once.
const UPLOADS_AT_ONCE: usize = 4;

/// The pictures that the project draws and the page offers, some of which are none.
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

/// The demo as it runs.
pub(crate) struct Server {
    /// Where it is.
    pub(crate) url: String,
    /// Ends when it does.
    pub(crate) serving: Pin<Box<dyn Future<Output = io::Result<()>> + Send>>,
}

struct Shared {
    pipeline: Pipeline,
    turns: Semaphore,
    room: AtomicUsize,
}

/// Serves until `ending` does.
pub(crate) fn serve(
    listener: TcpListener,
    pipeline: Pipeline,
    ending: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let shared = Shared {
        pipeline,
        turns: Semaphore::new(UPLOADS_AT_ONCE),
        room: AtomicUsize::new(MAX_TOTAL_BYTES),
    };
    let html = "text/html; charset=utf-8";
    let css = "text/css; charset=utf-8";
    let script = "text/javascript; charset=utf-8";
    let style = concat!(include_str!("../local/look.css"), include_str!("style.css"));
    let fixed = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
    };
    let router = Router::new()
        .route("/", fixed(html, include_str!("index.html")))
        .route("/style.css", fixed(css, style))
        .route("/demo.js", fixed(script, include_str!("demo.js")))
        .route("/about", get(about))
        .route("/samples/{place}", get(drawn))
        .route("/pictures", post(picture))
        .route("/thumbnails/{*path}", get(thumbnail))
        .layer(middleware::from_fn_with_state(Guard::new(address), guard::check))
        .with_state(Arc::new(shared));
    let serving = axum::serve(listener, router).with_graceful_shutdown(ending);
    Ok(Server { url: format!("http://{address}/"), serving: Box::pin(serving.into_future()) })
}

/// Why there is no answer.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl From<Failure> for Refusal {
    fn from(error: Failure) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// What the page must know before it sends anything.
async fn about() -> impl IntoResponse {
    let names = SAMPLES.map(|path| path.rsplit('/').next().unwrap_or(path));
    Json(json!({ "max_bytes": MAX_UPLOAD_BYTES, "samples": names }))
}

/// A sample, drawn now.
async fn drawn(Path(place): Path<usize>) -> Result<Response, Refusal> {
    let nothing = || Refusal(StatusCode::NOT_FOUND, "there is no such sample".to_owned());
    let path = *SAMPLES.get(place).ok_or_else(nothing)?;
    let drawn = tokio::task::spawn_blocking(move || sample(path)).await;
    let sample = drawn.ok().flatten().ok_or_else(nothing)?;
    Ok(([(header::CONTENT_TYPE, sample.content_type)], sample.bytes).into_response())
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

async fn picture(
    State(shared): State<Arc<Shared>>,
    Query(Named { name }): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or("application/octet-stream");
    let closing = |_| Refusal(StatusCode::SERVICE_UNAVAILABLE, "the demo is ending".to_owned());
    let _turn = shared.turns.acquire().await.map_err(closing)?;
    let bytes = to_bytes(body, MAX_UPLOAD_BYTES).await.map_err(|_| {
        let limit = MAX_UPLOAD_BYTES / 1_000_000;
        Refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("an upload may have {limit} MB"))
    })?;
    let left = |room: usize| room.checked_sub(bytes.len());
    if shared.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_err() {
        let full = "this demo holds all that it may; start it anew for more";
        return Err(Refusal(StatusCode::INSUFFICIENT_STORAGE, full.to_owned()));
    }
    Ok(Json(shared.pipeline.take(&name, content_type, bytes.into()).await?))
}

async fn thumbnail(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    let found = shared.pipeline.thumbnail(&path).await?;
    let nothing = || Refusal(StatusCode::NOT_FOUND, "there is no such thumbnail".to_owned());
    let thumbnail = found.ok_or_else(nothing)?;
    Ok(([(header::CONTENT_TYPE, thumbnail.content_type)], thumbnail.bytes).into_response())
}
