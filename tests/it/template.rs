//! What `template.yaml` grants, wires and watches, line by line. A line shows an expression of
//! `CloudFormation` in short: `{Queue}` refers to something, `(Condition ? this : that)` chooses, and
//! `-` is nothing. `documents` compares the template with the settings and with the events.

use s3_thumbnailer::config::{Config, VARIABLES};
use serde_yaml_ng::Value;

use crate::documents::{at, template, text};

/// An expression in short.
fn show(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let parts = tagged.value.as_sequence().map(Vec::as_slice).unwrap_or_default();
            match (tag.trim_start_matches('!'), parts) {
                ("Ref", _) if tagged.value == "AWS::NoValue" => "-".to_owned(),
                ("Ref" | "GetAtt", _) => format!("{{{}}}", text(&tagged.value)),
                ("Sub", [format, values]) => {
                    let filled = values.as_mapping().unwrap().iter().fold(
                        text(format),
                        |filled, (name, value)| {
                            filled.replace(&format!("${{{}}}", text(name)), &show(value))
                        },
                    );
                    filled.replace("${", "{")
                }
                ("Sub", _) => text(&tagged.value).replace("${", "{"),
                ("If", [condition, this, that]) => {
                    format!("({} ? {} : {})", text(condition), show(this), show(that))
                }
                ("FindInMap", _) => parts.iter().map(show).collect::<Vec<_>>().join("."),
                (operator, _) => {
                    let parts: Vec<_> = parts.iter().map(show).collect();
                    format!("{operator}[{}]", parts.join(" "))
                }
            }
        }
        Value::Sequence(parts) => parts.iter().map(show).collect::<Vec<_>>().join(" "),
        Value::Mapping(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{}={}", text(name), show(value)));
            fields.collect::<Vec<_>>().join(" ")
        }
        Value::String(empty) if empty.is_empty() => r#""""#.to_owned(),
        Value::Bool(bool) => bool.to_string(),
        other => text(other),
    }
}

/// What `path` leads to, with its tag.
fn shown(value: &Value, path: &str) -> String {
    let steps: Vec<&str> = path.split('.').collect();
    let (last, before) = steps.split_last().unwrap();
    let within = at(value, before);
    let found = match last.parse::<usize>() {
        Ok(index) if within.is_sequence() => within.get(index),
        _ => within.get(*last),
    };
    show(found.unwrap_or_else(|| panic!("template.yaml has no {path}")))
}

/// The statements of a policy, each as one line.
fn statements(policy: &Value) -> Vec<String> {
    let statements = at(policy, &["PolicyDocument", "Statement"]).as_sequence().unwrap();
    let mut lines = Vec::new();
    for statement in statements {
        match statement {
            Value::Tagged(choice) if choice.tag == "If" => {
                let condition = text(&choice.value[0]);
                lines.push(format!("if {condition}: {}", line(&choice.value[1])));
                if show(&choice.value[2]) != "-" {
                    lines.push(format!("unless {condition}: {}", line(&choice.value[2])));
                }
            }
            statement => lines.push(line(statement)),
        }
    }
    lines
}

fn line(statement: &Value) -> String {
    let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    for (name, _) in statement.as_mapping().unwrap() {
        assert!(known.contains(&name.as_str().unwrap()), "{statement:?}");
    }
    let part = |name: &str| statement.get(name).map(show);
    let whom = part("Principal").map(|whom| format!(" {whom}")).unwrap_or_default();
    let when = part("Condition").map(|when| format!(" when {when}")).unwrap_or_default();
    let [effect, action, resource] =
        ["Effect", "Action", "Resource"].map(|name| part(name).unwrap());
    format!("{effect}{whom} {action} on {resource}{when}")
}

#[test]
fn the_role_allows_exactly_this() {
    let template = template();
    let role = at(&template, &["Resources", "Role", "Properties"]);
    assert_eq!(
        shown(role, "AssumeRolePolicyDocument.Statement"),
        "Effect=Allow Principal=Service=lambda.amazonaws.com Action=sts:AssumeRole"
    );
    let policies = at(role, &["Policies"]).as_sequence().unwrap();
    assert_eq!(policies.len(), 1);
    assert!(role.get("ManagedPolicyArns").is_none());
    let expected = [
        "Allow s3:GetObject on \
         arn:{AWS::Partition}:s3:::{BucketName}/(EveryKey ? \"\" : {SourcePrefix})*",
        "Allow s3:GetObject s3:PutObject s3:DeleteObject \
         (ThumbnailsHaveTags ? s3:PutObjectTagging : -) (ThumbnailsHaveAcl ? s3:PutObjectAcl : -) \
         on arn:{AWS::Partition}:s3:::(ThumbnailsElsewhere ? {ThumbnailBucket} : {BucketName})/\
         (NoThumbnailPrefix ? \"\" : {ThumbnailPrefix})*",
        "Allow s3:ListBucket on arn:{AWS::Partition}:s3:::{BucketName} \
         (ThumbnailsElsewhere ? arn:{AWS::Partition}:s3:::{ThumbnailBucket} : -)",
        "Allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on {Queue.Arn}",
        "Allow sqs:ChangeMessageVisibility on {Queue.Arn}",
        "Allow sqs:SendMessage on {DeadLetterQueue.Arn}",
        "Allow logs:CreateLogStream logs:PutLogEvents on {LogGroup.Arn}",
        "if TellsBus: Allow events:PutEvents on {EventBus}",
        "if HasCanary: Allow s3:PutObject s3:DeleteObject \
         (ThumbnailsHaveTags ? s3:PutObjectTagging : -) (ThumbnailsHaveAcl ? s3:PutObjectAcl : -) \
         on arn:{AWS::Partition}:s3:::{BucketName}/(EveryKey ? \"\" : {SourcePrefix}){CanaryName}",
        "if HasCanary: Allow s3:GetBucketNotification on arn:{AWS::Partition}:s3:::{BucketName}",
        "if CustomerKey: Allow kms:Decrypt kms:GenerateDataKey on {KmsKeyArn}",
        "if ThumbnailsHaveKey: Allow kms:Decrypt kms:GenerateDataKey on {ThumbnailKmsKey}",
        "if ActiveTracing: Allow xray:PutTraceSegments xray:PutTelemetryRecords on *",
    ];
    assert_eq!(statements(&policies[0]), expected);
}

#[test]
fn the_queues_and_the_bucket_allow_exactly_this() {
    let template = template();
    let policy = |name: &str, of: &str| {
        let properties = at(&template, &["Resources", name, "Properties"]);
        assert_eq!(shown(properties, of), format!("{{{}}}", name.trim_end_matches("Policy")));
        statements(properties)
    };
    let expected = [
        "if CreateBucket: Allow Service=s3.amazonaws.com sqs:SendMessage on {Queue.Arn} \
         when ArnEquals=aws:SourceArn=arn:{AWS::Partition}:s3:::{BucketName} \
         StringEquals=aws:SourceAccount={AWS::AccountId}",
        "unless CreateBucket: Allow Service=events.amazonaws.com sqs:SendMessage on {Queue.Arn} \
         when ArnEquals=aws:SourceArn={UploadRule.Arn}",
        "Deny * sqs:* on {Queue.Arn} when Bool=aws:SecureTransport=false",
    ];
    assert_eq!(policy("QueuePolicy", "Queues"), expected);
    let expected = [
        "if ExistingBucket: Allow Service=events.amazonaws.com sqs:SendMessage \
         on {DeadLetterQueue.Arn} when ArnEquals=aws:SourceArn={UploadRule.Arn}",
        "Deny * sqs:* on {DeadLetterQueue.Arn} when Bool=aws:SecureTransport=false",
    ];
    assert_eq!(policy("DeadLetterQueuePolicy", "Queues"), expected);
    let expected =
        ["Deny * s3:* on {Bucket.Arn} {Bucket.Arn}/* when Bool=aws:SecureTransport=false"];
    assert_eq!(policy("BucketPolicy", "Bucket"), expected);
}

#[test]
fn every_alarm_goes_off_at_exactly_this() {
    let template = template();
    let resources = at(&template, &["Resources"]).as_mapping().unwrap();
    let alarms = resources.iter().filter(|(_, of)| text(&of["Type"]) == "AWS::CloudWatch::Alarm");
    let lines: Vec<String> = alarms
        .map(|(name, alarm)| {
            let alarm = at(alarm, &["Properties"]);
            let field = |name: &str| alarm.get(name).map(show);
            let needed = |name: &str| field(name).unwrap();
            assert_eq!(needed("OKActions"), needed("AlarmActions"));
            let (than, without_data) = if text(name) == "CanaryAlarm" {
                ("LessThanThreshold", "breaching")
            } else {
                ("GreaterThanOrEqualToThreshold", "notBreaching")
            };
            assert_eq!(needed("ComparisonOperator"), than);
            assert_eq!(needed("TreatMissingData"), without_data);
            let sign = if than == "LessThanThreshold" { "<" } else { ">=" };
            let statistic = field("Statistic").or(field("ExtendedStatistic")).unwrap();
            let [namespace, metric, dimensions, period] =
                ["Namespace", "MetricName", "Dimensions", "Period"].map(needed);
            let watched =
                format!("{statistic} of {namespace} {metric} of {dimensions} in {period} s");
            let periods = needed("EvaluationPeriods");
            let bad = field("DatapointsToAlarm").unwrap_or_else(|| periods.clone());
            format!(
                "{}: {watched} {sign} {}, {bad} of {periods} times, tells {}",
                text(name),
                needed("Threshold"),
                needed("AlarmActions"),
            )
        })
        .collect();
    let now = "tells (AlarmTopic ? {AlarmTopicArn} : -)";
    let later = "tells (NoticeTopic ? {NoticeTopicArn} : -)";
    let function = "Name=FunctionName Value={Function}";
    let ours = |statistic: &str, metric: &str| {
        format!("{statistic} of S3Thumbnailer {metric} of {function}")
    };
    let lambda =
        |statistic: &str, metric: &str| format!("{statistic} of AWS/Lambda {metric} of {function}");
    let rule =
        |metric: &str| format!("Sum of AWS/Events {metric} of Name=RuleName Value={{UploadRule}}");
    let queue = |name: &str, metric: &str| {
        format!(
            "Maximum of AWS/SQS Approximate{metric} of Name=QueueName Value={{{name}.QueueName}}"
        )
    };
    let expected = [
        format!("FaultsAlarm: {} in 300 s >= 1, 1 of 1 times, {now}", ours("Sum", "Faults")),
        format!("ErrorsAlarm: {} in 300 s >= 1, 1 of 1 times, {now}", lambda("Sum", "Errors")),
        format!("FailingAlarm: {} in 300 s >= 0.1, 5 of 6 times, {now}", ours("Average", "Failed")),
        format!(
            "BacklogAlarm: {} in 300 s >= {{BacklogAlarmSeconds}}, 1 of 1 times, {now}",
            queue("Queue", "AgeOfOldestMessage")
        ),
        format!(
            "ThrottlesAlarm: {} in 300 s >= 1, 3 of 3 times, {now}",
            lambda("Sum", "Throttles")
        ),
        format!(
            "UndeliveredAlarm: {} in 300 s >= 1, 1 of 1 times, {now}",
            rule("FailedInvocations")
        ),
        format!(
            "LostEventsAlarm: {} in 300 s >= 1, 1 of 1 times, {now}",
            rule("InvocationsFailedToBeSentToDlq")
        ),
        format!(
            "CanaryAlarm: {} in ByCanaryMinutes.{{CanaryMinutes}}.Seconds s < 1, 2 of 2 times, {now}",
            ours("SampleCount", "CanaryTime")
        ),
        format!(
            "DeadLettersAlarm: {} in 300 s >= 1, 1 of 1 times, {later}",
            queue("DeadLetterQueue", "NumberOfMessagesVisible")
        ),
        format!(
            "ExpiringLettersAlarm: {} in 3600 s >= 777600, 1 of 1 times, {later}",
            queue("DeadLetterQueue", "AgeOfOldestMessage")
        ),
        format!(
            "LongBatchesAlarm: {} in 300 s >= ByTimeout.{{Timeout}}.LongMilliseconds, \
             3 of 3 times, {later}",
            lambda("p99", "Duration")
        ),
    ];
    assert_eq!(lines, expected);
}

/// Everything else that only the template says, by its path.
const SAYS: [(&str, &str); 63] = [
    ("Conditions.CreateBucket", "Equals[{BucketMode} create]"),
    ("Conditions.ExistingBucket", "Equals[{BucketMode} existing]"),
    ("Conditions.EveryKey", "Equals[{SourcePrefix} /]"),
    ("Conditions.NoThumbnailPrefix", "Equals[{ThumbnailPrefix} /]"),
    ("Conditions.ThumbnailsElsewhere", "Not[Equals[{ThumbnailBucket} \"\"]]"),
    ("Conditions.ThumbnailsHaveKey", "Not[Equals[{ThumbnailKmsKey} \"\"]]"),
    ("Conditions.ThumbnailsHaveTags", "Not[Equals[{ThumbnailTags} \"\"]]"),
    ("Conditions.ThumbnailsHaveAcl", "Not[Equals[{ThumbnailAcl} \"\"]]"),
    ("Conditions.TellsBus", "Not[Equals[{EventBus} \"\"]]"),
    ("Conditions.HasPollers", "Not[Equals[{MinimumPollers} 0]]"),
    ("Conditions.HasCanary", "Not[Equals[{CanaryMinutes} 0]]"),
    ("Conditions.CustomerKey", "Not[Equals[{KmsKeyArn} \"\"]]"),
    ("Conditions.ActiveTracing", "Equals[{Tracing} Active]"),
    ("Conditions.AlarmTopic", "Not[Equals[{AlarmTopicArn} \"\"]]"),
    ("Conditions.NoticeTopic", "Not[Equals[{NoticeTopicArn} \"\"]]"),
    ("Resources.Bucket.DependsOn", "QueuePolicy"),
    ("Resources.Bucket.Properties.BucketName", "{BucketName}"),
    ("Resources.Bucket.Properties.PublicAccessBlockConfiguration.BlockPublicAcls", "true"),
    ("Resources.Bucket.Properties.PublicAccessBlockConfiguration.BlockPublicPolicy", "true"),
    ("Resources.Bucket.Properties.PublicAccessBlockConfiguration.IgnorePublicAcls", "true"),
    ("Resources.Bucket.Properties.PublicAccessBlockConfiguration.RestrictPublicBuckets", "true"),
    ("Resources.Bucket.Properties.OwnershipControls.Rules", "ObjectOwnership=BucketOwnerEnforced"),
    (
        "Resources.Bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration",
        "(CustomerKey ? ServerSideEncryptionByDefault=SSEAlgorithm=aws:kms \
         KMSMasterKeyID={KmsKeyArn} BucketKeyEnabled=true : \
         ServerSideEncryptionByDefault=SSEAlgorithm=AES256)",
    ),
    (
        "Resources.UploadRule.Properties.Targets",
        "Id=queue Arn={Queue.Arn} DeadLetterConfig=Arn={DeadLetterQueue.Arn}",
    ),
    ("Resources.UploadRule.Properties.EventPattern.source", "aws.s3"),
    (
        "Resources.UploadRule.Properties.EventPattern.detail",
        "bucket=name={BucketName} object=key=prefix=(EveryKey ? \"\" : {SourcePrefix})",
    ),
    ("Resources.CanaryRule.Properties.ScheduleExpression", "rate({CanaryMinutes} minutes)"),
    (
        "Resources.CanaryRule.Properties.Targets",
        "Id=function Arn={Function.Arn} Input={\"canary\": {\"bucket\": \"{BucketName}\", \
         \"key\": \"(EveryKey ? \"\" : {SourcePrefix}){CanaryName}\"}}",
    ),
    (
        "Resources.CanaryPermission.Properties",
        "Action=lambda:InvokeFunction FunctionName={Function} Principal=events.amazonaws.com \
         SourceArn={CanaryRule.Arn}",
    ),
    ("Mappings.ByCanaryMinutes", "0=Seconds=300 5=Seconds=300 15=Seconds=900 60=Seconds=3600"),
    ("Parameters.CanaryMinutes.Default", "0"),
    ("Parameters.MinimumPollers.Default", "0"),
    ("Resources.Queue.Properties.VisibilityTimeout", "ByTimeout.{Timeout}.VisibilitySeconds"),
    ("Resources.Queue.Properties.ReceiveMessageWaitTimeSeconds", "20"),
    ("Resources.Queue.Properties.MessageRetentionPeriod", "345600"),
    ("Resources.Queue.Properties.SqsManagedSseEnabled", "(CustomerKey ? - : true)"),
    ("Resources.Queue.Properties.KmsMasterKeyId", "(CustomerKey ? {KmsKeyArn} : -)"),
    (
        "Resources.Queue.Properties.RedrivePolicy",
        "deadLetterTargetArn={DeadLetterQueue.Arn} maxReceiveCount=15",
    ),
    ("Resources.DeadLetterQueue.Properties.MessageRetentionPeriod", "1209600"),
    ("Resources.DeadLetterQueue.Properties.SqsManagedSseEnabled", "(CustomerKey ? - : true)"),
    ("Resources.DeadLetterQueue.Properties.KmsMasterKeyId", "(CustomerKey ? {KmsKeyArn} : -)"),
    ("Resources.Function.Metadata.BuildProperties.Binary", "s3-thumbnailer"),
    ("Resources.Function.Properties.Handler", "bootstrap"),
    ("Resources.Function.Properties.Runtime", "provided.al2023"),
    ("Resources.Function.Properties.Architectures", "{Architecture}"),
    ("Resources.Function.Properties.MemorySize", "{MemorySize}"),
    ("Resources.Function.Properties.Timeout", "{Timeout}"),
    ("Resources.Function.Properties.Role", "{Role.Arn}"),
    ("Resources.Function.Properties.RecursiveLoop", "Terminate"),
    (
        "Resources.Function.Properties.LoggingConfig",
        "LogFormat=JSON ApplicationLogLevel={LogLevel} LogGroup={LogGroup}",
    ),
    ("Resources.Function.Properties.Tracing", "{Tracing}"),
    ("Resources.Function.Properties.Events.Uploads.Type", "SQS"),
    (
        "Resources.Function.Properties.Events.Uploads.Properties",
        "Queue={Queue.Arn} BatchSize={BatchSize} MaximumBatchingWindowInSeconds=0 \
         FunctionResponseTypes=ReportBatchItemFailures \
         ScalingConfig=(HasPollers ? - : MaximumConcurrency={MaximumConcurrency}) \
         ProvisionedPollerConfig=(HasPollers ? MinimumPollers={MinimumPollers} \
         MaximumPollers={MaximumPollers} : -) MetricsConfig=Metrics=EventCount",
    ),
    ("Resources.LogGroup.Properties.LogGroupName", "/aws/lambda/{AWS::StackName}"),
    ("Resources.LogGroup.Properties.RetentionInDays", "{LogRetentionDays}"),
    ("Resources.LogGroup.Properties.KmsKeyId", "(CustomerKey ? {KmsKeyArn} : -)"),
    ("Resources.Dashboard.Properties.DashboardName", "{AWS::StackName}-{AWS::Region}"),
    ("Outputs.BucketName.Value", "(CreateBucket ? {Bucket} : {BucketName})"),
    ("Outputs.QueueUrl.Value", "{Queue}"),
    ("Outputs.DeadLetterQueueUrl.Value", "{DeadLetterQueue}"),
    ("Outputs.FunctionName.Value", "{Function}"),
    ("Outputs.DashboardName.Value", "{Dashboard}"),
    ("Parameters.BacklogAlarmSeconds.Default", "900"),
];

#[test]
fn the_rest_is_wired_as_it_says() {
    let template = template();
    for (path, expected) in SAYS {
        assert_eq!(shown(&template, path), expected, "{path}");
    }
    let conditions = at(&template, &["Conditions"]).as_mapping().unwrap();
    let listed = SAYS.iter().filter(|(path, _)| path.starts_with("Conditions."));
    assert_eq!(conditions.len(), listed.count());
    let function = at(&template, &["Resources", "Function", "Properties"]);
    assert!(function.get("ReservedConcurrentExecutions").is_none(), "it would throttle the poller");
}

#[test]
fn every_variable_is_its_own_parameter() {
    let template = template();
    let variables = ["Resources", "Function", "Properties", "Environment", "Variables"];
    let variables = at(&template, &variables);
    for variable in VARIABLES {
        let expected = match variable.name {
            "SOURCE_BUCKET" => "BucketName".to_owned(),
            "QUEUE_URL" => "Queue".to_owned(),
            "DEAD_LETTER_QUEUE_URL" => "DeadLetterQueue".to_owned(),
            name => parameter(name),
        };
        assert_eq!(show(&variables[variable.name]), format!("{{{expected}}}"), "{}", variable.name);
    }
}

/// `JPEG_QUALITY` is set by the parameter `JpegQuality`.
fn parameter(variable: &str) -> String {
    let words = variable.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_owned() + &rest.to_ascii_lowercase()
    });
    words.collect()
}

#[test]
fn a_parameter_takes_the_values_that_its_variable_takes() {
    let template = template();
    let parameters = at(&template, &["Parameters"]);
    let (mut numbers, mut choices) = (0, 0);
    for variable in VARIABLES {
        let Some(parameter) = parameters.get(parameter(variable.name)) else { continue };
        if variable.expected.contains("whole number") {
            let bounds = ["MinValue", "MaxValue"].map(|bound| shown(parameter, bound));
            let range = format!("from {} to {}", bounds[0], bounds[1]);
            assert!(variable.expected.ends_with(&range), "{}: {range}", variable.name);
            assert_eq!(shown(parameter, "Type"), "Number");
            numbers += 1;
        }
        for value in
            parameter.get("AllowedValues").and_then(Value::as_sequence).into_iter().flatten()
        {
            let value = text(value);
            let set = |name: &str| (name == variable.name).then(|| value.clone());
            assert!(Config::from_lookup(set).is_ok(), "{}={value}", variable.name);
            assert!(value.is_empty() || variable.expected.contains(&value), "{}", variable.name);
            choices += 1;
        }
    }
    assert_eq!((numbers, choices), (6, 28));
    // Batches of more than ten messages need a window; a function of less memory holds no picture.
    for (parameter, least, most) in [
        ("BatchSize", "1", "10"),
        ("MaximumConcurrency", "2", "1000"),
        ("MinimumPollers", "0", "200"),
        ("MaximumPollers", "2", "2000"),
        ("MemorySize", "256", "10240"),
        ("BacklogAlarmSeconds", "60", "345600"),
    ] {
        let bounds = ["MinValue", "MaxValue"].map(|bound| shown(&parameters[parameter], bound));
        assert_eq!(bounds, [least, most], "{parameter}");
    }
    for prefix in ["SourcePrefix", "ThumbnailPrefix"] {
        let pattern = shown(&parameters[prefix], "AllowedPattern");
        assert_eq!(pattern, "/|[A-Za-z0-9._-][A-Za-z0-9._/-]*/", "{prefix}");
    }
}
