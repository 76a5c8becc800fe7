//! Runs the picture engine off the async threads: on at most as many blocking threads as there are
//! vCPUs, within a memory budget, with a render timeout, and with panics caught. It decides nothing
//! about pictures.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinError;
use tokio::time::timeout;
use tracing::Span;

use crate::memory_budget::{BudgetError, MemoryBudget};
use thumbnail::{Limits, Recipe, Rendering, Source, ThumbnailError};

/// Something that makes thumbnails of a picture's bytes.
pub trait Renderer: Send + Sync + 'static {
    /// Makes every thumbnail of `source` that `recipe` asks for.
    fn render(
        &self,
        source: Vec<u8>,
        recipe: &Arc<Recipe>,
    ) -> impl Future<Output = Result<Rendering, RenderError>> + Send;
}

/// Why no thumbnails came back.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The core refused the picture.
    #[error(transparent)]
    Picture(#[from] ThumbnailError),
    /// The core panicked, outside of its decoders: a defect of ours, met by this picture.
    #[error("the picture made the engine panic: {0}")]
    Panicked(String),
    /// Rendering did not end within the render timeout. Its thread runs on and counts as busy until
    /// it ends.
    #[error("rendering took longer than {limit:?}")]
    TooSlow {
        /// The longest that it may take.
        limit: Duration,
    },
    /// No memory to decode the picture in.
    #[error(transparent)]
    Memory(#[from] BudgetError),
    /// The runtime is shutting down and takes no more work.
    #[error("the engine is shutting down")]
    ShuttingDown,
}

/// What makes the thumbnails of a picture: [`Source::render`], or what a test puts in its place.
pub type Core = fn(Source<'_>) -> Result<Rendering, ThumbnailError>;

/// The real renderer.
#[derive(Debug)]
pub struct Engine {
    core: Core,
    limits: Limits,
    threads: Arc<Semaphore>,
    memory: MemoryBudget,
    render_timeout: Duration,
}

impl Engine {
    /// An engine that renders on at most `threads` threads at once. All pictures together take at
    /// most `memory`, and each takes at most `render_timeout`.
    #[must_use]
    pub fn new(
        limits: Limits,
        threads: usize,
        memory: MemoryBudget,
        render_timeout: Duration,
    ) -> Self {
        let threads = Arc::new(Semaphore::new(threads));
        Self { core: |picture| picture.render(), limits, threads, memory, render_timeout }
    }

    /// The same engine with another core, so that a test can see what happens when it panics.
    #[must_use]
    pub fn with_core(self, core: Core) -> Self {
        Self { core, ..self }
    }
}

impl Renderer for Engine {
    async fn render(
        &self,
        source: Vec<u8>,
        recipe: &Arc<Recipe>,
    ) -> Result<Rendering, RenderError> {
        // The header alone tells how much memory the picture takes: it may be small as a file. The
        // thread that read the header waits until there is room, and then continues.
        let (told, memory) = oneshot::channel();
        let (admit, admitted) = oneshot::channel();
        let (core, limits, recipe) = (self.core, self.limits, Arc::clone(recipe));
        let work = tokio::task::spawn_blocking(within(move || {
            let picture = Source::open(&source, &recipe, &limits)?;
            // Nobody listens any more if the message was given back in the meantime.
            let _ = told.send(picture.memory());
            // Held here, so that the thread and its memory count as used until rendering ends, even
            // if nobody waits for it any more.
            let _held = admitted.blocking_recv().map_err(|_| RenderError::ShuttingDown)?;
            Ok(core(picture)?)
        }));
        // If the thread tells nothing, it has ended, and `work` says why.
        if let Ok(needed) = memory.await {
            let reservation = self.memory.reserve(needed).await?;
            let threads = Arc::clone(&self.threads);
            let permit = threads.acquire_owned().await.map_err(|_| RenderError::ShuttingDown)?;
            let _ = admit.send((permit, reservation));
        }
        let limit = self.render_timeout;
        let work = timeout(limit, work).await.map_err(|_| RenderError::TooSlow { limit })?;
        ended(work)?
    }
}

/// Runs `work` in the current span, on whatever thread, so that the log line of a panic says which
/// invocation it belongs to.
fn within<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let span = Span::current();
    move || span.in_scope(work)
}

/// The result of a blocking task; a panic is an error of its own.
fn ended<T>(ended: Result<T, JoinError>) -> Result<T, RenderError> {
    ended.map_err(|error| match error.try_into_panic() {
        Ok(payload) => RenderError::Panicked(panic_message(payload.as_ref())),
        Err(_) => RenderError::ShuttingDown,
    })
}

/// The text that a panic was raised with, where it is text.
#[must_use]
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
