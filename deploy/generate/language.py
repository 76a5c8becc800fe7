"""Writes values and expressions in a language; `hcl.py` and `typescript.py` are the two.

They say how their language writes a reference, a string, a list and an object.
"""

import re
import textwrap
from typing import Any

from template import NOTHING, Call, Template, pieces

CALLS = {"Ref": "ref", "GetAtt": "attribute", "Sub": "sub", "If": "if_", "FindInMap": "lookup"}


class Raw(str):
    """Code that is written as it is."""


class Language:
    """What both languages have in common."""

    comment, nothing, equal = "#", "null", "=="

    def __init__(self, template: Template):
        self.template = template

    def write(self, value: Any) -> str:
        """The value: its first line without, the others with their indentation."""
        if isinstance(value, Raw):
            return value
        if value == NOTHING:
            return self.nothing
        if isinstance(value, Call):
            if value.name not in CALLS:
                raise SystemExit(f"language.py does not know !{value.name}")
            return getattr(self, CALLS[value.name])(value.of)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, list):
            return self.sequence(value)
        return self.string([value]) if isinstance(value, str) else str(value)

    def sub(self, of: Any) -> str:
        return self.string(list(pieces(of)))

    def if_(self, of: list) -> str:
        condition, yes, no = of
        return f"{self.condition(condition)} ? {self.write(yes)} : {self.write(no)}"

    def equality(self, call: Call) -> str:
        """What a condition is: !Equals, or !Not of one."""
        operator = self.equal
        if call.name == "Not":
            [call], operator = call.of, "!" + self.equal[1:]
        if call.name != "Equals":
            raise SystemExit(f"language.py does not know !{call.name} in a condition")
        return f" {operator} ".join(map(self.write, call.of))

    def rename(self, text: str) -> str:
        """Text for people, in which a parameter has the name that it has in this language."""
        names = "|".join(sorted(self.template.parameters, key=len, reverse=True))
        text = re.sub(rf"\b({names})\b", lambda found: self.called(found[1]), text)
        return text.replace("the stack", f"the {self.whole}")

    def notes(self, of: Any, key: str | int) -> list[str]:
        """The comment lines of a field or an item."""
        lines = " ".join(getattr(of, "notes", {}).get(key, []))
        return [f"{self.comment} {line}" for line in textwrap.wrap(self.rename(lines), 96)]

    def bracketed(self, opening: str, items: list[tuple[list[str], str]], closing: str) -> str:
        """Items in brackets: (notes, text) each; on one line if they fit there."""
        line = opening + ", ".join(text for _, text in items) + closing
        if len(line) <= 100 and "\n" not in line and not any(notes for notes, _ in items):
            return line
        lines = [line for notes, text in items for line in [*notes, text + ","]]
        return "\n".join([opening.rstrip(), indented("\n".join(lines)), closing.lstrip()])


def indented(text: str) -> str:
    return textwrap.indent(text, "  ")
