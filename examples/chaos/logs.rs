//! What the processes' logs say: the metrics, as CloudWatch would take them from the lines, and the
//! pictures that failed. Two kinds of faults are left out, because the harness brings them about and
//! somebody has to be told of them: pictures that failed while all access to S3 was denied, and
//! messages that SQS did not take while the storm spoilt the calls to it.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Failure;
use crate::counts::Counts;
use crate::reported::Outcomes;
use crate::storm::Weather;

/// How lines of a log name the failure that an outage brings about.
const DENIED: &str = "access_denied";
/// What a line says of a message that SQS did not take.
const NOT_TAKEN: &str = "could not be moved to the dead-letter queue";

/// One value of a metric, which stands for all values of its line.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) metric: String,
    pub(crate) at: SystemTime,
    pub(crate) sum: f64,
    /// How many values it stands for.
    pub(crate) count: f64,
    /// The failures that it may be about.
    pub(crate) failures: Vec<String>,
}

/// What is used of a line. Each is about a picture, or about metrics, or about neither.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    timestamp: Option<String>,
    message: Option<String>,
    outcome: Option<String>,
    reason: Option<String>,
    key: Option<String>,
    message_id: Option<String>,
    message_ids: Option<String>,
    receive_count: Option<u32>,
    milliseconds: Option<f64>,
    #[serde(rename = "_aws")]
    aws: Option<Aws>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Aws {
    timestamp: u64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: String,
    dimensions: Vec<Vec<String>>,
    metrics: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: String,
}

/// The metrics of `namespace` with the one dimension `FunctionName`, from the logs in `folder`.
pub(crate) fn metrics(
    folder: &Path,
    namespace: &str,
    weather: &Weather,
    counts: &Counts,
) -> Result<Vec<Point>, Failure> {
    let mut points = Vec::new();
    for log in of_processes(folder)? {
        read(&log, namespace, weather, counts, &mut points);
    }
    Ok(points)
}

/// What the logs in `folder` say of messages.
pub(crate) fn outcomes(folder: &Path) -> Result<Outcomes, Failure> {
    let mut outcomes = Outcomes::default();
    for log in of_processes(folder)? {
        for line in lines(&log) {
            let outcome = line.outcome.as_deref();
            match (&line.message_ids, &line.message_id) {
                (Some(several), _) => {
                    several.split(' ').for_each(|message| outcomes.add_troubled(message));
                }
                (None, Some(message)) => outcomes.add(message, line.receive_count, outcome),
                (None, None) => {}
            }
        }
    }
    Ok(outcomes)
}

/// The logs of all processes in `folder`.
fn of_processes(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut logs = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        if is_log && path.file_name().is_some_and(|name| name != "local-aws.log") {
            logs.push(String::from_utf8_lossy(&fs::read(&path)?).into_owned());
        }
    }
    Ok(logs)
}

/// The lines of a log. Lines that a process was killed in are no JSON, and left out.
fn lines(log: &str) -> impl Iterator<Item = Line> {
    log.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// Reads the log of one process. A line of metrics counts the pictures of the lines since the line
/// of metrics before it.
fn read(log: &str, namespace: &str, weather: &Weather, counts: &Counts, points: &mut Vec<Point>) {
    let (mut failures, mut left_out) = (Vec::new(), LeftOut::default());
    for line in lines(log) {
        if let Some(aws) = &line.aws {
            for directive in &aws.cloud_watch_metrics {
                if directive.namespace != namespace || !directive.is_of_all() {
                    continue;
                }
                points.extend(directive.metrics.iter().map(|Definition { name }| {
                    let (values, left_out) = (line.values(name), left_out.of(name));
                    Point {
                        metric: name.clone(),
                        at: SystemTime::UNIX_EPOCH + Duration::from_millis(aws.timestamp),
                        sum: values.iter().sum::<f64>() - left_out,
                        count: values.iter().map(|_| 1.0).sum::<f64>() - left_out,
                        failures: failures.clone(),
                    }
                }));
                (failures, left_out) = (Vec::new(), LeftOut::default());
            }
        } else if line.is_denied(weather) {
            counts.add("alarms", "denied in an outage, left out");
            left_out.denied += 1.0;
        } else if line.is_not_taken(weather) {
            counts.add("alarms", "not taken by SQS in the storm, left out");
            left_out.not_taken += 1.0;
        } else if line.failed() {
            let (key, reason) = (line.key.as_deref(), line.reason.as_deref());
            let (key, reason) = (key.unwrap_or("a message"), reason.unwrap_or("no reason"));
            failures.push(format!("{reason}: {key}"));
        }
    }
}

/// How many failures are left out of the next metrics.
#[derive(Default)]
struct LeftOut {
    denied: f64,
    not_taken: f64,
}

impl LeftOut {
    fn of(&self, metric: &str) -> f64 {
        match metric {
            "Faults" => self.denied + self.not_taken,
            "Failed" => self.denied,
            _ => 0.0,
        }
    }
}

impl Directive {
    /// Whether it is about all pictures, and not about those with one reason.
    fn is_of_all(&self) -> bool {
        self.dimensions.iter().any(|names| names.as_slice() == ["FunctionName"])
    }
}

impl Line {
    fn failed(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("failed" | "rejected"))
    }

    /// Whether it is about a picture that failed because all access was denied at the time.
    fn is_denied(&self, weather: &Weather) -> bool {
        self.failed()
            && self.reason.as_deref() == Some(DENIED)
            && self.span().is_some_and(|(began, ended)| weather.denied_all(began, ended))
    }

    /// Whether it is about a message that SQS did not take in the storm.
    fn is_not_taken(&self, weather: &Weather) -> bool {
        self.message.as_deref().is_some_and(|text| text.contains(NOT_TAKEN))
            && self.span().is_some_and(|(_, at)| weather.spoilt_sqs(at))
    }

    /// When the work that it is about began and ended.
    fn span(&self) -> Option<(SystemTime, SystemTime)> {
        let text = self.timestamp.as_deref()?;
        let ended = DateTime::from_str(text, DateTimeFormat::DateTime).ok()?;
        let ended = SystemTime::try_from(ended).ok()?;
        let seconds = self.milliseconds.unwrap_or(0.0) / 1_000.0;
        Some((ended.checked_sub(Duration::try_from_secs_f64(seconds).ok()?)?, ended))
    }

    fn values(&self, metric: &str) -> Vec<f64> {
        match self.rest.get(metric) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_f64).collect(),
            value => value.and_then(Value::as_f64).into_iter().collect(),
        }
    }
}
