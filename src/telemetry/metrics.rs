//! What is counted. Counts are collected as pictures end, and written as one line for all pictures,
//! plus one for each reason that occurred. CloudWatch bills logs by their bytes, so a line is
//! written for each batch and not each picture, and holds nothing that did not happen. Only
//! `Faults` is always there, so that an alarm on it can tell "none" from "no data". And `Failed` has
//! a value for each picture, 1 or 0, so that its average is the share that failed.
//!
//! | metric | of what |
//! |---|---|
//! | `Pictures`, `Thumbnails` | pictures whose thumbnails were written, and those thumbnails |
//! | `AlreadyRight`, `Removed` | pictures that were up to date, and sources that were gone |
//! | `Skipped`, `Rejected`, `Failed`, `Waiting` | pictures without thumbnails, in all and by reason; those that failed or wait come back, with all of their messages |
//! | `Faults` | the rejected and failed ones that a person must act on: [`ReconcileError::is_fault`](crate::reconcile::ReconcileError::is_fault); and messages that could not be moved to the dead-letter queue |
//! | `SourceBytes`, `ThumbnailBytes` | bytes of each picture whose thumbnails were written, and of all its thumbnails together |
//! | `ReadTime`, `RenderTime`, `WriteTime`, `TotalTime` | times of the same pictures, in milliseconds |
//! | `UploadAge` | time from the upload (or another event) until the same pictures' thumbnails were there, in milliseconds; of several events, the oldest counts |
//! | `CanaryTime` | time in which the canary came back, in milliseconds |
//! | `ColdStarts` | 1 with the first line of a process |
//!
//! Only the dimension `FunctionName` and the reasons, which are few, make series in CloudWatch.

#![expect(clippy::disallowed_methods, reason = "the time of day is needed here")]

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Number;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::emf::{self, Metric, Owner, Unit};
use super::picture::{self, WAITS};
use crate::reconcile::{Made, Outcome, Stage};
use crate::service::{KeyReport, Requester};

/// The reason of messages that are not understood.
pub(super) const NOT_UNDERSTOOD: &str = "not_understood";

/// What is collected until it is written.
#[derive(Default)]
pub(super) struct Tally {
    pictures: u64,
    thumbnails: u64,
    already_right: u64,
    removed: u64,
    faults: u64,
    cold_starts: u64,
    /// By the metric's name and the reason.
    reasons: BTreeMap<(&'static str, &'static str), u64>,
    /// Bytes and times of each picture.
    each: BTreeMap<&'static str, (Unit, Vec<Number>)>,
}

const SKIPPED: &str = "Skipped";
const REJECTED: &str = "Rejected";
const FAILED: &str = "Failed";
const WAITING: &str = "Waiting";

/// The metrics of a process.
pub struct Metrics {
    function_name: String,
    level: String,
    tally: Mutex<Tally>,
    sink: Mutex<Box<dyn Write + Send>>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { function_name, level, .. } = self;
        write!(formatter, "Metrics of {function_name}, at level {level}")
    }
}

impl Metrics {
    /// Metrics of the function (or worker) `function_name`, written to `sink`. Their lines carry
    /// `level`, the lowest level that is logged, so that no filter drops them.
    pub fn new(function_name: &str, level: &str, sink: impl Write + Send + 'static) -> Self {
        Self {
            function_name: function_name.to_owned(),
            level: level.to_ascii_uppercase(),
            tally: Mutex::new(Tally { cold_starts: 1, ..Tally::default() }),
            sink: Mutex::new(Box::new(sink)),
        }
    }

    pub(super) fn count(&self, report: &KeyReport<'_>) {
        self.tally().count(report);
    }

    pub(super) fn count_not_understood(&self, comes_back: bool) {
        self.tally().count_not_understood(comes_back);
    }

    pub(super) fn count_fault(&self) {
        self.tally().count_fault();
    }

    pub(super) fn count_canary(&self, time: Duration) {
        self.tally().count_canary(time);
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was counted since the last write.
    pub(super) fn write(&self) -> io::Result<()> {
        let tally = mem::take(&mut *self.tally());
        let mut by_reason: BTreeMap<&'static str, Vec<Metric>> = BTreeMap::new();
        for (name, reason, count) in tally.of_reasons() {
            by_reason.entry(reason).or_default().push(counted(name, count));
        }
        let mut text = String::new();
        let all = [(None, tally.of_all())].into_iter();
        for (reason, metrics) in all.chain(by_reason.into_iter().map(|(r, m)| (Some(r), m))) {
            let function_name = &self.function_name;
            let owner = Owner { function_name, reason, level: &self.level };
            for line in emf::lines(&owner, metrics)? {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, since log lines go to the same place.
        sink.write_all(text.as_bytes())?;
        sink.flush()
    }
}

fn counted(name: &'static str, count: u64) -> Metric {
    Metric { name, unit: Unit::Count, values: vec![count.into()] }
}

impl Tally {
    pub(super) fn count(&mut self, report: &KeyReport<'_>) {
        match report.result {
            Ok(Outcome::Made(made)) => self.made(report, made),
            Ok(Outcome::UpToDate) => self.already_right += 1,
            Ok(Outcome::Removed { .. }) => self.removed += 1,
            Ok(Outcome::Skipped(skip)) => self.because(SKIPPED, skip.reason()),
            Err(failure) => {
                if picture::outcome(report) == WAITS {
                    self.because(WAITING, failure.reason());
                } else {
                    self.failed(report.comes_back, failure.reason());
                }
                self.faults += u64::from(failure.is_fault());
            }
        }
    }

    pub(super) fn count_not_understood(&mut self, comes_back: bool) {
        self.failed(comes_back, NOT_UNDERSTOOD);
    }

    /// Counts a fault that is not one of a picture.
    pub(super) fn count_fault(&mut self) {
        self.faults += 1;
    }

    fn count_canary(&mut self, time: Duration) {
        let milliseconds = Number::from_f64(picture::milliseconds(time));
        self.measure("CanaryTime", Unit::Milliseconds, milliseconds);
    }

    fn measure(&mut self, name: &'static str, unit: Unit, value: Option<Number>) {
        let (_, values) = self.each.entry(name).or_insert_with(|| (unit, Vec::new()));
        values.extend(value);
    }

    fn because(&mut self, name: &'static str, reason: &'static str) {
        *self.reasons.entry((name, reason)).or_default() += 1;
    }

    /// What comes back has failed for now, and is rejected once it does not.
    fn failed(&mut self, comes_back: bool, reason: &'static str) {
        self.because(if comes_back { FAILED } else { REJECTED }, reason);
    }

    fn made(&mut self, report: &KeyReport<'_>, made: &Made) {
        self.pictures += 1;
        self.thumbnails += made.thumbnails.len() as u64;
        let stages = &report.measured.stages;
        let milliseconds = |time| Number::from_f64(picture::milliseconds(time));
        let age = upload_age(report.requesters).map(Number::from);
        for (name, unit, value) in [
            ("SourceBytes", Unit::Bytes, Some(made.source_bytes.into())),
            ("ThumbnailBytes", Unit::Bytes, Some(picture::thumbnail_bytes(made).into())),
            ("ReadTime", Unit::Milliseconds, stages.took(Stage::Read).and_then(milliseconds)),
            ("RenderTime", Unit::Milliseconds, stages.took(Stage::Render).and_then(milliseconds)),
            ("WriteTime", Unit::Milliseconds, stages.took(Stage::Write).and_then(milliseconds)),
            ("TotalTime", Unit::Milliseconds, milliseconds(report.elapsed)),
            ("UploadAge", Unit::Milliseconds, age),
        ] {
            self.measure(name, unit, value);
        }
    }

    /// The metrics by reason: name, reason and count.
    pub(super) fn of_reasons(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        self.reasons.iter().map(|((name, reason), count)| (*name, *reason, *count))
    }

    /// The metrics without a reason, and the totals of those with one.
    pub(super) fn of_all(&self) -> Vec<Metric> {
        let because = |wanted| {
            let of_name = self.reasons.iter().filter(move |((name, _), _)| *name == wanted);
            of_name.map(|(_, count)| count).sum()
        };
        let counts = [
            ("Pictures", self.pictures),
            ("Thumbnails", self.thumbnails),
            ("AlreadyRight", self.already_right),
            ("Removed", self.removed),
            (SKIPPED, because(SKIPPED)),
            (REJECTED, because(REJECTED)),
            (WAITING, because(WAITING)),
            ("ColdStarts", self.cold_starts),
        ];
        let each = |count, value: u8| (0..count).map(move |_| Number::from(value));
        let failed = each(self.pictures, 0).chain(each(because(FAILED), 1)).collect();
        let failed = Metric { name: FAILED, unit: Unit::Count, values: failed };
        let mut metrics = vec![counted("Faults", self.faults), failed];
        let happened = counts.into_iter().filter(|(_, count)| *count > 0);
        metrics.extend(happened.map(|(name, count)| counted(name, count)));
        metrics.extend(self.each.iter().map(|(name, (unit, values))| Metric {
            name,
            unit: *unit,
            values: values.clone(),
        }));
        metrics
    }
}

/// How long ago the oldest of the events happened, in milliseconds; 0 if differing clocks would
/// make it negative.
fn upload_age(requesters: &[Requester<'_>]) -> Option<u64> {
    let times = requesters.iter().filter_map(|requester| requester.event_time);
    let times = times.filter_map(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
    // Servers that do not know when it happened write the beginning of 1970.
    let oldest = times.filter(|time| time.year() > 1970).min()?;
    let now = OffsetDateTime::from(SystemTime::now());
    Some(u64::try_from((now - oldest).whole_milliseconds()).unwrap_or(0))
}
