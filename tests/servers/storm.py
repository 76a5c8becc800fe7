"""A run of the worker against a server: changes of a bucket, and the worker killed among them."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import quote_plus
from zlib import crc32

from mirror import SOURCES, THUMBNAILS, Held, findings
from plan import Step, picture, steps
from servers import KEY, REGION, SECRET, THREADS, Failed, Server, metadata

BUCKET = "pictures"
# Short, since a killed worker's messages stay away for as long; the worker extends it as it works.
VISIBILITY_SECONDS = 10
MAX_RECEIVES = 15
QUIET_SECONDS = 3
DRAINED_WITHIN = 300
STOP_SECONDS = 40
KILLS = 2
# How long a kill waits for the worker to have a message.
AT_WORK_WITHIN = 5


@dataclass(frozen=True)
class Ended:
    """What a run did, and what is wrong after it."""

    uploads: int
    deletions: int
    killed_at_work: int
    thumbnails: int
    findings: list[str]


class Storm:
    """A bucket on one server, a queue on another (or the same), and the worker between them."""

    def __init__(self, worker: Path, s3: Server, sqs: Server, notifies: bool, plain_keys: bool, work: Path) -> None:
        self.worker, self.work = worker, work
        self.s3_server, self.sqs_server = s3, sqs
        self.s3, self.sqs = s3.client("s3"), sqs.client("sqs")
        self.notifies, self.plain_keys = notifies, plain_keys
        self.changed = 0
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        region = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        self.dead_letters, arn = self._queue(f"{s3.name}-dead", {})
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(MAX_RECEIVES)})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": str(VISIBILITY_SECONDS)}
        self.queue, arn = self._queue(s3.name, attributes)
        if notifies:
            events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
            only = {"Key": {"FilterRules": [{"Name": "prefix", "Value": SOURCES}]}}
            configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": events, "Filter": only}]}
            self.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)

    def run(self, uploads: int, seed: int) -> Ended:
        planned = steps(uploads, seed, self.plain_keys)
        self._start()
        try:
            killed_at_work = self._change_and_kill(planned)
            self._drain()
            self._stop()
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        held = self._held()
        found = findings(planned, held)
        if dead := self._messages(self.dead_letters):
            found.append(f"{dead} messages are in the dead-letter queue")
        deletions = sum(step.number is None for step in planned)
        thumbnails = sum(key.startswith(THUMBNAILS) for key in held)
        return Ended(uploads, deletions, killed_at_work, thumbnails, found)

    def _change_and_kill(self, planned: list[Step]) -> int:
        """Carries out the plan, and kills the worker on the way; returns how often it was at work then."""
        lanes: list[Queue[Step]] = [Queue() for _ in range(THREADS)]
        for step in planned:
            # The steps of one key stay in order.
            lanes[crc32(step.key.encode()) % THREADS].put(step)
        killed_at_work = 0
        with ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(self._lane, lane) for lane in lanes]
            for kill in range(1, KILLS + 1):
                until = len(planned) * kill // (KILLS + 1)
                wait(f"{until} changes", DRAINED_WITHIN, lambda until=until: self.changed >= until or failed(running))
                deadline = time.monotonic() + AT_WORK_WITHIN
                while not (at_work := self._messages(self.queue, "NotVisible") > 0) and time.monotonic() < deadline:
                    time.sleep(0.02)
                killed_at_work += at_work
                self._kill()
                self._start()
            for lane_run in running:
                lane_run.result()
        return killed_at_work

    def _lane(self, lane: Queue[Step]) -> None:
        while not lane.empty():
            step = lane.get()
            if step.number is None:
                self.s3.delete_object(Bucket=BUCKET, Key=step.key)
                event = "ObjectRemoved:Delete"
            else:
                body = picture(step.number)
                self.s3.put_object(Bucket=BUCKET, Key=step.key, Body=body, ContentType="image/jpeg")
                event = "ObjectCreated:Put"
            if not self.notifies:
                self.sqs.send_message(QueueUrl=self.queue, MessageBody=notification(step.key, event))
            with self.lock:
                self.changed += 1

    def _drain(self) -> None:
        """Waits until the queue has been empty for a while, in-flight and delayed messages included."""
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal since
            self._check_alive()
            if self._messages(self.queue):
                since = time.monotonic()
            return time.monotonic() - since > QUIET_SECONDS

        wait("the queue empty", DRAINED_WITHIN, quiet)

    def _held(self) -> dict[str, Held]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]

        def get(key: str) -> tuple[str, Held]:
            answer = self.s3.get_object(Bucket=BUCKET, Key=key)
            etag = answer["ETag"].strip('"')
            return key, Held(etag, metadata(answer).get("source-etag", ""), answer["Body"].read())

        with ThreadPoolExecutor(THREADS) as pool:
            return dict(pool.map(get, keys))

    def _queue(self, name: str, attributes: dict[str, str]) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def _messages(self, url: str, kind: str = "") -> int:
        """The messages of a queue; with a kind, only those."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        name = f"ApproximateNumberOfMessages{kind}"
        return sum(int(value) for known, value in attributes.items() if known.startswith(name))

    def _start(self) -> None:
        settings = {
            "AWS_ENDPOINT_URL_S3": self.s3_server.endpoint,
            "AWS_ENDPOINT_URL_SQS": self.sqs_server.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "SOURCE_BUCKET": BUCKET,
            "QUEUE_URL": self.queue,
            "DEAD_LETTER_QUEUE_URL": self.dead_letters,
        }
        with (self.work / f"worker-{self.s3_server.name}.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [self.worker], env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT
            )

    def _check_alive(self) -> None:
        if self.process is not None and (code := self.process.poll()) is not None:
            raise Failed(f"the worker ended by itself with {code}; see {self.work}")

    def _kill(self) -> None:
        self._check_alive()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            if code := self.process.wait(STOP_SECONDS):
                raise Failed(f"the worker ended with {code}; see {self.work}")


def notification(key: str, event: str) -> str:
    """The message that S3 would send."""
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key, safe="/")}}
    return json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": event, "s3": s3}]})


def failed(running: list[Any]) -> bool:
    """Raises what a lane failed by, if one did."""
    for one in running:
        if one.done():
            one.result()
    return False


def wait(for_what: str, seconds: float, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds:.0f} s for {for_what}")
        time.sleep(0.2)
