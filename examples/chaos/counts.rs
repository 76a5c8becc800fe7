//! How often each thing happened, by name: faults, kills, dead letters. Everything that counts
//! shares these counters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counters by group and name. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<Table>>);

/// Counts by group and name.
pub(crate) type Table = BTreeMap<&'static str, BTreeMap<String, u64>>;

impl Counts {
    pub(crate) fn add(&self, group: &'static str, name: &str) {
        self.add_many(group, name, 1);
    }

    pub(crate) fn add_many(&self, group: &'static str, name: &str, count: usize) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *table.entry(group).or_default().entry(name.to_owned()).or_default() += count as u64;
    }

    pub(crate) fn all(&self) -> Table {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
