"""Compares what `cdk synth` makes of the construct with what CloudFormation makes of the template.

    check_cdk.py node_modules
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from cases import CASES, CODE, conditions_seen, parameters, refused
from evaluate import ROOT, Evaluator, differences, run

from template import Template, camel
from typescript import TypeScript

FOLDER = ROOT / "target/infrastructure/cdk"


def synthesised(modules: Path, template: Template) -> dict[str, dict]:
    """The stacks of `cases.js`, one for each case."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(ROOT / "deploy/cdk", FOLDER, ignore=shutil.ignore_patterns("node_modules", "dist", "cdk.out"))
    shutil.copy(ROOT / "tests/infrastructure/cases.js", FOLDER)
    (FOLDER / "node_modules").symlink_to(modules)
    (FOLDER / "bootstrap.zip").touch()
    cases = {name: {camel(key): of for key, of in given.items()} for name, given in CASES.items()}
    wrong = [[camel(name), value] for name, value in refused(template)]
    (FOLDER / "cases.json").write_text(json.dumps({"cases": cases, "refused": wrong, "code": CODE}))
    environment = {"PATH": f"{modules}/.bin:{os.environ['PATH']}", "CDK_DISABLE_CLI_TELEMETRY": "true"}
    synth = ["cdk", "synth", "--quiet", "--no-notices"]
    run([*synth, "--context", "zip=bootstrap.zip", "--context", "bucketName=pictures"], FOLDER, **environment)
    # The example has compiled the construct, and this uses that.
    said = run([*synth, "--app", "node cases.js", "--output", "cases.out"], FOLDER, **environment)
    if "WARNING" in said.stdout + said.stderr:
        sys.exit(said.stdout + said.stderr)
    example = json.loads((FOLDER / "cdk.out/s3-thumbnailer.template.json").read_text())
    if "AWS::Lambda::Function" not in {of["Type"] for of in example["Resources"].values()}:
        sys.exit("The example's stack has no function")
    return {name: json.loads((FOLDER / f"cases.out/{name}.template.json").read_text()) for name in CASES}


def plain(stack: dict) -> dict[str, dict]:
    """The resources of a stack by the names that the construct gives them, with references in short."""
    names = {key: of["Metadata"]["aws:cdk:path"].split("/", 2)[2] for key, of in stack["Resources"].items()}

    def short(value: Any) -> Any:
        if isinstance(value, list):
            return [short(one) for one in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return f"${{{names.get(value['Ref'], value['Ref'])}}}"
        if set(value) == {"Fn::GetAtt"}:
            name, attribute = value["Fn::GetAtt"]
            return f"${{{names[name]}.{attribute}}}"
        if set(value) == {"Fn::Join"}:
            return value["Fn::Join"][0].join(str(short(piece)) for piece in value["Fn::Join"][1])
        return {key: short(of) for key, of in value.items()}

    resources = {}
    for key, of in stack["Resources"].items():
        of = {key: short(value) for key, value in of.items() if key != "Metadata"}
        if "DependsOn" in of:
            of["DependsOn"] = [names[name] for name in of["DependsOn"]]
        resources[names[key]] = of
    return resources


def expected(template: Template, given: dict) -> dict[str, dict]:
    """The resources that CloudFormation would create of the template."""
    evaluator = Evaluator(template, parameters(template, given))
    rename = TypeScript(template).rename
    resources = {}
    for name, resource in template.resources.items():
        if "Condition" in resource and not evaluator.condition(resource["Condition"]):
            continue
        of = evaluator.value({key: value for key, value in resource.items() if key not in ("Condition", "Metadata")})
        properties = of["Properties"]
        if "DependsOn" in of:
            of["DependsOn"] = [of["DependsOn"]]
        if name == "Function":
            properties["Code"] = {"S3Bucket": CODE["bucket"], "S3Key": CODE["key"], "S3ObjectVersion": CODE["version"]}
            variables = properties["Environment"]["Variables"]
            variables.update({key: str(value) for key, value in variables.items()})
        if "AlarmDescription" in properties:
            properties["AlarmDescription"] = rename(properties["AlarmDescription"])
        resources[name] = of
    return resources


def main(modules: Path) -> None:
    template = Template(ROOT / "template.yaml")
    conditions_seen(template)
    found = []
    compared = 0
    for name, stack in synthesised(modules.resolve(), template).items():
        want, have = expected(template, CASES[name]), plain(stack)
        compared += len(want)
        found += [f"{name}: {one}" for one in differences(want, have)]
    if found:
        sys.exit("\n".join(["The CDK construct is not what template.yaml says:", *found]))
    print(f"CDK: {compared} resources in {len(CASES)} stacks are what template.yaml says, by cdk synth")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
