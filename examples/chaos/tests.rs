//! What the verdict rests on: every kind of trouble is drawn, and an alarm that would go off is
//! noticed. That nothing is lost is for the run itself to show.
#![allow(clippy::float_cmp, reason = "metrics are whole numbers")]

use std::time::{Duration, SystemTime};

use crate::FUNCTION_TIME;
use crate::alarms;
use crate::announced::Announced;
use crate::change::{Change, Stored};
use crate::counts::Counts;
use crate::hold_up::HoldUp;
use crate::ledger::Ledger;
use crate::logs::{self, Point};
use crate::plan::{Action, Moment, Plan, UNCONDITIONAL};
use crate::reported::Reported;
use crate::storm::Weather;
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

#[test]
fn every_hundred_uploads_include_very_late_writes_and_a_folder_without_conditions() {
    for seed in 1..20 {
        let plan = Plan::draw(seed, 100);
        let changes = || {
            plan.steps.iter().filter_map(|step| match &step.action {
                Action::Change { key, moment, .. } => Some((key, *moment)),
                _ => None,
            })
        };
        let is_late = |moment| moment == Moment::Ambush(HoldUp::VeryLate);
        let very_late = changes().filter(|(_, moment)| is_late(*moment)).count();
        assert!(very_late >= 4, "{very_late} very late writes, seed {seed}");
        let ignored = changes().filter(|(key, _)| key.contains(UNCONDITIONAL)).count();
        let heeded = changes().count() - ignored;
        assert!(ignored >= 20 && heeded >= 20, "{ignored} and {heeded}, seed {seed}");
        // Nothing but a condition can stop a very late write.
        assert!(!changes().any(|(key, moment)| is_late(moment) && key.contains(UNCONDITIONAL)));
    }
}

/// The messages that are found to be reported as failed although they were done, of those that the
/// function reported at these deliveries.
fn reported_though_done(log: &[serde_json::Value], deliveries: &[(&str, u32)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = log.iter().map(ToString::to_string).collect();
    std::fs::write(folder.path().join("function-0.0.log"), lines.join("\n")).unwrap();
    let reported = Reported::default();
    for (message, receives) in deliveries {
        reported.add(message, *receives);
    }
    let mut findings = Findings::default();
    reported.judge(&logs::outcomes(folder.path()).unwrap(), &mut findings);
    assert!(findings.all.iter().all(|finding| finding.what == What::ReportedFailed));
    findings.all.into_iter().map(|finding| finding.which).collect()
}

#[test]
fn a_message_that_fails_with_its_neighbour_although_it_was_done_is_noticed() {
    let line = |message: &str, receives: u32, outcome: &str| serde_json::json!({"messageId": message, "receiveCount": receives, "outcome": outcome});
    let log = [line("good", 1, "thumbnail"), line("bad", 1, "failed")];
    assert_eq!(reported_though_done(&log, &[("good", 1), ("bad", 1)]), ["good"]);
    assert!(reported_though_done(&log, &[("good", 2)]).is_empty(), "it was delivered again");
    let lost = serde_json::json!({"messageId": "good", "message": "could not be moved"});
    assert!(reported_though_done(&[log[0].clone(), lost], &[("good", 1)]).is_empty());
    let several = serde_json::json!({
        "messageId": "good", "messageIds": "good bad", "receiveCount": 1, "outcome": "thumbnail",
    });
    assert!(reported_though_done(&[log[0].clone(), several], &[("good", 1)]).is_empty());
}

/// Begins a minute after a period of five minutes has begun.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(30_000_001)
}

fn point(metric: &str, at: SystemTime, sum: f64) -> Point {
    Point {
        metric: metric.to_owned(),
        at,
        sum,
        count: 1.0,
        failures: vec!["no_reason: a.jpg".to_owned()],
    }
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
    let one_of = |count: f64| {
        let points = [0, 1, 2, 3, 5].map(|at| {
            let point = point("Failed", start() + five_minutes * at, 1.0);
            Point { count, ..point }
        });
        set_off(&points)
    };
    assert_eq!(one_of(10.0), ["FailingAlarm"]);
    assert!(one_of(11.0).is_empty(), "less than a tenth failed");
}

/// What the log of a process says of one picture or message, and then the metrics.
fn log(line: &str) -> String {
    format!(
        "{line}\n{{\"_aws\":{{\"Timestamp\":1795867200000,\"CloudWatchMetrics\":[{{\
         \"Namespace\":\"S3Thumbnailer\",\"Dimensions\":[[\"FunctionName\"]],\
         \"Metrics\":[{{\"Name\":\"Faults\"}}]}}]}},\"FunctionName\":\"f\",\"Faults\":1}}\n\
         not JSON, as its process was kill"
    )
}

/// The faults in a log that has one, if S3 denied all access for two seconds from 12:00:10 on, and
/// the storm was over at 12:00:20.
fn faults(line: &str) -> f64 {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(498_852);
    let at = |seconds| noon + Duration::from_secs(seconds);
    let weather = Weather { outages: vec![(at(10), at(12))], calm_since: Some(at(20)) };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("worker-0.0.log"), log(line)).unwrap();
    let namespace = alarms::NAMESPACE;
    let points = logs::metrics(folder.path(), namespace, &weather, &Counts::default()).unwrap();
    points.iter().map(|point| point.sum).sum()
}

/// A picture that failed at this second of the minute after 12:00, after a second of work.
fn picture(second: u64, reason: &str) -> String {
    format!(
        "{{\"timestamp\":\"2026-11-28T12:00:{second:02}.000000Z\",\"level\":\"ERROR\",\
         \"outcome\":\"failed\",\"reason\":\"{reason}\",\"key\":\"a.jpg\",\"milliseconds\":1000.0}}"
    )
}

#[test]
fn pictures_that_an_outage_denied_are_no_faults_and_all_others_are() {
    let cases = [
        (11, "access_denied", 0.0),
        (12, "access_denied", 0.0),
        (10, "access_denied", 1.0),
        (13, "access_denied", 1.0),
        (11, "panicked", 1.0),
    ];
    for (second, reason, expected) in cases {
        assert_eq!(faults(&picture(second, reason)), expected, "{reason} after {second} s");
    }
}

#[test]
fn messages_that_sqs_did_not_take_are_no_faults_while_the_storm_spoils_the_calls() {
    let message = |second| {
        format!(
            "{{\"timestamp\":\"2026-11-28T12:00:{second:02}.000000Z\",\"level\":\"ERROR\",\
             \"message\":\"the message could not be moved to the dead-letter queue; it comes back\"}}"
        )
    };
    assert_eq!(faults(&message(19)), 0.0);
    assert_eq!(faults(&message(20 + FUNCTION_TIME.as_secs())), 1.0);
}

/// What the events say is wrong, of a picture that ends ready with this `ETag`.
fn announced(events: &[&str], ends_with: &str, ledger: &Ledger) -> Vec<What> {
    let mut announced = Announced::default();
    for event in events {
        announced.add(event, &Counts::default()).unwrap();
    }
    let mut findings = Findings::default();
    announced.expect("images/a.jpg", ends_with, ledger, &mut findings);
    announced.judge(ledger, &mut findings);
    findings.all.into_iter().map(|finding| finding.what).collect()
}

#[test]
fn a_picture_that_is_ready_must_be_announced_with_its_present_etag() {
    let event = |kind: &str, etag: &str| {
        format!(
            "{{\"source\":\"s3-thumbnailer\",\"detail-type\":\"{kind}\",\"detail\":{{\"source\":\
             {{\"bucket\":\"pictures\",\"key\":\"images/a.jpg\",\"etag\":\"{etag}\"}}}}}}"
        )
    };
    let (old, new) = (event("Thumbnails Ready", "1"), event("Thumbnails Ready", "2"));
    let rejected = event("Picture Rejected", "2");
    let ledger = Ledger::default();
    assert_eq!(announced(&[&old, &new, &new], "2", &ledger), []);
    assert_eq!(announced(&[&old, &rejected], "2", &ledger), [What::NotAnnounced]);

    // A dead letter that was sent back may find nothing left to do.
    ledger.pages().sent_back.insert("images/a.jpg".to_owned());
    assert_eq!(announced(&[&old], "2", &ledger), []);

    ledger.pages().bad.insert("1".to_owned());
    assert_eq!(announced(&[&old, &new], "2", &ledger), [What::WronglyAnnounced]);
}
