"""List prices and limits of AWS, as the figures of the cost table need them. Nothing is worked out here.

US dollars before tax, without free tiers and volume discounts. They change, and differ by region: those of
another day or region go into a copy of `LIST` as JSON, given as --prices.
"""

from dataclasses import dataclass

REGION = "us-east-1"
DATE = "2026-11"


@dataclass(frozen=True)
class Prices:
    """What is billed, and from which page the price is."""

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
    """Taking log lines in; a GB of 10^9 bytes. Keeping them is not counted."""

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
)

ARCHITECTURES = ("x86_64", "arm64")
MEMORY_MB = (512, 1024, 1769, 2048, 3008)

# "Configure Lambda function memory": as much processor as one vCPU.
MB_PER_VCPU = 1769
# "Lambda quotas": of an account that has not asked for more; new ones may start with fewer.
ACCOUNT_CONCURRENCY = 1000
# "Configuring scaling behavior for SQS event source mappings": batches at once in the beginning, and more each minute.
FIRST_POLLERS = 5
POLLERS_PER_MINUTE = 300
# "Best practices design patterns: optimizing Amazon S3 performance": a second, for each prefix.
PUTS_PER_PREFIX = 3500
GETS_PER_PREFIX = 5500
# "Amazon SQS message quotas": received and not yet deleted, in a standard queue.
MESSAGES_IN_FLIGHT = 120_000
