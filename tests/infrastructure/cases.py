"""The deployments that are compared, by the template's parameters, and values that must be refused."""

from collections.abc import Iterator

from evaluate import Evaluator

from template import Template

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:"

# Together, these make every condition of the template true and false.
CASES = {
    "new-bucket": {"BucketName": "pictures"},
    "existing-bucket": {
        "BucketName": "pictures",
        "BucketMode": "existing",
        "ThumbnailTags": "a=b",
        "ThumbnailAcl": "bucket-owner-full-control",
        "Timeout": 900,
        "MaxPixels": 4294967296,
        "AlarmTopicArn": TOPIC + "alarms",
        "NoticeTopicArn": TOPIC + "notices",
        "Tracing": "Active",
        "CanaryMinutes": 15,
        "MinimumPollers": 2,
        "EventBus": "arn:aws:events:eu-west-1:123456789012:event-bus/pictures",
        "ThumbnailRules": '[{"outputs": {"${a}": {"width": 9}}}]',
    },
    "two-buckets": {
        "BucketName": "pictures",
        "SourcePrefix": "/",
        "ThumbnailBucket": "thumbnails",
        "ThumbnailPrefix": "/",
        "KmsKeyArn": KEY,
        "ThumbnailEncryption": "aws:kms",
        "ThumbnailKmsKey": KEY.replace("1234abcd", "abcd1234"),
        "Architecture": "x86_64",
    },
}

CODE = {"bucket": "code", "key": "1.zip", "version": "v1"}


def parameters(template: Template, given: dict) -> dict:
    """All parameters, with their defaults."""
    unknown = given.keys() - template.parameters.keys()
    if unknown:
        raise SystemExit(f"cases.py names parameters that the template does not have: {unknown}")
    return {name: of.get("Default") for name, of in template.parameters.items()} | given


def conditions_seen(template: Template) -> None:
    """Fails unless every condition is true in one case and false in another."""
    for name in template.conditions:
        seen = {Evaluator(template, parameters(template, given)).condition(name) for given in CASES.values()}
        if seen != {True, False}:
            raise SystemExit(f"{name} is {seen} in all cases of cases.py, which must show both")


def refused(template: Template) -> Iterator[tuple[str, str | int]]:
    """Pairs of a parameter and a value that CloudFormation refuses."""
    for name, of in template.parameters.items():
        if "AllowedValues" in of:
            yield name, -1 if of["Type"] == "Number" else "nonsense"
        if "AllowedPattern" in of:
            yield name, "!"
        if "MinValue" in of:
            yield name, of["MinValue"] - 1
            yield name, of["MaxValue"] + 1
