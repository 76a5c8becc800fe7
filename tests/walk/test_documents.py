"""The commands are copied as they stand: tested on documents of our own, and on the real ones."""

import tempfile
import unittest
from pathlib import Path

import documents

ROOT = Path(__file__).parents[2]

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

<!-- `make nothing` writes from here -->
"""


PAGE = """# More

As `make run` says, or `make tea`, or `PORT=1 make demo`.

```sh
make again
```

```json
[2]
```
"""

INDEX = """| page | |
|---|---|
| [More](more.md) | see [the front page](../README.md) |
"""


def of(text: str, page: str = "") -> documents.Documents:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").mkdir()
        for name, content in {"README.md": text, "docs/README.md": INDEX, "docs/more.md": page}.items():
            (Path(folder) / name).write_text(content)
        return documents.read(Path(folder))


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
        self.assertEqual(documents.normal("echo '#' a#b  # c"), "echo '#' a#b")

    def test_a_sample_belongs_to_the_command_before_it_in_its_section(self) -> None:
        found = of(OURS)
        self.assertEqual([command.sample for command in found.commands], ["", "", "", "", "1 thing"])
        self.assertEqual({command.section for command in found.commands}, {"README.md#", "README.md#First"})
        self.assertEqual(found.json, {"README.md": ["[1]"]})

    def test_a_command_without_an_end_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "README.md:2"):
            of("```sh\necho 'never closed\n```\n")

    def test_pages_come_after_the_readme_and_what_was_said_before_is_no_new_command(self) -> None:
        found = of(OURS, PAGE)
        self.assertEqual(found.names, ["README.md", "docs/more.md"])
        pages = [(command.place, command.words) for command in found.commands if command.document == "docs/more.md"]
        self.assertEqual(pages, [("docs/more.md:3", "make tea"), ("docs/more.md:6", "make again")])
        self.assertEqual([command.line for command in found.commands[:2]], [3, 8])
        self.assertEqual(found.json["docs/more.md"], ["[2]"])


class TheDocuments(unittest.TestCase):
    def setUp(self) -> None:
        self.documents = documents.read(ROOT)

    def test_every_page_is_read_once(self) -> None:
        pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
        self.assertEqual(sorted(self.documents.names), sorted({"README.md"} | pages - {"docs/README.md"}))

    def test_no_line_of_a_block_is_left_out(self) -> None:
        lines, inside = set(), False
        for name in ["docs/README.md", *self.documents.names]:
            for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
                if line.startswith("```"):
                    inside = line == "```sh"
                elif inside and line.strip():
                    lines.add((name, number))
        copied = {
            (command.document, command.line + offset)
            for command in self.documents.commands
            for offset in range(command.text.count("\n") + 1)
        }
        self.assertGreater(len(lines), 60)
        self.assertEqual(lines - copied, set())

    def test_samples_are_found(self) -> None:
        with_samples = [command.words for command in self.documents.commands if command.sample]
        self.assertEqual(with_samples, ["make run", "make probe", "make letters"])


if __name__ == "__main__":
    unittest.main()
