//! What the event bus is told of a key, and when. It is told nothing of keys that come back, are
//! skipped, or were found as they should be. If a message was delivered before, an earlier try may
//! have ended between its last write and its event: a removal is then told again, and thumbnails are
//! made again by [`super`].

use serde::Serialize;

use crate::bus::Event;
use crate::causes::causes;
use crate::object::ObjectRef;
use crate::reconcile::{Disposition, Outcome, Reconciled};

#[derive(Serialize)]
struct Detail<'a> {
    source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

#[derive(Serialize)]
struct Source<'a> {
    bucket: &'a str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
}

/// What to tell of `source`, whose message was delivered `delivery` times.
pub(super) fn of(source: &ObjectRef, reconciled: &Reconciled, delivery: u32) -> Option<Event> {
    let Reconciled { etag, result, .. } = reconciled;
    let about = |detail_type, reason, cause| {
        let etag = etag.as_deref();
        let source = Source { bucket: &source.bucket, key: &source.key, etag };
        // Strings can always be written as JSON.
        let detail = serde_json::to_string(&Detail { source, reason, cause }).unwrap_or_default();
        Event { detail_type, detail }
    };
    match result {
        Ok(Outcome::Made(made)) => {
            Some(Event { detail_type: "Thumbnails Ready", detail: made.manifest.clone() })
        }
        Ok(Outcome::Removed { removed }) if *removed > 0 || delivery > 1 => {
            Some(about("Thumbnails Removed", None, None))
        }
        Err(error) if error.disposition_at(delivery) == Disposition::Reject => {
            Some(about("Picture Rejected", Some(error.reason()), Some(causes(error))))
        }
        Ok(Outcome::Removed { .. } | Outcome::UpToDate | Outcome::Skipped(_)) | Err(_) => None,
    }
}
