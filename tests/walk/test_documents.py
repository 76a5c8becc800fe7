"""The commands are copied as they stand: tested on a README of our own, and on the real one."""

import tempfile
import unittest
from pathlib import Path

import readme

OURS = """# A thing

Say `make run` first, or `PORT=1 make demo`, never `BUCKET`.

## First

```sh
make run   # see

A=$(echo "one
two")
aws s3 cp a \\
    b    # a comment
FOLDER=$(
    pwd)
```

Not a sample of what comes out:

```jsonc
{"a": 1}
```

```text
1 thing
```

## Second

```json
[1]
```

```text
no sample of a command
```
"""


def of(text: str) -> readme.Readme:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "README.md"
        path.write_text(text)
        return readme.read(path)


class Extraction(unittest.TestCase):
    def test_commands_are_whole_in_order_and_verbatim(self) -> None:
        found = [(command.line, command.text) for command in of(OURS).commands]
        self.assertEqual(
            found,
            [
                (3, "PORT=1 make demo"),
                (8, "make run   # see"),
                (10, 'A=$(echo "one\ntwo")'),
                (12, "aws s3 cp a \\\n    b    # a comment"),
                (14, "FOLDER=$(\n    pwd)"),
            ],
        )

    def test_the_table_knows_a_command_by_one_line_without_comments(self) -> None:
        self.assertEqual(of(OURS).commands[3].words, "aws s3 cp a b")
        self.assertEqual(readme.normal("echo '#' a#b  # c"), "echo '#' a#b")

    def test_a_sample_belongs_to_the_command_before_it_in_its_section(self) -> None:
        commands = of(OURS).commands
        self.assertEqual([command.sample for command in commands], ["", "", "", "", "1 thing"])
        self.assertEqual({command.section for command in commands}, {"", "First"})
        self.assertEqual(of(OURS).json, ["[1]"])

    def test_a_command_without_an_end_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "line 2"):
            of("```sh\necho 'never closed\n```\n")


class TheReadme(unittest.TestCase):
    def setUp(self) -> None:
        self.path = Path(__file__).parents[2] / "README.md"
        self.readme = readme.read(self.path)

    def test_no_line_of_a_block_is_left_out(self) -> None:
        lines, inside = set(), False
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            if line.startswith("```"):
                inside = line == "```sh"
            elif inside and line.strip():
                lines.add(number)
        copied = {
            command.line + offset
            for command in self.readme.commands
            for offset in range(command.text.count("\n") + 1)
        }
        self.assertGreater(len(lines), 60)
        self.assertEqual(lines - copied, set())

    def test_samples_are_found(self) -> None:
        with_samples = [command.words for command in self.readme.commands if command.sample]
        self.assertEqual(with_samples, ["make run", "make letters"])


if __name__ == "__main__":
    unittest.main()
