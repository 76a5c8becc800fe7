"""A deployed stack, as the template's outputs and the function's settings describe it."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import boto3


class Failed(Exception):
    """Something is not as it should be; the message says what."""


T = TypeVar("T")


def wait_until(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """Calls `look` until it returns something, and returns that; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
    return found


def eventually(seconds: float, check: Callable[[], None]) -> None:
    """Runs a check until it passes; after `seconds`, raises its last failure."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except Failed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Stack:
    """The buckets, queues and function of one stack, and questions about them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.s3 = boto3.client("s3")
        self.sqs = boto3.client("sqs")
        [stack] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.bucket: str = outputs["BucketName"]
        self.queue: str = outputs["QueueUrl"]
        self.dead_letters: str = outputs["DeadLetterQueueUrl"]
        function = boto3.client("lambda").get_function_configuration(FunctionName=outputs["FunctionName"])
        give_numbers_as_numbers(outputs["FunctionName"])
        self.function: str = outputs["FunctionName"]
        self.dashboard: str = outputs["DashboardName"]
        self.has_canary = any(one["ParameterKey"] == "CanaryMinutes" and one["ParameterValue"] != "0" for one in stack["Parameters"])
        self.log_group: str = function["LoggingConfig"]["LogGroup"]
        self.timeout = int(function["Timeout"])
        settings: dict[str, str] = function["Environment"]["Variables"]
        self.thumbnail_bucket = settings["THUMBNAIL_BUCKET"] or self.bucket
        self.source_prefix = settings["SOURCE_PREFIX"]
        self.thumbnail_prefix = settings["THUMBNAIL_PREFIX"]
        self.has_bus = bool(settings["EVENT_BUS"])
        self.cache_control = settings["CACHE_CONTROL"]

    def thumbnail_bytes(self) -> dict[str, int]:
        """Every thumbnail's size, by its key after the prefix."""
        prefix = self.thumbnail_prefix
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.thumbnail_bucket, Prefix=prefix)
        items = [item for page in pages for item in page.get("Contents", [])]
        return {item["Key"].removeprefix(prefix): item["Size"] for item in items}

    def thumbnails(self) -> set[str]:
        return set(self.thumbnail_bytes())

    def delete_thumbnail(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.thumbnail_bucket, Key=self.thumbnail_prefix + key)

    def upload(self, key: str, body: bytes, **settings: str) -> str:
        """Uploads a picture and returns its ETag, without the quotes."""
        answer = self.s3.put_object(Bucket=self.bucket, Key=self.source_prefix + key, Body=body, **settings)
        return answer["ETag"].strip('"')

    def attributes(self, queue: str) -> dict[str, str]:
        return self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    def messages(self, queue: str) -> int:
        """The number of messages in a queue, including those in flight."""
        attributes = self.attributes(queue)
        return sum(int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOfMessages"))

    def is_quiet(self) -> bool | None:
        return self.messages(self.queue) == 0 or None

    def log(self, pattern: str = "") -> list[str]:
        """The function's log lines that match `pattern`, oldest first, without the platform's."""
        events = boto3.client("logs").filter_log_events(logGroupName=self.log_group, filterPattern=pattern)["events"]
        messages = [event["message"].rstrip() for event in events]
        return [message for message in messages if message and not message.startswith(("START ", "END ", "REPORT "))]

    def lines(self, pattern: str = "") -> list[dict[str, Any]]:
        """The same lines, parsed as JSON; fails if one is not JSON."""
        try:
            return [json.loads(line) for line in self.log(pattern)]
        except ValueError as error:
            raise Failed(f"a log line is not JSON: {error}") from error


def give_numbers_as_numbers(function: str) -> None:
    """Sets the event source's limits again, as numbers.

    CloudFormation converts a template's parameters to numbers where a property is a number. The
    local AWS leaves them as text, and its poller then fails to compare text with a number.
    """
    client = boto3.client("lambda")
    for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            BatchSize=int(mapping["BatchSize"]),
            ScalingConfig={"MaximumConcurrency": int(mapping["ScalingConfig"]["MaximumConcurrency"])},
        )
