"""Judges of the commands that act on the reader's AWS account, and what the reader does in between."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import account
import boto3
from account import BUCKET, STACK, appears, dead_letters, keys, put, quiet, remove, stack
from documents import Command
from machine import like_the_sample
from plan import Walk, exists, expect
from stack import Failed, Stack, wait_until
from terminal import Ran, child, end

ASKED = f"{STACK}-asked"
ASKED_BUCKET = "pictures-asked"
ELSEWHERE = "us-east-1"


def function(_walk: Walk) -> str:
    return stack().function


def parameters(of: str) -> dict[str, str]:
    [found] = boto3.client("cloudformation").describe_stacks(StackName=of)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}


def uploads_work(name: str, body: bytes, on: Stack) -> None:
    put(f"images/{name}", body, on.bucket)
    appears(f"thumbnails/{name}", on.bucket)


# --- Deploy


def asked(walk: Walk, _command: Command, ran: Ran) -> str:
    """Asks for each parameter, and remembers the answers."""
    given = parameters(ASKED)
    unasked = [name for name in given if f"Parameter {name}" not in ran.output]
    if unasked or given["BucketName"] != ASKED_BUCKET:
        raise Failed(f"not asked for: {unasked}; the bucket is {given['BucketName']}")
    remembered = exists(walk.folder / "samconfig.toml").read_text()
    expect(remembered, ASKED, f"BucketName=\\\"{ASKED_BUCKET}\\\"")
    uploads_work("first.jpg", account.photo(1), stack(ASKED))
    # What follows in the documents is without it.
    (walk.folder / "samconfig.toml").rename(walk.work / "samconfig.toml")
    return f"asked for {len(given)} parameters, remembered, and works"


def built(walk: Walk, _command: Command, _ran: Ran) -> str:
    exists(walk.folder / ".aws-sam/build/template.yaml")
    exists(walk.folder / ".aws-sam/build/Function/bootstrap")
    return "template and program are built"


def deployed(_walk: Walk, _command: Command, _ran: Ran) -> str:
    on = stack()
    account.s3().head_bucket(Bucket=BUCKET)
    defaults = {"BucketMode": "create", "MemorySize": "2048", "Timeout": "60", "BatchSize": "10"}
    given = parameters(STACK)
    others = {name: given[name] for name, value in defaults.items() if given[name] != value}
    if others:
        raise Failed(f"these are not the table's defaults: {others}")
    return f"the stack {on.name} is there, with its bucket"


def photo_here(walk: Walk) -> None:
    (walk.folder / "photo.jpg").write_bytes(account.wide_photo())


def a_moment_later(_walk: Walk, _command: Command, _ran: Ran) -> str:
    began = time.monotonic()
    appears("thumbnails/photo.jpg")
    return f"thumbnails/photo.jpg, {time.monotonic() - began:.1f} s later"


VERSION = subprocess.run(["bash", Path(__file__).parents[2] / "deploy/release/version.sh"], capture_output=True, text=True, check=True).stdout.strip()
ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "x86_64"
RELEASED = {"VERSION": VERSION, "arm64.zip": f"{ARCHITECTURE}.zip"}
"""What a reader fills in where the function's file is named."""


def release(walk: Walk) -> None:
    """Somebody else released what was just built here; the reader has a bucket for its code."""
    account.make_bucket("my-code")
    folder, program = walk.work / "release", walk.folder / ".aws-sam/build/Function/bootstrap"
    for command in (["function.sh", folder, ARCHITECTURE, program], ["papers.sh", folder]):
        subprocess.run(["bash", walk.folder / "deploy/release" / command[0], *command[1:]], check=True)


def downloaded(walk: Walk, _command: Command, _ran: Ran) -> str:
    for name in (f"{VERSION}.yaml", f"{VERSION}-{ARCHITECTURE}.zip"):
        exists(walk.folder / f"s3-thumbnailer-{name}")
    return "the template and the function's file"


def code_uploaded(_walk: Walk, _command: Command, _ran: Ran) -> str:
    if (name := f"s3-thumbnailer-{VERSION}-{ARCHITECTURE}.zip") not in keys(bucket="my-code"):
        raise Failed(f"my-code has no {name}")
    return "my-code has it"


def deployed_from_it(walk: Walk, command: Command, ran: Ran) -> str:
    on = stack()
    if parameters(STACK).get("CodeBucket") != "my-code":
        raise Failed("the stack's code is not that of my-code")
    uploads_work("released.jpg", account.photo(6), on)
    return f"{deployed(walk, command, ran)}, taken over from SAM, and works"


def somebodys_bucket(walk: Walk) -> None:
    """The other way to deploy begins with a bucket that is there, full, and announced to somebody else."""
    account.remove_stack(walk)
    if left := {"images/photo.jpg", "thumbnails/photo.jpg"} - keys():
        raise Failed(f"with the stack went {left}, though its bucket should stay")
    walk.note("the stack's own bucket stayed, with the pictures in it; now for one of somebody else's")
    account.empty_and_remove(BUCKET)
    account.make_bucket(BUCKET)
    account.queue(account.ELSE, BUCKET)
    put("images/old.jpg", account.photo(2))


def others_notified(configuration: dict[str, Any]) -> bool:
    queues = configuration.get("QueueConfigurations", [])
    return [each["QueueArn"].rsplit(":", 1)[1] for each in queues] == [account.ELSE]


def read_notifications(walk: Walk, _command: Command, _ran: Ran) -> str:
    found = json.loads((walk.folder / "notifications.json").read_text())
    if not others_notified(found):
        raise Failed(f"notifications.json has {found}")
    return "notifications.json has what is announced to others"


def with_eventbridge(walk: Walk, _command: Command, _ran: Ran) -> str:
    found = json.loads((walk.folder / "with-eventbridge.json").read_text())
    if not others_notified(found) or found["EventBridgeConfiguration"] != {}:
        raise Failed(f"with-eventbridge.json has {found}")
    # A bucket that announces nothing is answered by nothing at all.
    program = "(input? // {}) + {EventBridgeConfiguration: {}}"
    bare = subprocess.run(["jq", "-cn", program, os.devnull], capture_output=True, text=True, check=True)
    expect(bare.stdout, '{"EventBridgeConfiguration":{}}')
    return "the same, and EventBridge; of nothing, EventBridge alone"


def eventbridge_on(_walk: Walk, _command: Command, _ran: Ran) -> str:
    found = account.notifications()
    if not others_notified(found) or "EventBridgeConfiguration" not in found:
        raise Failed(f"the bucket has {found}")
    return "EventBridge is on, and others still hear of uploads"


def deployed_onto_it(walk: Walk, command: Command, ran: Ran) -> str:
    on = stack()
    if parameters(STACK)["BucketMode"] != "existing":
        raise Failed("the bucket's mode is not existing")
    uploads_work("new.jpg", account.photo(3), on)
    if "thumbnails/old.jpg" in keys():
        raise Failed("a picture that was there before has a thumbnail already")
    remove("images/new.jpg")
    wait_until("the thumbnail of a deleted picture gone", 60, lambda: "thumbnails/new.jpg" not in keys() or None)
    eventbridge_on(walk, command, ran)
    return "uploads and deletions arrive; nothing else about the bucket changed"


def destroyed(walk: Walk, command: Command, ran: Ran) -> str:
    """Lists what is there, asks, deletes; the bucket stays."""
    expect(ran.output, "DeadLetterQueue", "Remove the stack s3-thumbnailer? [y/N]", "Deleted successfully")
    if account.is_there(STACK):
        raise Failed("the stack is still there")
    if not {"images/old.jpg"} <= keys():
        raise Failed("the bucket is not as it was")
    eventbridge_on(walk, command, ran)
    return "listed, asked, deleted; the bucket is as it was"


def the_same(_walk: Walk, _command: Command, _ran: Ran) -> str:
    """`sam delete` does what make destroy does."""
    if account.is_there(ASKED):
        raise Failed("the stack is still there")
    if not {"images/first.jpg", "thumbnails/first.jpg"} <= keys(bucket=ASKED_BUCKET):
        raise Failed("the bucket did not stay as it was")
    return "the stack is gone, its bucket stayed with all in it"


def deploy_again(walk: Walk) -> None:
    """What follows is about a stack that is there; the page before has just removed it."""
    if not account.is_there(STACK):
        if "onto it" not in walk.kept:
            raise Failed("this needs the commands before it, from sam build on")
        walk.do("deploys once more, by the same command", walk.kept["onto it"])
    stack()


def remember(walk: Walk, text: str) -> str:
    walk.kept["onto it"] = text
    return text


# --- Operate: log lines


def something_to_see(walk: Walk) -> None:
    deploy_again(walk)
    put("images/photo.jpg", account.wide_photo())
    appears("thumbnails/photo.jpg")
    if "images/invoice.jpg" not in keys():
        put("images/invoice.jpg", account.BAD)
        dead_letters(stack(), 1)


def log_lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.replace("\t", "\n").splitlines() if line.startswith("{")]


def what_became(_walk: Walk, _command: Command, ran: Ran) -> str:
    lines = [line for line in log_lines(ran.output) if line.get("key") == "images/photo.jpg"]
    if "thumbnail" not in [line["outcome"] for line in lines]:
        raise Failed("no line says that images/photo.jpg has a thumbnail")
    return f"{len(lines)} lines of images/photo.jpg, its thumbnail among them"


def failures(_walk: Walk, _command: Command, ran: Ran) -> str:
    lines = [line for line in log_lines(ran.output) if line.get("outcome") in ("failed", "rejected")]
    if ("images/invoice.jpg", "not_a_picture") not in [(line["key"], line["reason"]) for line in lines]:
        raise Failed("no line says why images/invoice.jpg was rejected")
    return "images/invoice.jpg is there, with its reason (the local AWS lets other lines through as well)"


# --- Operate: the runbook


def own_variables(walk: Walk, _command: Command, _ran: Ran) -> str:
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=stack().function)
    wanted = configuration["Environment"]["Variables"]
    found = walk.terminal.variables()
    others = [name for name, value in wanted.items() if found.get(name) != value]
    if others or not wanted["QUEUE_URL"]:
        raise Failed(f"these are not the function's: {others}")
    return f"{len(wanted)} variables are set as the function has them"


def second_bad_upload(_walk: Walk) -> None:
    put("images/receipt.jpg", account.BAD)
    dead_letters(stack(), 2)


def letters(_walk: Walk, command: Command, ran: Ran) -> str:
    like_the_sample(command.sample, ran.output)
    on = stack()
    if on.messages(on.dead_letters) != 2:
        raise Failed("reading did not leave the messages where they are")
    return "the sample's lines; the messages are where they were"


def mend(name: str, picture: bytes, on: Stack) -> None:
    """A picture in place of what was rejected, whose thumbnail only its old message can bring back."""
    uploads_work(name, picture, on)
    quiet(on, "after the upload that mends it")
    remove(f"thumbnails/{name}")


def mended(_walk: Walk) -> None:
    """One of the two is mended, and something else is rejected."""
    on = stack()
    mend("invoice.jpg", account.photo(4), on)
    on.sqs.send_message(QueueUrl=on.queue, MessageBody="no event")
    dead_letters(on, 3)


def redriven_by_reason(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "2 messages sent back")
    appears("thumbnails/invoice.jpg")
    dead_letters(stack(), 2)
    return "the mended one has its thumbnail, the other is back, another reason's was left"


def mended_too(_walk: Walk) -> None:
    mend("receipt.jpg", account.photo(5), stack())


def redriven(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "2 messages sent back")
    appears("thumbnails/receipt.jpg")
    dead_letters(stack(), 1)
    return "the mended one has its thumbnail; what cannot succeed is back, and no more"


def probed(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "images/s3-thumbnailer-canary.ppm is uploaded", "its thumbnails were there after")
    wait_until("the canary's thumbnail gone", 60, lambda: "thumbnails/s3-thumbnailer-canary.ppm" not in keys() or None)
    return "came back, and nothing of it is left"


def without_thumbnails(*names: str) -> Callable[[Walk], None]:
    """Pictures whose thumbnails are deleted, as one does to have them made anew."""

    def before(_walk: Walk) -> None:
        on = stack()
        for number, name in enumerate(names, 20):
            uploads_work(name, account.photo(number), on)
        quiet(on, "before thumbnails are deleted")
        remove(*(f"thumbnails/{name}" for name in names))

    return before


def looked_at(*names: str) -> Callable[[Walk, Command, Ran], str]:
    def judge(_walk: Walk, _command: Command, ran: Ran) -> str:
        asked = "1 key" if len(names) == 1 else f"{len(names)} keys"
        expect(ran.output, f"{asked} will be looked at again")
        for name in names:
            appears(f"thumbnails/{name}")
        return f"{len(names)} made again"

    return judge


def not_as_it_should(walk: Walk) -> None:
    """All as it should be, but for one thumbnail that is missing and one that is left over."""
    put("images/old.jpg", account.photo(2))
    appears("thumbnails/old.jpg")
    quiet(stack(), "before the audit")
    remove("thumbnails/photo.jpg")
    put("thumbnails/gone.jpg", b"left over")


AUDITED = ("1 picture with thumbnails missing", "images/photo.jpg", "1 thumbnail without", "thumbnails/gone.jpg")


def audited(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, *AUDITED)
    if "thumbnails/photo.jpg" in keys():
        raise Failed("it was made again without being asked for")
    return "finds the one that is missing and the one that is left over"


def repaired(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, *AUDITED, "2 keys will be looked at again")
    appears("thumbnails/photo.jpg")
    wait_until("what was left over gone", 60, lambda: "thumbnails/gone.jpg" not in keys() or None)
    return "both are as they should be"


def removed_former(_walk: Walk, _command: Command, ran: Ran) -> str:
    # The one rule there is puts a thumbnail wherever one can be, so that none is of a former output.
    expect(ran.output, "0 thumbnails of former outputs removed")
    return "nothing is left of former outputs"


def lists(walk: Walk) -> None:
    """S3 Inventory's lists: all is well in them, but for a picture that only they have."""
    account.inventory(walk.folder / "sources.csv", keys("images/") | {"images/listed.jpg"})
    account.inventory(walk.folder / "thumbnails.csv", keys("thumbnails/"))


def audited_lists(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "1 picture with thumbnails missing", "images/listed.jpg", "0 thumbnails without")
    return "finds what only the list has"


def mapping(of: str) -> dict[str, Any]:
    [found] = boto3.client("lambda").list_event_source_mappings(FunctionName=of)["EventSourceMappings"]
    return dict(found)


def mapping_found(walk: Walk, _command: Command, _ran: Ran) -> str:
    if walk.terminal.value("MAPPING") != mapping(stack().function)["UUID"]:
        raise Failed(f"MAPPING is {walk.terminal.value('MAPPING')!r}")
    return "MAPPING is the event source's"


def stopped(walk: Walk, _command: Command, _ran: Ran) -> str:
    # Looking at a stack by `stack()` would set its event source once more.
    uuid = walk.terminal.value("MAPPING")
    client = boto3.client("lambda")
    wait_until("disabled", 60, lambda: client.get_event_source_mapping(UUID=uuid)["State"] == "Disabled" or None)
    time.sleep(2)  # for a poll that is under way
    put("images/waits.jpg", account.photo(6))
    account.still(8, "the upload waits in the queue", lambda: "thumbnails/waits.jpg" not in keys())
    arn = client.get_event_source_mapping(UUID=uuid)["EventSourceArn"]
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    if attributes["ApproximateNumberOfMessages"] != "1":
        raise Failed(f"{attributes['ApproximateNumberOfMessages']} messages are in the queue")
    return "an upload waits in the queue"


def goes_on(_walk: Walk, _command: Command, _ran: Ran) -> str:
    appears("thumbnails/waits.jpg")
    return "what waited is done"


# --- Without the template: cargo-lambda


def a_site_of_ones_own(walk: Walk) -> None:
    """Bucket, queues and role that come from elsewhere, as docs/infrastructure.md lists them."""
    account.remove_stack(walk)
    if "role" not in walk.kept:
        account.s3().put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
        account.queues(walk, BUCKET, "thumbnails")
        walk.kept["role"] = account.role("thumbnailer", walk.kept["queue"])


def uploaded_function(_walk: Walk, _command: Command, _ran: Ran) -> str:
    found = boto3.client("lambda").get_function_configuration(FunctionName=STACK)
    facts = {name: found[name] for name in ("MemorySize", "Timeout", "Runtime")}
    variables = found["Environment"]["Variables"]
    if facts != {"MemorySize": 2048, "Timeout": 60, "Runtime": "provided.al2023"}:
        raise Failed(f"the function has {facts}")
    if variables != {"SOURCE_BUCKET": BUCKET, "THUMBNAIL_SIZES": "256x256"}:
        raise Failed(f"the function's variables are {variables}")
    return "the function is there as asked for"


def mapped(_walk: Walk, _command: Command, _ran: Ran) -> str:
    found = mapping(STACK)
    facts = {name: found.get(name) for name in ("BatchSize", "FunctionResponseTypes", "ScalingConfig")}
    wanted = {"BatchSize": 10, "FunctionResponseTypes": ["ReportBatchItemFailures"], "ScalingConfig": {"MaximumConcurrency": 10}}
    if facts != wanted:
        raise Failed(f"the event source has {facts}")
    put("images/by-hand.jpg", account.photo(7))
    appears("thumbnails/by-hand.jpg")
    return "an upload has its thumbnail"


# --- Backfill


def account_number(walk: Walk, _command: Command, _ran: Ran) -> str:
    if walk.terminal.value("ACCOUNT") != account.number():
        raise Failed(f"ACCOUNT is {walk.terminal.value('ACCOUNT')!r}")
    return "ACCOUNT is the account's"


# --- Without Lambda


def images(walk: Walk) -> None:
    account.make_bucket("pictures")
    account.queues(walk, "pictures", "images")


def works_without_lambda(walk: Walk, _command: Command, process: subprocess.Popen[bytes]) -> str:
    started(walk, process)
    put("images/worker.jpg", account.photo(8), "pictures")
    appears("thumbnails/worker.jpg", "pictures")
    put("images/worker-bad.jpg", account.BAD, "pictures")
    rejected = wait_until("a dead letter", 60, lambda: "worker-bad.jpg" in walk.terminal.output() or None)
    return f"{ended_well(process)}; an upload has its thumbnail, a text is rejected" if rejected else ""


def images_elsewhere(walk: Walk) -> None:
    """A machine with servers of its own: the queues are in another region, where nobody announces anything."""
    for name in ("images", "images-dead"):
        walk.kept[name] = boto3.client("sqs", region_name=ELSEWHERE).create_queue(QueueName=name)["QueueUrl"]
    s3 = boto3.client("s3", region_name=ELSEWHERE)
    s3.create_bucket(Bucket="elsewhere")
    s3.put_object(Bucket="elsewhere", Key="images/forwarded.jpg", Body=account.photo(9))


def works_elsewhere(walk: Walk, _command: Command, process: subprocess.Popen[bytes]) -> str:
    started(walk, process)
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}
    record |= {"s3": {"bucket": {"name": "elsewhere"}, "object": {"key": "images/forwarded.jpg"}}}
    body = json.dumps({"Records": [record]})
    boto3.client("sqs", region_name=ELSEWHERE).send_message(QueueUrl=walk.kept["images"], MessageBody=body)
    appears("thumbnails/forwarded.jpg", "elsewhere")
    return f"{ended_well(process)}; what is put into the queue is done"


def started(walk: Walk, process: subprocess.Popen[bytes]) -> None:
    """Its first line lists the queues."""

    def look() -> bool | None:
        if process.poll() is not None:
            raise Failed("the worker ended")
        return "images-dead" in walk.terminal.output() or None

    wait_until("the worker's first line", 60, look)


def ended_well(process: subprocess.Popen[bytes]) -> str:
    """On SIGTERM, it exits with 0."""
    worker = child(process)
    if worker is None:
        raise Failed("the worker is not there")
    os.kill(worker, 15)
    try:
        status = process.wait(40)
    except subprocess.TimeoutExpired:
        end(process)
        raise Failed("SIGTERM did not end it") from None
    if status:
        raise Failed(f"SIGTERM ended it with {status}")
    return "ended by SIGTERM with 0"
