# A bucket that is there already, and alarms that somebody hears of.

provider "aws" {
  region = "eu-west-1"
}

# Switches EventBridge on. A bucket has one such resource: if yours is elsewhere, add the line there.
resource "aws_s3_bucket_notification" "pictures" {
  bucket      = "my-pictures"
  eventbridge = true
}

resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

module "thumbnailer" {
  source = "../.."

  bucket_name      = "my-pictures"
  bucket_mode      = "existing"
  code_bucket      = "my-builds"
  code_key         = "s3-thumbnailer/0.2.0.zip"
  alarm_topic_arn  = aws_sns_topic.alarms.arn
  notice_topic_arn = aws_sns_topic.alarms.arn
}
