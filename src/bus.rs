//! What is told to an event bus, and the operation on it that is needed. [`eventbridge`] implements
//! it, and is the only file of the library that names its SDK. When what is told is decided
//! elsewhere: [`crate::service`].

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use futures_util::future::BoxFuture;

pub mod eventbridge;

/// An event about one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened, as rules select it.
    pub detail_type: &'static str,
    /// The rest, as a JSON object.
    pub detail: String,
}

/// A bus that takes events.
pub trait Bus: Debug + Send + Sync + 'static {
    /// Returns only once the bus has `event`.
    fn publish(&self, event: Event) -> BoxFuture<'_, Result<(), BusError>>;
}

/// A bus, if there is one.
pub type AnyBus = Option<Arc<dyn Bus>>;

/// Why the bus does not have an event.
#[derive(Debug, thiserror::Error)]
#[error("PutEvents failed: {bus}: {kind}")]
pub struct BusError {
    /// The bus.
    pub bus: String,
    /// What happened.
    pub kind: &'static str,
    /// Whether a person must act: it does not pass by itself.
    pub is_fault: bool,
    /// The cause, for people.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}
