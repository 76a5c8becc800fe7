//! Prometheus' side: its text format, read by a parser that others wrote; and whether its sums are
//! those of CloudWatch.

use std::collections::{BTreeMap, BTreeSet};

use openmetrics_parser::PrometheusValue;
use openmetrics_parser::prometheus::parse_prometheus;
use s3_thumbnailer::telemetry::prometheus::{Kind, Listed, METRICS};
use serde_json::json;

use super::*;
use crate::documents::documents;

/// A scrape.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    /// By name and reason, which is empty for metrics without one: counters, gauges, and the sums of
    /// histograms.
    sums: BTreeMap<(String, String), f64>,
    /// How many values those are the sums of, for histograms.
    counts: BTreeMap<String, u32>,
}

impl Scrape {
    pub(crate) fn of(text: &str) -> Self {
        let parsed = parse_prometheus(text).unwrap_or_else(|error| panic!("{error:?} in {text}"));
        let mut scrape = Self::default();
        for (name, family) in &parsed.families {
            assert!(!family.help.is_empty(), "{name} says what it is");
            for sample in family.iter_samples() {
                let labels = sample.get_labelset().unwrap();
                let labels: Vec<(&str, &str)> =
                    labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let value = match &sample.value {
                    PrometheusValue::Counter(counter) => counter.value.as_f64(),
                    PrometheusValue::Gauge(gauge) => gauge.as_f64(),
                    PrometheusValue::Histogram(histogram) => {
                        let counts: Vec<f64> =
                            histogram.buckets.iter().map(|bucket| bucket.count.as_f64()).collect();
                        assert!(counts.is_sorted(), "{name}: each bucket holds those below it");
                        let count = u32::try_from(histogram.count.unwrap()).unwrap();
                        assert_eq!(counts.last().copied(), Some(count.into()), "{name}: +Inf");
                        scrape.counts.insert(name.clone(), count);
                        histogram.sum.as_ref().unwrap().as_f64()
                    }
                    other => panic!("{name} is {other:?}"),
                };
                let reason = match labels.as_slice() {
                    [] => "",
                    [("reason", reason)] => reason,
                    others => panic!("{name} has the labels {others:?}"),
                };
                scrape.sums.insert((name.clone(), reason.to_owned()), value);
            }
        }
        scrape
    }

    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.because(name, "")
    }

    pub(crate) fn because(&self, name: &str, reason: &str) -> f64 {
        let key = (format!("s3_thumbnailer_{name}"), reason.to_owned());
        *self.sums.get(&key).unwrap_or_else(|| panic!("no {key:?} in {self:?}"))
    }

    pub(crate) fn values(&self, name: &str) -> u32 {
        self.counts[&format!("s3_thumbnailer_{name}")]
    }
}

#[tokio::test]
async fn prometheus_is_told_the_sums_that_cloudwatch_is_told() {
    let queue = MemoryQueue { rejects_fail: true, ..MemoryQueue::default() };
    let settings = LogSettings { level: "info", json: true };
    let mut compared = BTreeSet::new();
    for function in [Function::new(&store()), Function::with_queue(&store(), &settings, queue)] {
        let mut messages = of_each();
        messages.push(json!({"messageId": "3", "body": "hello"}));
        // The second time, thumbnails are up to date.
        for id in ["1", "2"] {
            function.invoke(id, &messages).await;
        }
        let told = Sums::of(&function.metrics.lines());
        let scrape = Scrape::of(&function.prometheus.text().unwrap());
        let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.max(1.0);
        for listed in METRICS {
            let Some(cloudwatch) = listed.cloudwatch else { continue };
            let name = listed.full_name();
            let of_name = scrape.sums.iter().filter(|((known, _), _)| *known == name);
            for ((_, reason), value) in of_name {
                let (sum, unit) = match listed.kind {
                    Kind::CounterByReason => {
                        assert!(*value > 0.0, "{name} {reason}");
                        let key = (cloudwatch.to_owned(), reason.clone());
                        (told.reasons.get(&key), 1.0)
                    }
                    Kind::Histogram(_) if name.ends_with("_seconds") => {
                        (told.all.get(cloudwatch), 1000.0)
                    }
                    _ => (told.all.get(cloudwatch), 1.0),
                };
                let sum = sum.copied().unwrap_or_default();
                assert!(near(value * unit, sum), "{name} {reason}: {value}, told {sum}");
                if let Some(count) = scrape.counts.get(&name) {
                    let values = told.values.get(cloudwatch).copied().unwrap_or_default();
                    assert_eq!(*count as usize, values, "{name}");
                }
                if *value > 0.0 {
                    compared.insert(name.clone());
                }
            }
        }
        let reasons = scrape.sums.keys().filter(|(_, reason)| !reason.is_empty());
        assert_eq!(reasons.count(), told.reasons.len());
    }
    let all = METRICS.iter().filter(|listed| listed.cloudwatch.is_some());
    assert_eq!(compared, all.map(Listed::full_name).collect(), "each had a value");
}

#[test]
fn totals_are_there_before_anything_has_happened() {
    let scrape = Scrape::of(&Function::new(&store()).prometheus.text().unwrap());
    for listed in METRICS.iter().filter(|listed| listed.kind != Kind::CounterByReason) {
        let (name, value) =
            (listed.full_name(), f64::from(listed.cloudwatch == Some("ColdStarts")));
        assert_eq!(scrape.sums[&(name.clone(), String::new())], value, "{name}");
    }
    let by_reason = METRICS.iter().filter(|listed| listed.kind == Kind::CounterByReason).count();
    assert_eq!(scrape.sums.len(), METRICS.len() - by_reason, "{scrape:?}");
}

#[test]
fn the_documents_list_which_metric_is_which() {
    let row = |listed: &Listed| {
        let cloudwatch = listed.cloudwatch.map(|name| format!("`{name}`")).unwrap_or_default();
        let (kind, label) = match listed.kind {
            Kind::Counter => ("counter", ""),
            Kind::CounterByReason => ("counter", "{reason}"),
            Kind::Gauge => ("gauge", ""),
            Kind::Histogram(_) => ("histogram", ""),
        };
        let name = listed.full_name();
        let help = listed.help.replacen(&listed.help[..1], &listed.help[..1].to_lowercase(), 1);
        format!("| {cloudwatch} | `{name}{label}` | {kind} | {help} |\n")
    };
    let table: String = METRICS.iter().map(row).collect();
    assert!(documents().contains(&table), "no document has this table:\n{table}");
}
