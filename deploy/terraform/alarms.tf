# Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

# Alarms, each with a description that says what to do. Those that go to alarm_topic_arn mean that
# pictures get no thumbnails through a fault of this program, its settings or AWS. Those that go
# to notice_topic_arn can wait: a bad upload only ever causes such a notice, since anybody who may
# upload can cause it.
resource "aws_cloudwatch_metric_alarm" "faults" {
  alarm_name          = "${var.name}-faults-alarm"
  alarm_description   = "Pictures fail for a reason that waiting does not cure: access is denied to all of them, a bucket is missing, or the program panicked. The error lines of the log name the call and the object. Fix the role, or the policy of the bucket or key; messages are retried for half an hour or more, and then wait in the dead-letter queue. Report a panic, with the picture."
  namespace           = "S3Thumbnailer"
  metric_name         = "Faults"
  dimensions          = { FunctionName = aws_lambda_function.function.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors-alarm"
  alarm_description   = "Invocations ended without an answer: the function could not start (a setting is wrong; the first log line names it), ran out of memory, or was stopped at its timeout. The REPORT or platform.report lines of the log say which. Fix the setting, or raise memory_size or timeout; the messages come back after the queue's visibility timeout."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.function.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "failing" {
  alarm_name        = "${var.name}-failing-alarm"
  alarm_description = "A tenth of the pictures or more have been failing for half an hour, despite retries. The metric Failed by Reason says why. throttled, store_unavailable and the like come from S3: look at the AWS Health Dashboard, and lower maximum_concurrency if S3 throttles. out_of_time means that timeout is too short. No message is lost: once the failures end, redrive the dead letters."
  namespace         = "S3Thumbnailer"
  # 1 for each picture that failed, 0 for each whose thumbnails were written.
  metric_name = "Failed"
  dimensions  = { FunctionName = aws_lambda_function.function.function_name }
  statistic   = "Average"
  period      = 300
  # A single message that keeps failing is soon retried too rarely to set this alarm off.
  evaluation_periods  = 6
  datapoints_to_alarm = 5
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 0.1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "backlog" {
  alarm_name          = "${var.name}-backlog-alarm"
  alarm_description   = "An upload has been waiting in the queue for longer than backlog_alarm_seconds: uploads arrive faster than they are processed, or none are processed at all. If the function's Invocations are above 0, raise maximum_concurrency, or wait for a large import to end. If they are 0, check that its event source is enabled and that the account has concurrency left."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.queue.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.backlog_alarm_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${var.name}-throttles-alarm"
  alarm_description   = "Lambda has been throttling the function for a quarter of an hour: the account's concurrency is used up, by this function or another. Have the quota raised, lower maximum_concurrency, or limit the other function. Throttled messages use up their receives; redrive the dead letters afterwards."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = aws_lambda_function.function.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  count               = local.existing_bucket ? 1 : 0
  alarm_name          = "${var.name}-undelivered-alarm"
  alarm_description   = "EventBridge could not put events into the queue. The queue's policy must let the rule send, and the policy of a KMS key must let events.amazonaws.com use the key. The events are in the dead-letter queue, if EventBridge could reach it; otherwise run an S3 Batch Operations job over the prefix."
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.upload_rule[0].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "lost_events" {
  count               = local.existing_bucket ? 1 : 0
  alarm_name          = "${var.name}-lost-events-alarm"
  alarm_description   = "EventBridge could put events neither into the queue nor into the dead-letter queue, and they are lost: the pictures that they announced get no thumbnails. The policies of both queues must let the rule send, and the policy of a KMS key must let events.amazonaws.com use the key. Then look at the whole bucket: make audit REPAIR=1, or an S3 Batch Operations job over the prefix."
  namespace           = "AWS/Events"
  metric_name         = "InvocationsFailedToBeSentToDlq"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.upload_rule[0].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "canary" {
  count             = local.has_canary ? 1 : 0
  alarm_name        = "${var.name}-canary-alarm"
  alarm_description = "The thumbnails of the canary, a tiny picture that the function itself uploads, have not appeared twice in a row: pictures get none, or get them late. The error line \"the canary is lost\" says what it met, and whether the bucket still announces uploads to the queue. If there is no such line, the schedule does not start the function. Afterwards, look at what nobody announced: make audit REPAIR=1."
  namespace         = "S3Thumbnailer"
  metric_name       = "CanaryTime"
  dimensions        = { FunctionName = aws_lambda_function.function.function_name }
  statistic         = "SampleCount"
  period            = local.by_canary_minutes[var.canary_minutes].seconds
  # One may be missing: a schedule is not exact, and a backlog of a minute is no fault.
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_topic ? [var.alarm_topic_arn] : null
  ok_actions          = local.alarm_topic ? [var.alarm_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name        = "${var.name}-dead-letters-alarm"
  alarm_description = "There are messages in the dead-letter queue. Most are for uploads that no thumbnail can be made of; the message attribute reason says why. Tell the uploader, or raise the limit that the upload exceeded; then redrive or delete the messages. A message without a reason failed 15 times, which another alarm reported. Messages are kept for 14 days."
  namespace         = "AWS/SQS"
  # Not NumberOfMessagesSent, which does not count the messages that SQS itself moves there.
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter_queue.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.notice_topic ? [var.notice_topic_arn] : null
  ok_actions          = local.notice_topic ? [var.notice_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "expiring_letters" {
  alarm_name        = "${var.name}-expiring-letters-alarm"
  alarm_description = "A message has been in the dead-letter queue for nine days. SQS deletes it without a trace 14 days after it was first sent, which may be tomorrow. Redrive or delete the messages."
  namespace         = "AWS/SQS"
  # In a dead-letter queue, this counts from the message's arrival there. Its retention counts from
  # the message's first arrival, in a queue that keeps it for up to four days.
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter_queue.name }
  statistic           = "Maximum"
  period              = 3600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  # 9 days
  threshold          = 777600
  treat_missing_data = "notBreaching"
  alarm_actions      = local.notice_topic ? [var.notice_topic_arn] : null
  ok_actions         = local.notice_topic ? [var.notice_topic_arn] : null
}

resource "aws_cloudwatch_metric_alarm" "long_batches" {
  alarm_name          = "${var.name}-long-batches-alarm"
  alarm_description   = "For a quarter of an hour, one batch in a hundred has taken more than 80 % of timeout. Messages that would not be done in time go back to the queue: none is lost, but their thumbnails are late. Raise memory_size (CPU power grows with it) or timeout, or lower batch_size."
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = aws_lambda_function.function.function_name }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = local.by_timeout[var.timeout].long_milliseconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.notice_topic ? [var.notice_topic_arn] : null
  ok_actions          = local.notice_topic ? [var.notice_topic_arn] : null
}

resource "aws_cloudwatch_dashboard" "dashboard" {
  # Dashboard names are unique in an account, not in a region.
  dashboard_name = "${var.name}-${data.aws_region.current.id}"
  # The dashboard row by row; the syntax is CloudWatch's "Dashboard Body Structure".
  dashboard_body = <<-EOT
    {"start": "-PT12H", "widgets": [
      {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {
        "title": "Alarms",
        "alarms": ["${aws_cloudwatch_metric_alarm.faults.arn}", "${aws_cloudwatch_metric_alarm.errors.arn}", "${aws_cloudwatch_metric_alarm.failing.arn}", "${aws_cloudwatch_metric_alarm.backlog.arn}",
          "${aws_cloudwatch_metric_alarm.throttles.arn}", ${local.existing_bucket ? "\"${aws_cloudwatch_metric_alarm.undelivered[0].arn}\", \"${aws_cloudwatch_metric_alarm.lost_events[0].arn}\"," : ""} ${local.has_canary ? "\"${aws_cloudwatch_metric_alarm.canary[0].arn}\"," : ""} "${aws_cloudwatch_metric_alarm.dead_letters.arn}", "${aws_cloudwatch_metric_alarm.expiring_letters.arn}", "${aws_cloudwatch_metric_alarm.long_batches.arn}"]}},

      {"type": "metric", "x": 0, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "Outcomes of uploads", "region": "${data.aws_region.current.id}", "view": "timeSeries", "stacked": true,
        "stat": "Sum", "period": 300, "metrics": [
          ["S3Thumbnailer", "Pictures", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "thumbnails written", "color": "#2ca02c"}],
          [".", "AlreadyRight", ".", "${aws_lambda_function.function.function_name}", {"label": "already up to date", "color": "#98df8a"}],
          [".", "Removed", ".", "${aws_lambda_function.function.function_name}", {"label": "removed", "color": "#7f7f7f"}],
          [".", "Skipped", ".", "${aws_lambda_function.function.function_name}", {"label": "skipped", "color": "#c7c7c7"}],
          [".", "Rejected", ".", "${aws_lambda_function.function.function_name}", {"label": "rejected", "color": "#ff7f0e"}],
          [".", "Waiting", ".", "${aws_lambda_function.function.function_name}", {"label": "waiting for the upload", "color": "#ffbb78"}],
          [".", "Failed", ".", "${aws_lambda_function.function.function_name}", {"label": "failed, retried", "color": "#d62728"}]]}},
      {"type": "metric", "x": 8, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "Rejected, failed and skipped, by reason", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "stacked": true, "metrics": [
          [{"id": "rejected", "label": "rejected:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\"${aws_lambda_function.function.function_name}\" MetricName=\"Rejected\"', 'Sum', 300)"}],
          [{"id": "failed", "label": "failed:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\"${aws_lambda_function.function.function_name}\" MetricName=\"Failed\"', 'Sum', 300)"}],
          [{"id": "skipped", "label": "skipped:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\"${aws_lambda_function.function.function_name}\" MetricName=\"Skipped\"', 'Sum', 300)"}]]}},
      {"type": "metric", "x": 16, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "From upload to thumbnail", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "UploadAge", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "median", "stat": "p50"}],
          [".", ".", ".", "${aws_lambda_function.function.function_name}", {"label": "p99", "stat": "p99"}],
          [".", ".", ".", "${aws_lambda_function.function.function_name}", {"label": "maximum", "stat": "Maximum"}],
          [".", "CanaryTime", ".", "${aws_lambda_function.function.function_name}", {"label": "canary", "stat": "Maximum"}]]}},

      {"type": "metric", "x": 0, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "Time per picture, by stage", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "stat": "p50", "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "ReadTime", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "reading, median"}],
          [".", "RenderTime", ".", "${aws_lambda_function.function.function_name}", {"label": "rendering, median"}],
          [".", "WriteTime", ".", "${aws_lambda_function.function.function_name}", {"label": "writing, median"}],
          [".", "TotalTime", ".", "${aws_lambda_function.function.function_name}", {"label": "total, p99", "stat": "p99"}]]}},
      {"type": "metric", "x": 8, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "The queue", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "stat": "Maximum", "period": 60, "yAxis": {"left": {"min": 0}, "right": {"min": 0, "label": "seconds"}},
        "annotations": {"horizontal": [{"label": "alarm", "value": ${var.backlog_alarm_seconds}, "yAxis": "right", "color": "#d62728"}]},
        "metrics": [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${aws_sqs_queue.queue.name}", {"label": "waiting"}],
          [".", "ApproximateNumberOfMessagesNotVisible", ".", "${aws_sqs_queue.queue.name}", {"label": "in flight or delayed"}],
          [".", "ApproximateAgeOfOldestMessage", ".", "${aws_sqs_queue.queue.name}", {"label": "age of the oldest", "yAxis": "right"}]]}},
      {"type": "metric", "x": 16, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "Dead letters and faults", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${aws_sqs_queue.dead_letter_queue.name}", {"label": "dead letters", "stat": "Maximum", "color": "#ff7f0e"}],
          ["S3Thumbnailer", "Faults", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "faults", "stat": "Sum", "color": "#d62728"}]]}},

      {"type": "metric", "x": 0, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Duration of a batch", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}},
        "annotations": {"horizontal": [{"label": "timeout", "value": ${local.by_timeout[var.timeout].milliseconds}}, {"label": "alarm", "value": ${local.by_timeout[var.timeout].long_milliseconds}, "color": "#d62728"}]},
        "metrics": [
          ["AWS/Lambda", "Duration", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "median", "stat": "p50"}],
          [".", ".", ".", "${aws_lambda_function.function.function_name}", {"label": "p99", "stat": "p99"}],
          [".", ".", ".", "${aws_lambda_function.function.function_name}", {"label": "maximum", "stat": "Maximum"}]]}},
      {"type": "metric", "x": 8, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Instances", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "stat": "Sum", "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "concurrent", "stat": "Maximum"}],
          [".", "Throttles", ".", "${aws_lambda_function.function.function_name}", {"label": "throttled"}],
          [".", "Errors", ".", "${aws_lambda_function.function.function_name}", {"label": "errors", "color": "#d62728"}],
          ["S3Thumbnailer", "ColdStarts", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "cold starts"}]]}},
      {"type": "metric", "x": 16, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Bytes and thumbnails", "region": "${data.aws_region.current.id}", "view": "timeSeries",
        "stat": "Sum", "period": 300, "yAxis": {"left": {"min": 0}, "right": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "SourceBytes", "FunctionName", "${aws_lambda_function.function.function_name}", {"label": "read"}],
          [".", "ThumbnailBytes", ".", "${aws_lambda_function.function.function_name}", {"label": "written"}],
          [".", "Thumbnails", ".", "${aws_lambda_function.function.function_name}", {"label": "thumbnails", "yAxis": "right"}]]}},

      {"type": "log", "x": 0, "y": 20, "width": 24, "height": 8, "properties": {
        "title": "Latest failures and rejected uploads", "region": "${data.aws_region.current.id}", "view": "table",
        "query": "SOURCE '${aws_cloudwatch_log_group.log_group.name}' | fields @timestamp, outcome, reason, key, cause, requestId\n| filter outcome in [\"rejected\", \"failed\"]\n| sort @timestamp desc\n| limit 50"}}
    ]}
  EOT
}
