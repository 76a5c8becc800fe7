//! Lines from which CloudWatch takes metrics, in its embedded metric format (Amazon CloudWatch User
//! Guide, "Specification: Embedded metric format"). This file defines only the form;
//! [`metrics`](super::metrics) does the counting.
//!
//! It is written with `serde_json`, since neither crate for it fits. `metrics_cloudwatch_embedded`
//! collects into one recorder for the whole process, keeps no more than 100 values between flushes,
//! and writes every reason that ever occurred with each flush. `metrique-writer-format-emf` adds 25
//! crates that this function does not have, for what a page of code does. And it writes several
//! values as an object of `Values` and `Counts`, which the specification does not know.

#![expect(clippy::disallowed_methods, reason = "the time of day is needed here")]

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Number, Value};

use super::line;

/// The most values that one metric may have in a line, by the specification.
const MAX_VALUES: usize = 100;
const NAMESPACE: &str = "S3Thumbnailer";
const FUNCTION_NAME: &str = "FunctionName";
const REASON: &str = "Reason";

/// The unit of a metric's values, by CloudWatch's name.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) enum Unit {
    Count,
    Bytes,
    Milliseconds,
}

/// A metric and its values.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) values: Vec<Number>,
}

/// Whom the metrics belong to, and the log level of their lines.
pub(super) struct Owner<'a> {
    pub(super) function_name: &'a str,
    pub(super) reason: Option<&'static str>,
    pub(super) level: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    // Lambda takes a line that lacks either for one of level INFO, and may drop it for that.
    timestamp: String,
    level: &'a str,
    #[serde(rename = "_aws")]
    aws: Aws,
    #[serde(rename = "FunctionName")]
    function_name: &'a str,
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(flatten)]
    values: BTreeMap<&'static str, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Aws {
    timestamp: u128,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [Vec<&'static str>; 1],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: Unit,
}

/// `metrics` as one line, or as several if a metric has more values than fit in one. Metrics
/// without values are left out.
pub(super) fn lines(
    owner: &Owner<'_>,
    mut metrics: Vec<Metric>,
) -> Result<Vec<String>, serde_json::Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut dimensions = vec![FUNCTION_NAME];
    dimensions.extend(owner.reason.map(|_| REASON));
    let mut lines = Vec::new();
    while metrics.iter().any(|metric| !metric.values.is_empty()) {
        let (mut definitions, mut values) = (Vec::new(), BTreeMap::new());
        for metric in metrics.iter_mut().filter(|metric| !metric.values.is_empty()) {
            definitions.push(Definition { name: metric.name, unit: metric.unit });
            let now = metric.values.len().min(MAX_VALUES);
            let mut now: Vec<Value> = metric.values.drain(..now).map(Value::Number).collect();
            let value = if now.len() == 1 { now.pop() } else { None };
            values.insert(metric.name, value.unwrap_or(Value::Array(now)));
        }
        lines.push(serde_json::to_string(&Line {
            timestamp: line::now(),
            level: owner.level,
            aws: Aws {
                timestamp: since.as_millis(),
                cloud_watch_metrics: [Directive {
                    namespace: NAMESPACE,
                    dimensions: [dimensions.clone()],
                    metrics: definitions,
                }],
            },
            function_name: owner.function_name,
            reason: owner.reason,
            values,
        })?);
    }
    Ok(lines)
}
