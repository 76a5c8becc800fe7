"""What the table says of one command, and what its judges are given. No command is named here."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents import Command, Documents
from stack import Failed
from terminal import Ran, Terminal


@dataclass
class Walk:
    """Where the walk is, and what the reader has there."""

    documents: Documents
    terminal: Terminal
    work: Path
    quick: bool
    kept: dict[str, Any] = field(default_factory=dict)
    """What one judge leaves for another."""

    @property
    def folder(self) -> Path:
        """The clone."""
        return self.terminal.folder

    @property
    def home(self) -> Path:
        """The reader's home, where ~/Pictures is."""
        return self.work / "home"

    def do(self, what: str, command: str, answers: Mapping[str, str] | None = None) -> Ran:
        """A command that a document's text has the reader run, or leaves to them; it must succeed."""
        print(f"      the reader: {what}", flush=True)
        ran = self.terminal.run(command, {}, answers or {}, 3600)
        if ran.status:
            raise Failed(f"{what} failed:\n{ran.output}")
        return ran

    def note(self, what: str) -> None:
        print(f"      {what}", flush=True)


Judge = Callable[[Walk, Command, Ran], str]
"""Says what was seen, or raises `Failed`."""
Watcher = Callable[[Walk, Command, subprocess.Popen[bytes]], str]
"""The same of a command that runs on; the walk ends it afterwards."""
Value = str | Callable[[Walk], str]


@dataclass(frozen=True)
class Row:
    """A command, by a regular expression for the whole of it on one line, and how it is judged."""

    knows: str
    judge: Judge | None = None
    watch: Watcher | None = None
    fill: Mapping[str, Value] = field(default_factory=dict)
    """What a reader replaces in the command, and by what."""
    before: Callable[[Walk], None] | None = None
    """What a reader has or does before, by what the document says around the command."""
    environment: Callable[[Walk], Mapping[str, str]] | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    """What to say to which question; all others are answered by Enter."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables for make that make it smaller with QUICK=1."""
    needed: str = ""
    """The sections (`docs/page.md#Heading`) whose commands rely on it: it is run even where only those are asked for."""
    later: str = ""
    """Run after this command instead of in its place, for the reason that it gives."""
    cannot: str = ""
    """Why it cannot be run here. With a judge, something less is done, which that says."""


def filled(row: Row, walk: Walk, command: Command) -> tuple[str, list[str]]:
    """The command as the reader would type it, and what was filled in."""
    text, said = command.text, []
    for placeholder, value in row.fill.items():
        value = value(walk) if callable(value) else value
        if placeholder not in text:
            raise Failed(f"there is no {placeholder!r} to fill in")
        if value != placeholder:
            text = text.replace(placeholder, value)
            said.append(f"{placeholder} is {value or '(left out)'}")
    return text, said


def make_variables(row: Row, walk: Walk) -> dict[str, str]:
    if not (walk.quick and row.variables):
        return {}
    values = {name: value.replace(" ", r"\ ") for name, value in row.variables.items()}
    return {"MAKEFLAGS": " ".join(["--", *(f"{name}={value}" for name, value in values.items())])}


def expect(output: str, *pieces: str) -> None:
    """Fails unless each piece is somewhere in the output."""
    missing = [piece for piece in pieces if piece not in output]
    if missing:
        raise Failed(f"nothing says {missing}")


def exists(path: Path) -> Path:
    if not path.exists():
        raise Failed(f"there is no {path.name} where it should be: {path}")
    return path


def environment(walk: Walk) -> Mapping[str, str]:
    """For commands that name `~`: the reader's home, with Rust where it is."""
    home = Path.home()
    return {
        "HOME": str(walk.home),
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
    }
