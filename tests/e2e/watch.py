"""What a working stack shows to the outside: log lines, metrics, alarms and the dashboard."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
from emf import Invalid, Metrics
from pictures import Picture
from stack import Failed, Stack

LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"}
# What an alarm or the dashboard may watch although a test that goes well never measures it.
UNSEEN = {"Waiting", "CanaryTime"}


@dataclass
class Expected:
    """What was done to the stack so far, which its log and metrics must add up to."""

    pictures: dict[str, tuple[Picture, str]]
    """Every uploaded picture and its ETag, by the key after the prefix."""
    rejected: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    removed: str = ""


def metrics_of(lines: list[dict[str, Any]]) -> Metrics:
    metrics = Metrics()
    for line in lines:
        if "_aws" in line:
            try:
                metrics.add(line)
            except Invalid as invalid:
                raise Failed(f"a metrics line is invalid: {invalid}: {line}") from invalid
    return metrics


# The lines of an invocation reach the log a moment after its messages are gone, so the next three
# checks may need some seconds to pass.


def check_uploads(stack: Stack, expected: Expected) -> None:
    """Fails unless every picture has one line, and the metrics add up to these pictures alone."""
    pictures = expected.pictures
    lines = stack.lines()
    check_form(lines)
    by_key = {line["key"].removeprefix(stack.source_prefix): line for line in lines if line.get("outcome") == "thumbnail"}
    if len(by_key) != sum(line.get("outcome") == "thumbnail" for line in lines) or by_key.keys() != pictures.keys():
        raise Failed(f"there are {len(by_key)} lines about thumbnails for {len(pictures)} pictures")
    for key, (picture, etag) in pictures.items():
        check_picture_line(stack, by_key[key], picture, etag)

    metrics = metrics_of(lines)
    times = {name: len(pictures) for name in ("ReadTime", "RenderTime", "WriteTime", "TotalTime", "UploadAge")}
    counts = {name: len(metrics.values(name, FunctionName=stack.function)) for name in times}
    if counts != times:
        raise Failed(f"numbers of measured times: {counts}, should be {times}")
    for name in times:
        values = metrics.values(name, FunctionName=stack.function)
        if not all(math.isfinite(value) and 0 <= value < 120_000 for value in values):
            raise Failed(f"{name} is {min(values)} to {max(values)} ms")
    check_sums(
        stack,
        metrics,
        {
            "Pictures": len(pictures),
            "Thumbnails": len(pictures),
            "SourceBytes": sum(len(picture.body) for picture, _ in pictures.values()),
            "ThumbnailBytes": sum(stack.thumbnail_bytes().values()),
            "Rejected": 0,
            "Skipped": 0,
            "Failed": 0,
            "Faults": 0,
        },
    )


def check_end(stack: Stack, expected: Expected) -> None:
    """Fails unless reasons are counted, nothing is a fault, and all that is watched exists."""

    lines = stack.lines()
    check_form(lines)
    metrics = metrics_of(lines)
    rejected = metrics.sums_by("Reason", "Rejected", FunctionName=stack.function)
    if rejected != expected.rejected:
        raise Failed(f"rejected by reason: {rejected}, should be {expected.rejected}")
    skipped = metrics.sums_by("Reason", "Skipped", FunctionName=stack.function)
    if any(skipped.get(reason) != count for reason, count in expected.skipped.items()):
        raise Failed(f"skipped by reason: {skipped}, should be at least {expected.skipped}")
    sums = {"Rejected": sum(expected.rejected.values()), "AlreadyRight": 1, "Failed": 0, "Faults": 0}
    check_sums(stack, metrics, sums)
    if not metrics.values("Faults", FunctionName=stack.function):
        raise Failed("Faults was never measured, so its alarm has no data")
    if (removed := stack.source_prefix + expected.removed) not in {
        line["key"] for line in lines if line.get("outcome") == "removed"
    }:
        raise Failed(f"no line says that the thumbnails of {removed} were removed")
    for name in ("ColdStarts", "Removed"):
        if metrics.sum(name, FunctionName=stack.function) < 1:
            raise Failed(f"nothing was counted as {name}")
    check_alarms(stack, metrics)
    check_dashboard(stack, metrics)


def check_line_found(stack: Stack, key: str, outcome: str, reason: str) -> None:
    """Looks up the outcome of one upload, in the way that docs/operate.md describes."""
    full = stack.source_prefix + key
    lines = [line for line in stack.lines(f'"{full}"') if line.get("key") == full]
    if (outcome, reason) not in [(line.get("outcome"), line.get("reason")) for line in lines]:
        raise Failed(f"no line of {key} says {outcome}, {reason}: {lines}")


def check_form(lines: list[dict[str, Any]]) -> None:
    """Fails unless every line has the fields that Lambda's level filter reads."""
    for line in lines:
        stamp = datetime.fromisoformat(line.get("timestamp", ""))
        if stamp.tzinfo is None or line.get("level") not in LEVELS:
            raise Failed(f"timestamp or level is wrong in {line}")
        if "outcome" in line and not line.get("requestId"):
            raise Failed(f"no requestId in {line}")


def check_picture_line(stack: Stack, line: dict[str, Any], picture: Picture, etag: str) -> None:
    facts = {
        "bucket": stack.bucket,
        "key": stack.source_prefix + picture.key,
        "etag": etag,
        "sourceBytes": len(picture.body),
        "sourceFormat": picture.source_format,
    }
    says = {name: line.get(name) for name in facts}
    if says != facts:
        raise Failed(f"the line of {picture.key} says {says}, should say {facts}")
    for name in ("requestId", "messageId", "milliseconds", "readMilliseconds", "renderMilliseconds", "writeMilliseconds"):
        if line.get(name) in (None, ""):
            raise Failed(f"the line of {picture.key} has no {name}: {line}")


def check_sums(stack: Stack, metrics: Metrics, expected: dict[str, float]) -> None:
    sums = {name: metrics.sum(name, FunctionName=stack.function) for name in expected}
    if sums != expected:
        raise Failed(f"metrics add up to {sums}, should be {expected}")


def check_alarms(stack: Stack, metrics: Metrics) -> None:
    """Fails unless every alarm has a description and watches something that is measured."""
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack.name}-")["MetricAlarms"]
    if len(alarms) < 8:
        raise Failed(f"there are only {len(alarms)} alarms")
    for alarm in alarms:
        name = alarm["AlarmName"]
        without_data = "breaching" if "CanaryAlarm" in name else "notBreaching"
        if not alarm.get("AlarmDescription") or alarm["TreatMissingData"] != without_data:
            raise Failed(f"{name} has no description, or {alarm['TreatMissingData']} without data")
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
        check_watched(stack, metrics, name, alarm["Namespace"], alarm["MetricName"], dimensions)


def check_dashboard(stack: Stack, metrics: Metrics) -> None:
    body = boto3.client("cloudwatch").get_dashboard(DashboardName=stack.dashboard)["DashboardBody"]
    watched = 0
    for widget in json.loads(body)["widgets"]:
        before: list[str] = []
        for metric in widget["properties"].get("metrics", []):
            names = [part for part in metric if isinstance(part, str)]
            names = [before[at] if name == "." else name for at, name in enumerate(names)]
            if names:
                dimensions = dict(zip(names[2::2], names[3::2], strict=True))
                check_watched(stack, metrics, widget["properties"]["title"], names[0], names[1], dimensions)
                watched += 1
            before = names
    if watched < 20:
        raise Failed(f"the dashboard watches only {watched} metrics")


def check_watched(stack: Stack, metrics: Metrics, by: str, namespace: str, name: str, dimensions: dict[str, str]) -> None:
    if re.search(r"\$\{|^$", "".join(dimensions.values())):
        raise Failed(f"{by} watches {name} with the dimensions {dimensions}")
    if namespace == "S3Thumbnailer":
        measured = bool(metrics.values(name, **dimensions)) or name in UNSEEN
    else:
        queues = {url.rsplit("/", 1)[1] for url in (stack.queue, stack.dead_letters)}
        measured = set(dimensions.values()) <= queues | {stack.function} or "RuleName" in dimensions
    if not measured:
        raise Failed(f"{by} watches {namespace} {name} with the dimensions {dimensions}, which nothing measures")
