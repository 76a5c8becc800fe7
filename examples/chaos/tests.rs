//! What the verdict rests on: every kind of trouble is drawn, and an alarm that would go off is
//! noticed. That nothing is lost is for the run itself to show.

use std::time::{Duration, SystemTime};

use crate::alarms;
use crate::change::{Change, Stored};
use crate::counts::Counts;
use crate::logs::{self, Point};
use crate::plan::{Action, Plan};
use crate::verdict::{Findings, What};

/// How often a hundred uploads include a change that `is` describes, with this seed.
fn drawn(seed: u64, is: impl Fn(&Change) -> bool) -> usize {
    let plan = Plan::draw(seed, 100);
    let changes = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Change { change, .. } => Some(change),
        _ => None,
    });
    changes.filter(|change| is(change)).count()
}

#[test]
fn every_hundred_uploads_include_every_kind_of_trouble() {
    type Is = fn(&Change) -> bool;
    let kinds: [(&str, Is); 6] = [
        ("copied", |change| matches!(change, Change::CopyThumbnails(_))),
        ("restored", |change| *change == Change::Restore),
        ("archived for ever", |change| {
            matches!(change, Change::Upload { stored: Stored::Archived, .. })
        }),
        ("customer's key", |change| {
            matches!(change, Change::Upload { stored: Stored::UnderCustomerKey, .. })
        }),
        ("denied for a while", |change| matches!(change, Change::Deny(Some(_)))),
        ("denied for ever", |change| *change == Change::Deny(None)),
    ];
    for seed in 1..20 {
        for (kind, is) in kinds {
            assert!(drawn(seed, is) > 0, "{kind}, seed {seed}");
        }
        let archived = drawn(seed, kinds[2].1);
        assert!(archived > drawn(seed, kinds[1].1), "all archives are restored, seed {seed}");
    }
}

/// Begins a minute after a period of five minutes has begun.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(30_000_001)
}

fn point(metric: &str, at: SystemTime, sum: f64) -> Point {
    Point { metric: metric.to_owned(), at, sum, failures: vec!["no_reason: a.jpg".to_owned()] }
}

/// The names of the alarms that `points` set off.
fn set_off(points: &[Point]) -> Vec<String> {
    let mut findings = Findings::default();
    alarms::judge(points, &Counts::default(), &mut findings).unwrap();
    assert!(findings.all.iter().all(|finding| finding.what == What::Paged));
    findings.all.into_iter().map(|finding| finding.which).collect()
}

#[test]
fn one_fault_wakes_somebody_and_failures_do_once_they_have_lasted() {
    let five_minutes = Duration::from_mins(5);
    let failing = |periods: &[u32]| {
        let points = periods.iter().map(|at| point("Failed", start() + five_minutes * *at, 1.0));
        set_off(&points.collect::<Vec<_>>())
    };
    assert!(set_off(&[point("Faults", start(), 0.0)]).is_empty());
    assert_eq!(set_off(&[point("Faults", start(), 1.0)]), ["FaultsAlarm"]);
    assert!(failing(&[0, 1, 2, 3]).is_empty());
    assert!(failing(&[0, 1, 2, 3, 6]).is_empty());
    assert_eq!(failing(&[0, 1, 2, 3, 5]), ["FailingAlarm"]);
}

/// Lines as a process writes them: a picture that failed after a second of work, and the metrics.
fn log(seconds: u64, reason: &str) -> String {
    let time = |second| format!("2026-11-28T12:00:{second:02}.000000Z");
    let (ended, written) = (time(seconds), time(seconds + 1));
    format!(
        "{{\"timestamp\":\"{ended}\",\"level\":\"ERROR\",\"outcome\":\"failed\",\
         \"reason\":\"{reason}\",\"key\":\"a.jpg\",\"milliseconds\":1000.0}}\n\
         {{\"timestamp\":\"{written}\",\"_aws\":{{\"Timestamp\":1795867200000,\
         \"CloudWatchMetrics\":[{{\"Namespace\":\"S3Thumbnailer\",\
         \"Dimensions\":[[\"FunctionName\"]],\"Metrics\":[{{\"Name\":\"Faults\"}}]}}]}},\
         \"FunctionName\":\"f\",\"Faults\":1}}\n"
    )
}

#[test]
fn only_what_an_outage_denied_is_left_out_of_the_metrics() {
    // At 12:00:10, for two seconds.
    let begins = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_867_210);
    let outage = (begins, begins + Duration::from_secs(2));
    let cases = [
        (11, "access_denied", 0.0),
        (13, "access_denied", 1.0),
        (12, "access_denied", 0.0),
        (10, "access_denied", 1.0),
        (11, "panicked", 1.0),
    ];
    for (seconds, reason, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{}not JSON, as its process was kill", log(seconds, reason));
        std::fs::write(folder.path().join("worker-0.0.log"), text).unwrap();
        let counts = Counts::default();
        let points = logs::metrics(folder.path(), alarms::NAMESPACE, &[outage], &counts).unwrap();
        let sums: Vec<f64> = points.iter().map(|point| point.sum).collect();
        assert_eq!(sums, [expected], "{reason} after {seconds} s");
    }
}
