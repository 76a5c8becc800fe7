"""Copies the commands out of the documents, with their lines. It knows nothing of what they do.
A reader sees no comments, so what stands in `<!-- ... -->` is no command.

The documents are the README and then the pages of docs/, in the order in which docs/README.md lists them.
"""

import functools
import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

# What a piece of `code` in a sentence begins with when it is a command.
PROGRAMS = ("aws", "bash", "cargo", "docker", "make", "npm", "rustup", "sam")
INLINE = re.compile(rf"^(?:[A-Z_]+=\S+ )*(?:{'|'.join(PROGRAMS)})(?: |$)")


@dataclass(frozen=True)
class Command:
    """One command, exactly as it stands there."""

    document: str
    """Its path from the root, such as "docs/deploy.md"."""
    line: int
    heading: str
    """The nearest heading of the second level; empty before the first of them."""
    text: str
    sample: str = ""
    """The ```text block that follows its block before any other, if it ends that: what the document says comes out."""

    @property
    def section(self) -> str:
        return f"{self.document}#{self.heading}"

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def words(self) -> str:
        """The command on one line and without comments: what the table knows it by."""
        return normal(self.text)


@dataclass
class Documents:
    names: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    json: dict[str, list[str]] = field(default_factory=dict)
    """The ```json blocks of each document: files that its commands name."""

    def position(self, command: Command) -> tuple[int, int]:
        """Where it stands, for comparisons: the document's number and the line in it."""
        return self.names.index(command.document), command.line


def normal(text: str) -> str:
    lines = [re.sub(r"\s+#\s.*$", "", line).rstrip("\\").strip() for line in text.splitlines()]
    return " ".join(line for line in lines if line)


@functools.cache
def is_complete(text: str) -> bool:
    """Whether bash has a whole command in it: no quote, bracket or line is left open."""
    if text.rstrip("\n").endswith("\\"):
        return False
    return subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True).returncode == 0


def split(block: str, document: str, first: int) -> list[tuple[int, str]]:
    """The commands of a block, and their lines: each is as few lines as are complete."""
    commands: list[tuple[int, str]] = []
    begun: list[str] = []
    for number, line in enumerate(block.splitlines(), first):
        if not begun and not line.split("#")[0].strip():
            continue
        begun.append(line)
        text = "\n".join(begun)
        if is_complete(text):
            commands.append((number - len(begun) + 1, text))
            begun = []
    if begun:
        raise ValueError(f"{document}:{first}: bash finds no end of {begun[0]!r}")
    return commands


def names(root: Path) -> list[str]:
    """The documents' paths from the root, in order."""
    index = (root / "docs/README.md").read_text()
    return ["README.md", *(f"docs/{page}" for page in re.findall(r"^\| \[[^]]+\]\(([\w-]+\.md)\) \|", index, re.MULTILINE))]


def read(root: Path) -> Documents:
    """All commands in order: those of ```sh blocks, and those in sentences that no block has."""
    documents = Documents(names(root))
    inline: list[Command] = []
    for name in documents.names:
        inline += read_one(documents, name, (root / name).read_text())
    documents.commands += new_ones(inline, documents.commands)
    documents.commands.sort(key=documents.position)
    return documents


def read_one(documents: Documents, name: str, text: str) -> list[Command]:
    """Keeps what the blocks of a document have, and answers with what looks like a command in its sentences."""
    inline: list[Command] = []
    heading, language, first = "", None, 0
    block: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if language is None and line.startswith("```"):
            language, first, block = line.removeprefix("```").strip(), number + 1, []
        elif language is None:
            if line.startswith("## "):
                heading = line.removeprefix("## ")
            spans = re.findall(r"`([^`]+)`", re.sub("<!--.*?-->", "", line))
            inline += [Command(name, number, heading, span) for span in spans if INLINE.match(span)]
        elif line.startswith("```"):
            keep(documents, language, "\n".join(block), Command(name, first, heading, ""))
            language = None
        else:
            block.append(line)
    return inline


def keep(documents: Documents, language: str, block: str, at: Command) -> None:
    if language == "sh":
        documents.commands += [replace(at, line=line, text=text) for line, text in split(block, at.document, at.line)]
    elif language == "json":
        documents.json.setdefault(at.document, []).append(block)
    elif language == "text" and documents.commands and documents.commands[-1].section == at.section:
        last = documents.commands[-1]
        if not last.sample:
            documents.commands[-1] = replace(last, sample=block)


def new_ones(inline: list[Command], known: list[Command]) -> list[Command]:
    """Commands of sentences, once each, without those that only name one of a block (`make look`, `sam build`)."""
    blocks = [command.words for command in known]
    new: dict[str, Command] = {}
    for command in inline:
        if not any(words == command.words or words.startswith(f"{command.words} ") for words in blocks):
            new.setdefault(command.words, command)
    return list(new.values())
