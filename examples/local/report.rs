//! What `report.json` holds: what became of each upload, and the figures of the whole run. Scripts
//! read it, so fields are added and not renamed.

use std::time::Duration;

use serde::Serialize;

use crate::upload::{Outcome, Upload};

/// Tells our own reports from any other file of that name.
pub(crate) const MADE_BY: &str = "s3-thumbnailer, examples/local";

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) made_by: &'static str,
    pub(crate) summary: Summary,
    pub(crate) uploads: Vec<Upload>,
}

/// The figures of the run. Times and rates are those of making thumbnails, without the uploads.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Files that were found.
    pub(crate) uploads: usize,
    /// Uploads with this outcome; likewise the next three fields.
    pub(crate) thumbnail: usize,
    pub(crate) skipped: usize,
    pub(crate) rejected: usize,
    pub(crate) failed: usize,
    /// Files under `thumbnails/`: several for each upload when several sizes are configured.
    pub(crate) thumbnails: usize,
    pub(crate) source_bytes: u64,
    pub(crate) thumbnail_bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) pictures_per_second: f64,
    /// Millions of source bytes.
    pub(crate) megabytes_per_second: f64,
}

impl Report {
    pub(crate) fn new(mut uploads: Vec<Upload>, elapsed: Duration) -> Self {
        uploads.sort_by(|left, right| left.key.cmp(&right.key));
        let ended = |outcome| uploads.iter().filter(|upload| upload.outcome == outcome).count();
        let thumbnails = || uploads.iter().flat_map(|upload| &upload.thumbnails);
        let source_bytes: u64 = uploads.iter().map(|upload| upload.bytes).sum();
        let seconds = elapsed.as_secs_f64();
        let per_second = |amount: f64| (amount / seconds.max(0.001) * 10.0).round() / 10.0;
        #[allow(clippy::cast_precision_loss, reason = "rates are shown to a tenth")]
        let (pictures, bytes) = (uploads.len() as f64, source_bytes as f64);
        let summary = Summary {
            uploads: uploads.len(),
            thumbnail: ended(Outcome::Thumbnail),
            skipped: ended(Outcome::Skipped),
            rejected: ended(Outcome::Rejected),
            failed: ended(Outcome::Failed),
            thumbnails: thumbnails().count(),
            source_bytes,
            thumbnail_bytes: thumbnails().map(|thumbnail| thumbnail.bytes as u64).sum(),
            seconds: (seconds * 1000.0).round() / 1000.0,
            pictures_per_second: per_second(pictures),
            megabytes_per_second: per_second(bytes / 1e6),
        };
        Self { made_by: MADE_BY, summary, uploads }
    }
}
