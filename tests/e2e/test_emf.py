"""What emf.py reads from lines, and which lines it refuses. `python -m unittest` in this folder."""

import copy
import unittest
from typing import Any

from emf import Invalid, Metrics

BATCH: dict[str, Any] = {
    "timestamp": "2026-11-27T01:10:00.123Z",
    "level": "INFO",
    "_aws": {
        "Timestamp": 1795741684240,
        "CloudWatchMetrics": [
            {
                "Namespace": "S3Thumbnailer",
                "Dimensions": [["FunctionName"]],
                "Metrics": [
                    {"Name": "Pictures", "Unit": "Count"},
                    {"Name": "Faults", "Unit": "Count"},
                    {"Name": "TotalTime", "Unit": "Milliseconds"},
                ],
            }
        ],
    },
    "FunctionName": "f",
    "Pictures": 2,
    "Faults": 0,
    "TotalTime": [12.5, 30],
}
REJECT: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1795741684240,
        "CloudWatchMetrics": [
            {
                "Namespace": "S3Thumbnailer",
                "Dimensions": [["FunctionName"], ["FunctionName", "Reason"]],
                "Metrics": [{"Name": "Rejected", "Unit": "Count"}],
            }
        ],
    },
    "FunctionName": "f",
    "Reason": "truncated",
    "Rejected": 3,
}


def read(*lines: dict[str, Any]) -> Metrics:
    metrics = Metrics()
    for line in lines:
        metrics.add(line)
    return metrics


class Reading(unittest.TestCase):
    def test_values_of_several_lines_add_up(self) -> None:
        metrics = read(BATCH, BATCH)
        self.assertEqual(metrics.sum("Pictures", FunctionName="f"), 4)
        self.assertEqual(metrics.values("TotalTime", FunctionName="f"), [12.5, 30, 12.5, 30])

    def test_a_zero_is_a_value_and_an_absent_series_has_none(self) -> None:
        metrics = read(BATCH)
        self.assertEqual(metrics.values("Faults", FunctionName="f"), [0])
        self.assertEqual(metrics.values("Faults", FunctionName="g"), [])

    def test_each_set_of_dimensions_is_a_series_of_its_own(self) -> None:
        metrics = read(REJECT, {**REJECT, "Reason": "not_a_picture"})
        self.assertEqual(metrics.sum("Rejected", FunctionName="f"), 6)
        by_reason = metrics.sums_by("Reason", "Rejected", FunctionName="f")
        self.assertEqual(by_reason, {"truncated": 3, "not_a_picture": 3})


class Refusing(unittest.TestCase):
    def refused(self, change: Any) -> None:
        line = copy.deepcopy(BATCH)
        change(line, line["_aws"]["CloudWatchMetrics"][0])
        with self.assertRaises(Invalid):
            read(line)

    def test_lines_that_cloudwatch_would_drop_are_refused(self) -> None:
        changes = [
            lambda line, _: line["_aws"].pop("Timestamp"),
            lambda line, _: line["_aws"].update(Timestamp="2026-11-27T01:10:00Z"),
            lambda line, _: line["_aws"].update(CloudWatchMetrics=[]),
            lambda _, directive: directive.pop("Namespace"),
            lambda _, directive: directive.pop("Dimensions"),
            lambda _, directive: directive.update(Metrics=[]),
            lambda _, directive: directive["Metrics"][0].update(Unit="Pieces"),
            lambda line, _: line.pop("FunctionName"),
            lambda line, _: line.update(FunctionName=1),
            lambda line, _: line.pop("Pictures"),
            lambda line, _: line.update(Pictures="2"),
            lambda line, _: line.update(Pictures=True),
            lambda line, _: line.update(TotalTime=[]),
            lambda line, _: line.update(TotalTime=[1] * 101),
            lambda line, _: line.update(TotalTime={"Values": [1], "Counts": [1]}),
        ]
        for change in changes:
            self.refused(change)


if __name__ == "__main__":
    unittest.main()
