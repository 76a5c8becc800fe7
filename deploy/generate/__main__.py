"""Writes the Terraform module and the CDK construct anew from template.yaml, or checks that they are.

    python3 deploy/generate            says which file is not what the template gives, if any
    python3 deploy/generate --write    writes the files
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from template import Template
from terraform import Terraform
from typescript import TypeScript

ROOT = Path(__file__).resolve().parents[2]
HEAD = "Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1"


def files() -> Iterator[tuple[str, str]]:
    """Each file by its path, with what must be in it."""
    template = Template(ROOT / "template.yaml")
    terraform = Terraform(template)
    for name in ("variables", "main", "alarms", "outputs"):
        yield f"deploy/terraform/{name}.tf", f"# {HEAD}\n\n{getattr(terraform, name)()}\n"
    typescript = TypeScript(template)
    for name in ("parameters", "resources"):
        yield f"deploy/cdk/lib/{name}.ts", f"// {HEAD}\n\n{getattr(typescript, name)()}\n"


def main(write: bool) -> None:
    stale = []
    for name, text in files():
        path = ROOT / name
        if write:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.exit(f"Not what template.yaml gives: {', '.join(stale)}. Write them anew: make infrastructure WRITE=1")


if __name__ == "__main__":
    main(write=sys.argv[1:] == ["--write"])
