"""Cuts a run into ten parts with equally many messages, and tells whether later parts cost more.

Pure: it knows samples, but no processes or clocks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

PARTS = 10
# How much more than in the second tenth does not count as growth yet. The first tenth warms up.
MAX_MEMORY_GROWTH = 1.10
MAX_CPU_GROWTH = 1.15


@dataclass(frozen=True)
class Sample:
    """The worker at one moment."""

    seconds: float
    """Since the run began."""
    left: int
    """Messages that the queue still holds."""
    done: int
    """Thumbnails in the worker's log."""
    cpu_seconds: float
    """Used since the process started, by all its threads."""
    rss_bytes: int


@dataclass(frozen=True)
class Tenth:
    """What one tenth of the messages took."""

    messages: int
    messages_per_second: float
    cpu_ms_per_message: float
    rss_mib: float
    """The median of its samples."""


def cut(samples: Sequence[Sample], messages: int) -> list[Tenth]:
    """The tenths of a run; values between two samples are interpolated."""
    bounds = [messages * part // PARTS for part in range(PARTS + 1)]
    times = [at(samples, bound, lambda sample: sample.seconds) for bound in bounds]
    work = [at(samples, bound, lambda sample: sample.cpu_seconds) for bound in bounds]
    tenths = []
    for part, (begin, end) in enumerate(zip(bounds, bounds[1:], strict=False)):
        seconds, cpu = times[part + 1] - times[part], work[part + 1] - work[part]
        within = [sample.rss_bytes for sample in samples if begin < sample.done <= end]
        rss = median(within) if within else at(samples, end, lambda sample: sample.rss_bytes)
        count = end - begin
        tenths.append(Tenth(count, count / max(seconds, 1e-9), cpu * 1000 / count, rss / 2**20))
    return tenths


def at(samples: Sequence[Sample], done: int, what: Callable[[Sample], float]) -> float:
    """The value of `what` when `done` thumbnails were made."""
    before = samples[0]
    for sample in samples:
        if sample.done >= done:
            if sample.done == before.done:
                return what(sample)
            share = (done - before.done) / (sample.done - before.done)
            return what(before) + share * (what(sample) - what(before))
        before = sample
    return what(before)


def growth(tenths: Sequence[Tenth]) -> list[str]:
    """Says what grows during the run and should not; empty if nothing does."""
    _, second, *_ = tenths
    found = []
    memory = max(tenth.rss_mib for tenth in tenths[PARTS // 2 :])
    if memory > second.rss_mib * MAX_MEMORY_GROWTH:
        found.append(
            f"memory grows: {second.rss_mib:.1f} MiB in the second tenth, {memory:.1f} in the second half,"
            f" more than {MAX_MEMORY_GROWTH:.2f} times as much"
        )
    last = tenths[-1].cpu_ms_per_message
    if last > second.cpu_ms_per_message * MAX_CPU_GROWTH:
        found.append(
            f"work grows: {second.cpu_ms_per_message:.2f} CPU ms a message in the second tenth, {last:.2f} in the last,"
            f" more than {MAX_CPU_GROWTH:.2f} times as much"
        )
    return found
