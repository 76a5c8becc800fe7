"""Has a worker process a long queue, and checks whether it slows down or grows on the way.

Started by run.sh, after the local AWS. The local AWS is written in Python and runs on the same
processors, so the messages a second show its speed more than the worker's. CPU time and memory are
the worker's own.
"""

import argparse
import io
import json
import platform
import signal
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from backlog import Backlog, name
from PIL import Image
from process import Ended, Worker
from tenths import Sample, Tenth, cut, growth

BOX = 256
# The allocator's pools fill during the first thousands of messages, before the second tenth.
LEAST_JUDGED = 20_000
STALL_SECONDS = 120
LOOKED_AT = 20


class Failed(Exception):
    """The run failed; the message says why."""


@dataclass(frozen=True)
class Asked:
    """The options on the command line."""

    worker: Path
    messages: int
    size: tuple[int, int]
    out: Path


def run(asked: Asked) -> list[str]:
    """Does the whole run; returns what is wrong with its figures, or raises Failed without any."""
    backlog = Backlog()
    began = time.monotonic()
    source_bytes = backlog.put_pictures(asked.messages, asked.size)
    backlog.put_messages(asked.messages)
    waiting = backlog.messages(backlog.queue)
    if waiting != asked.messages:
        raise Failed(f"{waiting} messages are waiting, should be {asked.messages}")
    width, height = asked.size
    print(
        f"load: {asked.messages:,} messages waiting for a JPEG of {width}x{height} each,"
        f" {source_bytes / asked.messages / 1000:.0f} kB; set up in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    worker = Worker(asked.worker, backlog.settings(), asked.out / "worker.log")
    try:
        samples = follow(worker, backlog, asked.messages)
        peak = worker.peak_rss_bytes()
        if (code := worker.stop()) != 0:
            raise Failed(f"the worker ended with {code}; see {worker.log}")
    finally:
        worker.kill()
    check(worker, backlog, asked)
    tenths = cut(samples, asked.messages)
    print_table(tenths)
    write_report(asked, samples, tenths, worker, peak, source_bytes)
    if asked.messages < LEAST_JUDGED:
        print(f"load: growth NOT JUDGED, since {asked.messages:,} messages are fewer than {LEAST_JUDGED:,}")
        return []
    return growth(tenths)


def follow(worker: Worker, backlog: Backlog, messages: int) -> list[Sample]:
    """Samples the worker until the queue is empty: every second, or more often in a short run."""
    interval = min(1.0, messages / 5000)
    samples: list[Sample] = []
    began = progress = time.monotonic()
    while True:
        worker.check_alive()
        worker.read_log()
        left = backlog.messages(backlog.queue)
        now = time.monotonic()
        if not samples or samples[-1].done != worker.thumbnails:
            progress = now
        samples.append(Sample(now - began, left, worker.thumbnails, worker.cpu_seconds(), worker.rss_bytes()))
        if left == 0 and worker.thumbnails >= messages:
            return samples
        if now - progress > STALL_SECONDS:
            raise Failed(f"no thumbnail in {STALL_SECONDS} s: {worker.thumbnails} done, {left} left; see {worker.log}")
        time.sleep(interval)


def check(worker: Worker, backlog: Backlog, asked: Asked) -> None:
    """Fails unless every message led to its thumbnail at the first try, and no message is left."""
    if worker.unexpected:
        raise Failed(f"{len(worker.unexpected)} log lines are not about thumbnails, such as {worker.unexpected[0]}")
    if worker.thumbnails != asked.messages:
        raise Failed(f"{worker.thumbnails} thumbnails were made, should be {asked.messages}")
    found, expected = set(backlog.thumbnails()), {name(number) for number in range(asked.messages)}
    if found != expected:
        raise Failed(f"{len(expected - found)} thumbnails are missing, {len(found - expected)} have no picture")
    shrink = min(1.0, BOX / asked.size[0], BOX / asked.size[1])
    size = tuple(round(side * shrink) for side in asked.size)
    for number in range(0, asked.messages, max(1, asked.messages // LOOKED_AT)):
        image = Image.open(io.BytesIO(backlog.thumbnail(name(number))))
        image.load()
        if (image.format, image.size) != ("JPEG", size):
            raise Failed(f"the thumbnail {name(number)} is a {image.format} of {image.size}, should be of {size}")
    for queue in (backlog.queue, backlog.dead_letters):
        if left := backlog.messages(queue):
            raise Failed(f"{left} messages are left in {queue}")


def print_table(tenths: list[Tenth]) -> None:
    print(f"\n{'done':>8} {'messages/s':>12} {'CPU ms a message':>18} {'RSS MiB':>9}")
    done = 0
    for tenth in tenths:
        done += tenth.messages
        figures = f"{tenth.messages_per_second:>12.1f} {tenth.cpu_ms_per_message:>18.2f} {tenth.rss_mib:>9.1f}"
        print(f"{done:>8,} {figures}")
    print()


def write_report(
    asked: Asked, samples: list[Sample], tenths: list[Tenth], worker: Worker, peak_rss: int, source_bytes: int
) -> None:
    """Writes the report, for cost.py and for whoever wants to see the samples."""
    # The first tenth includes the worker's start, which belongs to no message.
    work = tenths[1:]
    cpu_ms = sum(tenth.cpu_ms_per_message * tenth.messages for tenth in work) / sum(tenth.messages for tenth in work)
    report = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "messages": asked.messages,
        "width": asked.size[0],
        "height": asked.size[1],
        "source_bytes_per_message": source_bytes / asked.messages,
        "seconds": samples[-1].seconds,
        "messages_per_second": asked.messages / samples[-1].seconds,
        "cpu_ms_per_message": cpu_ms,
        "log_bytes_per_message": worker.log_bytes / asked.messages,
        "peak_rss_mib": peak_rss / 2**20,
        "tenths": [asdict(tenth) for tenth in tenths],
        "samples": [asdict(sample) for sample in samples],
    }
    path = asked.out / "report.json"
    path.write_text(json.dumps(report, indent=1))
    print(
        f"load: {asked.messages:,} thumbnails in {samples[-1].seconds:.0f} s, {cpu_ms:.2f} CPU ms and"
        f" {worker.log_bytes / asked.messages:.0f} bytes of log each, {peak_rss / 2**20:.0f} MiB at most; {path}"
    )


def machine() -> str:
    """The processor that this runs on."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def parse() -> Asked:
    parser = argparse.ArgumentParser(description="Has a worker process a long queue.")
    parser.add_argument("--worker", type=Path, required=True)
    parser.add_argument("--messages", type=int, default=20_000, help="at least 10")
    parser.add_argument("--size", default="640x480", help="of the pictures, in pixels")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.messages < 10:
        parser.error(f"--messages {arguments.messages}: at least 10, one for each tenth")
    try:
        width, height = (int(side) for side in arguments.size.split("x"))
    except ValueError:
        parser.error(f"--size {arguments.size}: should be WIDTHxHEIGHT")
    arguments.out.mkdir(parents=True, exist_ok=True)
    return Asked(arguments.worker, arguments.messages, (width, height), arguments.out)


def main() -> None:
    # So that the worker ends with this process, whatever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        wrong = run(parse())
    except (Failed, Ended) as failed:
        sys.exit(f"load failed: {failed}")
    if wrong:
        sys.exit("\n".join(f"load failed: {what}" for what in wrong))


if __name__ == "__main__":
    main()
