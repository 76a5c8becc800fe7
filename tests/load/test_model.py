"""model.py, on figures that can be checked by hand. `python -m unittest` in this folder."""

import dataclasses
import unittest

from model import (
    Function,
    Picture,
    at_once,
    cheapest,
    lambda_dollars,
    log_dollars,
    minutes_to_scale,
    s3_dollars,
    sqs_dollars,
    uses,
)
from prices import LIST, MEMORY_MB

TEN_MS = Picture("ten", 10.0)


class Time(unittest.TestCase):
    def test_a_batch_is_its_work_and_three_waits(self) -> None:
        self.assertEqual(Function(1769).batch_ms(TEN_MS), 10 * 10 + 3 * 30)

    def test_half_a_vcpu_takes_twice_as_long_for_the_work_alone(self) -> None:
        self.assertEqual(Function(1769, s3_ms=0).batch_ms(TEN_MS), 100)
        self.assertEqual(Function(2 * 1769, s3_ms=0).batch_ms(TEN_MS), 50)
        self.assertEqual(Function(1024, s3_ms=0).batch_ms(TEN_MS), 173)  # 172.75, rounded up

    def test_one_picture_is_worked_on_by_one_vcpu(self) -> None:
        self.assertEqual(Function(3008, batch=1, s3_ms=0).batch_ms(TEN_MS), 10)

    def test_an_instance_makes_its_batch_in_that_time(self) -> None:
        self.assertAlmostEqual(Function(1769).pictures_per_second(TEN_MS), 10 / 0.190)


class Money(unittest.TestCase):
    def test_lambda_bills_memory_by_time_and_each_batch(self) -> None:
        # 100,000 batches of 0.19 s at 1 GB would be 19,000 GB-seconds.
        function = Function(1769)
        expected = 19_000 * 1769 / 1024 * 0.0000133334 + 0.1 * 0.20
        self.assertAlmostEqual(lambda_dollars(LIST, "arm64", function, TEN_MS), expected)

    def test_x86_64_costs_more_by_the_ratio_of_the_prices(self) -> None:
        free = dataclasses.replace(LIST, invocations_million=0)
        x86, arm = (lambda_dollars(free, name, Function(1769), TEN_MS) for name in ("x86_64", "arm64"))
        self.assertAlmostEqual(x86 / arm, LIST.gb_second_x86_64 / LIST.gb_second_arm64)

    def test_work_costs_the_same_at_any_memory_size(self) -> None:
        busy = Picture("busy", 1000.0)
        costs = [lambda_dollars(LIST, "arm64", Function(memory, s3_ms=0), busy) for memory in MEMORY_MB]
        self.assertLess(max(costs) / min(costs), 1.001)

    def test_waits_cost_more_with_more_memory_so_the_smallest_is_cheapest(self) -> None:
        functions = [Function(memory) for memory in MEMORY_MB]
        self.assertEqual(cheapest(LIST, "arm64", functions, TEN_MS).memory_mb, 512)

    def test_a_picture_alone_waits_alone(self) -> None:
        free = dataclasses.replace(LIST, invocations_million=0)
        alone, ten = (lambda_dollars(free, "arm64", Function(1769, batch), TEN_MS) for batch in (1, 10))
        self.assertAlmostEqual(alone / ten, 100 / 19)

    def test_s3_bills_a_get_two_heads_and_a_put(self) -> None:
        self.assertAlmostEqual(s3_dollars(LIST, TEN_MS), 3 * 0.40 + 5.00)
        self.assertAlmostEqual(s3_dollars(LIST, Picture("three", 1.0, thumbnails=3)), 5 * 0.40 + 15.00)

    def test_sqs_bills_one_to_send_and_two_for_each_batch(self) -> None:
        self.assertAlmostEqual(sqs_dollars(LIST, 10), 1.2 * 0.40)
        self.assertAlmostEqual(sqs_dollars(LIST, 1), 3 * 0.40)

    def test_a_kilobyte_of_log_per_picture_is_a_gigabyte_per_million(self) -> None:
        self.assertAlmostEqual(log_dollars(LIST, 1000), 0.50)


class Scale(unittest.TestCase):
    def test_instances_are_uploads_divided_by_the_rate_of_one(self) -> None:
        self.assertAlmostEqual(at_once(Function(1769), TEN_MS, 1000), 19)

    def test_every_limit_is_used_in_proportion(self) -> None:
        found = {use.what: use.share for use in uses(Function(1769), TEN_MS, 1000, maximum_concurrency=10)}
        self.assertAlmostEqual(found["`MaximumConcurrency` as deployed"], 1.9)
        self.assertAlmostEqual(found["concurrency of an account"], 0.019)
        self.assertAlmostEqual(found["PUTs of thumbnails, a second"], 1000 / 3500)
        self.assertAlmostEqual(found["GETs and HEADs of sources, a second"], 2000 / 5500)
        self.assertAlmostEqual(found["messages in flight"], 190 / 120_000)

    def test_lambda_adds_three_hundred_batches_a_minute_to_its_first_five(self) -> None:
        self.assertEqual(minutes_to_scale(4), 0)
        self.assertAlmostEqual(minutes_to_scale(305), 1)


if __name__ == "__main__":
    unittest.main()
