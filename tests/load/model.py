"""What a picture costs on Lambda and what it takes of AWS's limits, by what was measured. Pure.

A batch of pictures takes its work, shared among the vCPUs, and besides the waits for S3, which all its pictures
wait out together. That is what `make bench` measures of whole batches: 217 ms for ten photographs with 126 ms of
work, where S3 answers after 30 ms.
"""

import math
from dataclasses import dataclass

from prices import (
    ACCOUNT_CONCURRENCY,
    FIRST_POLLERS,
    GETS_PER_PREFIX,
    MB_PER_VCPU,
    MESSAGES_IN_FLIGHT,
    POLLERS_PER_MINUTE,
    PUTS_PER_PREFIX,
    Prices,
)

MILLION = 1_000_000
# The source and what its thumbnails are made from are asked for at once; then the thumbnails are written at
# once; then the source is looked at again.
WAITS_IN_A_ROW = 3


@dataclass(frozen=True)
class Picture:
    """What was measured of one picture."""

    name: str
    cpu_ms: float
    thumbnails: int = 1

    @property
    def source_reads(self) -> int:
        """GET, and HEAD in the end."""
        return 2

    @property
    def reads(self) -> int:
        """Those of the source, and a HEAD of each thumbnail."""
        return self.source_reads + self.thumbnails


@dataclass(frozen=True)
class Function:
    """How it is deployed, and how S3 answers."""

    memory_mb: int
    batch: int = 10
    s3_ms: float = 30.0

    @property
    def vcpus(self) -> float:
        """Those that are of use: a picture is worked on by one at a time."""
        return min(self.memory_mb / MB_PER_VCPU, self.batch)

    def batch_ms(self, picture: Picture) -> int:
        """What a full batch is billed for: whole milliseconds."""
        work = self.batch * picture.cpu_ms / self.vcpus
        # Not for the sake of the last bit.
        return math.ceil(round(work + WAITS_IN_A_ROW * self.s3_ms, 6))

    def pictures_per_second(self, picture: Picture) -> float:
        """Of one instance of the function, with batches waiting."""
        return self.batch * 1000 / self.batch_ms(picture)


def lambda_dollars(prices: Prices, architecture: str, function: Function, picture: Picture) -> float:
    """Lambda's part of a million pictures."""
    batches = MILLION / function.batch
    gb_seconds = batches * function.batch_ms(picture) / 1000 * function.memory_mb / 1024
    return gb_seconds * prices.gb_second(architecture) + batches / MILLION * prices.invocations_million


def s3_dollars(prices: Prices, picture: Picture) -> float:
    """S3's requests for a million pictures; the upload itself is not among them."""
    reads = picture.reads * prices.s3_get_thousand
    return (reads + picture.thumbnails * prices.s3_put_thousand) * MILLION / 1000


def sqs_requests(batch: int) -> float:
    """For each picture: S3 sends one by one, on the queue's bill; Lambda receives and deletes whole batches."""
    return 1 + 2 / batch


def sqs_dollars(prices: Prices, batch: int) -> float:
    return sqs_requests(batch) * prices.sqs_million


def log_dollars(prices: Prices, log_bytes: float) -> float:
    """For a million pictures with so many bytes of log lines each."""
    return log_bytes * MILLION / 1e9 * prices.log_gb


def cheapest(prices: Prices, architecture: str, functions: list[Function], picture: Picture) -> Function:
    return min(functions, key=lambda function: lambda_dollars(prices, architecture, function, picture))


@dataclass(frozen=True)
class Use:
    """How much is needed of something that there is a limit to."""

    what: str
    needed: float
    limit: float

    @property
    def share(self) -> float:
        return self.needed / self.limit


def at_once(function: Function, picture: Picture, per_second: float) -> float:
    """Instances of the function that work at any moment."""
    return per_second / function.pictures_per_second(picture)


def uses(function: Function, picture: Picture, per_second: float, maximum_concurrency: int) -> list[Use]:
    """What so many uploads a second need, with all sources under one prefix and all thumbnails under another."""
    instances = at_once(function, picture, per_second)
    return [
        Use("`MaximumConcurrency` as deployed", instances, maximum_concurrency),
        Use("concurrency of an account", instances, ACCOUNT_CONCURRENCY),
        Use("PUTs of sources (the uploads themselves), a second", per_second, PUTS_PER_PREFIX),
        Use("PUTs of thumbnails, a second", per_second * picture.thumbnails, PUTS_PER_PREFIX),
        Use("GETs and HEADs of sources, a second", per_second * picture.source_reads, GETS_PER_PREFIX),
        Use("HEADs of thumbnails, a second", per_second * picture.thumbnails, GETS_PER_PREFIX),
        Use("messages in flight", instances * function.batch, MESSAGES_IN_FLIGHT),
    ]


def minutes_to_scale(instances: float) -> float:
    """How long Lambda takes to start polling as many batches at once."""
    return max(0.0, (instances - FIRST_POLLERS) / POLLERS_PER_MINUTE)
