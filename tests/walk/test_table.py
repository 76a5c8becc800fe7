"""The table and the documents know of the same commands. None of them is run."""

import unittest
from pathlib import Path
from types import SimpleNamespace

import documents
from plan import Row, make_variables
from stack import Failed
from table import ROWS, row_of
from walk import ITSELF, chosen, plan

ROOT = Path(__file__).parents[2]


class Table(unittest.TestCase):
    def setUp(self) -> None:
        self.documents = documents.read(ROOT)
        self.commands = self.documents.commands

    def test_every_command_is_known_once_and_every_row_is_used(self) -> None:
        self.assertEqual(len(plan(self.commands)), len(self.commands) - 1)
        self.assertIn(ITSELF, [command.words for command in self.commands])
        with self.assertRaisesRegex(Failed, "any more"):
            plan(self.commands[1:])

    def test_a_command_that_is_not_known_is_named_by_its_line(self) -> None:
        with self.assertRaisesRegex(Failed, "docs/tea.md:7 has a command that the walk does not know: make tea"):
            row_of(documents.Command("docs/tea.md", 7, "", "make tea"))

    def test_every_row_is_judged_or_says_why_not(self) -> None:
        for row in ROWS:
            self.assertEqual(bool(row.judge) + bool(row.watch), 0 if row.cannot and not row.judge else 1, row.knows)

    def test_make_is_given_a_smaller_size_as_one_value_even_with_spaces(self) -> None:
        row = Row("make fuzz", variables={"SECONDS": "2", "TARGETS": "rules png"})
        quick, whole = SimpleNamespace(quick=True), SimpleNamespace(quick=False)
        self.assertEqual(make_variables(row, quick), {"MAKEFLAGS": r"-- SECONDS=2 TARGETS=rules\ png"})
        self.assertEqual(make_variables(row, whole), {})

    def test_little_cannot_be_run(self) -> None:
        self.assertLessEqual(sum(bool(row.cannot) for row in ROWS), 6)

    def test_what_is_asked_for_brings_what_it_relies_on(self) -> None:
        pairs = plan(self.commands)
        words = [command.words for command, _ in chosen(pairs, self.documents, "^make letters$", "")]
        self.assertEqual(words[-1], "make letters")
        self.assertIn("sam build", words)
        self.assertNotIn("make run", words)
        self.assertEqual(chosen(pairs, self.documents, "", ""), pairs)
        self.assertEqual(chosen(pairs, self.documents, "make tea", ""), [])

    def test_a_walk_can_begin_at_any_place(self) -> None:
        pairs = plan(self.commands)
        documents_from = {command.document for command, _ in chosen(pairs, self.documents, "", "docs/security.md")}
        # The tools are relied on everywhere; some costs are worked out once there are measurements.
        relied_on = {"README.md", "docs/cost.md"}
        self.assertEqual(documents_from - relied_on, {"docs/security.md", "docs/develop.md"})
        lines = [command.line for command, _ in chosen(pairs, self.documents, "^make", "docs/develop.md:9")]
        self.assertGreaterEqual(min(lines), 9)
        with self.assertRaisesRegex(Failed, "no document 'docs/tea.md'"):
            chosen(pairs, self.documents, "", "docs/tea.md:3")

    def test_what_needs_measurements_comes_after_them(self) -> None:
        words = [command.words for command, _ in plan(self.commands)]
        self.assertLess(words.index("make cost"), words.index('make cost OPTIONS="--batch 1"'))
        self.assertEqual(sorted([*words, ITSELF]), sorted(command.words for command in self.commands))


if __name__ == "__main__":
    unittest.main()
