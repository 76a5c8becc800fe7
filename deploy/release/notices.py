"""Writes the licences and the copyright notices of every crate that is in the function or the worker.

Most licences ask that a program comes with them. Usage: python3 deploy/release/notices.py > THIRD-PARTY.txt
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = re.compile(r"(licen[cs]e|copying|notice|unlicense|copyright|patents)([._-].*)?", re.IGNORECASE)


def cargo(*arguments: str) -> str:
    return subprocess.run(["cargo", *arguments, "--locked"], stdout=subprocess.PIPE, text=True, check=True).stdout


def linked() -> set[tuple[str, str]]:
    """The names and versions of what is linked, on the machines that a release is for."""
    found: set[tuple[str, str]] = set()
    for target in ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"):
        tree = cargo(
            "tree", "--features", "heic-all", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", target
        )
        found |= {(name, version.removeprefix("v")) for name, version, *_ in (line.split() for line in tree.splitlines())}
    return found


def texts(package: dict[str, Any]) -> list[str]:
    folder = Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and NAMES.fullmatch(path.name))
    return [path.read_text(errors="replace").strip() for path in files]


def main() -> None:
    wanted = linked()
    metadata = json.loads(cargo("metadata", "--all-features", "--format-version", "1"))
    packages = [each for each in metadata["packages"] if (each["name"], each["version"]) in wanted and each["source"]]
    users: dict[str, list[str]] = {}
    for package in sorted(packages, key=lambda each: (each["name"], each["version"])):
        name = f"{package['name']} {package['version']} ({package['license']})"
        # A crate may have no such file; its metadata is then all that it says.
        for text in texts(package) or [f"By {', '.join(package['authors']) or 'its authors'}: {package['repository']}"]:
            users.setdefault(text, []).append(name)
    for text, names in users.items():
        sys.stdout.write(f"{'=' * 80}\n" + "\n".join(dict.fromkeys(names)) + f"\n{'=' * 80}\n\n{text}\n\n")
    print(f"THIRD-PARTY.txt: {len(packages)} crates, {len(users)} texts", file=sys.stderr)


if __name__ == "__main__":
    main()
