"""Writes values and expressions in a language; `hcl.py` and `typescript.py` are the two.

They say how their language writes a reference, a string, a list and an object.
"""

import re
import textwrap

from template import NOTHING, Call, pieces


CALLS = {"Ref": "ref", "GetAtt": "attribute", "Sub": "sub", "If": "if_", "FindInMap": "lookup"}


class Raw(str):
    """Code that is written as it is."""


class Language:
    comment, nothing, equal = "#", "null", "=="

    def __init__(self, template):
        self.template = template

    def write(self, value):
        """The value: its first line without, the others with their indentation."""
        if isinstance(value, Raw):
            return value
        if value == NOTHING:
            return self.nothing
        if isinstance(value, Call):
            return getattr(self, CALLS[value.name])(value.of)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dict):
            return self.object(value)
        if isinstance(value, list):
            return self.list(value)
        return self.string([value]) if isinstance(value, str) else str(value)

    def sub(self, of):
        return self.string(list(pieces(of)))

    def equals(self, of):
        return f" {self.equal} ".join(map(self.write, of))

    def not_(self, of):
        return self.equals(of).replace(self.equal, "!" + self.equal[1:])

    def condition_of(self, expression):
        """A condition's own expression: equal, or not."""
        return self.not_(expression.of[0].of) if expression.name == "Not" else self.equals(expression.of)

    def choice(self, condition, yes, no):
        return f"{self.condition(condition)} ? {yes} : {no}"

    def if_(self, of):
        return self.choice(of[0], self.write(of[1]), self.write(of[2]))

    def rename(self, text):
        """Text for people, in which a parameter has the name that it has in this language."""
        names = "|".join(sorted(self.template.parameters, key=len, reverse=True))
        text = re.sub(rf"\b({names})\b", lambda found: self.called(found[1]), text)
        return text.replace("the stack", f"the {self.whole}")

    def notes(self, of, key):
        """The comment lines of a field or an item."""
        lines = " ".join(getattr(of, "notes", {}).get(key, []))
        return [f"{self.comment} {line}" for line in textwrap.wrap(self.rename(lines), 96)]

    def bracketed(self, opening, items, closing):
        """Items in brackets: (notes, text) each; on one line if they fit there."""
        line = opening + ", ".join(text for _, text in items) + closing
        if len(line) <= 100 and "\n" not in line and not any(notes for notes, _ in items):
            return line
        lines = [line for notes, text in items for line in [*notes, text + ","]]
        return "\n".join([opening.rstrip(), indented("\n".join(lines)), closing.lstrip()])


def indented(text):
    return textwrap.indent(text, "  ")
