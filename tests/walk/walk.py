"""`make walk`: a stranger's path. Every command of the README and docs/, in order, as it stands there, run and judged.

Started by run.sh, in the clone, against the local AWS. What a reader fills in, and what the documents say that
each command does, is table.py's; nothing of that is here.
"""

import argparse
import os
import re
import signal
import sys
import time
from pathlib import Path

import documents
from documents import Command, Documents
from plan import Row, Walk, filled, make_variables
from stack import Failed
from table import ROWS, row_of
from terminal import Terminal, end

ITSELF = "make walk"
LIMIT = 3 * 60 * 60.0
LAST_LINES = 40


class Tally:
    def __init__(self) -> None:
        self.did = self.could_not = self.failed = 0

    def line(self, command: Command, seconds: float, outcome: str) -> None:
        first = command.text.splitlines()[0]
        shown = first if len(first) <= 60 else f"{first[:57]}..."
        print(f"{command.line:>5} {shown:<60} {seconds:8.1f} s  {outcome}", flush=True)


def plan(commands: list[Command]) -> list[tuple[Command, Row]]:
    """Each command with its row, in the order in which they are run."""
    rows = [(command, row_of(command)) for command in commands if command.words != ITSELF]
    if unused := [row.knows for row in ROWS if row not in [used for _, used in rows]]:
        raise Failed(f"the walk knows commands that no document has any more: {unused}")
    now = [pair for pair in rows if not pair[1].later]
    for command, row in reversed([pair for pair in rows if pair[1].later]):
        at = next(index for index, (other, _) in enumerate(now) if other.words == row.later)
        now.insert(at + 1, (command, row))
    return now


def start(found: Documents, place: str) -> tuple[int, int]:
    """Where `docs/page.md:line` is, or `docs/page.md`; nothing is the very beginning."""
    document, _, line = place.partition(":")
    if document and document not in found.names:
        raise Failed(f"there is no document {document!r}; there are {', '.join(found.names)}")
    return found.names.index(document) if document else 0, int(line or 0)


def chosen(pairs: list[tuple[Command, Row]], found: Documents, only: str, place: str) -> list[tuple[Command, Row]]:
    """Those that are asked for, and those that they rely on."""
    first = start(found, place)
    wanted = [bool(re.search(only, command.words)) and found.position(command) >= first for command, _ in pairs]
    last = max((index for index, is_wanted in enumerate(wanted) if is_wanted), default=-1)
    sections = {command.section for index, (command, _) in enumerate(pairs) if wanted[index]}

    def relied_on(row: Row) -> bool:
        return any(re.fullmatch(row.needed, section) for section in sections)

    return [pair for index, pair in enumerate(pairs) if wanted[index] or (index < last and relied_on(pair[1]))]


def run_one(walk: Walk, command: Command, row: Row, tally: Tally) -> None:
    began = time.monotonic()
    output = ""
    try:
        if row.cannot and not row.judge:
            tally.could_not += 1
            tally.line(command, 0, f"COULD NOT BE RUN HERE: {row.cannot}")
            return
        if row.before:
            row.before(walk)
        text, said = filled(row, walk, command)
        for each in said:
            walk.note(f"filled in: {each}")
        extra = {**(row.environment(walk) if row.environment else {}), **make_variables(row, walk)}
        if row.variables and walk.quick:
            walk.note(f"smaller: {extra['MAKEFLAGS']}")
        began = time.monotonic()
        if row.watch:
            process = walk.terminal.start(text, extra)
            try:
                outcome = row.watch(walk, command, process)
            finally:
                end(process)
                output = walk.terminal.output()
        else:
            ran = walk.terminal.run(text, extra, row.answers, LIMIT)
            output = ran.output
            if ran.status:
                raise Failed(f"it ended with {ran.status}")
            assert row.judge
            outcome = row.judge(walk, command, ran)
    except Exception as error:  # noqa: BLE001  Whatever it is, the other commands are still to be run.
        tally.failed += 1
        why = str(error) if isinstance(error, Failed) else repr(error)
        tally.line(command, time.monotonic() - began, f"FAILED: {why}")
        print("\n".join(f"      | {line}" for line in output.splitlines()[-LAST_LINES:]), flush=True)
        return
    if row.cannot:
        tally.could_not += 1
        outcome = f"COULD NOT BE RUN HERE: {row.cannot}; {outcome}"
    else:
        tally.did += 1
    tally.line(command, time.monotonic() - began, outcome)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, required=True, help="a folder for whatever the walk needs")
    options.add_argument("--quick", action="store_true", help="smaller sizes of what takes long")
    options.add_argument("--only", default="", help="commands in which this regular expression is found")
    options.add_argument("--from", dest="place", default="", help="commands from this place on, such as docs/deploy.md:40")
    options.add_argument("--list", action="store_true", help="run nothing, and only tell whether all are known")
    asked = options.parse_args()

    # Ended from outside, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = documents.read(Path())
        pairs = plan(found.commands)
        walked = chosen(pairs, found, asked.only, asked.place)
    except Failed as failed:
        print(f"walk FAILED: {failed}", file=sys.stderr)
        return 1
    if asked.list:
        print(f"{len(pairs)} commands of the documents are known")
        return 0
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHONPATH"))}
    walk = Walk(found, Terminal(Path.cwd(), asked.work, environment), asked.work, asked.quick)
    tally, section = Tally(), None
    for command, row in walked:
        if command.section != section and not row.later:
            # A terminal for each section.
            section = command.section
            walk.terminal.anew()
            print(f"\n{section}", flush=True)
        run_one(walk, command, row, tally)
    commands = tally.did + tally.could_not + tally.failed
    print(
        f"\n{commands} commands: {tally.did} did what the documents say, {tally.could_not} could not be run here"
        + (f", {tally.failed} FAILED" if tally.failed else "")
    )
    return 1 if tally.failed or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
