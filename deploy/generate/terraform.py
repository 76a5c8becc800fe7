"""The Terraform module: which blocks each resource of the template becomes, and its variables and outputs.

A property of CloudFormation is an argument of the same name, in snake case, except where it says so here.
"""

from collections.abc import Callable, Iterator
from typing import Any

from hcl import Blocks, Hcl, Json, label
from language import Raw
from template import NOTHING, Call, Fields, field, snake, words

ARGUMENTS = {
    "AssumeRolePolicyDocument": "assume_role_policy",
    "LogGroupName": "name",
    "MessageRetentionPeriod": "message_retention_seconds",
    "PolicyDocument": "policy",
    "PolicyName": "name",
    "ReceiveMessageWaitTimeSeconds": "receive_wait_time_seconds",
    "VisibilityTimeout": "visibility_timeout_seconds",
}
JSON = ("AssumeRolePolicyDocument", "EventPattern", "PolicyDocument", "RedrivePolicy")
BLOCKS = (
    "DeadLetterConfig",
    "Environment",
    "LoggingConfig",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "ScalingConfig",
    "TracingConfig",
)
# What is known of a resource besides its properties; a bucket's DependsOn is its notification's.
KNOWN = {"Type", "Properties", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}

# The type of a block, or None for that of the resource, and what is in it.
Made = Iterator[tuple[str | None, Fields]]


class Terraform(Hcl):
    """The files of the module."""

    def resource(self, name: str) -> Iterator[tuple[str, Fields]]:
        """The blocks of a resource, each with its type."""
        resource = self.template.resources[name]
        if unknown := resource.keys() - KNOWN - ({"DependsOn"} if name == "Bucket" else set()):
            raise SystemExit(f"terraform.py does not know {', '.join(unknown)} of {name}")
        properties = Fields(resource["Properties"], resource["Properties"].notes)
        kind = resource["Type"].removeprefix("AWS::").replace("::", "_").lower()
        for type, fields in getattr(self, kind, self.other)(name, properties):
            type = type or self.address(name).split(".")[0]
            if "Condition" in resource:
                count = Raw(f"{self.condition(resource['Condition'])} ? 1 : 0")
                fields = Fields({"count": count, **fields}, fields.notes)
            if "DeletionPolicy" in resource:
                fields["lifecycle"] = Blocks([{"prevent_destroy": True}])
            yield type, fields

    def fields(self, properties: dict, **first) -> Fields:
        """Arguments and nested blocks."""
        fields = Fields(first)
        for key, value in properties.items():
            name = ARGUMENTS.get(key, snake(key))
            if key in getattr(properties, "notes", {}):
                fields.notes[name] = properties.notes[key]
            if key in JSON:
                value = Json(value)
            if key in BLOCKS and isinstance(value, Call):
                name, value = self.dynamic(name, *value.of)
            fields[name] = Blocks([self.fields(value)]) if key in BLOCKS else value
        return fields

    def dynamic(self, name: str, condition: str, yes: Any, no: Any) -> tuple[str, Fields]:
        """A block that is there under a condition only."""
        there, content = (["this"], []), yes
        if yes == NOTHING:
            there, content = ([], ["this"]), no
        for_each = Call("If", [condition, *there])
        return f'dynamic "{name}"', Fields({"for_each": for_each, "content": Blocks([self.fields(content)])})

    def other(self, _: str, properties: Fields) -> Made:
        yield None, self.fields(properties)

    def sqs_queue(self, name: str, properties: Fields) -> Made:
        yield None, self.fields(properties, name=named(name))

    def sqs_queuepolicy(self, _: str, properties: Fields) -> Made:
        [queue] = properties.pop("Queues")
        yield None, self.fields(properties, queue_url=queue)

    def cloudwatch_alarm(self, name: str, properties: Fields) -> Made:
        properties["AlarmDescription"] = self.rename(properties["AlarmDescription"])
        properties["Dimensions"] = {one["Name"]: one["Value"] for one in properties["Dimensions"]}
        yield None, self.fields(properties, alarm_name=named(name))

    def events_rule(self, name: str, properties: Fields) -> Made:
        [target] = properties.pop("Targets")
        target = Fields(target, target.notes)
        yield None, self.fields(properties, name=named(name))
        yield "aws_cloudwatch_event_target", self.fields(target, rule=Call("Ref", name), target_id=target.pop("Id"))

    def iam_role(self, name: str, properties: Fields) -> Made:
        [policy] = properties.pop("Policies")
        # A prefix: names of roles are unique in an account, not in a region.
        yield None, self.fields(properties, name_prefix=Call("Sub", "${AWS::StackName}-"))
        yield "aws_iam_role_policy", self.fields(policy, role=Call("Ref", name))

    def lambda_function(self, name: str, properties: Fields) -> Made:
        recursion = Fields({"RecursiveLoop": properties.pop("RecursiveLoop")}, properties.notes)
        code = {key: Raw(f"local.code.{key}") for key in ("filename", "source_code_hash", "s3_bucket", "s3_key")}
        yield None, self.fields(properties, function_name=Call("Ref", "AWS::StackName"), **code)
        yield "aws_lambda_function_recursion_config", self.fields(recursion, function_name=Call("Ref", name))

    def lambda_eventsourcemapping(self, _: str, properties: Fields) -> Made:
        fields = self.fields(properties)
        # Lambda refuses a queue that the role may not read yet.
        fields["depends_on"] = [Raw("aws_iam_role_policy.role")]
        yield None, fields

    def s3_bucket(self, name: str, properties: Fields) -> Made:
        def part(type: str, **fields) -> tuple[str, Fields]:
            return f"aws_s3_bucket_{type}", Fields({"bucket": Call("Ref", name), **fields})

        yield None, Fields({"bucket": properties.pop("BucketName")})
        yield part("public_access_block", **self.fields(properties.pop("PublicAccessBlockConfiguration")))
        [ownership] = properties.pop("OwnershipControls")["Rules"]
        yield part("ownership_controls", rule=Blocks([self.fields(ownership)]))
        [encryption] = properties.pop("BucketEncryption")["ServerSideEncryptionConfiguration"]
        default = {
            "sse_algorithm": field(encryption, "ServerSideEncryptionByDefault", "SSEAlgorithm"),
            "kms_master_key_id": field(encryption, "ServerSideEncryptionByDefault", "KMSMasterKeyID"),
        }
        rule = {
            "apply_server_side_encryption_by_default": Blocks([default]),
            "bucket_key_enabled": field(encryption, "BucketKeyEnabled"),
        }
        yield part("server_side_encryption_configuration", rule=Blocks([rule]))
        rules = properties.pop("LifecycleConfiguration")["Rules"]
        yield part("lifecycle_configuration", rule=Blocks(map(self.lifecycle_rule, rules)))
        queues = properties.pop("NotificationConfiguration")["QueueConfigurations"]
        waits = [Raw(self.address(self.template.resources[name]["DependsOn"]))]
        yield part("notification", queue=Blocks(map(self.notification, queues), queues.notes), depends_on=waits)
        if properties:
            raise SystemExit(f"terraform.py does not know these properties of a bucket: {', '.join(properties)}")

    def lifecycle_rule(self, rule: dict) -> Fields:
        fields = self.fields({key: of for key, of in rule.items() if key != "AbortIncompleteMultipartUpload"})
        # An empty filter: every object.
        abort = self.fields(rule["AbortIncompleteMultipartUpload"])
        return Fields({**fields, "filter": Blocks([{}]), "abort_incomplete_multipart_upload": Blocks([abort])})

    def notification(self, queue: dict) -> Fields:
        prefix = field(queue.get("Filter", NOTHING), "S3Key", "Rules", 0, "Value")
        return Fields({"queue_arn": queue["Queue"], "events": [queue["Event"]], "filter_prefix": prefix})

    # --- Variables and outputs

    def variable(self, name: str, of: dict) -> tuple[str, Fields]:
        fields = Fields({
            "description": " ".join(self.rename(of["Description"]).split()),
            "type": Raw(of["Type"].lower()),
        })
        if "Default" in of:
            fields["default"] = of["Default"]
        fields["nullable"] = False
        fields["validation"] = Blocks(self.validations(snake(name), of))
        return f'variable "{snake(name)}"', fields

    def validations(self, name: str, of: dict) -> Iterator[dict]:
        """What CloudFormation checks of a parameter."""
        value = f"var.{name}"
        if "AllowedValues" in of:
            choices = ", ".join(str(choice) or "empty" for choice in of["AllowedValues"])
            yield validation(f"contains({self.write(of['AllowedValues'])}, {value})", name, f"not one of: {choices}")
        if "AllowedPattern" in of:
            pattern = self.write(f"^({of['AllowedPattern']})$")
            yield validation(f"can(regex({pattern}, {value}))", name, f"which is not allowed: {of['ConstraintDescription']}")
        if "MinValue" in of:
            least, most = of["MinValue"], of["MaxValue"]
            yield validation(f"{value} >= {least} && {value} <= {most}", name, f"not from {least} to {most}")

    # --- Files

    def variables(self) -> str:
        parameters = self.template.parameters.items()
        return "\n\n".join(self.block(*self.variable(name, of)) for name, of in parameters)

    def main(self) -> str:
        data = [f'data "aws_{of}" "current" {{}}' for of in ("partition", "caller_identity", "region")]
        return "\n".join(data) + "\n\n" + self.locals() + "\n\n" + self.resources(lambda kind: not watches(kind))

    def alarms(self) -> str:
        return self.resources(watches)

    def locals(self) -> str:
        conditions = Fields(notes={snake(key): of for key, of in self.template.conditions.notes.items()})
        for name, of in self.template.conditions.items():
            conditions[snake(name)] = Raw(self.equality(of))
        tables = {
            snake(name): {key: {snake(of): value for of, value in row.items()} for key, row in table.items()}
            for name, table in self.template.mappings.items()
        }
        return self.block("locals", conditions) + "\n\n" + self.block("locals", Fields(tables))

    def resources(self, chosen: Callable[[str], bool]) -> str:
        texts = []
        for name, resource in self.template.resources.items():
            if chosen(resource["Type"]):
                blocks = [
                    self.block(f'resource "{type}" "{label(name)}"', fields) for type, fields in self.resource(name)
                ]
                texts.append("\n".join([*self.notes(self.template.resources, name), "\n\n".join(blocks)]))
        return "\n\n".join(texts)

    def outputs(self) -> str:
        return "\n\n".join(
            self.block(f'output "{snake(name)}"', {"description": self.rename(of["Description"]), "value": of["Value"]})
            for name, of in self.template.outputs.items()
        )


def watches(type: str) -> bool:
    return type.startswith("AWS::CloudWatch::")


def validation(condition: str, name: str, but: str) -> dict:
    return {"condition": Raw(condition), "error_message": Raw(f'"{name} is ${{var.{name}}}, {but.rstrip(".")}."')}


def named(name: str) -> Call:
    """A name in the account: the module's, with what the resource is."""
    return Call("Sub", "${AWS::StackName}-" + "-".join(words(name)).lower())
