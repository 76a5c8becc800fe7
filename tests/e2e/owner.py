"""Existing resources and their owner: a bucket, another one for thumbnails, a KMS key.

They are created before the stack that uses them, and must be unchanged when that stack is gone.
"""

import json
from typing import Any

import boto3
from botocore.exceptions import ClientError
from stack import Failed

PICTURES, THUMBNAILS = "albums-e2e", "albums-thumbnails-e2e"
OTHER_QUEUE = "albums-of-others"


def prepare() -> list[str]:
    """Creates all of them, and returns the parameters of a stack that uses them."""
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    for bucket in (PICTURES, THUMBNAILS):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": encryption}]},
        )
    # Somebody else already listens to this bucket.
    url = sqs.create_queue(QueueName=OTHER_QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    put_notifications({"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    # Switches EventBridge on as docs/deploy.md says: read, add, write back.
    put_notifications({**notifications(), "EventBridgeConfiguration": {}})
    topics = [f"{name}TopicArn=arn:aws:sns:{s3.meta.region_name}:000000000000:{name}" for name in ("Alarm", "Notice")]
    return [
        "BucketMode=existing",
        f"BucketName={PICTURES}",
        f"ThumbnailBucket={THUMBNAILS}",
        f"KmsKeyArn={key}",
        "Tracing=Active",
        *topics,
    ]


def notifications() -> dict[str, Any]:
    answer = boto3.client("s3").get_bucket_notification_configuration(Bucket=PICTURES)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def put_notifications(configuration: dict[str, Any]) -> None:
    boto3.client("s3").put_bucket_notification_configuration(Bucket=PICTURES, NotificationConfiguration=configuration)


def check_untouched() -> None:
    """Fails unless the bucket's notifications are still as its owner set them."""
    found = notifications()
    arns = [configuration["QueueArn"].rsplit(":", 1)[1] for configuration in found.get("QueueConfigurations", [])]
    if arns != [OTHER_QUEUE] or "EventBridgeConfiguration" not in found:
        raise Failed(f"the existing bucket's notifications are now {found}")


def check_gone(stack: str, buckets: list[str]) -> None:
    """Fails unless nothing is left of a stack but these buckets and their content."""
    cloudformation = boto3.client("cloudformation")
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        if found["StackStatus"] != "DELETE_COMPLETE":
            raise Failed(f"the stack is {found['StackStatus']}")
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
    left = boto3.client("sqs").list_queues(QueueNamePrefix=f"{stack}-").get("QueueUrls", [])
    left += [item["FunctionName"] for item in boto3.client("lambda").list_functions()["Functions"]]
    left += [item["RoleName"] for item in boto3.client("iam").list_roles()["Roles"]]
    left += [item["AlarmName"] for item in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    left += [item["logGroupName"] for item in boto3.client("logs").describe_log_groups()["logGroups"]]
    left = [name for name in left if f"/{stack}-" in f"/{name}" or name == f"/aws/lambda/{stack}"]
    if left:
        raise Failed(f"the stack left behind: {left}")
    for bucket in buckets:
        if not boto3.client("s3").list_objects_v2(Bucket=bucket).get("KeyCount"):
            raise Failed(f"the bucket {bucket} is empty")
