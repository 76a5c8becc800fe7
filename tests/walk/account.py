"""The reader's AWS account, which is the local AWS: what is in it before a command, and must be after.

Nothing here runs a command of the documents.
"""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from PIL import Image
from pictures import draw
from plan import Walk
from stack import Failed, Stack, wait_until

STACK = "s3-thumbnailer"
BUCKET = "my-pictures"
BAD = b"No picture at all."
ELSE = "others"
"""A queue that somebody else has announcements of an existing bucket sent to."""
POLICY = {
    "s3:GetObject": [f"arn:aws:s3:::{BUCKET}/*"],
    "s3:PutObject": [f"arn:aws:s3:::{BUCKET}/thumbnails/*"],
    "s3:DeleteObject": [f"arn:aws:s3:::{BUCKET}/thumbnails/*"],
    "s3:ListBucket": [f"arn:aws:s3:::{BUCKET}"],
}
POLLER = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]


def s3() -> Any:
    return boto3.client("s3")


def endpoint() -> str:
    return os.environ["AWS_ENDPOINT_URL"]


def number() -> str:
    return str(boto3.client("sts").get_caller_identity()["Account"])


def stack(name: str = STACK) -> Stack:
    return Stack(name)


def is_there(name: str) -> bool:
    try:
        [found] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return bool(found["StackStatus"] != "DELETE_COMPLETE")


def photo(number: int = 0) -> bytes:
    """A JPEG, another for each number."""
    return draw(number * 6).body


def wide_photo(width: int = 1200, height: int = 800) -> bytes:
    """A JPEG that is larger than any thumbnail."""
    body = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(body, "JPEG")
    return body.getvalue()


def put(key: str, body: bytes, bucket: str = BUCKET) -> None:
    s3().put_object(Bucket=bucket, Key=key, Body=body)


def keys(prefix: str = "", bucket: str = BUCKET) -> set[str]:
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def appears(key: str, bucket: str = BUCKET, seconds: float = 60) -> None:
    wait_until(f"s3://{bucket}/{key}", seconds, lambda: key in keys(key, bucket) or None)


def remove(*gone: str, bucket: str = BUCKET) -> None:
    for key in gone:
        s3().delete_object(Bucket=bucket, Key=key)


def make_bucket(name: str) -> None:
    s3().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3().meta.region_name})


def empty_and_remove(bucket: str) -> None:
    remove(*keys(bucket=bucket), bucket=bucket)
    s3().delete_bucket(Bucket=bucket)


def notifications(bucket: str = BUCKET) -> dict[str, Any]:
    answer = s3().get_bucket_notification_configuration(Bucket=bucket)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def queue(name: str, listens_to: str = "", attributes: dict[str, str] | None = None) -> tuple[str, str]:
    """A queue's URL and ARN; S3 announces a bucket's uploads under images/ to it, if one is named."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes or {})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if listens_to:
        allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        rule = {"Name": "prefix", "Value": "images/"}
        announce = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [rule]}}}
        configuration = {"QueueConfigurations": [announce]}
        s3().put_bucket_notification_configuration(Bucket=listens_to, NotificationConfiguration=configuration)
    return url, arn


def queues(walk: Walk, bucket: str, name: str) -> None:
    """A bucket, its queue and that one's dead-letter queue, as a site has them that is not by the template."""
    _, dead = queue(f"{name}-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 15})
    _, walk.kept["queue"] = queue(name, bucket, {"VisibilityTimeout": "360", "RedrivePolicy": redrive})


def role(name: str, queue_arn: str) -> str:
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    statements = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in POLICY.items()]
    statements.append({"Effect": "Allow", "Action": POLLER, "Resource": [queue_arn]})
    statements.append({"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": ["*"]})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="thumbnails", PolicyDocument=policy)
    return str(arn)


def remove_stack(walk: Walk, name: str = STACK) -> None:
    if is_there(name):
        walk.do(f"removes the stack {name}, of which there can be one", f"make destroy STACK={name} YES=1")


def quiet(on: Stack, why: str) -> None:
    wait_until(f"the queue empty {why}", 60, on.is_quiet)


def dead_letters(on: Stack, count: int) -> None:
    wait_until(f"{count} dead letters", 60, lambda: on.messages(on.dead_letters) == count or None)


def still(seconds: float, what: str, holds: Callable[[], bool]) -> None:
    """Fails once something no longer holds within `seconds`."""
    try:
        wait_until(what, seconds, lambda: None if holds() else True)
    except Failed:
        return
    raise Failed(f"{what}: no longer")


def inventory(path: Path, listed: set[str]) -> None:
    """A list as S3 Inventory writes it."""
    path.write_text("".join(f'"{BUCKET}","{key}","12"\n' for key in sorted(listed)))
