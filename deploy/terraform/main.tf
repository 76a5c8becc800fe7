# Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  create_bucket   = var.bucket_mode == "create"
  existing_bucket = var.bucket_mode == "existing"
  # An empty prefix is written as a slash alone.
  every_key            = var.source_prefix == "/"
  no_thumbnail_prefix  = var.thumbnail_prefix == "/"
  thumbnails_elsewhere = var.thumbnail_bucket != ""
  thumbnails_have_key  = var.thumbnail_kms_key != ""
  thumbnails_have_tags = var.thumbnail_tags != ""
  thumbnails_have_acl  = var.thumbnail_acl != ""
  tells_bus            = var.event_bus != ""
  has_pollers          = var.minimum_pollers != 0
  has_canary           = var.canary_minutes != 0
  customer_key         = var.kms_key_arn != ""
  active_tracing       = var.tracing == "Active"
  alarm_topic          = var.alarm_topic_arn != ""
  notice_topic         = var.notice_topic_arn != ""
}

locals {
  by_timeout = {
    30 = {
      visibility_seconds = 180
      long_milliseconds  = 24000
      milliseconds       = 30000
    }
    60 = {
      visibility_seconds = 360
      long_milliseconds  = 48000
      milliseconds       = 60000
    }
    120 = {
      visibility_seconds = 720
      long_milliseconds  = 96000
      milliseconds       = 120000
    }
    300 = {
      visibility_seconds = 1800
      long_milliseconds  = 240000
      milliseconds       = 300000
    }
    900 = {
      visibility_seconds = 5400
      long_milliseconds  = 720000
      milliseconds       = 900000
    }
  }
  by_canary_minutes = {
    0  = { seconds = 300 }
    5  = { seconds = 300 }
    15 = { seconds = 900 }
    60 = { seconds = 3600 }
  }
}

resource "aws_s3_bucket" "bucket" {
  count  = local.create_bucket ? 1 : 0
  bucket = var.bucket_name

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "bucket" {
  count                   = local.create_bucket ? 1 : 0
  bucket                  = aws_s3_bucket.bucket[0].bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_ownership_controls" "bucket" {
  count  = local.create_bucket ? 1 : 0
  bucket = aws_s3_bucket.bucket[0].bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  count  = local.create_bucket ? 1 : 0
  bucket = aws_s3_bucket.bucket[0].bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.customer_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.customer_key ? var.kms_key_arn : null
    }

    bucket_key_enabled = local.customer_key ? true : null
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "bucket" {
  count  = local.create_bucket ? 1 : 0
  bucket = aws_s3_bucket.bucket[0].bucket

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_notification" "bucket" {
  count  = local.create_bucket ? 1 : 0
  bucket = aws_s3_bucket.bucket[0].bucket

  queue {
    queue_arn     = aws_sqs_queue.queue.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = local.every_key ? null : var.source_prefix
  }

  queue {
    queue_arn     = aws_sqs_queue.queue.arn
    events        = ["s3:ObjectRemoved:*"]
    filter_prefix = local.every_key ? null : var.source_prefix
  }

  # A picture that was archived can be read from then on.
  queue {
    queue_arn     = aws_sqs_queue.queue.arn
    events        = ["s3:ObjectRestore:Completed"]
    filter_prefix = local.every_key ? null : var.source_prefix
  }

  # S3 does not announce an object as removed when a lifecycle rule expires it.
  queue {
    queue_arn     = aws_sqs_queue.queue.arn
    events        = ["s3:LifecycleExpiration:*"]
    filter_prefix = local.every_key ? null : var.source_prefix
  }

  depends_on = [aws_sqs_queue_policy.queue_policy]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_policy" "bucket_policy" {
  count  = local.create_bucket ? 1 : 0
  bucket = aws_s3_bucket.bucket[0].bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOverTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.bucket[0].arn, "${aws_s3_bucket.bucket[0].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
  }
}

# The notifications of an existing bucket belong to its owner and stay untouched: a bucket has
# only one notification configuration, and writing it replaces what others wrote. Once EventBridge
# is switched on for the bucket, any number of rules can listen to it; this one is ours.
resource "aws_cloudwatch_event_rule" "upload_rule" {
  count       = local.existing_bucket ? 1 : 0
  name        = "${var.name}-upload-rule"
  description = "Pictures uploaded to and deleted from ${var.bucket_name}, for ${var.name}"
  event_pattern = jsonencode({
    source = ["aws.s3"]
    # An object that a lifecycle rule expires is announced as deleted too, with another reason. One
    # that was archived and is restored can be read from then on.
    "detail-type" = ["Object Created", "Object Deleted", "Object Restore Completed"]
    detail = {
      bucket = { name = [var.bucket_name] }
      object = { key = [{ prefix = local.every_key ? "" : var.source_prefix }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "upload_rule" {
  count     = local.existing_bucket ? 1 : 0
  rule      = aws_cloudwatch_event_rule.upload_rule[0].name
  target_id = "queue"
  arn       = aws_sqs_queue.queue.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter_queue.arn
  }
}

resource "aws_sqs_queue" "queue" {
  name                       = "${var.name}-queue"
  visibility_timeout_seconds = local.by_timeout[var.timeout].visibility_seconds
  receive_wait_time_seconds  = 20
  # 4 days
  message_retention_seconds = 345600
  sqs_managed_sse_enabled   = local.customer_key ? null : true
  kms_master_key_id         = local.customer_key ? var.kms_key_arn : null
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter_queue.arn
    # With a delay that doubles up to 15 minutes, a failed message is retried for half an hour to an
    # hour, longer than most outages of S3. A message that can never succeed is not retried: it goes
    # to the dead-letter queue at once.
    maxReceiveCount = 15
  })
}

resource "aws_sqs_queue" "dead_letter_queue" {
  name = "${var.name}-dead-letter-queue"
  # A message keeps its age from the first queue, so this queue must retain messages longer. 14
  # days, the maximum
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = local.customer_key ? null : true
  kms_master_key_id         = local.customer_key ? var.kms_key_arn : null
}

resource "aws_sqs_queue_policy" "queue_policy" {
  queue_url = aws_sqs_queue.queue.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.create_bucket ? [{
        Sid       = "ThisBucketAnnounces"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.queue.arn
        Condition = {
          # By the bucket's name, because the bucket waits for this policy. Anybody can take the name of a
          # deleted bucket, hence the account as well.
          ArnEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}"
          }
          StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
        }
      }] : [],
      local.create_bucket ? [] : [{
        Sid       = "ThisRuleAnnounces"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.queue.arn
        Condition = {
          ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.upload_rule[0].arn }
        }
      }],
      [
        {
          Sid       = "OnlyOverTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sqs:*"
          Resource  = aws_sqs_queue.queue.arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
    )
  })
}

resource "aws_sqs_queue_policy" "dead_letter_queue_policy" {
  queue_url = aws_sqs_queue.dead_letter_queue.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.existing_bucket ? [{
        Sid       = "ThisRuleGivesUp"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.dead_letter_queue.arn
        Condition = {
          ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.upload_rule[0].arn }
        }
      }] : [],
      [
        {
          Sid       = "OnlyOverTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sqs:*"
          Resource  = aws_sqs_queue.dead_letter_queue.arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
    )
  })
}

resource "aws_lambda_function" "function" {
  function_name    = var.name
  filename         = local.code.filename
  source_code_hash = local.code.source_code_hash
  s3_bucket        = local.code.s3_bucket
  s3_key           = local.code.s3_key
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  memory_size      = var.memory_size
  timeout          = var.timeout
  role             = aws_iam_role.role.arn

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    log_group             = aws_cloudwatch_log_group.log_group.name
  }

  environment {
    variables = {
      SOURCE_BUCKET           = var.bucket_name
      SOURCE_PREFIX           = var.source_prefix
      THUMBNAIL_BUCKET        = var.thumbnail_bucket
      THUMBNAIL_PREFIX        = var.thumbnail_prefix
      THUMBNAIL_SIZES         = var.thumbnail_sizes
      THUMBNAIL_FORMAT        = var.thumbnail_format
      JPEG_QUALITY            = var.jpeg_quality
      WEBP_QUALITY            = var.webp_quality
      THUMBNAIL_RULES         = var.thumbnail_rules
      FORMER_RULES            = var.former_rules
      CACHE_CONTROL           = var.cache_control
      THUMBNAIL_ENCRYPTION    = var.thumbnail_encryption
      THUMBNAIL_KMS_KEY       = var.thumbnail_kms_key
      THUMBNAIL_STORAGE_CLASS = var.thumbnail_storage_class
      THUMBNAIL_TAGS          = var.thumbnail_tags
      THUMBNAIL_ACL           = var.thumbnail_acl
      ON_SOURCE_DELETED       = var.on_source_deleted
      ON_DAMAGED              = var.on_damaged
      MAX_SOURCE_BYTES        = var.max_source_bytes
      MAX_PIXELS              = var.max_pixels
      MAX_RENDER_SECONDS      = var.max_render_seconds
      CONCURRENCY             = var.concurrency
      QUEUE_URL               = aws_sqs_queue.queue.url
      DEAD_LETTER_QUEUE_URL   = aws_sqs_queue.dead_letter_queue.url
      EVENT_BUS               = var.event_bus
      METRICS                 = var.metrics
    }
  }

  tracing_config {
    mode = var.tracing
  }
}

resource "aws_lambda_function_recursion_config" "function" {
  function_name = aws_lambda_function.function.function_name
  # A last resort, should thumbnails ever be announced as pictures: Lambda stops a loop that it
  # detects, after about 16 rounds. The prefixes keep such a loop from arising.
  recursive_loop = "Terminate"
}

resource "aws_lambda_event_source_mapping" "uploads" {
  event_source_arn = aws_sqs_queue.queue.arn
  function_name    = aws_lambda_function.function.function_name
  batch_size       = var.batch_size
  # Bursts fill batches by themselves; waiting would only delay a lone upload.
  maximum_batching_window_in_seconds = 0
  # Only the messages that the function names come back, not their whole batch.
  function_response_types = ["ReportBatchItemFailures"]

  dynamic "scaling_config" {
    for_each = local.has_pollers ? [] : ["this"]

    content {
      maximum_concurrency = var.maximum_concurrency
    }
  }

  dynamic "provisioned_poller_config" {
    for_each = local.has_pollers ? ["this"] : []

    content {
      minimum_pollers = var.minimum_pollers
      maximum_pollers = var.maximum_pollers
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  depends_on = [aws_iam_role_policy.role]
}

# The canary takes the way of any upload: only an alarm on what comes back tells that nothing
# arrives.
resource "aws_cloudwatch_event_rule" "canary_rule" {
  count               = local.has_canary ? 1 : 0
  name                = "${var.name}-canary-rule"
  description         = "Has ${var.name} upload a tiny picture and wait for its thumbnails"
  schedule_expression = "rate(${var.canary_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "canary_rule" {
  count     = local.has_canary ? 1 : 0
  rule      = aws_cloudwatch_event_rule.canary_rule[0].name
  target_id = "function"
  arn       = aws_lambda_function.function.arn
  input     = "{\"canary\": {\"bucket\": \"${var.bucket_name}\", \"key\": \"${local.every_key ? "" : var.source_prefix}${var.canary_name}\"}}"
}

resource "aws_lambda_permission" "canary_permission" {
  count         = local.has_canary ? 1 : 0
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.canary_rule[0].arn
}

resource "aws_iam_role" "role" {
  name_prefix = "${var.name}-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "lambda.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy" "role" {
  role = aws_iam_role.role.name
  name = "thumbnailer"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # GET and HEAD
          Sid      = "ReadPictures"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}/${local.every_key ? "" : var.source_prefix}*"
        },
        {
          Sid    = "KeepThumbnails"
          Effect = "Allow"
          Action = compact([
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            local.thumbnails_have_tags ? "s3:PutObjectTagging" : null,
            local.thumbnails_have_acl ? "s3:PutObjectAcl" : null,
          ])
          Resource = "arn:${data.aws_partition.current.partition}:s3:::${local.thumbnails_elsewhere ? var.thumbnail_bucket : var.bucket_name}/${local.no_thumbnail_prefix ? "" : var.thumbnail_prefix}*"
        },
        # The function lists nothing. But without this permission S3 answers 403 for a key that does not
        # exist, and a deleted picture would look like a forbidden one.
        {
          Sid    = "TellMissingFromForbidden"
          Effect = "Allow"
          Action = "s3:ListBucket"
          Resource = compact([
            "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}",
            local.thumbnails_elsewhere ? "arn:${data.aws_partition.current.partition}:s3:::${var.thumbnail_bucket}" : null,
          ])
        },
        {
          Sid      = "TakeMessages"
          Effect   = "Allow"
          Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
          Resource = aws_sqs_queue.queue.arn
        },
        {
          Sid      = "DelayWhatFailed"
          Effect   = "Allow"
          Action   = "sqs:ChangeMessageVisibility"
          Resource = aws_sqs_queue.queue.arn
        },
        {
          Sid      = "RejectWhatCannotSucceed"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = aws_sqs_queue.dead_letter_queue.arn
        },
        {
          Sid    = "WriteLogs"
          Effect = "Allow"
          Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
          # ends in :*, the group's streams
          Resource = "${aws_cloudwatch_log_group.log_group.arn}:*"
        },
      ],
      local.tells_bus ? [{
        Sid      = "TellBus"
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = var.event_bus
      }] : [],
      # The only picture that the function may write.
      local.has_canary ? [{
        Sid    = "UploadCanary"
        Effect = "Allow"
        Action = compact([
          "s3:PutObject",
          "s3:DeleteObject",
          local.thumbnails_have_tags ? "s3:PutObjectTagging" : null,
          local.thumbnails_have_acl ? "s3:PutObjectAcl" : null,
        ])
        Resource = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}/${local.every_key ? "" : var.source_prefix}${var.canary_name}"
      }] : [],
      local.has_canary ? [{
        Sid      = "SayWhyCanaryIsLost"
        Effect   = "Allow"
        Action   = "s3:GetBucketNotification"
        Resource = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}"
      }] : [],
      # For encrypted buckets and queues: reading needs the first, writing both.
      local.customer_key ? [{
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      }] : [],
      local.thumbnails_have_key ? [{
        Sid      = "UseThumbnailKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.thumbnail_kms_key
      }] : [],
      # X-Ray has no resources that these actions could be limited to.
      local.active_tracing ? [{
        Sid      = "SendTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      }] : [],
    )
  })
}

resource "aws_cloudwatch_log_group" "log_group" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.customer_key ? var.kms_key_arn : null
}
