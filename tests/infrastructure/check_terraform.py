"""Compares what Terraform plans of the module with what CloudFormation makes of the template.

Terraform plans with its mocked provider, so no account is needed. But it needs Terraform 1.11 or newer,
and the provider's plugin; without them, the module is only parsed, which the output says.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
from cases import CASES, CODE, parameters, refused
from evaluate import ROOT, Evaluator, differences, run

from hcl import TYPES, Blocks, Json, label
from language import Raw
from template import NOTHING, Call, Template, snake
from terraform import Terraform

MODULE = ROOT / "deploy/terraform"
FOLDER = ROOT / "target/infrastructure/terraform"
NAME = "s3-thumbnailer"
PSEUDO = {"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::StackName": NAME}


class Plan:
    """What must be planned, by address."""

    def __init__(self, template: Template, given: dict, mocked: dict[str, dict]):
        self.template, self.mocked = template, mocked
        self.terraform = Terraform(template)
        self.evaluator = Evaluator(template, parameters(template, given), self.refer)

    def refer(self, name: str, attribute: str | None) -> str:
        """A name of the module's own, or what the mocked provider is told to answer."""
        if name in PSEUDO:
            return PSEUDO[name]
        type, itself = TYPES[self.template.resources[name]["Type"]]
        argument = {None: itself, "Arn": "arn", "QueueName": "name"}[attribute]
        _, fields = next(self.terraform.resource(name))
        if argument in fields:
            return self.evaluator.value(fields[argument])
        answer = f"arn:aws:mock:eu-west-1:123456789012:{label(name)}" if argument == "arn" else label(name)
        self.mocked.setdefault(f"{type}.{label(name)}", {})[argument] = answer
        return answer + ":*" if type == "aws_cloudwatch_log_group" else answer

    def resources(self) -> Iterator[tuple[str, Any]]:
        for name, resource in self.template.resources.items():
            if "Condition" in resource and not self.evaluator.condition(resource["Condition"]):
                continue
            for type, fields in self.terraform.resource(name):
                index = "[0]" if "Condition" in resource else ""
                fields = {key: of for key, of in fields.items() if key not in ("count", "lifecycle", "depends_on")}
                yield f"{type}.{label(name)}{index}", self.value(fields)

    def outputs(self) -> dict[str, Any]:
        return {snake(name): self.evaluator.value(of["Value"]) for name, of in self.template.outputs.items()}

    def value(self, value: Any) -> Any:
        if isinstance(value, Blocks):
            return [self.value(one) for one in value]
        if isinstance(value, Json):
            return json.dumps(self.value(value.of))
        if isinstance(value, Raw):
            return {"local.code.s3_bucket": CODE["bucket"], "local.code.s3_key": CODE["key"]}.get(value, NOTHING)
        if isinstance(value, dict):
            values = dict(self.block(key, self.value(of)) for key, of in value.items())
            if "variables" in values:  # The environment's are text.
                values["variables"] = {key: str(of) for key, of in values["variables"].items()}
            return {key: of for key, of in values.items() if of != NOTHING}
        return self.evaluator.value(value)

    def block(self, key: str, value: Any) -> tuple[str, Any]:
        """A dynamic block as the block that it becomes, or as none."""
        if not key.startswith("dynamic "):
            return key, value
        [one] = value
        return key.split('"')[1], one["content"] if one["for_each"] else []


def asked(planned: Any, expected: Any) -> Any:
    """Of all that is planned, what the module sets; the provider adds its own defaults."""
    if isinstance(planned, dict) and isinstance(expected, dict):
        return {key: asked(planned.get(key), of) for key, of in expected.items()}
    if isinstance(planned, list) and isinstance(expected, list) and len(planned) == len(expected):
        return [asked(*pair) for pair in zip(planned, expected)]
    return planned


def tests(template: Template, mocked: dict[str, dict]) -> Iterator[str]:
    """A test for Terraform: the cases, two runs in which variables must be refused, and the examples."""
    hcl = Terraform(template)
    data = {
        "aws_caller_identity": {"account_id": PSEUDO["AWS::AccountId"]},
        "aws_partition": {"partition": PSEUDO["AWS::Partition"]},
        "aws_region": {"id": PSEUDO["AWS::Region"]},
    }
    mocks = [
        *(hcl.block("override_data", {"target": Raw(f"data.{type}.current"), "values": of}) for type, of in data.items()),
        *(hcl.block("override_resource", {"target": Raw(target), "values": of}) for target, of in mocked.items()),
    ]
    yield 'mock_provider "aws" {\n  override_during = plan\n' + "\n".join(mocks) + "\n}"
    runs = [(name, given, []) for name, given in CASES.items()]
    wrong = list(refused(template))
    for name, values in (("wrong", dict(wrong)), ("wrong-otherwise", dict(reversed(wrong)))):
        runs.append((name, {"BucketName": "pictures"} | values, [Raw(f"var.{snake(key)}") for key in values]))
    for name, given, failures in runs:
        variables = {snake(key): of for key, of in given.items()} | {f"code_{key}": CODE[key] for key in ("bucket", "key")}
        fields = {"command": Raw("plan"), "variables": Blocks([variables])}
        yield hcl.block(f'run "{name}"', fields | ({"expect_failures": failures} if failures else {}))
    for example in sorted(MODULE.glob("examples/*")):
        module = {"source": f"./examples/{example.name}"}
        yield hcl.block(f'run "{example.name}-example"', {"command": Raw("plan"), "module": Blocks([module])})


def parsed() -> None:
    files = sorted(MODULE.rglob("*.tf"))
    for file in files:
        with file.open(encoding="utf-8") as text:
            hcl2.load(text)
    print(f"Terraform: {len(files)} files are HCL")


def ready(folder: Path) -> bool:
    """Whether Terraform can plan in a folder; says so if it cannot."""
    if not shutil.which("terraform"):
        print("NOT CHECKED: what Terraform plans, because there is no terraform on the PATH")
        return False
    version = json.loads(run(["terraform", "version", "-json"], ROOT).stdout)["terraform_version"]
    if tuple(map(int, version.split(".")[:2])) < (1, 11):
        print(f"NOT CHECKED: what Terraform plans, because this is Terraform {version}, older than 1.11")
        return False
    run(["terraform", "fmt", "-check", "-recursive", str(MODULE)], ROOT)
    init = ["terraform", "init", "-backend=false", "-input=false", "-no-color"]
    done = subprocess.run(init, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        print(f"NOT CHECKED: what Terraform plans, because it cannot install the provider:\n{done.stderr}")
    return done.returncode == 0


def planned() -> dict[str, dict]:
    """What Terraform plans, by the name of the case."""
    test = ["terraform", "test", "-json", "-verbose"]
    done = subprocess.run(test, cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        sys.exit("\n".join(json.dumps(one["diagnostic"], indent=2) for one in said if one["type"] == "diagnostic"))
    return {one["@testrun"]: one["test_plan"] for one in said if one["type"] == "test_plan"}


def main() -> None:
    parsed()
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(MODULE, FOLDER, ignore=shutil.ignore_patterns(".terraform*"))
    template, mocked = Template(ROOT / "template.yaml"), {}
    expected = {}
    for name, given in CASES.items():
        plan = Plan(template, given, mocked)
        expected[name] = {"resources": dict(plan.resources()), "outputs": plan.outputs()}
    (FOLDER / "check.tftest.hcl").write_text("\n\n".join(tests(template, mocked)) + "\n", encoding="utf-8")
    (FOLDER / "bootstrap.zip").touch()
    if not ready(FOLDER):
        return
    found, plans = [], planned()
    for name, want in expected.items():
        resources = {of["address"]: of["change"]["after"] for of in plans[name]["resource_changes"]}
        outputs = {key: of["after"] for key, of in plans[name]["output_changes"].items()}
        have = {"resources": asked(resources, want["resources"]), "outputs": outputs}
        found += [f"{name}: {one}" for one in differences(want, have)]
        found += [f"{name}: the template has no {one}" for one in resources.keys() - want["resources"].keys()]
    if found:
        sys.exit("\n".join(["Terraform does not plan what template.yaml says:", *found]))
    compared = sum(len(want["resources"]) for want in expected.values())
    print(f"Terraform: {compared} resources in {len(expected)} plans are what template.yaml says")


if __name__ == "__main__":
    main()
