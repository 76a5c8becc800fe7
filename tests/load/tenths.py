"""A run cut into ten parts of as many messages each, and whether the later ones cost more than the earlier.

Pure: it knows samples, and neither processes nor clocks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

PARTS = 10
# How much more than in the second tenth is still no growth. The first one warms up.
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
    """Thumbnails that the worker's log tells of."""
    cpu_seconds: float
    """Used since the process started, by all its threads."""
    rss_bytes: int


@dataclass(frozen=True)
class Tenth:
    """What one part of the run took."""

    messages: int
    messages_per_second: float
    cpu_ms_per_message: float
    rss_mib: float
    """The median of its samples."""


def cut(samples: Sequence[Sample], messages: int) -> list[Tenth]:
    """The tenths of a run of so many messages. What falls between two samples is interpolated."""
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
    """What was the case when so many were done."""
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
    """What grows as the run goes on and should not, in words; nothing when all is well."""
    _, second, *_ = tenths
    found = []
    memory = max(tenth.rss_mib for tenth in tenths[PARTS // 2 :])
    if memory > second.rss_mib * MAX_MEMORY_GROWTH:
        found.append(
            f"memory grows: {second.rss_mib:.1f} MiB in the second tenth, {memory:.1f} in the second half,"
            f" over {MAX_MEMORY_GROWTH:.2f} times as much"
        )
    last = tenths[-1].cpu_ms_per_message
    if last > second.cpu_ms_per_message * MAX_CPU_GROWTH:
        found.append(
            f"work grows: {second.cpu_ms_per_message:.2f} CPU ms a message in the second tenth, {last:.2f} in the last,"
            f" over {MAX_CPU_GROWTH:.2f} times as much"
        )
    return found
