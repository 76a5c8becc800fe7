"""How tenths.py cuts a run, and what counts as growth. `python -m unittest` in this folder."""

import unittest
from dataclasses import replace

from tenths import Sample, Tenth, cut, growth

MIB = 2**20
STEADY = [Tenth(100, 50.0, 4.0, 60.0)] * 10


def steady_run(seconds: int, per_second: int) -> list[Sample]:
    messages = seconds * per_second
    return [
        Sample(float(second), messages - second * per_second, second * per_second, 0.5 + second * 0.4, 60 * MIB)
        for second in range(seconds + 1)
    ]


class Cutting(unittest.TestCase):
    def test_a_steady_run_has_ten_equal_tenths(self) -> None:
        tenths = cut(steady_run(20, 100), 2000)
        self.assertEqual(len(tenths), 10)
        for tenth in tenths:
            self.assertEqual(tenth.messages, 200)
            self.assertAlmostEqual(tenth.messages_per_second, 100)
            self.assertAlmostEqual(tenth.cpu_ms_per_message, 4)
            self.assertAlmostEqual(tenth.rss_mib, 60)

    def test_what_falls_between_samples_is_interpolated(self) -> None:
        tenths = cut(steady_run(3, 100), 300)
        self.assertEqual([tenth.messages for tenth in tenths], [30] * 10)
        for tenth in tenths:
            self.assertAlmostEqual(tenth.messages_per_second, 100)
            self.assertAlmostEqual(tenth.cpu_ms_per_message, 4)

    def test_every_message_is_in_one_tenth(self) -> None:
        self.assertEqual(sum(tenth.messages for tenth in cut(steady_run(23, 1), 23)), 23)

    def test_a_pause_counts_for_the_tenth_it_is_in(self) -> None:
        samples = steady_run(10, 100)
        late = [replace(sample, seconds=sample.seconds + 9) if sample.done > 500 else sample for sample in samples]
        tenths = cut(late, 1000)
        self.assertAlmostEqual(tenths[5].messages_per_second, 10)
        self.assertAlmostEqual(tenths[6].messages_per_second, 100)


class Growing(unittest.TestCase):
    def grown(self, part: int, **changes: float) -> list[str]:
        return growth([replace(tenth, **changes) if at == part else tenth for at, tenth in enumerate(STEADY)])

    def test_a_steady_run_does_not_grow(self) -> None:
        self.assertEqual(growth(STEADY), [])

    def test_memory_may_grow_by_a_tenth_and_no_more(self) -> None:
        self.assertEqual(self.grown(7, rss_mib=66.0), [])
        [found] = self.grown(7, rss_mib=67.0)
        self.assertIn("60.0 MiB in the second tenth, 67.0", found)

    def test_work_may_grow_by_fifteen_percent_in_the_last_tenth(self) -> None:
        self.assertEqual(self.grown(9, cpu_ms_per_message=4.59), [])
        [found] = self.grown(9, cpu_ms_per_message=4.61)
        self.assertIn("4.00 CPU ms a message in the second tenth, 4.61", found)

    def test_the_first_tenth_does_not_count(self) -> None:
        self.assertEqual(self.grown(0, rss_mib=10.0, cpu_ms_per_message=1.0), [])


if __name__ == "__main__":
    unittest.main()
