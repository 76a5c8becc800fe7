//! The log line of a picture: what became of it, why, and how long each stage took. There is one
//! for each key, each time that it is worked on.

use std::time::Duration;

use serde::Serialize;
use tracing::{error, info, warn};

use super::xray::TraceHeader;
use crate::causes::causes;
use crate::reconcile::{Damage, Made, Outcome, Skip, Stage};
use crate::service::KeyReport;
use thumbnail::SourceFormat;

/// The outcome of a picture that is tried again, and that its upload holds up.
pub(super) const WAITS: &str = "waiting";

/// How the work ended, in the words of the field `outcome`.
pub(super) fn outcome(report: &KeyReport<'_>) -> &'static str {
    match report.result {
        Ok(Outcome::Made(_)) => "thumbnail",
        Ok(Outcome::UpToDate) => "already_right",
        Ok(Outcome::Removed { .. }) => "removed",
        Ok(Outcome::Skipped(_)) => "skipped",
        Err(failure) if report.comes_back && failure.waits_for_upload() => WAITS,
        Err(_) => error_outcome(report.comes_back),
    }
}

/// The same, of a picture or a message that failed.
pub(super) fn error_outcome(comes_back: bool) -> &'static str {
    if comes_back { "failed" } else { "rejected" }
}

/// The reason, for outcomes that have one.
pub(super) fn reason(report: &KeyReport<'_>) -> Option<&'static str> {
    match report.result {
        Ok(Outcome::Skipped(skip)) => Some(skip.reason()),
        Ok(Outcome::Made(_) | Outcome::UpToDate | Outcome::Removed { .. }) => None,
        Err(failure) => Some(failure.reason()),
    }
}

/// Bytes of all thumbnails of a picture.
pub(super) fn thumbnail_bytes(made: &Made) -> u64 {
    made.thumbnails.iter().map(|written| written.bytes as u64).sum()
}

/// In milliseconds, to the microsecond.
pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Writes the line.
pub(super) fn write(report: &KeyReport<'_>) {
    // A macro, since `tracing` fixes the level of a line at compile time.
    macro_rules! line {
        ($write:ident, $facts:expr, $message:literal) => {{
            let facts = $facts;
            $write!(
                messageId = facts.message_id,
                messageIds = facts.message_ids,
                bucket = report.source.bucket,
                key = report.source.key,
                etag = report.etag,
                outcome = outcome(report),
                reason = reason(report),
                damaged = facts.damage.map(|damage| damage.reason),
                cause = facts.cause,
                milliseconds = milliseconds(report.elapsed),
                readMilliseconds = facts.took(Stage::Read),
                renderMilliseconds = facts.took(Stage::Render),
                writeMilliseconds = facts.took(Stage::Write),
                lookMilliseconds = facts.took(Stage::Look),
                sourceBytes = report.measured.source_bytes,
                sourceFormat = report.measured.source_format.map(SourceFormat::name),
                sourceWidth = facts.made.map(|made| made.source_width),
                sourceHeight = facts.made.map(|made| made.source_height),
                pixels = facts.made.map(pixels),
                thumbnailBytes = facts.made.map(thumbnail_bytes),
                thumbnails = facts.made.map(thumbnails),
                removed = facts.removed,
                receiveCount = facts.receive_count,
                xrayTraceId = facts.trace.as_ref().map(|trace| trace.root.as_str()),
                $message
            )
        }};
    }
    let facts = Facts::of(report);
    match report.result {
        Ok(Outcome::Made(made)) if made.damage.is_some() => {
            line!(warn, facts, "thumbnails written of what could be decoded");
        }
        Ok(Outcome::Made(_)) => line!(info, facts, "thumbnails written"),
        Ok(Outcome::UpToDate) => line!(info, facts, "nothing to do"),
        Ok(Outcome::Removed { .. }) => line!(info, facts, "source is gone"),
        Ok(Outcome::Skipped(Skip::NotAPicture | Skip::Empty)) => line!(warn, facts, "skipped"),
        Ok(Outcome::Skipped(_)) => line!(info, facts, "skipped"),
        Err(_) if outcome(report) == WAITS => {
            line!(warn, facts, "waiting: the message comes back");
        }
        Err(_) if report.comes_back => line!(error, facts, "failed: the message comes back"),
        Err(_) => line!(error, facts, "rejected: trying again would fail again"),
    }
}

/// Facts that the line takes from a report.
struct Facts<'a> {
    report: &'a KeyReport<'a>,
    made: Option<&'a Made>,
    damage: Option<&'a Damage>,
    /// Why it failed, or what is wrong with the picture.
    cause: Option<String>,
    removed: Option<usize>,
    message_id: Option<&'a str>,
    /// All ids, if there are several.
    message_ids: Option<String>,
    /// The highest receive count among the messages.
    receive_count: Option<u32>,
    trace: Option<TraceHeader>,
}

impl<'a> Facts<'a> {
    fn of(report: &'a KeyReport<'a>) -> Self {
        let mut ids: Vec<&str> =
            report.requesters.iter().map(|requester| requester.message_id).collect();
        ids.dedup();
        let made = match report.result {
            Ok(Outcome::Made(made)) => Some(made),
            _ => None,
        };
        let damage = made.and_then(|made| made.damage.as_ref());
        let failure = report.result.as_ref().err();
        Self {
            report,
            made,
            damage,
            cause: failure
                .map(|failure| causes(failure))
                .or_else(|| damage.map(|damage| damage.causes.clone())),
            removed: match report.result {
                Ok(Outcome::Removed { removed }) => Some(*removed),
                _ => None,
            },
            message_id: ids.first().copied(),
            message_ids: (ids.len() > 1).then(|| ids.join(" ")),
            receive_count: report
                .requesters
                .iter()
                .filter_map(|requester| requester.receive_count)
                .max(),
            trace: TraceHeader::first(report.requesters),
        }
    }

    fn took(&self, stage: Stage) -> Option<f64> {
        self.report.measured.stages.took(stage).map(milliseconds)
    }
}

fn pixels(made: &Made) -> u64 {
    u64::from(made.source_width) * u64::from(made.source_height)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thumbnail<'a> {
    key: &'a str,
    width: u32,
    height: u32,
    bytes: usize,
    content_type: &'static str,
}

/// The thumbnails as JSON.
fn thumbnails(made: &Made) -> String {
    let written = made.thumbnails.iter().map(|written| Thumbnail {
        key: &written.object.key,
        width: written.width,
        height: written.height,
        bytes: written.bytes,
        content_type: written.format.content_type(),
    });
    serde_json::to_string(&written.collect::<Vec<_>>()).unwrap_or_default()
}
