//! What became of one upload, for reports and pages. What becomes of its message, the function
//! decides.

use std::fmt::Display;
use std::time::Duration;

use s3_thumbnailer::causes::causes;
use s3_thumbnailer::reconcile::{self, Disposition, Skip};
use s3_thumbnailer::service::KeyReport;
use serde::Serialize;

/// How an upload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It has its thumbnails.
    Thumbnail,
    /// It was left alone on purpose.
    Skipped,
    /// It claims to be a picture, and no thumbnail can be made of it.
    Rejected,
    /// Something other than the picture is to blame; in AWS it would be tried again.
    Failed,
}

/// One upload, and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) bytes: u64,
    pub(crate) outcome: Outcome,
    /// Why it has no thumbnail, in words.
    pub(crate) reason: Option<String>,
    /// The same reason, by its name in the function's log.
    pub(crate) code: Option<&'static str>,
    /// The place of its rule among the rules.
    pub(crate) rule: Option<usize>,
    /// What it is, if it was rendered.
    pub(crate) source: Option<Source>,
    pub(crate) thumbnails: Vec<Thumbnail>,
    /// The key of its manifest, if its rule asks for one.
    pub(crate) manifest: Option<String>,
    pub(crate) milliseconds: f64,
}

/// A picture as it was uploaded.
#[derive(Debug, Serialize)]
pub(crate) struct Source {
    pub(crate) format: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Thumbnail {
    /// The name of its output; empty if that has none.
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: usize,
    pub(crate) content_type: &'static str,
}

impl Upload {
    /// From what the function reports of a key.
    pub(crate) fn ended(report: &KeyReport<'_>) -> Self {
        let (outcome, reason, code) = match report.result {
            Ok(reconcile::Outcome::Made(_)) => (Outcome::Thumbnail, None, None),
            Ok(reconcile::Outcome::UpToDate) => {
                (Outcome::Skipped, Some("its thumbnails were up to date".to_owned()), None)
            }
            Ok(reconcile::Outcome::Removed { .. }) => {
                (Outcome::Skipped, Some("it is gone".to_owned()), None)
            }
            Ok(reconcile::Outcome::Skipped(skip)) => {
                (Outcome::Skipped, Some(in_words(*skip)), Some(skip.reason()))
            }
            Err(error) => {
                let outcome = match error.disposition() {
                    Disposition::Reject => Outcome::Rejected,
                    Disposition::Retry => Outcome::Failed,
                };
                (outcome, Some(causes(error)), Some(error.reason()))
            }
        };
        let made = match report.result {
            Ok(reconcile::Outcome::Made(made)) => Some(made),
            _ => None,
        };
        let thumbnails = made.into_iter().flat_map(|made| &made.thumbnails);
        let damage = made.and_then(|made| made.damage.as_ref());
        Self {
            key: report.source.key.clone(),
            bytes: 0,
            outcome,
            reason: reason.or_else(|| damage.map(|damage| damage.causes.clone())),
            code,
            rule: None,
            source: made.map(|made| Source {
                format: made.source_format.name(),
                width: made.source_width,
                height: made.source_height,
            }),
            thumbnails: thumbnails.map(Thumbnail::of).collect(),
            manifest: None,
            milliseconds: milliseconds(report.elapsed),
        }
    }

    /// A file that never reached the function.
    pub(crate) fn not_made(
        key: String,
        outcome: Outcome,
        reason: &(impl Display + ?Sized),
    ) -> Self {
        Self {
            key,
            bytes: 0,
            outcome,
            reason: Some(reason.to_string()),
            code: None,
            rule: None,
            source: None,
            thumbnails: Vec::new(),
            manifest: None,
            milliseconds: 0.0,
        }
    }
}

impl Thumbnail {
    fn of(written: &reconcile::Written) -> Self {
        Self {
            name: String::new(),
            key: written.object.key.clone(),
            width: written.width,
            height: written.height,
            bytes: written.bytes,
            content_type: written.format.content_type(),
        }
    }
}

fn in_words(skip: Skip) -> String {
    match skip {
        Skip::Empty => "it has no content".to_owned(),
        Skip::NotAPicture => "it is not a picture and does not claim to be one".to_owned(),
        skip => skip.reason().replace('_', " "),
    }
}

/// To a tenth: more digits would mean nothing.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10_000.0).round() / 10.0
}
