"""What each option of the template costs a month. Pure."""

from dataclasses import dataclass

from model import MILLION, Function
from prices import Prices

DAYS = 30
# The template's alarms, each of which watches one metric.
ALARMS = 8
MORE_ALARMS_OF_EXISTING = 2


@dataclass(frozen=True)
class Canary:
    """One probe: the canary's upload and deletion, the looks in between, and what the function does about it."""

    seconds: float = 1.0
    """Until its thumbnails are seen: what `make probe` says."""
    seconds_between_looks: float = 0.5
    thumbnails: int = 1

    @property
    def writes(self) -> int:
        """The canary and its thumbnails."""
        return 1 + self.thumbnails

    @property
    def reads(self) -> int:
        look = 1 + self.thumbnails
        looks = 1 + 1 + int(self.seconds / self.seconds_between_looks)
        # Before the upload and the deletion, the source is asked for; then come its two messages.
        return looks * look + 2 + 2 * (look + 1)

    def dollars(self, prices: Prices, architecture: str, function: Function) -> float:
        s3 = (self.writes * prices.s3_put_thousand + self.reads * prices.s3_get_thousand) / 1000
        # Sent, received and deleted, one for the upload and one for the deletion.
        sqs = 2 * 3 * prices.sqs_million / MILLION
        busy = self.seconds + 2 * 3 * function.s3_ms / 1000
        gb_seconds = busy * function.memory_mb / 1024
        invocations = 3 * prices.invocations_million / MILLION
        return s3 + sqs + invocations + gb_seconds * prices.gb_second(architecture)


def monthly(prices: Prices, architecture: str, function: Function) -> list[tuple[str, float]]:
    """Each option, and its dollars a month: for a million pictures where it counts them."""
    probe = Canary().dollars(prices, architecture, function)
    watched = prices.alarm_metric + prices.metric
    canaries = [
        (f"`CanaryMinutes` {minutes}", DAYS * 24 * 60 / minutes * probe + watched) for minutes in (5, 15, 60)
    ]
    return [
        ("the alarms", ALARMS * prices.alarm_metric),
        ("`BucketMode` existing: two more alarms", MORE_ALARMS_OF_EXISTING * prices.alarm_metric),
        ("`BucketMode` existing: EventBridge, a million uploads", prices.events_million),
        ("`EventBus`: a million pictures", prices.events_million),
        *canaries,
    ]
