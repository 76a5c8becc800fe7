"""A consumer of completion events: a bus, the rule that docs/completion-events.md shows, and queues.

Each event is checked when it is received: what it says is ready must be there to be read.
"""

import json
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
from stack import Failed, Stack, eventually

NAME = "pictures"
PAGE = Path(__file__).parents[2] / "docs" / "completion-events.md"
READY, REMOVED, REJECTED = "Thumbnails Ready", "Thumbnails Removed", "Picture Rejected"


def prepare() -> str:
    """Makes the bus, and returns its ARN."""
    arn: str = boto3.client("events").create_event_bus(Name=NAME)["EventBusArn"]
    return arn


def documented_pattern(bucket: str) -> dict[str, Any]:
    """The page's pattern for finished pictures, of this bucket."""
    blocks = re.findall(r"```jsonc\n(.*?)```", PAGE.read_text(), re.DOTALL)
    [pattern] = [block for block in map(json.loads, blocks) if isinstance(block["source"], list)]
    pattern["detail"]["source"]["bucket"] = [bucket]
    return pattern


class Consumer:
    """Receives events while pictures are uploaded, until it is told to stop."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.events: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        other = {"source": ["s3-thumbnailer"], "detail-type": [REMOVED, REJECTED]}
        patterns = {"ready": documented_pattern(stack.bucket), "other": other}
        self.queues = [self.subscribe(name, pattern) for name, pattern in patterns.items()]
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.receive, args=(queue,), daemon=True) for queue in self.queues]
        for thread in self.threads:
            thread.start()

    def subscribe(self, name: str, pattern: dict[str, Any]) -> str:
        """A queue that a rule of the bus fills."""
        events, sqs = boto3.client("events"), self.stack.sqs
        queue: str = sqs.create_queue(QueueName=f"{NAME}-{name}")["QueueUrl"]
        arn = self.stack.attributes(queue)["QueueArn"]
        rule = events.put_rule(Name=name, EventBusName=NAME, EventPattern=json.dumps(pattern))["RuleArn"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        events.put_targets(Rule=name, EventBusName=NAME, Targets=[{"Id": "queue", "Arn": arn}])
        return queue

    def receive(self, queue: str) -> None:
        sqs = boto3.client("sqs")
        while not self.stopped.is_set():
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                self.check(event)
                self.events.append(event)
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def check(self, event: dict[str, Any]) -> None:
        """Notes what is said to be ready and cannot be read."""
        for thumbnail in event["detail"].get("thumbnails", []):
            try:
                answer = self.stack.s3.get_object(Bucket=thumbnail["bucket"], Key=thumbnail["key"])
                found = (len(answer["Body"].read()), answer["ContentType"])
            except Exception as error:  # noqa: BLE001  Whatever is wrong, the event came too early.
                found = (0, repr(error))
            if found != (thumbnail["bytes"], thumbnail["type"]):
                self.wrong.append(f"{thumbnail} was announced, but {found} was there")

    def about(self, kind: str, name: str) -> set[tuple[str, str]]:
        """The keys that events of this kind are about, each with the field of this name."""
        details = [event["detail"] for event in self.events if event["detail-type"] == kind]
        return {(detail["source"]["key"], detail["source"].get(name) or detail.get(name, "")) for detail in details}

    def check_ready(self, etags: dict[str, str]) -> None:
        """Fails unless each picture was announced, with its ETag, and nothing else was."""
        self.expect(READY, "etag", etags.items())
        # Only until now: what follows removes thumbnails by hand.
        if self.wrong:
            raise Failed(f"{len(self.wrong)} thumbnails could not be read when they were announced: {self.wrong[0]}")

    def check_end(self, rejected: dict[str, str], removed: set[str]) -> None:
        """Fails unless these were rejected, for their reasons, and these removed; stops receiving."""
        self.expect(REJECTED, "reason", rejected.items())
        self.expect(REMOVED, "", ((key, "") for key in removed))
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def expect(self, kind: str, name: str, expected: Iterable[tuple[str, str]]) -> None:
        """Fails unless, in a while, events of this kind are about these keys under the prefix."""
        prefix = self.stack.source_prefix
        wanted = {(prefix + key, value) for key, value in expected}

        def check() -> None:
            found = self.about(kind, name)
            if found != wanted:
                odd, missing = sorted(found - wanted), sorted(wanted - found)
                raise Failed(f"of {kind}, {len(missing)} are missing: {missing[:3]}; {len(odd)} are odd: {odd[:3]}")

        eventually(30, check)
