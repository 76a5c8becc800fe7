"""What the options cost. `python -m unittest` in this folder."""

import dataclasses
import re
import unittest
from pathlib import Path

from model import Function
from options import ALARMS, MORE_ALARMS_OF_EXISTING, Canary, monthly
from prices import LIST

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
FREE = dataclasses.replace(LIST, **{field.name: 0.0 for field in dataclasses.fields(LIST)})


class Options(unittest.TestCase):
    def test_the_alarms_are_those_of_the_template(self) -> None:
        resources = re.split(r"\n  (?=[A-Z]\w+:\n)", TEMPLATE.read_text(encoding="utf-8"))
        alarms = [text for text in resources if "Type: AWS::CloudWatch::Alarm" in text]
        metrics = {text.split(":")[0]: len(re.findall(r"MetricName: ", text)) for text in alarms}
        of_existing = [name for text in alarms if "Condition: ExistingBucket" in text for name in [text.split(":")[0]]]
        self.assertEqual(len(of_existing), MORE_ALARMS_OF_EXISTING)
        self.assertEqual(metrics.pop("CanaryAlarm"), 1)
        self.assertEqual(sum(metrics.values()), ALARMS + MORE_ALARMS_OF_EXISTING)

    def test_a_canary_reads_and_writes_like_the_picture_that_it_is(self) -> None:
        canary = Canary(seconds=1.0)
        self.assertEqual((canary.writes, canary.reads), (2, 16))
        reads = dataclasses.replace(FREE, s3_get_thousand=1.0)
        self.assertAlmostEqual(canary.dollars(reads, "arm64", Function(2048)), 0.016)
        time = dataclasses.replace(FREE, gb_second_arm64=1.0)
        self.assertAlmostEqual(canary.dollars(time, "arm64", Function(2048)), 2 * 1.18)

    def test_the_rarer_the_canary_the_cheaper_it_is(self) -> None:
        canaries = [dollars for option, dollars in monthly(LIST, "arm64", Function(2048)) if "Canary" in option]
        self.assertEqual(canaries, sorted(canaries, reverse=True))
        self.assertGreater(canaries[-1], LIST.alarm_metric + LIST.metric)
