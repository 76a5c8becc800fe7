"""What a picture costs on Lambda and how much of AWS's limits it uses, from measurements. Pure.

A batch takes the time for its work, shared among the vCPUs, plus three waits for S3, which its
pictures share. `make bench` measures the same for whole batches: 200 ms for ten photographs with
109 ms of work, when S3 answers after 30 ms.
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
# The source and the metadata of its thumbnails are requested together; then the thumbnails are
# written together; then the source is looked at again.
WAITS_IN_A_ROW = 3


@dataclass(frozen=True)
class Picture:
    """What was measured for one picture."""

    name: str
    cpu_ms: float
    thumbnails: int = 1

    @property
    def source_reads(self) -> int:
        """A GET, and a HEAD at the end."""
        return 2

    @property
    def reads(self) -> int:
        """The reads of the source, and a HEAD of each thumbnail."""
        return self.source_reads + self.thumbnails


@dataclass(frozen=True)
class Function:
    """How the function is deployed, and how fast S3 answers."""

    memory_mb: int
    batch: int = 10
    s3_ms: float = 30.0

    @property
    def vcpus(self) -> float:
        """The vCPUs that a batch can use: one for each picture at a time."""
        return min(self.memory_mb / MB_PER_VCPU, self.batch)

    def batch_ms(self, picture: Picture) -> int:
        """The whole milliseconds that a full batch is billed for."""
        work = self.batch * picture.cpu_ms / self.vcpus
        # Rounded first, so that an error in the last bit does not add a millisecond.
        return math.ceil(round(work + WAITS_IN_A_ROW * self.s3_ms, 6))

    def pictures_per_second(self, picture: Picture) -> float:
        """The rate of one instance that always has a batch waiting."""
        return self.batch * 1000 / self.batch_ms(picture)


def lambda_dollars(prices: Prices, architecture: str, function: Function, picture: Picture) -> float:
    """Lambda's price for a million pictures."""
    batches = MILLION / function.batch
    gb_seconds = batches * function.batch_ms(picture) / 1000 * function.memory_mb / 1024
    return gb_seconds * prices.gb_second(architecture) + batches / MILLION * prices.invocations_million


def s3_dollars(prices: Prices, picture: Picture) -> float:
    """The price of S3's requests for a million pictures, without the uploads themselves."""
    reads = picture.reads * prices.s3_get_thousand
    return (reads + picture.thumbnails * prices.s3_put_thousand) * MILLION / 1000


def sqs_requests(batch: int) -> float:
    """Per picture. S3 sends messages singly, on your bill; Lambda receives and deletes batches."""
    return 1 + 2 / batch


def sqs_dollars(prices: Prices, batch: int) -> float:
    return sqs_requests(batch) * prices.sqs_million


def log_dollars(prices: Prices, log_bytes: float) -> float:
    """The price for a million pictures with `log_bytes` of log lines each."""
    return log_bytes * MILLION / 1e9 * prices.log_gb


def cheapest(prices: Prices, architecture: str, functions: list[Function], picture: Picture) -> Function:
    return min(functions, key=lambda function: lambda_dollars(prices, architecture, function, picture))


@dataclass(frozen=True)
class Use:
    """How much is needed of something limited."""

    what: str
    needed: float
    limit: float

    @property
    def share(self) -> float:
        return self.needed / self.limit


def at_once(function: Function, picture: Picture, per_second: float) -> float:
    """Instances of the function that are busy at any moment."""
    return per_second / function.pictures_per_second(picture)


def uses(function: Function, picture: Picture, per_second: float, maximum_concurrency: int) -> list[Use]:
    """What uploads need, with all sources under one prefix and all thumbnails under another."""
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
    """How long Lambda takes to scale up to as many batches at once."""
    return max(0.0, (instances - FIRST_POLLERS) / POLLERS_PER_MINUTE)
