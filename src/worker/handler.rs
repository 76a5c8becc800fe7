//! What a worker hands messages to.

use std::future::Future;
use std::slice;
use std::time::Duration;

use crate::engine::Renderer;
use crate::queue::{Message, Queue};
use crate::reconcile::ReconcileError;
use crate::service::{Observer, Service, Verdict};
use crate::store::Store;

/// Handles messages: [`Service`], or what a test puts in its place.
pub trait Handler: Send + Sync + 'static {
    /// Does everything that `message` asks for. It delays a message that failed by itself.
    fn handle(&self, message: &Message) -> impl Future<Output = Verdict> + Send;

    /// How long what [`handle`](Self::handle) began may still take effect after it was dropped. Its
    /// message comes back no sooner.
    fn settles_within(&self) -> Duration;
}

impl<S: Store, R: Renderer, Q: Queue, O: Observer> Handler for Service<S, R, Q, O> {
    async fn handle(&self, message: &Message) -> Verdict {
        let verdicts = self.process(slice::from_ref(message), None).await;
        verdicts.first().copied().unwrap_or(Verdict::Failed)
    }

    fn settles_within(&self) -> Duration {
        ReconcileError::CutShort.settles_within()
    }
}
