//! Runs the picture core beside the async world: on blocking threads, on no more of them at once
//! than there are vCPUs, and with panics caught. It decides nothing about pictures.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::thumbnail::{self, Limits, Recipe, Rendering, ThumbnailError};

/// Something that makes thumbnails of a picture's bytes.
pub trait Renderer: Send + Sync + 'static {
    /// Makes every thumbnail of `source`.
    fn render(
        &self,
        source: Vec<u8>,
    ) -> impl Future<Output = Result<Rendering, RenderError>> + Send;
}

/// Why no thumbnails came back.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The core refused the picture.
    #[error(transparent)]
    Picture(#[from] ThumbnailError),
    /// The core panicked: a defect of ours or of a decoder, met by this picture.
    #[error("the picture made the engine panic: {0}")]
    Panicked(String),
    /// The runtime is shutting down and takes no more work.
    #[error("the engine is shutting down")]
    ShuttingDown,
}

/// The real renderer.
#[derive(Debug)]
pub struct Engine {
    recipe: Arc<Recipe>,
    limits: Limits,
    threads: Arc<Semaphore>,
}

impl Engine {
    /// An engine that renders on at most `threads` threads at once.
    #[must_use]
    pub fn new(recipe: Recipe, limits: Limits, threads: usize) -> Self {
        Self { recipe: Arc::new(recipe), limits, threads: Arc::new(Semaphore::new(threads)) }
    }
}

impl Renderer for Engine {
    async fn render(&self, source: Vec<u8>) -> Result<Rendering, RenderError> {
        let threads = Arc::clone(&self.threads);
        let permit = threads.acquire_owned().await.map_err(|_| RenderError::ShuttingDown)?;
        let recipe = Arc::clone(&self.recipe);
        let limits = self.limits;
        let work = tokio::task::spawn_blocking(move || {
            // Moved in: should the caller give up waiting, the thread still counts as busy.
            let _permit = permit;
            thumbnail::render(&source, &recipe, &limits)
        });
        match work.await {
            Ok(rendered) => Ok(rendered?),
            Err(error) => match error.try_into_panic() {
                Ok(payload) => Err(RenderError::Panicked(panic_message(payload.as_ref()))),
                Err(_) => Err(RenderError::ShuttingDown),
            },
        }
    }
}

/// The text that a panic was raised with, where it is text.
#[must_use]
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
