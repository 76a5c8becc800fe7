//! Messages that a process reported as failed although its log says that all went well. Each message
//! is judged by itself: one that comes back for its neighbour's failure is delivered for nothing, and
//! after enough deliveries it is a dead letter with nothing wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::verdict::{Findings, What};

/// A delivery of a message: its id, and how often it had been received.
type Delivery = (String, u32);

/// Outcomes after which a message does not come back. One that was removed may: a source that was
/// just created and is not there is looked at twice.
const DONE: [&str; 3] = ["thumbnail", "already_right", "skipped"];

/// The deliveries that were reported as failed. Cheap to clone; clones record together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reported(Arc<Mutex<BTreeSet<Delivery>>>);

impl Reported {
    pub(crate) fn add(&self, message_id: &str, receive_count: u32) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((message_id.to_owned(), receive_count));
    }

    /// Adds to `findings` the deliveries that `outcomes` says were done.
    pub(crate) fn judge(&self, outcomes: &Outcomes, findings: &mut Findings) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (message, receives) in all.iter() {
            let delivery = (message.clone(), *receives);
            if let Some(outcome) = outcomes.done.get(&delivery)
                && !outcomes.troubled.contains(message)
            {
                let expected = format!("done at delivery {receives}: {outcome}");
                findings.add(What::ReportedFailed, message, expected, "failed".to_owned());
            }
        }
    }
}

/// What the logs say of messages.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    done: BTreeMap<Delivery, String>,
    /// Messages of which anything else is said, and those that asked for a key together.
    troubled: BTreeSet<String>,
}

impl Outcomes {
    /// Records a line about `message`.
    pub(crate) fn add(&mut self, message: &str, receives: Option<u32>, outcome: Option<&str>) {
        match (receives, outcome) {
            (Some(receives), Some(outcome)) if DONE.contains(&outcome) => {
                self.done.insert((message.to_owned(), receives), outcome.to_owned());
            }
            _ => self.add_troubled(message),
        }
    }

    /// Records that not every line about `message` can be told apart.
    pub(crate) fn add_troubled(&mut self, message: &str) {
        self.troubled.insert(message.to_owned());
    }
}
