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
/// The condition under which an alarm tells somebody at once.
const TOPIC: &str = "AlarmTopic";

/// The share of pictures that failed, as the template writes it.
const SHARE: &str = "failed / (failed + FILL(pictures, 0))";

/// An alarm that goes off when what it watches is at least the threshold in enough periods. Periods
/// without data do not count.
#[derive(Debug)]
struct Alarm {
    name: String,
    watched: Watched,
    on: Expression,
}

/// What an alarm watches in each period.
#[derive(Debug)]
struct Watched {
    metric: String,
    /// The other metric of a share: the value is then `metric / (metric + other)`.
    other: Option<String>,
    period: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Expression {
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
    for Alarm { name, watched, on } in alarms {
        let of_alarm: Vec<_> =
            points.iter().filter(|point| point.metric == watched.metric).collect();
        counts.add_many("alarms", &format!("points of {}", watched.metric), of_alarm.len());
        if on.goes_off(watched.values(points)) {
            let above = of_alarm.iter().filter(|point| point.sum > 0.0);
            let mut among: Vec<_> = above.flat_map(|point| point.failures.clone()).collect();
            among.sort();
            among.dedup();
            let sum: f64 = of_alarm.iter().map(|point| point.sum).sum();
            let found = format!("{sum} {}, among {}", watched.metric, among.join(", "));
            findings.add(What::Paged, &name, "nothing to wake anybody for".to_owned(), found);
        }
    }
    Ok(())
}

impl Watched {
    /// The value in each period that has one.
    fn values(&self, points: &[Point]) -> BTreeMap<u64, f64> {
        let mut values = self.sums(points, &self.metric);
        if let Some(other) = &self.other {
            let others = self.sums(points, other);
            for (period, value) in &mut values {
                *value /= *value + others.get(period).unwrap_or(&0.0);
            }
        }
        values
    }

    /// The sum of a metric in each period. Periods begin at multiples of their length, as
    /// `CloudWatch`'s do.
    fn sums(&self, points: &[Point], metric: &str) -> BTreeMap<u64, f64> {
        let mut sums: BTreeMap<u64, f64> = BTreeMap::new();
        for point in points.iter().filter(|point| point.metric == metric) {
            let since = point.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
            *sums.entry(since.as_secs() / self.period.max(1)).or_default() += point.sum;
        }
        sums
    }

    /// What this alarm watches, if it is the sum of one metric or the share of pictures that failed;
    /// `None` if the metric is none of ours.
    fn by(alarm: &Value) -> Result<Option<Self>, Failure> {
        let Some(queries) = alarm.get("Metrics").and_then(Value::as_sequence) else {
            return Self::sum(alarm, alarm, "Statistic");
        };
        let [share, sums @ ..] = queries.as_slice() else { return Err("no metrics".into()) };
        let sums = sums.iter().filter_map(|query| query.get("MetricStat"));
        let sums = sums.map(|stat| Self::sum(stat.get("Metric").unwrap_or(stat), stat, "Stat"));
        let sums: Vec<_> = sums.collect::<Result<_, _>>()?;
        match (share.get("Expression").and_then(Value::as_str), <[_; 2]>::try_from(sums)) {
            (Some(SHARE), Ok([Some(failed), Some(pictures)])) => {
                Ok(Some(Self { other: Some(pictures.metric), ..failed }))
            }
            (expression, _) => Err(format!("{expression:?} cannot be evaluated here").into()),
        }
    }

    /// A sum of one of our metrics.
    fn sum(metric: &Value, stat: &Value, named: &str) -> Result<Option<Self>, Failure> {
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        if text(metric, "Namespace").as_deref() != Some(NAMESPACE) {
            return Ok(None);
        }
        match (text(metric, "MetricName"), text(stat, named), stat.get("Period")) {
            (Some(metric), Some(statistic), Some(period)) if statistic == "Sum" => {
                let period = period.as_u64().ok_or("a period is no number")?;
                Ok(Some(Self { metric, other: None, period }))
            }
            other => Err(format!("{other:?} cannot be evaluated here").into()),
        }
    }
}

impl Expression {
    fn goes_off(&self, values: BTreeMap<u64, f64>) -> bool {
        let breaching: Vec<u64> = values
            .into_iter()
            .filter_map(|(period, value)| (value >= self.threshold).then_some(period))
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
        let has_canary = resource.get("Condition").and_then(Value::as_str) == Some(CANARY);
        if has_canary || !properties.get("AlarmActions").is_some_and(wakes) {
            continue;
        }
        let Some(watched) = Watched::by(properties)? else { continue };
        let on: Expression = serde_yaml_ng::from_value(properties.clone())?;
        if on.comparison_operator != "GreaterThanOrEqualToThreshold"
            || on.treat_missing_data != "notBreaching"
            || (on.datapoints_to_alarm.is_none() && on.evaluation_periods != 1)
        {
            return Err(format!("{name} cannot be evaluated here: {on:?}").into());
        }
        alarms.push(Alarm { name: name.to_owned(), watched, on });
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
