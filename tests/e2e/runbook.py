"""Walks through the runbook of docs/operate.md on a deployed stack, with the commands that it names."""

import os
import subprocess

import boto3
from pictures import Picture
from stack import Failed, Stack, wait_until

KEY = "runbook.jpg"


def make(stack: Stack, *arguments: str) -> str:
    """Runs make with the function's variables, and returns what it prints."""
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=stack.function)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment |= configuration["Environment"]["Variables"]
    ended = subprocess.run(["make", "--silent", *arguments], env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise Failed(f"make {' '.join(arguments)} ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout


def expect(output: str, *pieces: str) -> None:
    """Fails unless one line of the output holds all the pieces."""
    if not any(all(piece in line for piece in pieces) for line in output.splitlines()):
        raise Failed(f"no line contains all of {pieces}: {output}")


def thumbnail_back(stack: Stack, why: str) -> None:
    wait_until(f"the thumbnail restored by {why}", 30, lambda: KEY in stack.thumbnails() or None)
    wait_until(f"the queue empty after {why}", 30, stack.is_quiet)


def walk(stack: Stack, picture: Picture) -> None:
    """Lists and redrives dead letters, looks at a key again, audits the bucket, repairs it and probes it."""
    expect(make(stack, "letters"), "empty")
    stack.upload(KEY, b"No picture at all.")
    wait_until("a dead letter", 30, lambda: stack.messages(stack.dead_letters) == 1 or None)
    for _ in range(2):  # Listing leaves it in the queue.
        expect(make(stack, "letters"), "1 ", "not_a_picture", stack.source_prefix + KEY)
    stack.upload(KEY, picture.body)
    thumbnail_back(stack, "the upload that repairs it")

    stack.delete_thumbnail(KEY)
    expect(make(stack, "redrive", "REASON=corrupt"), "0 messages")
    expect(make(stack, "redrive", "REASON=not_a_picture"), "1 message sent")
    thumbnail_back(stack, "make redrive")
    expect(make(stack, "letters"), "empty")

    stack.delete_thumbnail(KEY)
    expect(make(stack, "look", f"KEYS={stack.source_prefix}{KEY}"), "1 key will")
    thumbnail_back(stack, "make look")

    stack.delete_thumbnail(KEY)
    orphan = stack.thumbnail_prefix + "gone/picture.jpg"
    stack.s3.put_object(Bucket=stack.thumbnail_bucket, Key=orphan, Body=b"left over")
    found = make(stack, "audit")
    # The other one is a text file, which never gets a thumbnail.
    expect(found, "2 pictures with thumbnails missing")
    expect(found, "1 thumbnail without a picture")
    expect(found, stack.source_prefix + KEY)
    expect(found, orphan)
    expect(make(stack, "audit", "REPAIR=1"), "3 keys")
    thumbnail_back(stack, "make audit")
    found = make(stack, "audit")
    expect(found, "1 picture with thumbnails missing")
    expect(found, "0 thumbnails without")

    before = stack.thumbnails()
    expect(make(stack, "probe"), "its thumbnails were there after")
    wait_until("the probe's thumbnail gone", 30, lambda: stack.thumbnails() == before or None)
