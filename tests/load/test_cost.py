"""Where cost.py takes its figures from, and what it prints. `python -m unittest` in this folder."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from cost import Missing, measured, page, parse, prices_of
from prices import LIST

LOAD: dict[str, Any] = {"width": 640, "height": 480, "cpu_ms_per_message": 4.0, "log_bytes_per_message": 800.0}
CASES = {"photo-6mp.jpg to 256": 5.0, "photo-12mp.jpg to 256": 10.0}
BENCH: dict[str, Any] = {"cases": [{"name": name, "ours_ms": ms} for name, ms in CASES.items()]}


class Figures(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name: str, content: dict[str, Any]) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    def asked(self, *words: str) -> Any:
        return parse(["--target", str(self.folder), *words])

    def test_a_photograph_is_a_small_picture_and_its_pixels(self) -> None:
        self.write("load/report.json", LOAD)
        self.write("bench/report.json", BENCH)
        (small, photo), log_bytes = measured(self.asked())
        self.assertEqual((small.name, small.cpu_ms, photo.cpu_ms, log_bytes), ("640x480", 4.0, 14.0, 800.0))

    def test_options_take_precedence_over_measurements(self) -> None:
        self.write("load/report.json", LOAD)
        self.write("bench/report.json", BENCH)
        (small, photo), log_bytes = measured(self.asked("--small-ms", "2", "--photo-ms", "3", "--log-bytes", "1"))
        self.assertEqual((small.cpu_ms, photo.cpu_ms, log_bytes), (2.0, 5.0, 1.0))

    def test_a_missing_figure_is_named(self) -> None:
        with self.assertRaisesRegex(Missing, "make load"):
            measured(self.asked("--photo-ms", "3"))
        self.write("load/report.json", LOAD)
        with self.assertRaisesRegex(Missing, "make bench"):
            measured(self.asked())

    def test_other_prices_replace_the_list_prices_they_name(self) -> None:
        prices = prices_of(self.write("prices.json", {"sqs_million": 0.5}))
        self.assertEqual((prices.sqs_million, prices.log_gb), (0.5, LIST.log_gb))
        with self.assertRaisesRegex(Missing, "has the price sqs"):
            prices_of(self.write("prices.json", {"sqs": 0.5}))

    def test_the_bill_adds_up(self) -> None:
        asked = self.asked("--small-ms", "4", "--photo-ms", "10", "--log-bytes", "1000")
        lines = page(LIST, *measured(asked), asked)
        [start] = [number for number, line in enumerate(lines) if line.startswith("| each picture")]
        table = [line.strip("|").split("|")[1:] for line in lines[start + 2 : start + 7]]
        rows = [[float(cell.strip(" $")) for cell in cells] for cells in table]
        for column in zip(*rows, strict=True):
            self.assertAlmostEqual(sum(column[:-1]), column[-1], delta=0.02)


if __name__ == "__main__":
    unittest.main()
