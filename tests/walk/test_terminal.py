"""What a terminal carries from one command to the next, asks and ends: tested with bash alone."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from terminal import Terminal, child, end


class Carrying(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.terminal = Terminal(self.folder, self.folder, {"PATH": os.environ["PATH"], "HOME": folder.name})

    def run_it(self, command: str, **answers: str) -> tuple[str, int]:
        ran = self.terminal.run(command, {}, answers, 20)
        return ran.output, ran.status

    def test_variables_of_any_content_are_carried_and_exported_as_they_were(self) -> None:
        value = "a b\nc' \"d\" $e `f`"
        self.terminal.environment["GIVEN"] = value
        self.assertEqual(self.run_it('A=$GIVEN; export B="$GIVEN"; C=$(echo c)'), ("", 0))
        self.assertEqual(self.run_it('printf %s "$A"'), (value, 0))
        self.assertEqual(self.run_it('python3 -c "import os; print(os.environ.get(\'A\'), os.environ[\'C\'])"')[1], 1)
        self.assertEqual(self.terminal.variables()["B"], value)
        self.assertNotIn("A", self.terminal.variables())
        self.terminal.anew()
        self.assertNotEqual(self.run_it("echo $A")[1], 0)

    def test_what_fails_in_the_middle_fails(self) -> None:
        self.assertEqual(self.run_it("echo a; false | cat; echo b"), ("a\n", 1))
        self.assertEqual(self.run_it("exit 7")[1], 7)

    def test_questions_are_answered(self) -> None:
        asks = 'read -rp "Name: " a; read -rp "Sure? [y/N]" b; read -rp "More [x]: " c; echo "<$a$b$c>"'
        output, status = self.run_it(asks, Name="n", Sure="y")
        self.assertEqual((output.splitlines()[-1][-4:], status), ("<ny>", 0))

    def test_without_answers_there_is_no_input(self) -> None:
        self.assertEqual(self.run_it("cat; echo done"), ("done\n", 0))

    def test_what_runs_on_is_ended_with_what_it_started(self) -> None:
        process = self.terminal.start("sleep 60 & sleep 61", {})
        deadline = time.monotonic() + 10
        while child(process) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        end(process)
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)


if __name__ == "__main__":
    unittest.main()
