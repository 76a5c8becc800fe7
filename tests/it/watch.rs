//! The template's alarms and dashboard: `CloudWatch` accepts them, they watch existing metrics, and
//! the documents describe each. `make e2e` tests whether the metrics ever have values.

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use crate::documents::{at, documents, template, text, untagged};

/// The function's own metrics: name, unit, and whether it is counted by reason as well.
const OWN: [(&str, &str, bool); 18] = [
    ("Pictures", "Count", false),
    ("Thumbnails", "Count", false),
    ("AlreadyRight", "Count", false),
    ("Removed", "Count", false),
    ("Skipped", "Count", true),
    ("Rejected", "Count", true),
    ("Failed", "Count", true),
    ("Waiting", "Count", true),
    ("Faults", "Count", false),
    ("SourceBytes", "Bytes", false),
    ("ThumbnailBytes", "Bytes", false),
    ("ReadTime", "Milliseconds", false),
    ("RenderTime", "Milliseconds", false),
    ("WriteTime", "Milliseconds", false),
    ("TotalTime", "Milliseconds", false),
    ("UploadAge", "Milliseconds", false),
    ("CanaryTime", "Milliseconds", false),
    ("ColdStarts", "Count", false),
];

/// AWS's metrics that are watched, from its services' "Metrics" pages: namespace, name, dimension.
const OF_AWS: [(&str, &str, &str); 9] = [
    ("AWS/Lambda", "Duration", "FunctionName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/Lambda", "Throttles", "FunctionName"),
    ("AWS/Lambda", "ConcurrentExecutions", "FunctionName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
    ("AWS/Events", "FailedInvocations", "RuleName"),
    ("AWS/Events", "InvocationsFailedToBeSentToDlq", "RuleName"),
];

fn is_measured(namespace: &str, name: &str, dimension: &str) -> bool {
    let own = namespace == "S3Thumbnailer" && dimension == "FunctionName";
    own && OWN.iter().any(|(known, ..)| *known == name)
        || OF_AWS.contains(&(namespace, name, dimension))
}

fn alarms(template: &Yaml) -> Vec<(&str, &Yaml)> {
    let resources = at(template, &["Resources"]).as_mapping().unwrap();
    let alarms = resources.iter().filter(|(_, resource)| {
        resource.get("Type").and_then(Yaml::as_str) == Some("AWS::CloudWatch::Alarm")
    });
    alarms.map(|(name, resource)| (name.as_str().unwrap(), at(resource, &["Properties"]))).collect()
}

/// The condition under which an alarm has actions at all: the topic that it tells.
fn topic(alarm: &Yaml) -> String {
    text(at(alarm, &["AlarmActions", "0"]))
}

#[test]
fn every_alarm_watches_an_existing_metric_says_what_to_do_and_notifies_a_topic() {
    let template = template();
    let alarms = alarms(&template);
    for (name, alarm) in &alarms {
        let field = |field: &str| text(at(alarm, &[field]));
        let dimension = text(at(alarm, &["Dimensions", "0", "Name"]));
        assert!(is_measured(&field("Namespace"), &field("MetricName"), &dimension), "{name}");
        let description = field("AlarmDescription");
        assert!((80..=1024).contains(&description.len()), "{name}: {} bytes", description.len());
        assert!(["AlarmTopic", "NoticeTopic"].contains(&topic(alarm).as_str()), "{name}");
        assert_eq!(topic(alarm), text(at(alarm, &["OKActions", "0"])), "{name}");
    }
    assert_eq!(alarms.len(), 11);
}

#[test]
fn alarms_that_an_uploader_can_cause_wake_nobody() {
    let template = template();
    let mut told = 0;
    for (name, alarm) in alarms(&template) {
        let metric = text(at(alarm, &["MetricName"]));
        let of_the_dead =
            text(at(alarm, &["Dimensions", "0", "Value"])).contains("DeadLetterQueue");
        if of_the_dead || ["Rejected", "Skipped", "Duration"].contains(&metric.as_str()) {
            assert_eq!(topic(alarm), "NoticeTopic", "{name}");
            told += 1;
        }
    }
    assert_eq!(told, 3);
}

#[test]
fn the_documents_describe_every_alarm_and_every_metric() {
    let (documents, template) = (documents(), template());
    for (name, _) in alarms(&template) {
        assert!(documents.contains(&format!("\n| `{name}` | ")), "no document has a row of {name}");
    }
    for (name, unit, by_reason) in OWN {
        let row = format!("\n| `{name}` | {unit} | {}|", if by_reason { "yes " } else { "" });
        assert!(documents.contains(&row), "no document has this row:{row}");
    }
}

/// The body as `CloudFormation` would put it together; `existing` for a stack with an existing
/// bucket and a canary.
fn dashboard(existing: bool) -> Value {
    let template = template();
    let body = at(&template, &["Resources", "Dashboard", "Properties", "DashboardBody", "0"]);
    let mut rest = untagged(body).as_str().unwrap();
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        filled += before;
        let value = match name {
            "AWS::Region" => "eu-west-1".to_owned(),
            "BacklogAlarmSeconds" | "LongMilliseconds" | "TimeoutMilliseconds" => "900".to_owned(),
            "EventAlarmArns" if existing => {
                let arn = |alarm| format!(r#""arn:aws:cloudwatch:{alarm}","#);
                ["UndeliveredAlarm", "LostEventsAlarm"].map(arn).concat()
            }
            "CanaryAlarmArn" if existing => r#""arn:aws:cloudwatch:CanaryAlarm","#.to_owned(),
            "EventAlarmArns" | "CanaryAlarmArn" => String::new(),
            _ => {
                let resource = name.split('.').next().unwrap();
                at(&template, &["Resources", resource]);
                if name.ends_with(".Arn") {
                    format!("arn:aws:cloudwatch:{resource}")
                } else {
                    resource.to_owned()
                }
            }
        };
        filled += &value;
        rest = after;
    }
    filled += rest;
    serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{error} in {filled}"))
}

fn only(object: &Map<String, Value>, known: &[&str], what: &str) {
    for name in object.keys() {
        assert!(
            known.contains(&name.as_str()),
            "{what} has {name}, which CloudWatch does not know"
        );
    }
}

fn whole(widget: &Value, name: &str) -> u64 {
    widget[name].as_u64().unwrap_or_else(|| panic!("{name} is no whole number in {widget}"))
}

/// `CloudWatch` API Reference, "Dashboard Body Structure and Syntax".
#[test]
fn the_dashboards_body_is_what_cloudwatch_takes() {
    for existing in [false, true] {
        let body = dashboard(existing);
        only(body.as_object().unwrap(), &["start", "widgets"], "the dashboard");
        assert!(body["start"].as_str().unwrap().starts_with("-P"));
        let widgets = body["widgets"].as_array().unwrap();
        let mut taken = Vec::new();
        for widget in widgets {
            let known = ["type", "x", "y", "width", "height", "properties"];
            only(widget.as_object().unwrap(), &known, "a widget");
            let (x, y) = (whole(widget, "x"), whole(widget, "y"));
            let (width, height) = (whole(widget, "width"), whole(widget, "height"));
            assert!(width >= 1 && x + width <= 24 && (1..=1000).contains(&height), "{widget}");
            for at in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
                assert!(!taken.contains(&at), "{at:?} is taken twice: {widget}");
                taken.push(at);
            }
            check_properties(&widget["type"], &widget["properties"]);
        }
        assert_eq!(widgets.len(), 11);
        let shown = widgets.iter().filter_map(|widget| widget["properties"]["alarms"].as_array());
        assert_eq!(shown.flatten().count(), if existing { 11 } else { 8 });
    }
}

fn check_properties(kind: &Value, properties: &Value) {
    let object = properties.as_object().unwrap();
    assert!(properties["title"].is_string());
    match kind.as_str() {
        Some("alarm") => {
            only(object, &["title", "alarms", "sortBy", "states"], "alarms");
            let arns = properties["alarms"].as_array().unwrap();
            assert!(arns.iter().all(|arn| arn.as_str().unwrap().starts_with("arn:")));
        }
        Some("log") => {
            only(object, &["title", "region", "query", "view"], "a log");
            assert!(properties["region"].is_string());
            assert!(
                properties["query"].as_str().unwrap().starts_with("SOURCE 'LogGroup' | fields ")
            );
        }
        Some("metric") => {
            let known = [
                "title",
                "region",
                "view",
                "stacked",
                "stat",
                "period",
                "metrics",
                "yAxis",
                "annotations",
            ];
            only(object, &known, "a graph");
            assert!(properties["region"].is_string());
            assert_eq!(properties["view"], "timeSeries");
            check_statistic(properties);
            for line in properties["annotations"]["horizontal"].as_array().into_iter().flatten() {
                only(line.as_object().unwrap(), &["label", "value", "color", "yAxis"], "a line");
                assert!(line["value"].is_number());
            }
            assert!(!properties["metrics"].as_array().unwrap().is_empty());
        }
        _ => panic!("a widget is of type {kind}"),
    }
}

fn check_statistic(of: &Value) {
    if let Some(statistic) = of.get("stat") {
        let known = ["SampleCount", "Average", "Sum", "Minimum", "Maximum", "p50", "p90", "p99"];
        assert!(known.contains(&statistic.as_str().unwrap()), "{of}");
    }
    if let Some(period) = of.get("period") {
        let period = period.as_u64().unwrap();
        assert!(period >= 60 && period.is_multiple_of(60), "{of}");
    }
}

#[test]
fn the_dashboard_shows_existing_metrics_and_all_of_ours() {
    let body = dashboard(true);
    let mut shown = Vec::new();
    for widget in body["widgets"].as_array().unwrap() {
        let mut before: Vec<String> = Vec::new();
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            let metric = metric.as_array().unwrap();
            let names = metric.iter().filter_map(Value::as_str).enumerate();
            let names: Vec<String> = names
                .map(|(at, name)| if name == "." { before[at].clone() } else { name.to_owned() })
                .collect();
            let rendering = metric.last().filter(|last| last.is_object());
            if let Some(rendering) = rendering {
                let known = ["label", "color", "stat", "period", "yAxis", "id", "expression"];
                only(rendering.as_object().unwrap(), &known, "a metric");
                check_statistic(rendering);
            }
            if let Some(expression) = rendering.and_then(|rendering| rendering.get("expression")) {
                assert_eq!(metric.len(), 1);
                let expression = expression.as_str().unwrap();
                let of = r#"SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName="Function" MetricName=""#;
                let name = expression.strip_prefix(of).and_then(|rest| rest.split('"').next());
                let found =
                    OWN.iter().find(|(known, _, by_reason)| Some(*known) == name && *by_reason);
                assert!(found.is_some(), "{expression}");
                assert!(expression.ends_with("', 'Sum', 300)"), "{expression}");
            } else {
                assert_eq!(metric.len(), names.len() + usize::from(rendering.is_some()));
                let [namespace, name, dimension, _] = names.as_slice() else {
                    panic!("{names:?} are not a namespace, a name and one dimension");
                };
                assert!(is_measured(namespace, name, dimension), "{names:?}");
                shown.push((namespace.clone(), name.clone()));
            }
            before = names;
        }
    }
    for (name, ..) in OWN {
        assert!(
            shown.contains(&("S3Thumbnailer".to_owned(), name.to_owned())),
            "{name} is not shown"
        );
    }
}
