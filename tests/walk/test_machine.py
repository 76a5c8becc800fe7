"""What counts as a document's sample: tested on samples of our own."""

import unittest

from machine import like_the_sample
from stack import Failed

FIGURES = r"(?<= in )[\d.,]+ m?s(?=: )|(?<=: )[\d.,]+(?= pictures/s)"
SAMPLE = """
  43 uploads in 1.4 s: 31.8 pictures/s

      38  became 61 (of 1.1 MB)
"""


class Samples(unittest.TestCase):
    def test_the_lines_must_come_in_order_whatever_is_around_them(self) -> None:
        like_the_sample(SAMPLE, f"Building ...\n{SAMPLE}\nmore\n", FIGURES)
        with self.assertRaisesRegex(Failed, "became 61"):
            like_the_sample(SAMPLE, "\n".join(reversed(SAMPLE.splitlines())), FIGURES)

    def test_only_the_figures_may_be_others(self) -> None:
        like_the_sample(SAMPLE, SAMPLE.replace("1.4 s", "676 ms").replace("31.8", "3,000"), FIGURES)
        for other in (SAMPLE.replace("43", "42"), SAMPLE.replace("1.1", "1.2"), SAMPLE.replace("31.8", "many")):
            with self.assertRaises(Failed):
                like_the_sample(SAMPLE, other, FIGURES)

    def test_without_figures_all_must_be_the_same_but_for_spaces(self) -> None:
        like_the_sample("a  1\n", "a 1\n")
        with self.assertRaises(Failed):
            like_the_sample("a  1\n", "a 2\n")


if __name__ == "__main__":
    unittest.main()
