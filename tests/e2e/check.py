"""Uploads pictures to the deployed stack and checks everything that should come of it.

Started by run.sh, against the local AWS. That differs from the real one in ways this test cannot
cover: memory is not a limit there, no lifecycle rule expires anything, a queue never delivers twice
by itself, and a missing key answers 404 even to a role without s3:ListBucket.
"""

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote_plus

import boto3
from PIL import Image, ImageDraw

PICTURES = 200
BOX = 256
# Every upload format, and what its thumbnail must say it is: JPEG, PNG and WebP stay what they are.
CONTENT_TYPES = {
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
    "webp": ("WEBP", "image/webp"),
    "gif": ("GIF", "image/jpeg"),
    "tiff": ("TIFF", "image/jpeg"),
    "bmp": ("BMP", "image/jpeg"),
}
NOT_AN_S3_MESSAGE = "This is a sentence, not an event."


class Failed(Exception):
    """Something did not come out as it should; the message says what."""


@dataclass(frozen=True)
class Picture:
    """A drawn picture: where it goes, and what its thumbnail must be."""

    key: str
    body: bytes
    thumbnail_size: tuple[int, int]
    content_type: str


def draw(number: int) -> Picture:
    """Picture `number`; no two are alike, and some are smaller than the box."""
    extension = list(CONTENT_TYPES)[number % len(CONTENT_TYPES)]
    pillow_format, content_type = CONTENT_TYPES[extension]
    width, height = 120 + number * 37 % 500, 90 + number * 53 % 400
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(number, 255 - number, 128))
    if extension == "png":
        image.putalpha(Image.radial_gradient("L").resize((width, height)))
    body = io.BytesIO()
    image.save(body, pillow_format)
    # Every fourth key needs care in a notification, where it travels form-encoded.
    name = f"été & plus+({number})" if number % 4 == 0 else f"picture-{number}"
    shrink = min(1.0, BOX / width, BOX / height)
    return Picture(
        key=f"{number % 7}/{name}.{extension}",
        body=body.getvalue(),
        thumbnail_size=(round(width * shrink), round(height * shrink)),
        content_type=content_type,
    )


T = TypeVar("T")


def wait_until(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` returns once it returns something; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)
    return found


class Stack:
    """The deployed stack, by what the template's outputs and settings say of it."""

    def __init__(self, name: str) -> None:
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
        self.log_group: str = function["LoggingConfig"]["LogGroup"]
        self.timeout = int(function["Timeout"])
        settings: dict[str, str] = function["Environment"]["Variables"]
        self.source_prefix = settings["SOURCE_PREFIX"]
        self.thumbnail_prefix = settings["THUMBNAIL_PREFIX"]
        self.cache_control = settings["CACHE_CONTROL"]

    def keys(self, prefix: str) -> set[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])}

    def thumbnails(self) -> set[str]:
        return self.keys(self.thumbnail_prefix)

    def upload(self, key: str, body: bytes) -> str:
        """Uploads a picture and returns its ETag, without the quotes."""
        answer = self.s3.put_object(Bucket=self.bucket, Key=self.source_prefix + key, Body=body)
        return answer["ETag"].strip('"')

    def attributes(self, queue: str) -> dict[str, str]:
        return self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    def messages(self, queue: str) -> int:
        """Messages in a queue, those out for delivery included."""
        attributes = self.attributes(queue)
        return sum(int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOfMessages"))

    def is_quiet(self) -> bool | None:
        return self.messages(self.queue) == 0 or None

    def log_tail(self, lines: int) -> list[str]:
        events = boto3.client("logs").filter_log_events(logGroupName=self.log_group)["events"]
        messages = [event["message"].rstrip() for event in events]
        return [message for message in messages if not message.startswith(("START ", "END ", "REPORT "))][-lines:]


def give_numbers_as_numbers(function: str) -> None:
    """Sets the event source's limits once more, as numbers.

    CloudFormation makes numbers of a template's parameters where a property is one; the local AWS
    leaves them text, and then its poller stops at comparing text with a number.
    """
    client = boto3.client("lambda")
    for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            BatchSize=int(mapping["BatchSize"]),
            ScalingConfig={"MaximumConcurrency": int(mapping["ScalingConfig"]["MaximumConcurrency"])},
        )


def check_thumbnail(stack: Stack, picture: Picture, etag: str) -> None:
    """The thumbnail's pixels, headers and metadata."""
    answer = stack.s3.get_object(Bucket=stack.bucket, Key=stack.thumbnail_prefix + picture.key)
    metadata: dict[str, str] = answer["Metadata"]
    image = Image.open(io.BytesIO(answer["Body"].read()))
    image.load()
    off = max(abs(is_ - should) for is_, should in zip(image.size, picture.thumbnail_size, strict=True))
    facts: dict[str, tuple[Any, Any]] = {
        "Content-Type": (answer["ContentType"], picture.content_type),
        "format": (Image.MIME[image.format or ""], picture.content_type),
        "Cache-Control": (answer.get("CacheControl"), stack.cache_control),
        "source-etag": (metadata.get("source-etag"), etag),
        "recipe present": (bool(metadata.get("recipe")), True),
        "size within a pixel": (image.size if off > 1 else picture.thumbnail_size, picture.thumbnail_size),
    }
    for name, (is_, should) in facts.items():
        if is_ != should:
            raise Failed(f"thumbnail of {picture.key}: {name} is {is_!r}, should be {should!r}")


class Report:
    """Prints one line as each step is done."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def line(self, what: str, count: object) -> None:
        now = time.monotonic()
        print(f"{what:<56} {count!s:>8} {now - self.started:9.2f} s", flush=True)
        self.started = now


def run(stack: Stack) -> None:
    """The whole test; raises Failed at the first thing that is wrong."""
    visibility = int(stack.attributes(stack.queue)["VisibilityTimeout"])
    if visibility < 6 * stack.timeout:
        raise Failed(f"the queue's visibility timeout, {visibility} s, is under 6 x {stack.timeout} s")
    wait_until("the s3:TestEvent of the deployment acknowledged", 30, stack.is_quiet)

    report = Report()
    pictures = [draw(number) for number in range(PICTURES)]
    report.line("pictures drawn, in six formats", len(pictures))
    # Sixteen at a time, as on a busy site, so that messages come in batches of more than one.
    with ThreadPoolExecutor(16) as pool:
        etags = list(pool.map(lambda picture: stack.upload(picture.key, picture.body), pictures))
    report.line("uploaded", len(etags))

    keys = {picture.key for picture in pictures}
    try:
        wait_until("a thumbnail of every picture", 120, lambda: keys <= stack.thumbnails() or None)
    except Failed as failed:
        missing = sorted(keys - stack.thumbnails())
        raise Failed(f"{failed}; {len(missing)} missing, such as {missing[:3]}") from None
    report.line("thumbnails there (since the last upload)", len(stack.thumbnails()))
    wait_until("the queue empty after the uploads", 30, stack.is_quiet)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda pair: check_thumbnail(stack, *pair), zip(pictures, etags, strict=True)))
    report.line("thumbnails right: size, type, headers, metadata", len(pictures))
    if stray := stack.thumbnails() - keys:
        raise Failed(f"thumbnails of nothing: {sorted(stray)}")
    if dead := stack.messages(stack.dead_letters):
        raise Failed(f"{dead} messages of good pictures are in the dead-letter queue")

    corrupt = stack.upload("corrupt.jpg", b"Text, whatever its name says.")
    stack.sqs.send_message(QueueUrl=stack.queue, MessageBody=NOT_AN_S3_MESSAGE)
    wait_until("two dead letters", 30, lambda: stack.messages(stack.dead_letters) >= 2 or None)
    letters = take_dead_letters(stack)
    check_dead_letters(stack, letters, corrupt)
    report.line("dead letters with their reasons, at the first delivery", len(letters))

    redrive_repaired(stack, letters, pictures[1])
    keys.add("corrupt.jpg")
    report.line("redriven once the picture was repaired", 1)

    for version in ("1.0", "2.0"):
        check_batch_job(stack, version, pictures[2].key)
    report.line("S3 Batch Operations tasks answered, in both schemas", 2 * 3)

    gone = pictures[4]
    stack.s3.delete_object(Bucket=stack.bucket, Key=stack.source_prefix + gone.key)
    wait_until("the thumbnail of a deleted picture gone", 30, lambda: gone.key not in stack.thumbnails() or None)
    report.line("thumbnail removed with its picture", 1)

    wait_until("the queue empty at the end", 30, stack.is_quiet)
    if stack.thumbnails() != keys - {gone.key}:
        raise Failed("the thumbnails are no longer those of the pictures")
    if dead := stack.messages(stack.dead_letters):
        raise Failed(f"{dead} more messages went to the dead-letter queue")
    report.line("messages left in the queue", 0)


@dataclass(frozen=True)
class DeadLetter:
    """A message as it was found in the dead-letter queue."""

    body: str
    attributes: dict[str, str]


def take_dead_letters(stack: Stack) -> list[DeadLetter]:
    """Takes every message out of the dead-letter queue."""
    letters: list[DeadLetter] = []
    receive = {"QueueUrl": stack.dead_letters, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    while messages := stack.sqs.receive_message(**receive).get("Messages"):
        for message in messages:
            values = message.get("MessageAttributes", {})
            attributes = {name: value["StringValue"] for name, value in values.items()}
            letters.append(DeadLetter(message["Body"], attributes))
            stack.sqs.delete_message(QueueUrl=stack.dead_letters, ReceiptHandle=message["ReceiptHandle"])
    return letters


def check_dead_letters(stack: Stack, letters: list[DeadLetter], corrupt_etag: str) -> None:
    """Fails unless they are the odd message and the corrupt picture's, each saying why."""
    odd = [letter for letter in letters if letter.body == NOT_AN_S3_MESSAGE]
    if len(letters) != 2 or len(odd) != 1:
        raise Failed(f"expected two dead letters, one of them the odd message, but found {letters}")
    [picture] = [letter for letter in letters if letter not in odd]
    expected = {
        "reason": "not_a_picture",
        "bucket": stack.bucket,
        "key": f"{stack.source_prefix}corrupt.jpg",
        "etag": corrupt_etag,
    }
    says = {name: picture.attributes.get(name) for name in expected}
    if says != expected or not picture.attributes.get("detail"):
        raise Failed(f"the corrupt picture's dead letter says {picture.attributes}, should say {expected}")
    if odd[0].attributes.get("reason") != "not_understood" or "key" in odd[0].attributes:
        raise Failed(f"the odd message's dead letter says {odd[0].attributes}")


def redrive_repaired(stack: Stack, letters: list[DeadLetter], repaired: Picture) -> None:
    """Repairs the picture, and sends its message's unchanged body back: it must do the work."""
    stack.upload("corrupt.jpg", repaired.body)
    wait_until("the repaired picture's thumbnail", 30, lambda: "corrupt.jpg" in stack.thumbnails() or None)
    wait_until("the queue empty after the repair", 30, stack.is_quiet)
    # Its upload was announced as well; without the thumbnail, only the old message can bring it back.
    stack.s3.delete_object(Bucket=stack.bucket, Key=stack.thumbnail_prefix + "corrupt.jpg")
    [letter] = [letter for letter in letters if letter.body != NOT_AN_S3_MESSAGE]
    stack.sqs.send_message(QueueUrl=stack.queue, MessageBody=letter.body)
    wait_until("the thumbnail by the redriven message", 30, lambda: "corrupt.jpg" in stack.thumbnails() or None)


def check_batch_job(stack: Stack, version: str, key: str) -> None:
    """Invokes the function as a job of S3 Batch Operations does."""
    bucket = {"1.0": {"s3BucketArn": f"arn:aws:s3:::{stack.bucket}"}, "2.0": {"s3Bucket": stack.bucket}}[version]
    keys = [stack.source_prefix + key, stack.source_prefix + "not-there.jpg", "elsewhere/a.jpg"]
    stack.s3.delete_object(Bucket=stack.bucket, Key=stack.thumbnail_prefix + key)
    tasks = [
        {"taskId": str(number), "s3Key": quote_plus(name, safe="/"), "s3VersionId": None, **bucket}
        for number, name in enumerate(keys)
    ]
    job = {"invocationSchemaVersion": version, "invocationId": "e2e", "job": {"id": "e2e"}, "tasks": tasks}
    payload = json.dumps(job).encode()
    answer = boto3.client("lambda").invoke(FunctionName=stack.function, Payload=payload)
    response = json.loads(answer["Payload"].read())
    results = [(result["taskId"], result["resultCode"]) for result in response.get("results", [])]
    if results != [("0", "Succeeded"), ("1", "Succeeded"), ("2", "Succeeded")]:
        raise Failed(f"the job in schema {version} was answered {response}")
    if key not in stack.thumbnails():
        raise Failed(f"the job in schema {version} brought no thumbnail of {key}")


def wait_for_aws(pid: int) -> None:
    """Returns once the local AWS answers, with IAM on."""
    sts = boto3.client("sts")

    def answers() -> bool | None:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            raise Failed("the local AWS ended instead of starting") from None
        try:
            sts.get_caller_identity()
        except Exception:  # noqa: BLE001  Anything at all may come of a server half up.
            return None
        return True

    wait_until("the local AWS", 60, answers)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stack", required=True)
    options.add_argument("--aws-log", type=Path, required=True)
    options.add_argument("--wait-for-aws", type=int, metavar="PID")
    arguments = options.parse_args()
    stack = None
    try:
        if arguments.wait_for_aws:
            wait_for_aws(arguments.wait_for_aws)
            return 0
        stack = Stack(arguments.stack)
        run(stack)
    except Exception as error:  # noqa: BLE001  Whatever went wrong, the logs say more.
        print(f"\ne2e FAILED: {error if isinstance(error, Failed) else repr(error)}", file=sys.stderr)
        if stack:
            print(f"\nThe function's last lines ({stack.log_group}):", file=sys.stderr)
            print("\n".join(stack.log_tail(40)) or "(none)", file=sys.stderr)
        print("\nThe local AWS's last lines:", file=sys.stderr)
        print("\n".join(arguments.aws_log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
