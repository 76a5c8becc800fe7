"""Prints the notes of a release: what CHANGELOG.md says of a version.

Usage: python3 deploy/release/notes.py VERSION [TAG] < CHANGELOG.md. With a tag, which must be v and the version, the
version must be there; without one, what is not released yet stands in for it.
"""

import re
import sys


def sections(changelog: str) -> dict[str, str]:
    """What each version's heading is followed by."""
    pieces = re.split(r"^## \[(.+?)\].*\n", changelog, flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def notes(changelog: str, version: str, tag: str = "") -> str:
    found = sections(changelog)
    if tag and tag != f"v{version}":
        raise SystemExit(f"notes.py: the tag is {tag}, and Cargo.toml's version is {version}")
    text = found.get(version) or ("" if tag else found.get("Unreleased", ""))
    if not text:
        raise SystemExit(f"notes.py: CHANGELOG.md says nothing of {version}; it has {', '.join(found)}")
    return text + "\n"


if __name__ == "__main__":
    sys.stdout.write(notes(sys.stdin.read(), *sys.argv[1:]))
