//! The harness's own record of what it did, independent of what the local AWS says: which bytes
//! each key has held and holds now, which keys cannot be read, and which messages were poison.

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
    /// The keys that cannot be read now.
    pub(crate) closed: BTreeMap<String, Closed>,
    /// Every way in which keys could not be read at some time.
    ever_closed: BTreeSet<(String, Closed)>,
    /// The keys of dead letters that were sent back.
    pub(crate) sent_back: BTreeSet<String>,
    /// The bodies of messages that can never succeed.
    pub(crate) poison: BTreeSet<String>,
}

/// Why the function cannot read a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Closed {
    /// It must be restored first.
    Archived,
    /// Only its uploader has the encryption key.
    UnderCustomerKey,
    /// Access to it is denied for ever.
    Denied,
}

impl Closed {
    /// The reason that its dead letter gives; `None` if SQS moves it after too many deliveries.
    pub(crate) fn reason(self) -> Option<&'static str> {
        match self {
            Self::Archived => Some("archived"),
            Self::UnderCustomerKey => Some("customer_key"),
            Self::Denied => None,
        }
    }
}

impl Ledger {
    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// Records that `key` cannot be read from now on.
    pub(crate) fn close(&mut self, key: &str, closed: Closed) {
        self.closed.insert(key.to_owned(), closed);
        self.ever_closed.insert((key.to_owned(), closed));
    }

    /// Whether a dead letter about `key` may give this reason because the key could not be read.
    pub(crate) fn was_closed(&self, key: &str, reason: Option<&str>) -> bool {
        self.ever_closed.iter().any(|(closed, why)| closed == key && why.reason() == reason)
    }
}
