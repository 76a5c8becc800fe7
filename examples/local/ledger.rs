//! Keeps what the handler reports for each key until somebody asks. It knows nothing of messages:
//! the handler's answer is about those.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use s3_thumbnailer::service::{KeyReport, Observer};

use crate::upload::{Outcome, Upload};

/// What became of uploads, by key. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<HashMap<String, Upload>>>);

impl Ledger {
    /// Removes and returns what became of the upload of `bytes` bytes at `key`.
    pub(crate) fn take(&self, key: String, bytes: u64) -> Upload {
        let unheard = "the function never reported on it";
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        let ended = ended.unwrap_or_else(|| Upload::not_made(key, Outcome::Failed, unheard));
        Upload { bytes, ..ended }
    }
}

impl Observer for Ledger {
    fn key_finished(&self, report: &KeyReport<'_>) {
        let upload = Upload::ended(report);
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.insert(upload.key.clone(), upload);
    }
}
