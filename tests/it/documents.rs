//! The settings, which must be the same in the code, `template.yaml` and the documents; and
//! relations within the template that no linter checks. Tests that read documents find them by
//! [`names`].

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use s3_thumbnailer::config::{Config, VARIABLES, worker};
use s3_thumbnailer::notification::{events, parse};
use s3_thumbnailer::object::{ObjectRef, Role};
use serde_yaml_ng::Value;

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The README and every page of `docs/`, by their paths from the root.
pub(crate) fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let pages = pages.map(|name| format!("docs/{}", name.to_str().unwrap()));
    let is_page = |name: &String| Path::new(name).extension().is_some_and(|end| end == "md");
    let mut names: Vec<String> = pages.filter(is_page).collect();
    names.sort_unstable();
    names.insert(0, "README.md".to_owned());
    names
}

/// The text of all [`names`], in one string.
pub(crate) fn documents() -> String {
    names().iter().map(|name| read(name) + "\n").collect()
}

pub(crate) fn template() -> Value {
    serde_yaml_ng::from_str(&read("template.yaml")).unwrap()
}

/// The value at `path`, without the tags (`!Ref`, `!Sub`) around it or on the way.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
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

pub(crate) fn untagged(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

/// All values that an expression can have: both sides of an `!If`, except for `AWS::NoValue`.
fn branches(value: &Value) -> Vec<&Value> {
    match value {
        Value::Tagged(tagged) if tagged.tag == "If" => tagged
            .value
            .as_sequence()
            .unwrap()
            .iter()
            .skip(1)
            .filter(|side| untagged(side).as_str() != Some("AWS::NoValue"))
            .collect(),
        other => vec![other],
    }
}

pub(crate) fn text(value: &Value) -> String {
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
    // These name what the template itself creates.
    let created = ["SOURCE_BUCKET", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL"];
    for variable in VARIABLES.iter().filter(|variable| !created.contains(&variable.name)) {
        let parameter = text(at(at(&template, &ENVIRONMENT), &[variable.name]));
        let default = at(&template, &["Parameters", &parameter, "Default"]);
        assert_eq!(text(default), variable.default, "{}", variable.name);
        compared += 1;
    }
    assert_eq!(compared, VARIABLES.len() - created.len());
}

#[test]
fn the_documents_tables_are_the_codes() {
    let documents = documents();
    for variables in [VARIABLES, worker::VARIABLES] {
        let table: String = variables
            .iter()
            .map(|variable| {
                let default = match variable.default {
                    "" => "*(empty)*".to_owned(),
                    default => format!("`{default}`"),
                };
                format!("| `{}` | {default} | {} |\n", variable.name, variable.expected)
            })
            .collect();
        assert!(!table.is_empty());
        assert!(documents.contains(&table), "no document has this table:\n{table}");
    }
}

#[test]
fn the_documents_table_of_events_is_the_codes() {
    let row = |event: &events::Event| {
        let becomes = if event.is_looked_at { "looked at" } else { "ignored" };
        format!("| `{}` | {becomes} | {} |\n", event.name, event.because)
    };
    let table: String = events::EVENTS.iter().map(row).collect();
    assert!(documents().contains(&table), "no document has this table:\n{table}");
}

/// The defaults, with these rules and these other settings (lines of NAME=VALUE).
fn config(page: &str, rules: &str, settings: &[&str]) -> Config {
    let set = |name: &str| {
        let settings = settings.iter().filter_map(|line| line.split_once('='));
        let mut all = settings.chain([("THUMBNAIL_RULES", rules)]);
        all.find(|(set, _)| *set == name).map(|(_, value)| value.to_owned())
    };
    Config::from_lookup(set).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// What stands between each of these fences and its end.
fn blocks<'a>(text: &'a str, fence: &str) -> Vec<&'a str> {
    text.split(fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_documents_rules_can_be_used() {
    let mut shown = Vec::new();
    for name in names() {
        for rules in blocks(&read(&name), "```json\n") {
            config(&name, rules, &[]);
            shown.push(name.clone());
        }
    }
    let expected = [
        "README.md",
        "docs/moving-from-aws-image-handler.md",
        "docs/moving-from-firebase.md",
        "docs/moving-from-firebase.md",
        "docs/moving-from-pillow.md",
        "docs/moving-from-sharp.md",
        "docs/moving-from-sharp.md",
        "docs/rules.md",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn the_pages_for_people_who_move_in_show_the_names_that_their_rules_give() {
    let mut pages = 0;
    for name in names().iter().filter(|name| name.starts_with("docs/moving-from-")) {
        let text = read(name);
        let (rules, shown) = (blocks(&text, "```json\n"), blocks(&text, "```text\n"));
        assert_eq!(rules.len(), shown.len(), "{name}: names after each block of rules");
        for (rules, shown) in rules.into_iter().zip(shown) {
            assert_eq!(given(name, rules, shown), shown, "{name}");
        }
        pages += 1;
    }
    assert_eq!(pages, 4);
}

/// What a page shows below its rules, as they really are: settings, and the keys of pictures, each
/// followed by the keys of its thumbnails.
fn given(page: &str, rules: &str, shown: &str) -> String {
    let stated = shown.lines().filter(|line| !line.starts_with(' '));
    let (settings, pictures): (Vec<&str>, Vec<&str>) = stated.partition(|line| line.contains('='));
    let layout = config(page, rules, &settings).policy.layout;
    let mut lines: Vec<String> = settings.into_iter().map(str::to_owned).collect();
    assert!(!pictures.is_empty(), "{page} shows no names");
    for picture in pictures {
        lines.push(picture.to_owned());
        match layout.role(&ObjectRef::new("my-pictures", picture)) {
            Role::Source { thumbnails, .. } => {
                lines.extend(thumbnails.iter().map(|thumbnail| format!("  {}", thumbnail.key)));
            }
            Role::Excluded(_) => lines.push("  none".to_owned()),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_readme_is_a_front_page() {
    let readme = read("README.md");
    let (lines, words) = (readme.lines().count(), readme.split_whitespace().count());
    assert!(lines <= 250, "README.md has {lines} lines: move what is not for strangers to docs/");
    assert!(words <= 1500, "README.md has {words} words: move what is not for strangers to docs/");
}

#[test]
fn every_page_is_listed_by_the_index_and_by_the_readme() {
    let (index, readme) = (read("docs/README.md"), read("README.md"));
    let mut listed = 0;
    for name in names() {
        let Some(page) = name.strip_prefix("docs/").filter(|page| *page != "README.md") else {
            continue;
        };
        // `make walk` goes by the index's rows.
        assert_eq!(index.matches(&format!("]({page}) |")).count(), 1, "docs/README.md and {page}");
        assert!(readme.contains(&format!("](docs/{page}) |")), "README.md does not list {page}");
        listed += 1;
    }
    assert!(listed >= 12, "only {listed} pages were found");
}

#[test]
fn messages_stay_invisible_six_times_as_long_as_the_function_may_work() {
    let template = template();
    let source = ["Resources", "Function", "Properties", "Events", "Uploads", "Properties"];
    let window = number(at(at(&template, &source), &["MaximumBatchingWindowInSeconds"]));
    let timeouts =
        at(&template, &["Parameters", "Timeout", "AllowedValues"]).as_sequence().unwrap();
    for timeout in timeouts {
        let products = at(&template, &["Mappings", "ByTimeout", &text(timeout)]);
        let product = |name: &str| number(at(products, &[name]));
        let seconds = number(timeout);
        assert_eq!(product("VisibilitySeconds"), 6 * seconds + window, "at a timeout of {seconds}");
        assert_eq!(product("LongMilliseconds"), 800 * seconds, "at a timeout of {seconds}");
        assert_eq!(product("Milliseconds"), 1000 * seconds, "at a timeout of {seconds}");
    }
    assert!(timeouts.len() >= 3);
    let looked_up = at(at(&template, &QUEUE), &["VisibilityTimeout"]).as_sequence().unwrap();
    let looked_up: Vec<String> = looked_up.iter().map(text).collect();
    assert_eq!(looked_up, ["ByTimeout", "Timeout", "VisibilitySeconds"]);
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
    assert_eq!(number(at(queue, &["RedrivePolicy", "maxReceiveCount"])), 15);
    let (days, day) = (number(at(dead, &["MessageRetentionPeriod"])), 24 * 60 * 60);
    assert_eq!(days, 14 * day);
    assert!(number(at(queue, &["MessageRetentionPeriod"])) < days);
}

#[test]
fn the_bucket_sends_the_events_that_are_understood_for_the_source_prefix() {
    let template = template();
    let notifications =
        ["Resources", "Bucket", "Properties", "NotificationConfiguration", "QueueConfigurations"];
    let notifications = at(&template, &notifications).as_sequence().unwrap();
    let events: Vec<String> = notifications.iter().map(|one| text(at(one, &["Event"]))).collect();
    let expected = [
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:*",
        "s3:ObjectRestore:Completed",
        "s3:LifecycleExpiration:*",
    ];
    assert_eq!(events, expected);
    for (notification, event) in notifications.iter().zip(events) {
        let event = event.replace("s3:", "").replace('*', "Put");
        let body = format!(
            r#"{{"Records": [{{"eventSource": "aws:s3", "eventName": "{event}",
                "s3": {{"bucket": {{"name": "b"}}, "object": {{"key": "k"}}}}}}]}}"#
        );
        assert_eq!(parse(&body).look.len(), 1, "{event} is ignored");
        assert_eq!(text(at(notification, &["Queue"])), "Queue.Arn");
        // None for the whole bucket.
        let filter = at(notification, &["Filter"]).as_sequence().unwrap();
        assert_eq!([text(&filter[0]), text(&filter[1])], ["EveryKey", "AWS::NoValue"]);
        let rules = at(&filter[2], &["S3Key", "Rules"]).as_sequence().unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(text(at(&rules[0], &["Name"])), "prefix");
        assert_eq!(text(at(&rules[0], &["Value"])), "SourcePrefix");
        assert_eq!(text(at(at(&template, &ENVIRONMENT), &["SOURCE_PREFIX"])), "SourcePrefix");
    }
}

#[test]
fn an_existing_bucket_sends_the_events_that_are_understood_for_the_source_prefix() {
    let template = template();
    let rule = at(&template, &["Resources", "UploadRule"]);
    let pattern = at(rule, &["Properties", "EventPattern"]);
    let bucket = at(pattern, &["detail", "bucket", "name", "0"]);
    assert_eq!(text(bucket), text(at(at(&template, &ENVIRONMENT), &["SOURCE_BUCKET"])));
    let prefix = at(pattern, &["detail", "object", "key", "0", "prefix"]).as_sequence().unwrap();
    let prefix: Vec<String> = prefix.iter().map(text).collect();
    assert_eq!(prefix, ["EveryKey", "", "SourcePrefix"]);
    assert_eq!(text(at(pattern, &["source", "0"])), "aws.s3");
    let kinds = at(pattern, &["detail-type"]).as_sequence().unwrap();
    for kind in kinds {
        let body = format!(
            r#"{{"source": "aws.s3", "detail-type": "{}", "detail": {{"bucket": {{"name": "b"}},
                "object": {{"key": "images/k"}}, "reason": "Lifecycle Expiration"}}}}"#,
            text(kind)
        );
        assert_eq!(parse(&body).look.len(), 1, "{kind:?} is ignored");
    }
    let expected = ["Object Created", "Object Deleted", "Object Restore Completed"];
    assert_eq!(kinds.iter().map(text).collect::<Vec<_>>(), expected);
    assert_eq!(text(at(rule, &["Properties", "Targets", "0", "Arn"])), "Queue.Arn");
}

#[test]
fn a_bucket_is_either_created_or_listened_to() {
    let template = template();
    let resources = at(&template, &["Resources"]).as_mapping().unwrap();
    let on = |condition: &str| -> BTreeSet<&str> {
        let conditional = resources.iter().filter(|(_, resource)| {
            resource.get("Condition").and_then(Value::as_str) == Some(condition)
        });
        conditional.filter_map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(on("CreateBucket"), BTreeSet::from(["Bucket", "BucketPolicy"]));
    assert_eq!(
        on("ExistingBucket"),
        BTreeSet::from(["UploadRule", "UndeliveredAlarm", "LostEventsAlarm"])
    );
    for (condition, mode) in [("CreateBucket", "create"), ("ExistingBucket", "existing")] {
        let equals = at(&template, &["Conditions", condition]).as_sequence().unwrap();
        assert_eq!(equals.iter().map(text).collect::<Vec<_>>(), ["BucketMode", mode]);
    }
}

#[test]
fn resources_that_hold_data_outlive_the_stack() {
    let template = template();
    for name in ["Bucket", "BucketPolicy"] {
        let resource = at(&template, &["Resources", name]);
        assert_eq!(text(at(resource, &["DeletionPolicy"])), "RetainExceptOnCreate", "{name}");
        assert_eq!(text(at(resource, &["UpdateReplacePolicy"])), "Retain", "{name}");
    }
}

/// The IAM action that each call of an SDK needs (Service Authorization Reference).
const ACTIONS: [(&str, &str); 11] = [
    ("get_object", "s3:GetObject"),
    ("head_object", "s3:GetObject"),
    ("put_object", "s3:PutObject"),
    ("delete_object", "s3:DeleteObject"),
    ("get_bucket_notification_configuration", "s3:GetBucketNotification"),
    ("send_message", "sqs:SendMessage"),
    ("change_message_visibility", "sqs:ChangeMessageVisibility"),
    ("receive_message", "sqs:ReceiveMessage"),
    ("delete_message", "sqs:DeleteMessage"),
    ("get_queue_attributes", "sqs:GetQueueAttributes"),
    ("put_events", "events:PutEvents"),
];

/// Actions that none of our calls needs, and what does need them.
const WITHOUT_CALL: [(&str, &str); 12] = [
    ("s3:PutObjectTagging", "S3, of a put_object with tags"),
    ("s3:PutObjectAcl", "S3, of a put_object with an ACL"),
    ("s3:ListBucket", "S3 answers 404 for a missing key only to those who may list"),
    ("sqs:ReceiveMessage", "Lambda's poller"),
    ("sqs:DeleteMessage", "Lambda's poller"),
    ("sqs:GetQueueAttributes", "Lambda's poller"),
    ("logs:CreateLogStream", "Lambda's log lines"),
    ("logs:PutLogEvents", "Lambda's log lines"),
    ("kms:Decrypt", "S3 and SQS, of what a key of the customer's encrypted"),
    ("kms:GenerateDataKey", "S3 and SQS, of what a key of the customer's is to encrypt"),
    ("xray:PutTraceSegments", "Lambda's traces"),
    ("xray:PutTelemetryRecords", "Lambda's traces"),
];

#[test]
fn every_call_has_its_action_in_the_role_and_every_action_its_call() {
    let mut needed: BTreeSet<&str> = WITHOUT_CALL.iter().map(|(action, _)| *action).collect();
    let mut calls = 0;
    for file in [
        "src/store/s3.rs",
        "src/store/s3/announced.rs",
        "src/queue/sqs.rs",
        "src/bus/eventbridge.rs",
    ] {
        let code: String = read(file).split_whitespace().collect();
        for (_, rest) in
            code.match_indices("client.").map(|(at, name)| code.split_at(at + name.len()))
        {
            let call = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            let known = ACTIONS.iter().find(|(known, _)| *known == call);
            let (_, action) = known.unwrap_or_else(|| panic!("{file} calls {call}: which action?"));
            needed.insert(action);
            calls += 1;
        }
    }
    assert!(calls >= 6, "only {calls} calls were found");

    let template = template();
    let policies =
        ["Resources", "Role", "Properties", "Policies", "0", "PolicyDocument", "Statement"];
    let statements = at(&template, &policies).as_sequence().unwrap();
    let granted: BTreeSet<String> = statements
        .iter()
        .flat_map(branches)
        .flat_map(|statement| match at(statement, &["Action"]) {
            Value::Sequence(several) => several.iter().flat_map(branches).map(text).collect(),
            one => vec![text(one)],
        })
        .collect();
    let granted: BTreeSet<&str> = granted.iter().map(String::as_str).collect();
    assert_eq!(granted, needed);
    assert!(granted.iter().all(|action| !action.contains('*')));
}
