"""What CloudFormation makes of the template's expressions, with given parameters.

The generator never evaluates anything, so this is another way to the same end.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/generate"))

from template import NOTHING, Call, Template, pieces  # noqa: E402


class Evaluator:
    """Evaluates; `refer` says what a name and its attribute stand for: by default, themselves."""

    def __init__(self, template: Template, parameters: dict, refer: Callable[[str, str | None], str] | None = None):
        self.template = template
        self.parameters = parameters
        self.refer = refer or (lambda name, attribute: f"${{{'.'.join(filter(None, (name, attribute)))}}}")

    def condition(self, name: str) -> bool:
        return self.truth(self.template.conditions[name])

    def truth(self, call: Call) -> bool:
        if call.name == "Not":
            return not self.truth(call.of[0])
        if call.name != "Equals":
            raise SystemExit(f"evaluate.py does not know !{call.name}")
        one, other = map(self.value, call.of)
        return one == other

    def value(self, value: Any) -> Any:
        if isinstance(value, Call):
            return self.call(value.name, value.of)
        if isinstance(value, dict):
            values = {key: self.value(of) for key, of in value.items()}
            return {key: of for key, of in values.items() if of != NOTHING}
        if isinstance(value, list):
            return [of for of in map(self.value, value) if of != NOTHING]
        return value

    def call(self, name: str, of: Any) -> Any:
        if name == "Ref":
            if of == NOTHING.of:
                return NOTHING
            return self.parameters[of] if of in self.parameters else self.refer(of, None)
        if name == "GetAtt":
            return self.refer(*of.split("."))
        if name == "If":
            condition, yes, no = of
            return self.value(yes if self.condition(condition) else no)
        if name == "Sub":
            return "".join(str(self.value(piece)) for piece in pieces(of))
        if name == "FindInMap":
            table, row, column = map(self.value, of)
            return self.template.mappings[table][str(row)][column]
        raise SystemExit(f"evaluate.py does not know !{name}")


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[str]:
    """The paths at which two values differ, with both. Text that holds JSON is compared as JSON."""
    if isinstance(expected, str) and isinstance(actual, str) and expected.startswith(("{", "[")):
        try:
            expected, actual = json.loads(expected), json.loads(actual)
        except ValueError:
            pass
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            yield from differences(expected.get(key), actual.get(key), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (one, other) in enumerate(zip(expected, actual)):
            yield from differences(one, other, f"{path}.{index}")
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        yield f"{path.lstrip('.')}: the template gives {expected!r:.300}, not {actual!r:.300}"


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command; what it printed is shown if it fails."""
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done
