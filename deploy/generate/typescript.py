"""Writes the CDK construct's parameters and resources, in TypeScript.

Each resource of the template becomes the construct of CDK that stands for its type (`Cfn...`), so that
the compiler checks the names and types of all properties.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from language import Language, Raw, indented
from template import NOTHING, Call, Fields, Items, Template, camel, references

PSEUDO = {
    "AWS::AccountId": "Aws.ACCOUNT_ID",
    "AWS::Partition": "Aws.PARTITION",
    "AWS::Region": "Aws.REGION",
    "AWS::StackName": "name",
}

# What is in these keeps its names.
JSON = ("AssumeRolePolicyDocument", "EventPattern", "PolicyDocument", "RedrivePolicy", "Variables")


class TypeScript(Language):
    """The files of the construct that are not written by hand."""

    comment, nothing, equal, whole = "//", "undefined", "===", "construct"

    def called(self, parameter: str) -> str:
        return camel(parameter)

    def condition(self, name: str) -> str:
        return camel(name)

    def ref(self, name: str) -> str:
        if name in self.template.parameters:
            return f"p.{camel(name)}"
        return PSEUDO.get(name) or f"{existing(self.template, name)}.ref"

    def attribute(self, of: str) -> str:
        name, attribute = of.split(".")
        return f"{existing(self.template, name)}.attr{attribute}"

    def lookup(self, of: list) -> str:
        return f"{camel(of[0])}[{self.write(of[1])}].{camel(of[2])}"

    def string(self, pieces: list) -> str:
        if not pieces or pieces == [text for text in pieces if isinstance(text, str) and "\n" not in text]:
            text = json.dumps("".join(pieces), ensure_ascii=False)
            return text if "'" in text or "\\" in text else f"'{text[1:-1]}'"
        if len(pieces) == 1 and isinstance(pieces[0], Call):
            return self.write(pieces[0])
        return "`" + "".join(map(self.piece, pieces)) + "`"

    def piece(self, piece: Any) -> str:
        """A part of a template literal."""
        if isinstance(piece, str):
            return re.sub(r"[\\`]|\$(?=\{)", lambda found: "\\" + found[0], piece)
        return f"${{{self.write(piece)}}}"

    def sequence(self, items: list) -> str:
        """Without what a condition leaves out."""
        return self.bracketed("[", [(self.notes(items, index), self.item(item)) for index, item in enumerate(items)], "]")

    def item(self, item: Any) -> str:
        if isinstance(item, Call) and item.name == "If" and item.of[2] == NOTHING:
            return f"...({self.condition(item.of[0])} ? [{self.write(item.of[1])}] : [])"
        return self.write(item)

    def mapping(self, fields: dict) -> str:
        entries = []
        for key, of in fields.items():
            name = key if re.fullmatch(r"[A-Za-z_]\w*|\d+", key) else f"'{key}'"
            text = self.write(of)
            entries.append((self.notes(fields, key), name if name == text else f"{name}: {text}"))
        return self.bracketed("{ ", entries, " }")

    # --- Files

    def resources(self) -> str:
        conditions = self.template.conditions
        tables = [f"const {camel(name)} = {self.write(camelled(of))};" for name, of in self.template.mappings.items()]
        lines = []
        for name, of in conditions.items():
            lines += [*self.notes(conditions, name), f"const {camel(name)} = {self.equality(of)};"]
        names = list(ordered(self.template.resources))
        parts = [*map(self.resource, names), *filter(None, map(self.options, names))]
        types = [self.template.resources[name]["Type"].split("::")[1].lower() for name in names]
        imports = [f"import * as {type} from 'aws-cdk-lib/aws-{type}';" for type in sorted(set(types))]
        returned = self.bracketed("{ ", [([], constant(name)) for name in names], " }")
        body = "\n\n".join(["\n".join(lines), *parts, f"return {returned};"])
        return "\n".join([
            "import { Aws, CfnDeletionPolicy } from 'aws-cdk-lib';",
            *imports,
            "import { Construct } from 'constructs';",
            "import { Parameters } from './parameters';",
            "",
            *tables,
            "",
            "/** Creates everything; `name` takes the place of the stack's name. */",
            "export function create(",
            "  scope: Construct,",
            "  name: string,",
            "  code: lambda.CfnFunction.CodeProperty,",
            "  p: Required<Parameters>,",
            ") {",
            indented(body),
            "}",
        ])

    def resource(self, name: str) -> str:
        resource = self.template.resources[name]
        _, service, kind = resource["Type"].split("::")
        fields = Fields(resource["Properties"], resource["Properties"].notes)
        if service == "Lambda" and kind == "Function":
            fields = Fields({"Code": Raw("code"), **fields}, fields.notes)
            variables = fields["Environment"]["Variables"]
            fields["Environment"] = {"Variables": {key: self.text(of) for key, of in variables.items()}}
        if "AlarmDescription" in fields:
            fields["AlarmDescription"] = self.rename(fields["AlarmDescription"])
        made = f"new {service.lower()}.Cfn{kind}(scope, '{name}', {self.write(camelled(fields))})"
        if "Condition" in resource:
            made = f"{camel(resource['Condition'])}\n  ? {indented(made).strip()}\n  : undefined"
        return "\n".join([*self.notes(self.template.resources, name), f"const {constant(name)} = {made};"])

    def options(self, name: str) -> str:
        """What else the template says about a resource."""
        resource = self.template.resources[name]
        lines = []
        if "DependsOn" in resource:
            lines.append(f"{constant(name)}.node.addDependency({constant(resource['DependsOn'])});")
        for key in ("DeletionPolicy", "UpdateReplacePolicy"):
            if key in resource:
                policy = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", resource[key]).upper()
                lines.append(f"{constant(name)}.cfnOptions.{key[0].lower()}{key[1:]} = CfnDeletionPolicy.{policy};")
        if lines and "Condition" in resource:
            return f"if ({constant(name)}) {{\n" + indented("\n".join(lines)) + "\n}"
        return "\n".join(lines)

    def text(self, value: Any) -> Any:
        """A value of a variable, which is text."""
        if isinstance(value, Call) and self.template.parameters.get(value.of, {}).get("Type") == "Number":
            return Raw(f"String({self.write(value)})")
        return value

    def parameters(self) -> str:
        """The interface, and what is allowed."""
        interface, allowed = [], {}
        for name, of in self.template.parameters.items():
            default = "" if "Default" not in of else f" Default: {of['Default'] if of['Default'] != '' else 'empty'}."
            description = " ".join(self.rename(of["Description"]).split())
            optional = "?" if default else ""
            interface.append(f"/** {description}{default} */\nreadonly {camel(name)}{optional}: {self.type(of)};")
            allowed[camel(name)] = {
                camel(key): of[key]
                for key in ("Default", "AllowedValues", "AllowedPattern", "ConstraintDescription", "MinValue", "MaxValue")
                if key in of
            }
        return "\n".join([
            "/** The template's parameters. */",
            "export interface Parameters {",
            indented("\n\n".join(interface)),
            "}",
            "",
            "/** What a parameter may be. */",
            "export interface Allowed {",
            "  readonly default?: string | number;",
            "  readonly allowedValues?: (string | number)[];",
            "  readonly allowedPattern?: string;",
            "  readonly constraintDescription?: string;",
            "  readonly minValue?: number;",
            "  readonly maxValue?: number;",
            "}",
            "",
            f"export const PARAMETERS: Record<keyof Parameters, Allowed> = {self.write(allowed)};",
        ])

    def type(self, of: dict) -> str:
        if "AllowedValues" in of:
            return " | ".join(map(self.write, of["AllowedValues"]))
        return of["Type"].lower()


def constant(name: str) -> str:
    """The constant that holds a resource; `function` is a word of the language."""
    return "lambdaFunction" if name == "Function" else camel(name)


def existing(template: Template, name: str) -> str:
    return constant(name) + ("!" if "Condition" in template.resources[name] else "")


def camelled(value: Any) -> Any:
    """The value with its fields' names in camel case, as CDK has them."""
    if isinstance(value, Call) and value.name == "If":
        return Call("If", [value.of[0], *map(camelled, value.of[1:])])
    if isinstance(value, dict):
        notes = {camel(key): of for key, of in getattr(value, "notes", {}).items()}
        return Fields({camel(key): of if key in JSON else camelled(of) for key, of in value.items()}, notes)
    if isinstance(value, list):
        return Items(map(camelled, value), getattr(value, "notes", {}))
    return value


def ordered(resources: dict) -> Iterator[str]:
    """The names of the resources, each after those that it refers to."""
    waiting = {name: set(references(of)) & resources.keys() for name, of in resources.items()}
    while waiting:
        ready = next((name for name, needs in waiting.items() if not needs & waiting.keys()), None)
        if not ready:
            raise SystemExit(f"These resources refer to each other in a circle: {', '.join(waiting)}")
        del waiting[ready]
        yield ready
