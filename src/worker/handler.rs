//! What a worker hands messages to.

use std::future::Future;

use crate::engine::Renderer;
use crate::queue::{Message, Queue};
use crate::service::{Observer, Service, Verdict};
use crate::store::Store;

/// What handles messages: [`Service`], or what a test puts in its place.
pub trait Handler: Send + Sync + 'static {
    /// Does all that `messages` ask for, those of one group in their order, and says in the order of
    /// `messages` which are to be deleted. It delays the others itself.
    fn handle(&self, messages: &[Message]) -> impl Future<Output = Vec<Verdict>> + Send;
}

impl<S: Store, R: Renderer, Q: Queue, O: Observer> Handler for Service<S, R, Q, O> {
    async fn handle(&self, messages: &[Message]) -> Vec<Verdict> {
        self.process(messages, None).await
    }
}
