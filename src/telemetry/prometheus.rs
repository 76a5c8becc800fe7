//! The metrics in Prometheus' text format: the same counts as CloudWatch's, since the process
//! started. It is for the worker, so a function does not link it. [`metrics`](super::metrics) says
//! what counts as what; this file defines only names and form.
//!
//! Series that a reason makes begin with their first value, which Prometheus' `increase` does not
//! see. So the totals are series of their own, which are there from the start.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::emf::{self, Unit};
use super::metrics::Tally;
use crate::notification::NotificationError;
use crate::queue::{Message, QueueError};
use crate::service::{KeyReport, Observer};
use crate::worker::Vitals;

/// The value of the header `Content-Type` for [`Prometheus::text`].
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// What every name begins with.
const PREFIX: &str = "s3_thumbnailer";
/// In seconds: of a stage, and of an age.
const TIMES: [f64; 13] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
const AGES: [f64; 13] =
    [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0];
/// In bytes: powers of four from 1 KiB to 256 MiB.
const BYTES: [f64; 10] = [
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
];

/// A metric, as docs/worker.md lists it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed {
    /// CloudWatch's name for it, if it has one.
    pub cloudwatch: Option<&'static str>,
    /// Its name, without the prefix `s3_thumbnailer_` and without the suffix `_total` of counters.
    pub name: &'static str,
    /// What it counts or measures.
    pub help: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// A type of metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// The same, with the label `reason`.
    CounterByReason,
    /// The present number.
    Gauge,
    /// Values, counted by these upper bounds.
    Histogram(&'static [f64]),
}

macro_rules! listed {
    ($($cloudwatch:expr, $name:literal, $kind:expr, $help:literal;)*) => {
        &[$(Listed { cloudwatch: $cloudwatch, name: $name, help: $help, kind: $kind }),*]
    };
}

/// Every metric, in the order of docs/worker.md.
pub const METRICS: &[Listed] = listed! {
    Some("Pictures"), "pictures", Kind::Counter, "Pictures whose thumbnails were written";
    Some("Thumbnails"), "thumbnails", Kind::Counter, "Thumbnails written";
    Some("AlreadyRight"), "already_right", Kind::Counter,
        "Pictures whose thumbnails were up to date";
    Some("Removed"), "removed", Kind::Counter,
        "Pictures that were deleted, and their thumbnails with them";
    Some("Skipped"), "skipped", Kind::Counter,
        "Files that are not pictures, and keys that are not looked after";
    Some("Skipped"), "skipped_by_reason", Kind::CounterByReason, "What was skipped, by reason";
    Some("Rejected"), "rejected", Kind::Counter,
        "Files that no thumbnail can be made of; they are in the dead-letter queue";
    Some("Rejected"), "rejected_by_reason", Kind::CounterByReason, "What was rejected, by reason";
    Some("Failed"), "failed", Kind::Counter, "Keys that are tried again";
    Some("Failed"), "failed_by_reason", Kind::CounterByReason, "What failed, by reason";
    Some("Waiting"), "waiting", Kind::Counter,
        "Keys that are tried again, and that the upload itself holds up";
    Some("Waiting"), "waiting_by_reason", Kind::CounterByReason, "What waits, by reason";
    Some("Faults"), "faults", Kind::Counter, "Failures that somebody must look at";
    Some("SourceBytes"), "source_bytes", Kind::Histogram(&BYTES), "Bytes of one picture";
    Some("ThumbnailBytes"), "thumbnail_bytes", Kind::Histogram(&BYTES),
        "Bytes of one picture's thumbnails";
    Some("ReadTime"), "read_time_seconds", Kind::Histogram(&TIMES), "Reading one picture";
    Some("RenderTime"), "render_time_seconds", Kind::Histogram(&TIMES),
        "Decoding, scaling and encoding one picture";
    Some("WriteTime"), "write_time_seconds", Kind::Histogram(&TIMES),
        "Writing one picture's thumbnails";
    Some("TotalTime"), "total_time_seconds", Kind::Histogram(&TIMES), "One picture altogether";
    Some("UploadAge"), "upload_age_seconds", Kind::Histogram(&AGES),
        "From the upload until its thumbnails are there";
    Some("ColdStarts"), "cold_starts", Kind::Counter, "Processes that started: always 1";
    None, "messages_in_flight", Kind::Gauge, "Messages that are worked on now";
    None, "receive_failures", Kind::Counter, "Requests for messages that failed";
};

impl Listed {
    /// The name under which Prometheus finds it.
    #[must_use]
    pub fn full_name(&self) -> String {
        let suffix = match self.kind {
            Kind::Counter | Kind::CounterByReason => "_total",
            Kind::Gauge | Kind::Histogram(_) => "",
        };
        format!("{PREFIX}_{}{suffix}", self.name)
    }
}

type ByReason = Family<[(&'static str, &'static str); 1], Counter>;

/// Counts, and shows what it has counted. By CloudWatch's names.
#[derive(Debug)]
pub struct Prometheus {
    registry: Registry,
    counters: BTreeMap<&'static str, Counter>,
    by_reason: BTreeMap<&'static str, ByReason>,
    histograms: BTreeMap<&'static str, Histogram>,
}

impl Prometheus {
    /// Everything at 0; `vitals` are read whenever the text is asked for.
    #[must_use]
    pub fn new(vitals: Arc<Vitals>) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let (mut counters, mut by_reason, mut histograms) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for &Listed { cloudwatch, name, help, kind } in METRICS {
            let Some(known_as) = cloudwatch else { continue };
            match kind {
                Kind::Counter => {
                    let counter = Counter::default();
                    registry.register(name, help, counter.clone());
                    counters.insert(known_as, counter);
                }
                Kind::CounterByReason => {
                    let family = ByReason::default();
                    registry.register(name, help, family.clone());
                    by_reason.insert(known_as, family);
                }
                Kind::Histogram(bounds) => {
                    let histogram = Histogram::new(bounds.iter().copied());
                    registry.register(name, help, histogram.clone());
                    histograms.insert(known_as, histogram);
                }
                Kind::Gauge => {}
            }
        }
        registry.register_collector(Box::new(Asked(vitals)));
        let started: Option<&Counter> = counters.get("ColdStarts");
        started.map(Counter::inc);
        Self { registry, counters, by_reason, histograms }
    }

    /// The metrics as they are now.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn add(&self, count: impl FnOnce(&mut Tally)) {
        let mut tally = Tally::default();
        count(&mut tally);
        for (name, reason, count) in tally.of_reasons() {
            if let Some(family) = self.by_reason.get(name) {
                family.get_or_create(&[("reason", reason)]).inc_by(count);
            }
        }
        for emf::Metric { name, unit, values } in tally.of_all() {
            for value in values {
                if let Some(counter) = self.counters.get(name) {
                    counter.inc_by(value.as_u64().unwrap_or_default());
                } else if let (Some(histogram), Some(value)) =
                    (self.histograms.get(name), value.as_f64())
                {
                    histogram.observe(match unit {
                        Unit::Milliseconds => value / 1000.0,
                        Unit::Count | Unit::Bytes => value,
                    });
                }
            }
        }
    }
}

impl Observer for Prometheus {
    fn key_finished(&self, report: &KeyReport<'_>) {
        self.add(|tally| tally.count(report));
    }

    fn message_not_understood(&self, _: &Message, _: &NotificationError, comes_back: bool) {
        self.add(|tally| tally.count_not_understood(comes_back));
    }

    fn reject_failed(&self, _: &str, _: &QueueError) {
        self.add(Tally::count_fault);
    }
}

/// What is not counted here, and asked for instead.
#[derive(Debug)]
struct Asked(Arc<Vitals>);

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Listed { name, help, kind, .. } in METRICS.iter().filter(|one| one.cloudwatch.is_none())
        {
            let kind = match kind {
                Kind::Gauge => MetricType::Gauge,
                _ => MetricType::Counter,
            };
            let encoder = encoder.encode_descriptor(name, help, None, kind)?;
            match kind {
                MetricType::Gauge => {
                    let in_flight = i64::try_from(self.0.in_flight()).unwrap_or(i64::MAX);
                    ConstGauge::new(in_flight).encode(encoder)?;
                }
                _ => ConstCounter::new(self.0.receive_failures()).encode(encoder)?,
            }
        }
        Ok(())
    }
}
