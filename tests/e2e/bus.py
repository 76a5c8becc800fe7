"""A consumer of completion events: a bus, the rule that docs/completion-events.md shows, and queues.

While pictures are uploaded, what an event says is ready must be there to be read as the event arrives.
"""

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from stack import Failed, Stack, eventually

NAME = "pictures"
PAGE = Path(__file__).parents[2] / "docs" / "completion-events.md"
READY, REMOVED, REJECTED = "Thumbnails Ready", "Thumbnails Removed", "Picture Rejected"
# What an event of each kind says beside the key.
SAYS: dict[str, Callable[[dict[str, Any]], str]] = {
    READY: lambda detail: detail["source"]["etag"],
    REMOVED: lambda _: "",
    REJECTED: lambda detail: detail["reason"],
}


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
        queues = [self.subscribe(name, pattern) for name, pattern in patterns.items()]
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.receive, args=(queue,), daemon=True) for queue in queues]
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

    def check_ready(self, etags: dict[str, str]) -> None:
        """Fails unless each picture was announced, with its ETag, and nothing else was."""
        self.expect(READY, etags)
        # Only until now: what follows removes thumbnails by hand.
        if self.wrong:
            raise Failed(f"{len(self.wrong)} thumbnails could not be read when they were announced: {self.wrong[0]}")

    def check_end(self, rejected: dict[str, str], removed: set[str]) -> None:
        """Fails unless these were rejected, for their reasons, and these removed; stops receiving."""
        self.expect(REJECTED, rejected)
        self.expect(REMOVED, dict.fromkeys(removed, ""))
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def expect(self, kind: str, expected: dict[str, str]) -> None:
        """Fails unless, in a while, events of this kind say this of these keys under the prefix, and no more."""
        wanted = {(self.stack.source_prefix + key, says) for key, says in expected.items()}

        def check() -> None:
            details = [event["detail"] for event in self.events if event["detail-type"] == kind]
            found = {(detail["source"]["key"], SAYS[kind](detail)) for detail in details}
            if found != wanted:
                odd, missing = sorted(found - wanted), sorted(wanted - found)
                raise Failed(f"of {kind}, {len(missing)} are missing: {missing[:3]}; {len(odd)} are odd: {odd[:3]}")

        eventually(30, check)
