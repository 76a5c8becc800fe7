# What only Terraform asks: a name, and where the function's code is.

variable "name" {
  description = "Name of the function. The names of the queues, the alarms and the dashboard begin with it."
  type        = string
  default     = "s3-thumbnailer"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,37}$", var.name))
    error_message = "name is ${var.name}, not 1 to 37 letters, digits, hyphens and underscores."
  }
}

variable "code_zip" {
  description = "Path of a zip with the function: a file bootstrap, built for architecture."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = (var.code_bucket == "") != (var.code_zip == "")
    error_message = "code_zip is \"${var.code_zip}\" and code_bucket is \"${var.code_bucket}\": give one of them."
  }
}

variable "code_bucket" {
  description = "Instead of code_zip: a bucket in this region that holds the zip."
  type        = string
  default     = ""
  nullable    = false
}

variable "code_key" {
  description = "The key of the zip in code_bucket. A new version needs a new key."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = (var.code_key == "") == (var.code_bucket == "")
    error_message = "code_bucket is \"${var.code_bucket}\" and code_key is \"${var.code_key}\": give both or neither."
  }
}

locals {
  code = {
    filename         = var.code_zip == "" ? null : var.code_zip
    source_code_hash = var.code_zip == "" ? null : filebase64sha256(var.code_zip)
    s3_bucket        = var.code_bucket == "" ? null : var.code_bucket
    s3_key           = var.code_key == "" ? null : var.code_key
  }
}
