# Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

variable "bucket_name" {
  description = "Name of the bucket that pictures are uploaded to. A new bucket needs a globally unique name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$", var.bucket_name))
    error_message = "bucket_name is ${var.bucket_name}, which is not allowed: 3 to 63 characters of a-z, 0-9, dot and hyphen, with a letter or digit at both ends."
  }
}

variable "bucket_mode" {
  description = "create makes the bucket. existing uses a bucket in this account and region whose owner has switched EventBridge on (see docs/deploy.md); the module changes nothing about that bucket."
  type        = string
  default     = "create"
  nullable    = false

  validation {
    condition     = contains(["create", "existing"], var.bucket_mode)
    error_message = "bucket_mode is ${var.bucket_mode}, not one of: create, existing."
  }
}

variable "source_prefix" {
  description = "Pictures under this prefix get thumbnails. The bucket's events are filtered by it. / alone means every key of the bucket; the thumbnails then need a bucket of their own (thumbnail_bucket)."
  type        = string
  default     = "images/"
  nullable    = false

  validation {
    condition     = can(regex("^(/|[A-Za-z0-9._-][A-Za-z0-9._/-]*/)$", var.source_prefix))
    error_message = "source_prefix is ${var.source_prefix}, which is not allowed: Letters, digits, dot, underscore, hyphen and slash; a slash at the end, none at the start. Or / alone."
  }
}

variable "thumbnail_bucket" {
  description = "An existing bucket for the thumbnails; empty means the bucket of the pictures."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$", var.thumbnail_bucket))
    error_message = "thumbnail_bucket is ${var.thumbnail_bucket}, which is not allowed: Empty, or a bucket's name."
  }
}

variable "thumbnail_prefix" {
  description = "Thumbnails are written under this prefix; / alone means none. In the bucket of the pictures it must lie outside source_prefix; otherwise the function refuses to start."
  type        = string
  default     = "thumbnails/"
  nullable    = false

  validation {
    condition     = can(regex("^(/|[A-Za-z0-9._-][A-Za-z0-9._/-]*/)$", var.thumbnail_prefix))
    error_message = "thumbnail_prefix is ${var.thumbnail_prefix}, which is not allowed: Letters, digits, dot, underscore, hyphen and slash; a slash at the end, none at the start. Or / alone."
  }
}

variable "on_source_deleted" {
  description = "Whether thumbnails are deleted or kept when their picture is deleted."
  type        = string
  default     = "delete"
  nullable    = false

  validation {
    condition     = contains(["delete", "keep"], var.on_source_deleted)
    error_message = "on_source_deleted is ${var.on_source_deleted}, not one of: delete, keep."
  }
}

variable "on_damaged" {
  description = "Whether a damaged picture (cut short, or with broken data in the middle) is rejected, or gets thumbnails of what can still be decoded. A rule may say otherwise."
  type        = string
  default     = "reject"
  nullable    = false

  validation {
    condition     = contains(["reject", "show"], var.on_damaged)
    error_message = "on_damaged is ${var.on_damaged}, not one of: reject, show."
  }
}

variable "kms_key_arn" {
  description = "A KMS key of yours. It encrypts the queues, the logs and the bucket that the module creates, and the function may use it for existing buckets. The key's policy must allow all of this (see docs/deploy.md). Empty means AWS's keys."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$", var.kms_key_arn))
    error_message = "kms_key_arn is ${var.kms_key_arn}, which is not allowed: Empty, or a key's ARN (not an alias)."
  }
}

variable "thumbnail_sizes" {
  description = "The box that thumbnails fit in, in pixels. Give several sizes as small=160x160,large=1280x1280."
  type        = string
  default     = "256x256"
  nullable    = false
}

variable "thumbnail_format" {
  description = "Format of the thumbnails; source keeps JPEG, PNG and WebP as they are."
  type        = string
  default     = "source"
  nullable    = false

  validation {
    condition     = contains(["source", "jpeg", "png", "webp"], var.thumbnail_format)
    error_message = "thumbnail_format is ${var.thumbnail_format}, not one of: source, jpeg, png, webp."
  }
}

variable "jpeg_quality" {
  description = "JPEG quality, 1 to 100."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.jpeg_quality >= 1 && var.jpeg_quality <= 100
    error_message = "jpeg_quality is ${var.jpeg_quality}, not from 1 to 100."
  }
}

variable "webp_quality" {
  description = "WebP quality, 1 to 100."
  type        = number
  default     = 80
  nullable    = false

  validation {
    condition     = var.webp_quality >= 1 && var.webp_quality <= 100
    error_message = "webp_quality is ${var.webp_quality}, not from 1 to 100."
  }
}

variable "thumbnail_rules" {
  description = "Rules as JSON, for different thumbnails by folder (see docs/rules.md). They replace the four parameters above. Lambda allows 4 KB for all variables together."
  type        = string
  default     = ""
  nullable    = false
}

variable "former_rules" {
  description = "Rules as JSON that once were thumbnail_rules (see docs/rules.md). When a picture is looked at, the thumbnails that they made of it and the present rules do not are removed."
  type        = string
  default     = ""
  nullable    = false
}

variable "cache_control" {
  description = "The Cache-Control header stored with every thumbnail."
  type        = string
  default     = "public, max-age=3600"
  nullable    = false
}

variable "thumbnail_encryption" {
  description = "Server-side encryption that every write asks for; empty leaves it to the bucket's default."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = contains(["", "AES256", "aws:kms", "aws:kms:dsse"], var.thumbnail_encryption)
    error_message = "thumbnail_encryption is ${var.thumbnail_encryption}, not one of: empty, AES256, aws:kms, aws:kms:dsse."
  }
}

variable "thumbnail_kms_key" {
  description = "The KMS key for aws:kms and aws:kms:dsse; empty means AWS's key. The function may then use it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$", var.thumbnail_kms_key))
    error_message = "thumbnail_kms_key is ${var.thumbnail_kms_key}, which is not allowed: Empty, or a key's ARN (not an alias)."
  }
}

variable "thumbnail_storage_class" {
  description = "Storage class of the thumbnails; empty means STANDARD."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition = contains([
      "",
      "STANDARD",
      "STANDARD_IA",
      "INTELLIGENT_TIERING",
      "ONEZONE_IA",
      "GLACIER_IR",
      "REDUCED_REDUNDANCY",
    ], var.thumbnail_storage_class)
    error_message = "thumbnail_storage_class is ${var.thumbnail_storage_class}, not one of: empty, STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, REDUCED_REDUNDANCY."
  }
}

variable "thumbnail_tags" {
  description = "Tags of the thumbnails, as NAME=VALUE&NAME=VALUE; at most 10, percent-encoded."
  type        = string
  default     = ""
  nullable    = false
}

variable "thumbnail_acl" {
  description = "Canned ACL of the thumbnails; empty sends none. Buckets that the module creates take no ACLs."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition = contains([
      "",
      "private",
      "public-read",
      "authenticated-read",
      "bucket-owner-read",
      "bucket-owner-full-control",
    ], var.thumbnail_acl)
    error_message = "thumbnail_acl is ${var.thumbnail_acl}, not one of: empty, private, public-read, authenticated-read, bucket-owner-read, bucket-owner-full-control."
  }
}

variable "max_source_bytes" {
  description = "Largest picture read, in bytes."
  type        = number
  default     = 104857600
  nullable    = false

  validation {
    condition     = var.max_source_bytes >= 1 && var.max_source_bytes <= 5368709120
    error_message = "max_source_bytes is ${var.max_source_bytes}, not from 1 to 5368709120."
  }
}

variable "max_pixels" {
  description = "Largest picture decoded, as width x height x frames."
  type        = number
  default     = 100000000
  nullable    = false

  validation {
    condition     = var.max_pixels >= 1 && var.max_pixels <= 4294967296
    error_message = "max_pixels is ${var.max_pixels}, not from 1 to 4294967296."
  }
}

variable "max_render_seconds" {
  description = "Render timeout of one picture, in seconds."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.max_render_seconds >= 1 && var.max_render_seconds <= 900
    error_message = "max_render_seconds is ${var.max_render_seconds}, not from 1 to 900."
  }
}

variable "architecture" {
  description = "Processor architecture to run on. The code must be built for the same one."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is ${var.architecture}, not one of: arm64, x86_64."
  }
}

variable "memory_size" {
  description = "Memory in MB. CPU power grows with it; 1769 MB come with one vCPU."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.memory_size >= 256 && var.memory_size <= 10240
    error_message = "memory_size is ${var.memory_size}, not from 256 to 10240."
  }
}

variable "timeout" {
  description = "Seconds that one batch may take. The queue's visibility timeout is six times as long."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = contains([30, 60, 120, 300, 900], var.timeout)
    error_message = "timeout is ${var.timeout}, not one of: 30, 60, 120, 300, 900."
  }
}

variable "batch_size" {
  description = "Maximum number of messages in one invocation of the function."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10
    error_message = "batch_size is ${var.batch_size}, not from 1 to 10."
  }
}

variable "concurrency" {
  description = "Pictures of one batch processed at the same time (CONCURRENCY)."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "concurrency is ${var.concurrency}, not from 1 to 1000."
  }
}

variable "maximum_concurrency" {
  description = "Batches processed at the same time, each by its own instance of the function."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000
    error_message = "maximum_concurrency is ${var.maximum_concurrency}, not from 2 to 1000."
  }
}

variable "minimum_pollers" {
  description = "Event pollers that are kept ready for bursts, 2 or more, in place of maximum_concurrency (Lambda's provisioned mode, billed by the hour). 0 leaves their number to Lambda."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.minimum_pollers >= 0 && var.minimum_pollers <= 200
    error_message = "minimum_pollers is ${var.minimum_pollers}, not from 0 to 200."
  }
}

variable "maximum_pollers" {
  description = "Most event pollers with minimum_pollers; each processes up to 10 batches at the same time."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.maximum_pollers >= 2 && var.maximum_pollers <= 2000
    error_message = "maximum_pollers is ${var.maximum_pollers}, not from 2 to 2000."
  }
}

variable "event_bus" {
  description = "ARN of an EventBridge bus that is told what became of each picture, before its message counts as done (EVENT_BUS); empty tells none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+)$", var.event_bus))
    error_message = "event_bus is ${var.event_bus}, which is not allowed: Empty, or a bus's ARN."
  }
}

variable "alarm_topic_arn" {
  description = "SNS topic for alarms that need attention now; empty means that nobody is notified."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+)$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn is ${var.alarm_topic_arn}, which is not allowed: Empty, or a topic's ARN."
  }
}

variable "notice_topic_arn" {
  description = "SNS topic for alarms that can wait for working hours, such as rejected uploads; empty means that nobody is notified."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+)$", var.notice_topic_arn))
    error_message = "notice_topic_arn is ${var.notice_topic_arn}, which is not allowed: Empty, or a topic's ARN."
  }
}

variable "backlog_alarm_seconds" {
  description = "Seconds that an upload may wait in the queue before the backlog alarm goes off."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.backlog_alarm_seconds >= 60 && var.backlog_alarm_seconds <= 345600
    error_message = "backlog_alarm_seconds is ${var.backlog_alarm_seconds}, not from 60 to 345600."
  }
}

variable "log_level" {
  description = "Minimum level of the function's log lines. INFO writes one line for each picture; WARN only writes lines for failures, rejected uploads and files that are not pictures."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.log_level)
    error_message = "log_level is ${var.log_level}, not one of: TRACE, DEBUG, INFO, WARN, ERROR, FATAL."
  }
}

variable "tracing" {
  description = "Active samples invocations for AWS X-Ray; PassThrough only traces those that are part of a trace already."
  type        = string
  default     = "PassThrough"
  nullable    = false

  validation {
    condition     = contains(["PassThrough", "Active"], var.tracing)
    error_message = "tracing is ${var.tracing}, not one of: PassThrough, Active."
  }
}

variable "log_retention_days" {
  description = "Days that the function's log lines are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition = contains([
      1,
      3,
      5,
      7,
      14,
      30,
      60,
      90,
      120,
      150,
      180,
      365,
      400,
      545,
      731,
      1096,
      1827,
      2192,
      2557,
      2922,
      3288,
      3653,
    ], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, not one of: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "metrics" {
  description = "Empty or emf writes metrics among the log lines, where CloudWatch finds them; off writes none (METRICS)."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = contains(["", "emf", "off"], var.metrics)
    error_message = "metrics is ${var.metrics}, not one of: empty, emf, off."
  }
}

variable "canary_minutes" {
  description = "Every so many minutes, the function uploads a tiny picture, waits for its thumbnails and deletes it. An alarm goes off when they do not appear twice in a row. 0 means never."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = contains([0, 5, 15, 60], var.canary_minutes)
    error_message = "canary_minutes is ${var.canary_minutes}, not one of: 0, 5, 15, 60."
  }
}

variable "canary_name" {
  description = "Key of this picture, without source_prefix. thumbnail_rules must make thumbnails of it."
  type        = string
  default     = "s3-thumbnailer-canary.ppm"
  nullable    = false

  validation {
    condition     = can(regex("^([A-Za-z0-9._-][A-Za-z0-9._/-]*)$", var.canary_name))
    error_message = "canary_name is ${var.canary_name}, which is not allowed: Letters, digits, dot, underscore, hyphen and slash; no slash at the start."
  }
}
