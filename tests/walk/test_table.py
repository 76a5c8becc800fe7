"""The table and the README know of the same commands. None of them is run."""

import unittest
from pathlib import Path

import readme
from stack import Failed
from table import ROWS, row_of
from walk import ITSELF, chosen, plan

README = Path(__file__).parents[2] / "README.md"


class Table(unittest.TestCase):
    def setUp(self) -> None:
        self.commands = readme.read(README).commands

    def test_every_command_is_known_once_and_every_row_is_used(self) -> None:
        self.assertEqual(len(plan(self.commands)), len(self.commands) - 1)
        self.assertIn(ITSELF, [command.words for command in self.commands])
        with self.assertRaisesRegex(Failed, "no longer has"):
            plan(self.commands[1:])

    def test_a_command_that_is_not_known_is_named_by_its_line(self) -> None:
        with self.assertRaisesRegex(Failed, "line 7 that the walk does not know: make tea"):
            row_of(readme.Command(7, "", "make tea"))

    def test_every_row_is_judged_or_says_why_not(self) -> None:
        for row in ROWS:
            self.assertEqual(bool(row.judge) + bool(row.watch), 0 if row.cannot and not row.judge else 1, row.knows)

    def test_little_cannot_be_run(self) -> None:
        self.assertLessEqual(sum(bool(row.cannot) for row in ROWS), 6)

    def test_what_is_asked_for_brings_what_it_relies_on(self) -> None:
        pairs = plan(self.commands)
        words = [command.words for command, _ in chosen(pairs, "^make letters$", 0)]
        self.assertEqual(words[-1], "make letters")
        self.assertIn("sam build", words)
        self.assertNotIn("make run", words)
        self.assertEqual(chosen(pairs, "", 0), pairs)
        self.assertEqual(chosen(pairs, "make tea", 0), [])

    def test_what_needs_measurements_comes_after_them(self) -> None:
        words = [command.words for command, _ in plan(self.commands)]
        self.assertLess(words.index("make cost"), words.index('make cost OPTIONS="--batch 1"'))
        self.assertEqual(sorted([*words, ITSELF]), sorted(command.words for command in self.commands))


if __name__ == "__main__":
    unittest.main()
