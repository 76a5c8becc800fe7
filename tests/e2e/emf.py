"""Reads metrics from log lines as CloudWatch does, by its "Specification: Embedded metric format".

Pure: lines in, sums out. Like CloudWatch, it adds up no values across sets of dimensions.
"""

from collections import defaultdict
from typing import Any

# The units of MetricDatum that the function uses; any other would be a mistake.
UNITS = {"Count", "Bytes", "Milliseconds"}


class Invalid(Exception):
    """CloudWatch would drop a line or one of its metrics; the message says why."""


def require(holds: bool, what: str) -> None:
    if not holds:
        raise Invalid(what)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


Series = tuple[str, str, frozenset[tuple[str, str]]]


class Metrics:
    """Every value of every series: a namespace, a metric's name, and its dimensions."""

    def __init__(self) -> None:
        self.series: defaultdict[Series, list[float]] = defaultdict(list)
        self.units: dict[str, str] = {}

    def add(self, line: dict[str, Any]) -> None:
        """Adds the metrics of one line, which has an `_aws` member."""
        metadata = line["_aws"]
        require(isinstance(metadata, dict), "_aws is not an object")
        timestamp = metadata.get("Timestamp")
        require(isinstance(timestamp, int), f"_aws.Timestamp is {timestamp!r}, not whole milliseconds")
        directives = metadata.get("CloudWatchMetrics")
        require(isinstance(directives, list) and bool(directives), "_aws.CloudWatchMetrics is not a non-empty array")
        for directive in directives:
            self.add_directive(line, directive)

    def add_directive(self, line: dict[str, Any], directive: dict[str, Any]) -> None:
        namespace = directive.get("Namespace")
        require(isinstance(namespace, str) and 0 < len(namespace) <= 255, f"the namespace is {namespace!r}")
        sets = [dimensions_of(line, names) for names in directive.get("Dimensions") or [None]]
        metrics = directive.get("Metrics")
        require(isinstance(metrics, list) and 0 < len(metrics) <= 100, "Metrics is not an array of 1 to 100")
        for metric in metrics:
            name, unit = metric.get("Name"), metric.get("Unit")
            require(isinstance(name, str) and 0 < len(name) <= 255, f"a metric's name is {name!r}")
            require(unit in UNITS, f"{name}: unit {unit!r}")
            require(self.units.setdefault(name, unit) == unit, f"{name} is in {unit} and {self.units[name]}")
            for dimensions in sets:
                self.series[namespace, name, dimensions] += values_of(line, name)

    def values(self, name: str, **dimensions: str) -> list[float]:
        """The values of the series with exactly these dimensions; empty if there is none."""
        return self.series.get(("S3Thumbnailer", name, frozenset(dimensions.items())), [])

    def sum(self, name: str, **dimensions: str) -> float:
        return sum(self.values(name, **dimensions))

    def sums_by(self, dimension: str, name: str, **dimensions: str) -> dict[str, float]:
        """The sums that are not 0, by the value of one more dimension."""
        sums: dict[str, float] = {}
        for (namespace, other, found), values in self.series.items():
            rest = dict(found)
            value = rest.pop(dimension, None)
            if (namespace, other, rest) == ("S3Thumbnailer", name, dimensions) and value is not None and sum(values):
                sums[value] = sum(values)
        return sums


def dimensions_of(line: dict[str, Any], names: Any) -> frozenset[tuple[str, str]]:
    require(isinstance(names, list) and len(names) <= 30, f"a set of dimensions is {names!r}")
    for name in names:
        value = line.get(name)
        require(isinstance(value, str) and 0 < len(value) <= 1024, f"dimension {name} is {value!r}")
    return frozenset((name, line[name]) for name in names)


def values_of(line: dict[str, Any], name: str) -> list[float]:
    value = line.get(name)
    values = value if isinstance(value, list) else [value]
    require(0 < len(values) <= 100, f"{name} has {len(values)} values; CloudWatch takes 1 to 100")
    for one in values:
        require(is_number(one), f"{name} has the value {one!r}")
    return values
