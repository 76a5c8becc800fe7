# Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

output "bucket_name" {
  description = "The bucket to upload pictures to, under source_prefix."
  value       = local.create_bucket ? aws_s3_bucket.bucket[0].bucket : var.bucket_name
}

output "queue_url" {
  description = "The queue that uploads are announced on."
  value       = aws_sqs_queue.queue.url
}

output "dead_letter_queue_url" {
  description = "The dead-letter queue. It keeps rejected messages, with their reasons, and messages that failed 15 times, for 14 days."
  value       = aws_sqs_queue.dead_letter_queue.url
}

output "function_name" {
  description = "The function; its log group is /aws/lambda/ followed by the module's name."
  value       = aws_lambda_function.function.function_name
}

output "dashboard_name" {
  description = "The CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.dashboard.dashboard_name
}
