"""A load run's part of the local AWS: a bucket of pictures, and a queue with a message for each."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from pictures import photograph

BUCKET = "pictures"
SOURCES, THUMBNAILS = "images/", "thumbnails/"
# The number of different pictures; every key holds a copy of one. Each key still needs a thumbnail
# of its own, but the local AWS, which keeps all in memory, stores each picture's bytes only once.
DIFFERENT = 20
THREADS = 8
# As in the template.
MAX_RECEIVES = 15
VISIBILITY_SECONDS = 360
EVENT = Path(__file__).parents[2] / "events" / "s3-put.json"


class Backlog:
    """A bucket, a queue and its dead-letter queue."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", config=Config(max_pool_connections=THREADS))
        self.sqs = boto3.client("sqs", config=Config(max_pool_connections=THREADS))
        region = self.s3.meta.region_name
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
        self.dead_letters = self.sqs.create_queue(QueueName="load-dead")["QueueUrl"]
        arn = self._attributes(self.dead_letters)["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES}
        attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": str(VISIBILITY_SECONDS)}
        self.queue = self.sqs.create_queue(QueueName="load", Attributes=attributes)["QueueUrl"]
        self._event: dict[str, Any] = json.loads(json.loads(EVENT.read_text())["Records"][0]["body"])

    def put_pictures(self, count: int, size: tuple[int, int]) -> int:
        """Puts a picture at each of `count` keys, and returns the bytes of all of them."""
        first = list(range(min(count, DIFFERENT)))
        bodies = [photograph(size, number) for number in first]

        def put(number: int) -> None:
            self.s3.put_object(Bucket=BUCKET, Key=source_key(number), Body=bodies[number])

        def copy(number: int) -> None:
            of = {"Bucket": BUCKET, "Key": source_key(number % DIFFERENT)}
            self.s3.copy_object(Bucket=BUCKET, Key=source_key(number), CopySource=of)

        in_threads(put, first)
        in_threads(copy, range(len(first), count))
        return sum(len(bodies[number % DIFFERENT]) for number in range(count))

    def put_messages(self, count: int) -> None:
        """Sends a message for each key, as S3 does when a picture is uploaded."""

        def send(begin: int) -> None:
            numbers = range(begin, min(begin + 10, count))
            entries = [{"Id": str(number), "MessageBody": self.notification(source_key(number))} for number in numbers]
            answer = self.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"messages were not accepted: {answer['Failed']}")

        in_threads(send, range(0, count, 10))

    def notification(self, key: str) -> str:
        """The body of S3's message about this key. The keys of this run need no encoding."""
        [record] = self._event["Records"]
        bucket, item = record["s3"]["bucket"], record["s3"]["object"]
        s3 = {**record["s3"], "bucket": {**bucket, "name": BUCKET}, "object": {**item, "key": key}}
        return json.dumps({"Records": [{**record, "s3": s3}]})

    def messages(self, queue: str) -> int:
        """The number of messages in a queue, including those in flight."""
        attributes = self._attributes(queue)
        return sum(int(value) for name, value in attributes.items() if name.startswith("ApproximateNumberOfMessages"))

    def thumbnails(self) -> dict[str, int]:
        """The bytes of every thumbnail, by the key after the prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=THUMBNAILS)
        items = [item for page in pages for item in page.get("Contents", [])]
        return {item["Key"].removeprefix(THUMBNAILS): item["Size"] for item in items}

    def thumbnail(self, name: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=THUMBNAILS + name)["Body"].read()

    def settings(self) -> dict[str, str]:
        """The worker's environment, besides the address of the local AWS, which it inherits."""
        return {
            "SOURCE_BUCKET": BUCKET,
            "SOURCE_PREFIX": SOURCES,
            "THUMBNAIL_PREFIX": THUMBNAILS,
            "QUEUE_URL": self.queue,
            "DEAD_LETTER_QUEUE_URL": self.dead_letters,
            # As on Lambda, so that the log is as long.
            "METRICS": "emf",
        }

    def _attributes(self, queue: str) -> dict[str, str]:
        return self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def name(number: int) -> str:
    return f"{number % 97:02}/photo-{number:06}.jpg"


def source_key(number: int) -> str:
    return SOURCES + name(number)


def in_threads(do: Callable[[int], None], numbers: Iterable[int]) -> None:
    """Calls `do` for every number, several at a time; raises the first failure."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(do, numbers):
            pass
