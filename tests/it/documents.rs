//! The settings as the code, `template.yaml` and the README know them, and the relations within the
//! template that no linter checks.

use std::fs;
use std::path::Path;

use s3_thumbnailer::config::VARIABLES;
use s3_thumbnailer::notification::{Notification, parse};
use serde_yaml_ng::Value;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn template() -> Value {
    serde_yaml_ng::from_str(&read("template.yaml")).unwrap()
}

/// What stands at `path`, without the tags (`!Ref`, `!Sub`) around it or on the way.
fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    let found = path.iter().fold(value, |value, step| {
        let value = untagged(value);
        let found = match step.parse::<usize>() {
            Ok(index) if value.is_sequence() => value.get(index),
            _ => value.get(*step),
        };
        found.unwrap_or_else(|| panic!("template.yaml has no {step} in {path:?}"))
    });
    untagged(found)
}

fn untagged(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

fn text(value: &Value) -> String {
    match untagged(value) {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("{other:?} is neither text nor a number"),
    }
}

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

const ENVIRONMENT: [&str; 5] = ["Resources", "Function", "Properties", "Environment", "Variables"];
const QUEUE: [&str; 3] = ["Resources", "Queue", "Properties"];

#[test]
fn the_template_sets_every_variable_that_is_read_and_no_other() {
    let template = template();
    let set = at(&template, &ENVIRONMENT).as_mapping().unwrap();
    let mut set: Vec<&str> = set.keys().filter_map(Value::as_str).collect();
    let mut read: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    set.sort_unstable();
    read.sort_unstable();
    assert_eq!(set, read);
}

#[test]
fn the_templates_defaults_are_the_codes() {
    let template = template();
    let mut compared = 0;
    for variable in VARIABLES.iter().filter(|variable| variable.name != "SOURCE_BUCKET") {
        let parameter = text(at(at(&template, &ENVIRONMENT), &[variable.name]));
        let default = at(&template, &["Parameters", &parameter, "Default"]);
        assert_eq!(text(default), variable.default, "{}", variable.name);
        compared += 1;
    }
    assert_eq!(compared, VARIABLES.len() - 1);
}

#[test]
fn the_readmes_table_is_the_codes() {
    let readme = read("README.md");
    let table: String = VARIABLES
        .iter()
        .map(|variable| {
            let default = match variable.default {
                "" => "*(empty)*".to_owned(),
                default => format!("`{default}`"),
            };
            format!("| `{}` | {default} | {} |\n", variable.name, variable.expected)
        })
        .collect();
    assert!(readme.contains(&table), "README.md lacks this table:\n{table}");
}

#[test]
fn messages_stay_invisible_six_times_as_long_as_the_function_may_work() {
    let template = template();
    let source = ["Resources", "Function", "Properties", "Events", "Uploads", "Properties"];
    let window = number(at(at(&template, &source), &["MaximumBatchingWindowInSeconds"]));
    let timeouts =
        at(&template, &["Parameters", "Timeout", "AllowedValues"]).as_sequence().unwrap();
    for timeout in timeouts {
        let visibility =
            number(at(&template, &["Mappings", "VisibilityTimeout", &text(timeout), "Seconds"]));
        assert_eq!(visibility, 6 * number(timeout) + window, "at a timeout of {timeout:?}");
    }
    assert!(timeouts.len() >= 3);
    let looked_up = at(at(&template, &QUEUE), &["VisibilityTimeout"]).as_sequence().unwrap();
    let looked_up: Vec<String> = looked_up.iter().map(text).collect();
    assert_eq!(looked_up, ["VisibilityTimeout", "Timeout", "Seconds"]);
    assert_eq!(text(at(&template, &["Resources", "Function", "Properties", "Timeout"])), "Timeout");
}

#[test]
fn failures_come_back_one_by_one_and_end_in_the_dead_letter_queue() {
    let template = template();
    let queue = at(&template, &QUEUE);
    let dead = at(&template, &["Resources", "DeadLetterQueue", "Properties"]);
    let source = ["Resources", "Function", "Properties", "Events", "Uploads", "Properties"];
    let answers = at(at(&template, &source), &["FunctionResponseTypes", "0"]);
    assert_eq!(text(answers), "ReportBatchItemFailures");
    assert_eq!(text(at(queue, &["RedrivePolicy", "deadLetterTargetArn"])), "DeadLetterQueue.Arn");
    assert_eq!(number(at(queue, &["RedrivePolicy", "maxReceiveCount"])), 5);
    let (days, day) = (number(at(dead, &["MessageRetentionPeriod"])), 24 * 60 * 60);
    assert_eq!(days, 14 * day);
    assert!(number(at(queue, &["MessageRetentionPeriod"])) < days);
}

#[test]
fn the_buckets_notifications_are_those_that_are_understood_and_are_about_the_source_prefix() {
    let template = template();
    let notifications =
        ["Resources", "Bucket", "Properties", "NotificationConfiguration", "QueueConfigurations"];
    let notifications = at(&template, &notifications).as_sequence().unwrap();
    assert_eq!(notifications.len(), 3);
    for notification in notifications {
        let event = text(at(notification, &["Event"])).replace("s3:", "").replace('*', "Put");
        let body = format!(
            r#"{{"Records": [{{"eventSource": "aws:s3", "eventName": "{event}",
                "s3": {{"bucket": {{"name": "b"}}, "object": {{"key": "k"}}}}}}]}}"#
        );
        assert!(matches!(parse(&body), Ok(Notification::Look(_))), "{event} is ignored");
        let prefix = at(notification, &["Filter", "S3Key", "Rules", "0", "Value"]);
        assert_eq!(text(prefix), "SourcePrefix");
        assert_eq!(text(at(at(&template, &ENVIRONMENT), &["SOURCE_PREFIX"])), "SourcePrefix");
    }
}
