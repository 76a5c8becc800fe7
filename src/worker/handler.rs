//! What a worker hands messages to.

use std::future::Future;

use crate::engine::Renderer;
use crate::queue::{Message, Queue};
use crate::service::{Observer, Service, Verdict};
use crate::store::Store;

/// Handles messages: [`Service`], or what a test puts in its place.
pub trait Handler: Send + Sync + 'static {
    /// Does everything that `messages` ask for, those of one group in order, and returns a verdict
    /// for each, in the order of `messages`. It delays the failed ones itself.
    fn handle(&self, messages: &[Message]) -> impl Future<Output = Vec<Verdict>> + Send;
}

impl<S: Store, R: Renderer, Q: Queue, O: Observer> Handler for Service<S, R, Q, O> {
    async fn handle(&self, messages: &[Message]) -> Vec<Verdict> {
        self.process(messages, None).await
    }
}
