"""Writes Terraform's language."""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from language import Language, indented
from template import NOTHING, Call, Notes, snake

# The type of each resource, and what stands for a !Ref to one.
TYPES = {
    "AWS::CloudWatch::Alarm": ("aws_cloudwatch_metric_alarm", "alarm_name"),
    "AWS::CloudWatch::Dashboard": ("aws_cloudwatch_dashboard", "dashboard_name"),
    "AWS::Events::Rule": ("aws_cloudwatch_event_rule", "name"),
    "AWS::IAM::Role": ("aws_iam_role", "name"),
    "AWS::Lambda::EventSourceMapping": ("aws_lambda_event_source_mapping", "uuid"),
    "AWS::Lambda::Function": ("aws_lambda_function", "function_name"),
    "AWS::Lambda::Permission": ("aws_lambda_permission", "id"),
    "AWS::Logs::LogGroup": ("aws_cloudwatch_log_group", "name"),
    "AWS::S3::Bucket": ("aws_s3_bucket", "bucket"),
    "AWS::S3::BucketPolicy": ("aws_s3_bucket_policy", "bucket"),
    "AWS::SQS::Queue": ("aws_sqs_queue", "url"),
    "AWS::SQS::QueuePolicy": ("aws_sqs_queue_policy", "queue_url"),
}

PSEUDO = {
    "AWS::AccountId": "data.aws_caller_identity.current.account_id",
    "AWS::Partition": "data.aws_partition.current.partition",
    "AWS::Region": "data.aws_region.current.id",
    "AWS::StackName": "var.name",
}


class Json(NamedTuple):
    """A value that an argument takes as a string of JSON."""

    of: Any


class Blocks(list):
    """Nested blocks of one name."""

    def __init__(self, blocks: Iterable[dict] = (), notes: Notes | None = None):
        super().__init__(blocks)
        self.notes = notes or {}


class Hcl(Language):
    """How Terraform's language writes values."""

    whole = "module"

    def write(self, value: Any) -> str:
        return f"jsonencode({self.write(value.of)})" if isinstance(value, Json) else super().write(value)

    def called(self, parameter: str) -> str:
        return snake(parameter)

    def condition(self, name: str) -> str:
        return f"local.{snake(name)}"

    def ref(self, name: str) -> str:
        if name in self.template.parameters:
            return f"var.{snake(name)}"
        return PSEUDO.get(name) or self.of(name, TYPES[self.template.resources[name]["Type"]][1])

    def attribute(self, of: str) -> str:
        name, attribute = of.split(".")
        if self.template.resources[name]["Type"] == "AWS::Logs::LogGroup":
            return f'"${{{self.of(name, "arn")}}}:*"'
        return self.of(name, {"Arn": "arn", "QueueName": "name"}[attribute])

    def of(self, name: str, argument: str) -> str:
        """An argument of a resource."""
        one = "[0]" if "Condition" in self.template.resources[name] else ""
        return f"{self.address(name)}{one}.{argument}"

    def address(self, name: str) -> str:
        return f"{TYPES[self.template.resources[name]['Type']][0]}.{label(name)}"

    def lookup(self, of: list) -> str:
        return f"local.{snake(of[0])}[{self.write(of[1])}].{snake(of[2])}"

    def string(self, pieces: list) -> str:
        if len(pieces) == 1 and isinstance(pieces[0], Call):
            return self.write(pieces[0])
        text = "".join(map(self.piece, pieces))
        if text.endswith("\n"):
            return f"<<-EOT\n{indented(text)}EOT"
        return '"' + "".join(self.piece(piece, quoted=True) for piece in pieces) + '"'

    def piece(self, piece: Any, quoted: bool = False) -> str:
        """A part of a string."""
        if not isinstance(piece, str):
            return f"${{{self.write(piece)}}}"
        text = json.dumps(piece, ensure_ascii=False)[1:-1] if quoted else piece
        return text.replace("${", "$${").replace("%{", "%%{")

    def sequence(self, items: list) -> str:
        """Without what a condition leaves out: `compact` does that for strings, `concat` for objects."""
        noted = [(self.notes(items, index), self.write(item)) for index, item in enumerate(items)]
        optional = [isinstance(item, Call) and item.name == "If" for item in items]
        if not any(optional):
            return self.bracketed("[", noted, "]")
        if not any(isinstance(side, dict) for item in items if isinstance(item, Call) for side in item.of[1:]):
            return f"compact({self.bracketed('[', noted, ']')})"
        parts, plain = [], []
        for index, item in enumerate(items):
            if not optional[index]:
                plain.append(noted[index])
                continue
            if plain:
                parts.append(([], self.bracketed("[", plain, "]")))
                plain = []
            condition, yes, no = item.of
            for side, text in ((yes, "{} ? [{}] : []"), (no, "{} ? [] : [{}]")):
                if side != NOTHING:
                    text = text.format(self.condition(condition), self.write(side))
                    parts.append((self.notes(items, index) if side is yes else [], text))
        if plain:
            parts.append(([], self.bracketed("[", plain, "]")))
        return self.bracketed("concat(", parts, ")")

    def mapping(self, fields: dict) -> str:
        entries = [
            (self.notes(fields, key), key if re.fullmatch(r"\w+", key) else f'"{key}"', self.write(of))
            for key, of in fields.items()
        ]
        line = "{ " + ", ".join(f"{key} = {text}" for _, key, text in entries) + " }"
        if len(entries) <= 2 and len(line) <= 80 and "\n" not in line and not any(notes for notes, _, _ in entries):
            return line
        return "{\n" + indented(aligned(entries)) + "\n}"

    def block(self, head: str, fields: dict) -> str:
        """A block: arguments, and nested blocks with an empty line before each."""
        parts, entries = [], []
        for key, value in fields.items():
            if not isinstance(value, Blocks):
                entries.append((self.notes(fields, key), key, self.write(value)))
                continue
            for index, one in enumerate(value):
                if entries:
                    parts.append(aligned(entries))
                    entries = []
                parts.append("\n".join([*self.notes(value, index), self.block(key, one)]))
        if entries:
            parts.append(aligned(entries))
        body = "\n\n".join(parts)
        return f"{head} {{\n{indented(body)}\n}}" if body else f"{head} {{}}"


def aligned(entries: list[tuple[list[str], str, str]]) -> str:
    """Lines of `key = value`, aligned as `terraform fmt` aligns them."""
    lines, group = [], []

    def close() -> None:
        widest = max((len(key) for key, _ in group), default=0)
        lines.extend(f"{key.ljust(widest)} = {text}" for key, text in group)
        group.clear()

    for notes, key, text in entries:
        if notes or "\n" in text:
            close()
        lines.extend(notes)
        group.append((key, text))
        if "\n" in text:
            close()
    close()
    return "\n".join(lines)


def label(name: str) -> str:
    """FaultsAlarm is called faults: its type says that it is an alarm."""
    return snake(name.removesuffix("Alarm"))
