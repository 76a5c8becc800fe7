//! What was done to the world, as the harness remembers it, independent of what the world says: which
//! bytes each key ever held and holds now, and which messages were poison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The memory. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// What each key holds by now: an `ETag`, or nothing.
    pub(crate) now: BTreeMap<String, Option<String>>,
    /// Every `ETag` that each key ever held.
    pub(crate) ever: BTreeMap<String, BTreeSet<String>>,
    /// The `ETag`s of files that have no thumbnail on purpose, so that they may be rejected.
    pub(crate) bad: BTreeSet<String>,
    /// The bodies of messages that can never succeed.
    pub(crate) poison: BTreeSet<String>,
}

impl Ledger {
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
