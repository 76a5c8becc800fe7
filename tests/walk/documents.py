"""Copies the commands out of the README, with their lines. It knows nothing of what they do."""

import functools
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# What a piece of `code` in a sentence begins with when it is a command.
PROGRAMS = ("aws", "bash", "cargo", "docker", "make", "npm", "rustup", "sam")
INLINE = re.compile(rf"^(?:[A-Z_]+=\S+ )*(?:{'|'.join(PROGRAMS)})(?: |$)")


@dataclass(frozen=True)
class Command:
    """One command, exactly as it stands there."""

    line: int
    section: str
    text: str
    sample: str = ""
    """The ```text block that follows its block before any other, if it ends that: what the README says comes out."""

    @property
    def words(self) -> str:
        """The command on one line and without comments: what the table knows it by."""
        return normal(self.text)


@dataclass
class Readme:
    commands: list[Command] = field(default_factory=list)
    json: list[str] = field(default_factory=list)
    """The ```json blocks: files that commands name."""


def normal(text: str) -> str:
    lines = [re.sub(r"\s+#\s.*$", "", line).rstrip("\\").strip() for line in text.splitlines()]
    return " ".join(line for line in lines if line)


@functools.cache
def is_complete(text: str) -> bool:
    """Whether bash has a whole command in it: no quote, bracket or line is left open."""
    if text.rstrip("\n").endswith("\\"):
        return False
    return subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True).returncode == 0


def split(block: str, first: int) -> list[tuple[int, str]]:
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
        raise ValueError(f"README line {first}: bash finds no end of {begun[0]!r}")
    return commands


def read(path: Path) -> Readme:
    """All commands in order: those of ```sh blocks, and those in sentences that no block has."""
    readme = Readme()
    inline: list[Command] = []
    section, language, first = "", None, 0
    block: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if language is None and line.startswith("```"):
            language, first, block = line.removeprefix("```").strip(), number + 1, []
        elif language is None:
            if line.startswith("## "):
                section = line.removeprefix("## ")
            spans = re.findall(r"`([^`]+)`", line)
            inline += [Command(number, section, span) for span in spans if INLINE.match(span)]
        elif line.startswith("```"):
            keep(readme, language, "\n".join(block), first, section)
            language = None
        else:
            block.append(line)
    readme.commands = sorted(readme.commands + new_ones(inline, readme.commands), key=lambda command: command.line)
    return readme


def keep(readme: Readme, language: str, block: str, first: int, section: str) -> None:
    if language == "sh":
        readme.commands += [Command(line, section, text) for line, text in split(block, first)]
    elif language == "json":
        readme.json.append(block)
    elif language == "text" and readme.commands and readme.commands[-1].section == section:
        last = readme.commands[-1]
        if not last.sample:
            readme.commands[-1] = Command(last.line, last.section, last.text, block)


def new_ones(inline: list[Command], known: list[Command]) -> list[Command]:
    """Commands of sentences, once each, without those that only name one of a block (`make look`, `sam build`)."""
    blocks = [command.words for command in known]
    new: dict[str, Command] = {}
    for command in inline:
        if not any(words == command.words or words.startswith(f"{command.words} ") for words in blocks):
            new.setdefault(command.words, command)
    return list(new.values())
