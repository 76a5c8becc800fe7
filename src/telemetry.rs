//! What the outside sees of the work: JSON log lines, one for each key, and a line for each panic.
//! It observes; nothing is decided here.

use serde::Serialize;
use tracing::{debug, error, info, warn};
use tracing_subscriber::EnvFilter;

use crate::config::LogSettings;
use crate::notification::NotificationError;
use crate::queue::QueueError;
use crate::reconcile::{Disposition, Outcome, Skip};
use crate::service::{KeyReport, Observer, causes};

/// Sends log lines to standard output, in the form that Lambda's log levels and formats expect, and
/// panics to the log. To be called once, first.
pub fn start(settings: &LogSettings) {
    let filter = EnvFilter::new(format!("{},aws=warn,hyper=warn", settings.level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    if settings.json {
        lines.json().flatten_event(true).with_span_list(false).init();
    } else {
        lines.with_ansi(false).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = crate::engine::panic_message(panic.payload());
        error!(at, message, "panic");
    }));
}

/// Writes one line for each key and each message that is not understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct Log;

impl Observer for Log {
    fn key_finished(&self, report: &KeyReport<'_>) {
        let KeyReport { source, etag, result, elapsed, message_ids } = report;
        let etag = etag.unwrap_or_default();
        let object = source.to_string();
        let milliseconds = elapsed.as_secs_f64() * 1000.0;
        let messages = message_ids.join(" ");
        match result {
            Ok(Outcome::Made(made)) => {
                let thumbnails = thumbnails(made);
                info!(
                    object,
                    messages,
                    milliseconds,
                    outcome = "thumbnail",
                    etag,
                    source_bytes = made.source_bytes,
                    source_format = made.source_format.name(),
                    source_width = made.source_width,
                    source_height = made.source_height,
                    thumbnails,
                    "thumbnails written"
                );
            }
            Ok(Outcome::AlreadyRight) => {
                info!(object, messages, milliseconds, outcome = "already_right", "nothing to do");
            }
            Ok(Outcome::Removed { removed }) => {
                info!(
                    object,
                    messages,
                    milliseconds,
                    outcome = "removed",
                    removed,
                    "source is gone"
                );
            }
            Ok(Outcome::Skipped(skip)) => {
                let reason = skip.reason();
                if *skip == Skip::NotAPicture {
                    warn!(object, messages, milliseconds, outcome = "skipped", reason, "skipped");
                } else {
                    info!(object, messages, milliseconds, outcome = "skipped", reason, "skipped");
                }
            }
            Err(failure) => {
                let reason = failure.reason();
                let cause = causes(failure);
                match failure.disposition() {
                    Disposition::Reject => error!(
                        object,
                        messages,
                        milliseconds,
                        outcome = "rejected",
                        reason,
                        cause,
                        "rejected: trying again would fail again"
                    ),
                    Disposition::Retry => error!(
                        object,
                        messages,
                        milliseconds,
                        outcome = "failed",
                        reason,
                        cause,
                        "failed: the message comes back"
                    ),
                }
            }
        }
    }

    fn message_not_understood(&self, message_id: &str, failure: &NotificationError) {
        // The body itself stays out of the log: it can hold anything.
        error!(message_id, cause = causes(failure), "message not understood");
    }

    fn queue_failed(&self, message_id: &str, failure: &QueueError) {
        warn!(message_id, cause = causes(failure), "the message waits for its visibility timeout");
    }

    fn message_ignored(&self, message_id: &str, event: &str) {
        debug!(message_id, event, "message asks for nothing");
    }
}

#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    width: u32,
    height: u32,
    bytes: usize,
    content_type: &'static str,
}

fn thumbnails(made: &crate::reconcile::Made) -> String {
    let lines: Vec<Line<'_>> = made
        .thumbnails
        .iter()
        .map(|written| Line {
            key: &written.object.key,
            width: written.width,
            height: written.height,
            bytes: written.bytes,
            content_type: written.format.content_type(),
        })
        .collect();
    serde_json::to_string(&lines).unwrap_or_default()
}
