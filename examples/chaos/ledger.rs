//! The harness's own record of what it did, independent of what the local AWS says: which bytes
//! each key has held and holds now, and which messages were poison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The record. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// What each key holds now: an `ETag`, or nothing.
    pub(crate) now: BTreeMap<String, Option<String>>,
    /// Every `ETag` that each key has held.
    pub(crate) ever: BTreeMap<String, BTreeSet<String>>,
    /// The `ETag`s of files that are meant to get no thumbnail, and so may be rejected.
    pub(crate) bad: BTreeSet<String>,
    /// The bodies of messages that can never succeed.
    pub(crate) poison: BTreeSet<String>,
}

impl Ledger {
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
