"""AWS's list prices and limits, as the cost tables need them. Nothing is computed here.

Prices are in US dollars before tax, without free tiers and volume discounts. They change, and
differ by region: --prices takes others, as JSON with the fields of `Prices`.
"""

from dataclasses import dataclass

REGION = "us-east-1"
DATE = "2026-11"


@dataclass(frozen=True)
class Prices:
    """What is billed, under the title of the page that has the price."""

    # "AWS Lambda Pricing"
    gb_second_x86_64: float
    gb_second_arm64: float
    invocations_million: float
    # "Amazon S3 pricing", S3 Standard
    s3_put_thousand: float
    s3_get_thousand: float
    """GET, HEAD and all others."""
    # "Amazon SQS pricing", standard queues
    sqs_million: float
    # "Amazon CloudWatch Pricing"
    log_gb: float
    """For ingesting a GB (10^9 bytes) of log lines. Storage is not counted."""
    alarm_metric: float
    """For a month of one metric that an alarm watches, at a resolution of a minute or more."""
    metric: float
    """For a month of one metric of our own."""
    # "Amazon EventBridge pricing", custom events and opt-in events of AWS's services
    events_million: float

    def gb_second(self, architecture: str) -> float:
        return {"x86_64": self.gb_second_x86_64, "arm64": self.gb_second_arm64}[architecture]


LIST = Prices(
    gb_second_x86_64=0.0000166667,
    gb_second_arm64=0.0000133334,
    invocations_million=0.20,
    s3_put_thousand=0.005,
    s3_get_thousand=0.0004,
    sqs_million=0.40,
    log_gb=0.50,
    alarm_metric=0.10,
    metric=0.30,
    events_million=1.00,
)

ARCHITECTURES = ("x86_64", "arm64")
MEMORY_MB = (512, 1024, 1769, 2048, 3008)

# "Configure Lambda function memory": the memory that comes with one vCPU.
MB_PER_VCPU = 1769
# "Lambda quotas": for an account that has not asked for more; new accounts may have less.
ACCOUNT_CONCURRENCY = 1000
# "Configuring scaling behavior for SQS event source mappings": first batches, more each minute.
FIRST_POLLERS = 5
POLLERS_PER_MINUTE = 300
# "Best practices design patterns: optimizing Amazon S3 performance": per second and prefix.
PUTS_PER_PREFIX = 3500
GETS_PER_PREFIX = 5500
# "Amazon SQS message quotas": messages received but not yet deleted, in a standard queue.
MESSAGES_IN_FLIGHT = 120_000
