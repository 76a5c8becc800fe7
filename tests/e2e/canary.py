"""The canary of a stack that has one: it comes back, and not when the bucket announces nothing."""

import json
from typing import Any

import boto3
from stack import Failed, Stack, wait_until
from watch import metrics_of


def send(stack: Stack) -> dict[str, Any]:
    """Invokes the function as the schedule does; the local AWS has no clock for schedules."""
    resource = boto3.client("cloudformation").describe_stack_resource(StackName=stack.name, LogicalResourceId="CanaryRule")
    rule = resource["StackResourceDetail"]["PhysicalResourceId"]
    [target] = boto3.client("events").list_targets_by_rule(Rule=rule.rsplit("/", 1)[-1])["Targets"]
    answer = boto3.client("lambda").invoke(FunctionName=stack.function, Payload=target["Input"].encode())
    response: dict[str, Any] = json.loads(answer["Payload"].read())
    return response


def times(stack: Stack) -> int:
    """What CanaryAlarm counts."""
    return len(metrics_of(stack.lines()).values("CanaryTime", FunctionName=stack.function))


def walk(stack: Stack) -> None:
    """Sends the canary out twice: once as all is well, once without the bucket's notifications."""
    before = stack.thumbnails()
    answer = send(stack)
    if "cameBack" not in answer:
        raise Failed(f"the canary did not come back: {answer}")
    wait_until("the canary counted", 15, lambda: times(stack) == 1 or None)
    wait_until("the canary's thumbnail gone", 30, lambda: stack.thumbnails() == before or None)

    notifications = stack.s3.get_bucket_notification_configuration(Bucket=stack.bucket)
    notifications.pop("ResponseMetadata")
    stack.s3.put_bucket_notification_configuration(Bucket=stack.bucket, NotificationConfiguration={})
    answer = send(stack)
    stack.s3.put_bucket_notification_configuration(Bucket=stack.bucket, NotificationConfiguration=notifications)
    cause = answer.get("lost", {}).get("cause", "")
    if "notifications do not name the queue" not in cause:
        raise Failed(f"without notifications, the answer is {answer}")
    lost = [line for line in stack.lines("lost") if line.get("message") == "the canary is lost"]
    if [line.get("cause") for line in lost] != [cause] or times(stack) != 1:
        raise Failed(f"one canary was lost, of two, but {times(stack)} came back and the log has {lost}")
    if stack.thumbnails() != before:
        raise Failed("the lost canary left a thumbnail")
    wait_until("the queue empty after the canaries", 30, stack.is_quiet)
