"""The table in docs/worker.md of what each server does, as it was found out."""

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "worker.md"
FIRST = "| it does |"


def table(answers: dict[str, dict[str, bool | None]]) -> str:
    """A row for each question, and a column for each server."""
    words = {True: "yes", False: "**no**", None: ""}
    rows = [f"{FIRST} {' | '.join(answers)} |", "|---|" + "---|" * len(answers)]
    for what in next(iter(answers.values())):
        rows.append(f"| {what} | {' | '.join(words[of[what]] for of in answers.values())} |")
    return "\n".join(rows) + "\n"


def documented(text: str) -> str:
    """The table as a document has it; empty if it has none."""
    lines = text.splitlines(keepends=True)
    begin = next((at for at, line in enumerate(lines) if line.startswith(FIRST)), len(lines))
    rest = lines[begin:]
    return "".join(rest[: next((at for at, line in enumerate(rest) if not line.startswith("|")), len(rest))])
