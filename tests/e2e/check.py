"""Uploads pictures to a deployed stack and checks everything that should follow.

Started by run.sh, against the local AWS. That differs from the real one in ways that this test
cannot cover: it does not limit memory, its lifecycle rules expire nothing, its queues never deliver
twice by themselves, its S3 answers 404 for a missing key even to a role without s3:ListBucket, and
its SQS has no StartMessageMoveTask, so `make redrive` sends dead letters back one by one.
"""

import argparse
import io
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import archive
import boto3
import bus
import canary
import owner
import runbook
import watch
from letters import DeadLetter, take_dead_letters
from PIL import Image
from pictures import Picture, draw
from stack import Failed, Stack, eventually, wait_until

NOT_AN_S3_MESSAGE = "This is a sentence, not an event."


def check_thumbnail(stack: Stack, picture: Picture, etag: str, made: Path | None = None) -> None:
    """The thumbnail's headers and metadata, and its bytes if there are others to compare them with."""
    answer = stack.s3.get_object(Bucket=stack.thumbnail_bucket, Key=stack.thumbnail_prefix + picture.key)
    metadata: dict[str, str] = answer["Metadata"]
    body = answer["Body"].read()
    image = Image.open(io.BytesIO(body))
    image.load()
    off = max(abs(is_ - should) for is_, should in zip(image.size, picture.thumbnail_size, strict=True))
    facts: dict[str, tuple[Any, Any]] = {
        "Content-Type": (answer["ContentType"], picture.content_type),
        "format": (Image.MIME[image.format or ""], picture.content_type),
        "Cache-Control": (answer.get("CacheControl"), stack.cache_control),
        "source-etag": (metadata.get("source-etag"), etag),
        "recipe present": (bool(metadata.get("recipe")), True),
        "the same as that of `make run`": (made is None or body == (made / picture.key).read_bytes(), True),
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


def run(stack: Stack, uploads: int, made: Path) -> None:
    """The whole test; raises Failed at the first thing that is wrong."""
    visibility = int(stack.attributes(stack.queue)["VisibilityTimeout"])
    if visibility < 6 * stack.timeout:
        raise Failed(f"the queue's visibility timeout, {visibility} s, is less than 6 x {stack.timeout} s")
    wait_until("the s3:TestEvent of the deployment acknowledged", 30, stack.is_quiet)

    report = Report()
    consumer = bus.Consumer(stack) if stack.has_bus else None
    pictures = [draw(number) for number in range(uploads)]
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
    report.line("thumbnails made (time since the last upload)", len(stack.thumbnails()))
    wait_until("the queue empty after the uploads", 30, stack.is_quiet)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda pair: check_thumbnail(stack, *pair, made), zip(pictures, etags, strict=True)))
    report.line("thumbnails correct: bytes, type, headers, metadata", len(pictures))
    if stray := stack.thumbnails() - keys:
        raise Failed(f"thumbnails without a picture: {sorted(stray)}")
    if dead := stack.messages(stack.dead_letters):
        raise Failed(f"{dead} messages about good pictures are in the dead-letter queue")
    uploaded = {picture.key: (picture, etag) for picture, etag in zip(pictures, etags, strict=True)}
    eventually(15, lambda: watch.check_uploads(stack, watch.Expected(uploaded)))
    report.line("log lines and metrics correct: one line each, and sums", len(pictures))
    if consumer:
        consumer.check_ready({key: etag for key, (_, etag) in uploaded.items()})
        report.line("completion events: one for each picture, after its thumbnail", len(consumer.events))

    stack.upload("notes.txt", b"Text, and it says so.")
    corrupt = stack.upload("corrupt.jpg", b"Text, whatever its name says.")
    stack.sqs.send_message(QueueUrl=stack.queue, MessageBody=NOT_AN_S3_MESSAGE)
    wait_until("two dead letters", 30, lambda: stack.messages(stack.dead_letters) >= 2 or None)
    letters = take_dead_letters(stack)
    check_dead_letters(stack, letters, corrupt)
    eventually(15, lambda: watch.check_line_found(stack, "corrupt.jpg", "rejected", "not_a_picture"))
    eventually(15, lambda: watch.check_line_found(stack, "notes.txt", "skipped", "not_a_picture"))
    report.line("rejected at the first delivery, with their reasons", len(letters))

    redrive_repaired(stack, letters, pictures[1])
    keys.add("corrupt.jpg")
    report.line("redriven once the picture was repaired", 1)

    keys.add(archive.walk(stack, pictures[1]))
    report.line("archived: rejected at once, made when it is restored", 1)

    for version in ("1.0", "2.0"):
        check_batch_job(stack, version, pictures[2].key)
    report.line("S3 Batch Operations tasks answered, in both schemas", 2 * 3)

    gone = pictures[4]
    stack.s3.delete_object(Bucket=stack.bucket, Key=stack.source_prefix + gone.key)
    wait_until("the thumbnail of a deleted picture gone", 30, lambda: gone.key not in stack.thumbnails() or None)
    report.line("thumbnail removed with its picture", 1)

    wait_until("the queue empty at the end", 30, stack.is_quiet)
    if stack.thumbnails() != keys - {gone.key}:
        raise Failed("the thumbnails no longer match the pictures")
    if dead := stack.messages(stack.dead_letters):
        raise Failed(f"{dead} more messages went to the dead-letter queue")
    report.line("messages left in the queue", 0)
    rejected = {"not_a_picture": 1, "not_understood": 1, "archived": 1}
    expected = watch.Expected(uploaded, rejected, {"not_a_picture": 1}, gone.key)
    eventually(15, lambda: watch.check_end(stack, expected))
    report.line("rejects by reason, alarms and dashboard correct", sum(rejected.values()))
    if consumer:
        consumer.check_end({"corrupt.jpg": "not_a_picture", archive.KEY: "archived"}, {gone.key})
        report.line("completion events of rejects and of the removal", 3)

    runbook.walk(stack, pictures[3])
    report.line("runbook: letters, redrive, look, audit, repair, probe", 6)

    if stack.has_canary:
        canary.walk(stack)
        report.line("canary: back, and lost without notifications", 2)


def check_dead_letters(stack: Stack, letters: list[DeadLetter], corrupt_etag: str) -> None:
    """Fails unless they are the odd message and the corrupt picture's, each with its reason."""
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
    """Repairs the picture and redrives its message unchanged, which must make the thumbnail."""
    stack.upload("corrupt.jpg", repaired.body)
    wait_until("the repaired picture's thumbnail", 30, lambda: "corrupt.jpg" in stack.thumbnails() or None)
    wait_until("the queue empty after the repair", 30, stack.is_quiet)
    # The repaired upload made it already. Once deleted, only the old message can bring it back.
    stack.delete_thumbnail("corrupt.jpg")
    [letter] = [letter for letter in letters if letter.body != NOT_AN_S3_MESSAGE]
    stack.sqs.send_message(QueueUrl=stack.queue, MessageBody=letter.body)
    wait_until("the thumbnail made by the redriven message", 30, lambda: "corrupt.jpg" in stack.thumbnails() or None)
    # Redriven once more, it finds nothing to do.
    stack.sqs.send_message(QueueUrl=stack.queue, MessageBody=letter.body)
    wait_until("the queue empty after the redriven messages", 30, stack.is_quiet)


def check_batch_job(stack: Stack, version: str, key: str) -> None:
    """Invokes the function as an S3 Batch Operations job does."""
    bucket = {"1.0": {"s3BucketArn": f"arn:aws:s3:::{stack.bucket}"}, "2.0": {"s3Bucket": stack.bucket}}[version]
    keys = [stack.source_prefix + key, stack.source_prefix + "not-there.jpg", "elsewhere/a.jpg"]
    stack.delete_thumbnail(key)
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
        raise Failed(f"the job in schema {version} got the answer {response}")
    if key not in stack.thumbnails():
        raise Failed(f"the job in schema {version} made no thumbnail of {key}")


def draw_all(uploads: int, folder: Path) -> None:
    """Writes the pictures that will be uploaded to a folder."""
    for picture in map(draw, range(uploads)):
        file = folder / picture.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture.body)


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
        except Exception:  # noqa: BLE001  A server that is starting may answer anything.
            return None
        return True

    wait_until("the local AWS", 60, answers)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--aws-log", type=Path, required=True)
    options.add_argument("--uploads", type=int, default=200)
    options.add_argument("do", choices=["draw", "wait-for-aws", "bus", "owners-part", "stack", "gone"])
    options.add_argument("about", nargs="*", help="a folder, the local AWS's process ID, or the stack's name and "
                         "the folder of thumbnails to expect or the buckets that must remain")
    arguments = options.parse_args()
    stack = None
    try:
        match arguments.do, arguments.about:
            case "draw", [folder]:
                draw_all(arguments.uploads, Path(folder))
            case "wait-for-aws", [pid]:
                wait_for_aws(int(pid))
            case "bus", []:
                print(bus.prepare())
            case "owners-part", []:
                print(*owner.prepare())
            case "stack", [name, made]:
                stack = Stack(name)
                run(stack, arguments.uploads, Path(made))
                owner.check_untouched()
            case "gone", [name, *buckets]:
                owner.check_gone(name, buckets)
            case _:
                options.error("wrong number of arguments")
    except Exception as error:  # noqa: BLE001  Whatever went wrong, the logs say more.
        print(f"\ne2e FAILED: {error if isinstance(error, Failed) else repr(error)}", file=sys.stderr)
        if stack:
            log = stack.log()
            print(f"\nThe function's errors and last log lines ({stack.log_group}):", file=sys.stderr)
            print("\n".join([line for line in log if '"ERROR"' in line][-5:] + log[-10:]) or "(none)", file=sys.stderr)
        print("\nThe local AWS's last lines:", file=sys.stderr)
        log = arguments.aws_log
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        print("\n".join([line for line in lines if not line.startswith("{")][-15:]), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
