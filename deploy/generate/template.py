"""Reads template.yaml: its values, its expressions and its comments.

An expression of CloudFormation becomes a `Call`. The function of SAM becomes the two resources that it
stands for. Where its code comes from is left out: `deploy/terraform/code.tf` and
`deploy/cdk/lib/thumbnailer.ts` say that, each in its tool's own way.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml


# Comment lines, by the name of a field or the index of an item.
Notes = dict[str | int, list[str]]


class Call(NamedTuple):
    """An expression, such as !Ref Queue: Call("Ref", "Queue")."""

    name: str
    of: Any


NOTHING = Call("Ref", "AWS::NoValue")


class Fields(dict):
    """The fields of a mapping, and the comments above and after them."""

    def __init__(self, fields: Any = (), notes: Notes | None = None):
        super().__init__(fields)
        self.notes = notes or {}


class Items(list):
    """The items of a sequence, and the comments above and after them."""

    def __init__(self, items: Iterable = (), notes: Notes | None = None):
        super().__init__(items)
        self.notes = notes or {}


class Template:
    """What the template says, in plain CloudFormation."""

    def __init__(self, path: Path):
        self.lines = path.read_text(encoding="utf-8").splitlines()
        whole = self._value(yaml.compose("\n".join(self.lines), yaml.SafeLoader))
        self.parameters = whole["Parameters"]
        self.mappings = whole["Mappings"]
        self.outputs = whole["Outputs"]
        self.resources = Fields(notes=whole["Resources"].notes)
        for name, resource in whole["Resources"].items():
            self.resources.update(_plain(name, resource))
        self.conditions = whole["Conditions"]

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            value = Fields()
            for key, of in node.value:
                value[key.value] = self._value(of)
                self._note(value, key.value, "", key, of)
        elif isinstance(node, yaml.SequenceNode):
            value = Items()
            for index, of in enumerate(node.value):
                value.append(self._value(of))
                self._note(value, index, "-", of, of)
        else:
            loader = yaml.SafeLoader("")
            tag = node.tag if node.tag.startswith("tag:yaml.org") else "tag:yaml.org,2002:str"
            value = loader.construct_object(yaml.ScalarNode(tag, node.value), deep=True)
        return Call(node.tag[1:], value) if node.tag.startswith("!") else value

    def _note(self, value: Fields | Items, key: str | int, before: str, start: yaml.Node, end: yaml.Node) -> None:
        """The comment above `start`, if only `before` stands before it, and the one after `end`."""
        line = start.start_mark.line
        notes: list[str] = []
        if self.lines[line][: start.start_mark.column].strip() == before:
            above = line - 1
            while self.lines[above].strip().startswith("#"):
                notes.insert(0, self.lines[above].strip(" #-"))
                above -= 1
        after = re.match(r" +# (.*)", self.lines[end.end_mark.line][end.end_mark.column :])
        if after and isinstance(end, yaml.ScalarNode):
            notes.append(after[1])
        if notes:
            value.notes[key] = notes


def _plain(name: str, resource: dict) -> dict[str, dict]:
    """A resource as it is, or the function as the resources that SAM makes of it."""
    if resource["Type"] != "AWS::Serverless::Function":
        return {name: resource}
    properties = Fields(resource["Properties"], resource["Properties"].notes)
    properties.pop("CodeUri")
    properties["TracingConfig"] = {"Mode": properties.pop("Tracing")}
    events = properties.pop("Events")
    plain = {name: {**resource, "Type": "AWS::Lambda::Function", "Properties": properties}}
    for event, of in events.items():
        source = Fields(of["Properties"], of["Properties"].notes)
        queue = source.pop("Queue")
        mapping = Fields({"EventSourceArn": queue, "FunctionName": Call("Ref", name), **source}, source.notes)
        plain[event] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    return plain


def field(value: Any, *path: str | int) -> Any:
    """What `path` leads to, also through conditions; NOTHING if it leads nowhere."""
    if isinstance(value, Call) and value.name == "If":
        condition, yes, no = value.of
        yes, no = field(yes, *path), field(no, *path)
        return yes if yes == no else Call("If", [condition, yes, no])
    if not path or value == NOTHING:
        return value
    step, *rest = path
    found = value[step] if isinstance(value, list) else value.get(step, NOTHING)
    return field(found, *rest)


def pieces(sub: str | list) -> Iterator[str | Call]:
    """What is in a !Sub, in order: text, and expressions."""
    text, values = sub if isinstance(sub, list) else (sub, {})
    for index, piece in enumerate(re.split(r"\$\{([^}]+)\}", text)):
        if index % 2 == 0:
            if piece:
                yield piece
        elif piece in values:
            yield values[piece]
        else:
            yield Call("GetAtt", piece) if "." in piece else Call("Ref", piece)


def words(name: str) -> list[str]:
    """The words of a name: MaxSourceBytes has Max, Source and Bytes."""
    return re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z]?[a-z0-9]+|[A-Z]+", name)


def snake(name: str) -> str:
    return "_".join(words(name)).lower()


def camel(name: str) -> str:
    first, *rest = words(name)
    return first.lower() + "".join(word.capitalize() for word in rest)


def references(value: Any) -> Iterator[str]:
    """The names of everything that a value refers to."""
    if isinstance(value, Call):
        if value.name in ("Ref", "GetAtt"):
            yield value.of.split(".")[0]
        value = list(pieces(value.of)) if value.name == "Sub" else value.of
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)
