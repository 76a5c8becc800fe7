//! Whether the run would have woken somebody: the template's alarms that go to `AlarmTopicArn` are
//! evaluated over the metrics that the processes wrote. Everything in the storm is an upload, or
//! something that passes by itself, so no alarm may go off.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_yaml_ng::Value;

use crate::Failure;
use crate::counts::Counts;
use crate::logs::Point;
use crate::verdict::{Findings, What};

/// As it is deployed.
const TEMPLATE: &str = include_str!("../../template.yaml");
/// The namespace of the function's own metrics.
pub(crate) const NAMESPACE: &str = "S3Thumbnailer";
/// The statistics that are evaluated here.
const SUM: &str = "Sum";
const AVERAGE: &str = "Average";
/// The condition under which an alarm tells somebody at once.
const TOPIC: &str = "AlarmTopic";

/// An alarm that goes off when the sum or the average of a metric is at least the threshold in enough
/// periods.
/// Periods without data do not count.
#[derive(Debug)]
struct Alarm {
    name: String,
    on: Expression,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Expression {
    metric_name: String,
    statistic: String,
    period: u64,
    evaluation_periods: u64,
    datapoints_to_alarm: Option<usize>,
    comparison_operator: String,
    threshold: f64,
    treat_missing_data: String,
}

/// Evaluates every alarm over `points`.
pub(crate) fn judge(
    points: &[Point],
    counts: &Counts,
    findings: &mut Findings,
) -> Result<(), Failure> {
    if points.is_empty() {
        return Err("no process has written metrics".into());
    }
    let alarms = alarms()?;
    counts.add_many("alarms", "evaluated", alarms.len());
    for Alarm { name, on } in alarms {
        let of_alarm: Vec<_> =
            points.iter().filter(|point| point.metric == on.metric_name).collect();
        counts.add_many("alarms", &format!("points of {}", on.metric_name), of_alarm.len());
        if on.goes_off(&of_alarm) {
            let above = of_alarm.iter().filter(|point| point.sum > 0.0);
            let mut among: Vec<_> = above.flat_map(|point| point.failures.clone()).collect();
            among.sort();
            among.dedup();
            let sum: f64 = of_alarm.iter().map(|point| point.sum).sum();
            let found = format!("{sum} {}, among {}", on.metric_name, among.join(", "));
            findings.add(What::Paged, &name, "nothing to wake anybody for".to_owned(), found);
        }
    }
    Ok(())
}

impl Expression {
    fn goes_off(&self, points: &[&Point]) -> bool {
        let mut totals: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for point in points {
            // Periods begin at multiples of their length, as CloudWatch's do.
            let since = point.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
            let (sum, count) = totals.entry(since.as_secs() / self.period.max(1)).or_default();
            *sum += point.sum;
            *count += point.count;
        }
        let value = |sum: f64, count: f64| if self.statistic == SUM { sum } else { sum / count };
        let breaching: Vec<u64> = totals
            .into_iter()
            .filter(|(_, (sum, count))| value(*sum, *count) >= self.threshold)
            .map(|(period, _)| period)
            .collect();
        let needed = self.datapoints_to_alarm.unwrap_or(1).max(1);
        breaching.windows(needed).any(|window| match window {
            [first, .., last] => last - first < self.evaluation_periods,
            [_] => true,
            [] => false,
        })
    }
}

/// The condition of what is only there with a canary, which no storm has.
const CANARY: &str = "HasCanary";

/// The alarms on the function's own metrics that wake somebody.
fn alarms() -> Result<Vec<Alarm>, Failure> {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE)?;
    let resources = template.get("Resources").and_then(Value::as_mapping);
    let mut alarms = Vec::new();
    for (name, resource) in resources.ok_or("the template has no resources")? {
        let name = name.as_str().unwrap_or_default();
        let Some(properties) = resource.get("Properties") else { continue };
        let is_ours = properties.get("Namespace").and_then(Value::as_str) == Some(NAMESPACE);
        let has_canary = resource.get("Condition").and_then(Value::as_str) == Some(CANARY);
        if !is_ours || has_canary || !properties.get("AlarmActions").is_some_and(wakes) {
            continue;
        }
        let on: Expression = serde_yaml_ng::from_value(properties.clone())?;
        if ![SUM, AVERAGE].contains(&on.statistic.as_str())
            || on.comparison_operator != "GreaterThanOrEqualToThreshold"
            || on.treat_missing_data != "notBreaching"
            || (on.datapoints_to_alarm.is_none() && on.evaluation_periods != 1)
        {
            return Err(format!("{name} cannot be evaluated here: {on:?}").into());
        }
        alarms.push(Alarm { name: name.to_owned(), on });
    }
    if alarms.is_empty() {
        return Err("the template has no alarm that wakes somebody".into());
    }
    Ok(alarms)
}

/// Whether these are the actions `!If [AlarmTopic, ...]`.
fn wakes(actions: &Value) -> bool {
    let Value::Tagged(tagged) = actions else { return false };
    tagged.value.get(0).and_then(Value::as_str) == Some(TOPIC)
}
