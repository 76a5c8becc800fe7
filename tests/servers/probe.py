"""What a server does, found out by asking it. Nothing here fails a run: the answers are a table."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote_plus

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from servers import Server, metadata

Asked = TypeVar("Asked")

BUCKET = "probes"
WRONG_ETAG = '"00000000000000000000000000000000"'
WAIT_SECONDS = 5

# The rows of the table, in order: questions to a server's S3, to its S3 with a queue, and to its SQS.
S3: dict[str, Callable[[Any], bool]] = {}
NOTIFICATIONS: dict[str, Callable[[Any, Any], bool]] = {}
SQS: dict[str, Callable[[Any], bool]] = {}
CREATED = "sends notifications of uploads"
REMOVED = "sends notifications of deletions"
ENCODED = "encodes the keys in notifications"


def row(rows: dict[str, Asked], what: str) -> Callable[[Asked], Asked]:
    """Makes a function the question of a row."""

    def add(asked: Asked) -> Asked:
        rows[what] = asked
        return asked

    return add


def probe(server: Server, queues: Server) -> dict[str, bool | None]:
    """The answers by row; `None` where a question makes no sense."""
    s3, sqs = server.client("s3"), queues.client("sqs")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    answers: dict[str, bool | None] = {what: answer(asked, s3) for what, asked in S3.items()}
    answers |= {what: answer(asked, s3, sqs) for what, asked in NOTIFICATIONS.items()}
    if not answers[CREATED]:
        answers[ENCODED] = None
    answers |= {what: answer(asked, sqs) if server is queues else None for what, asked in SQS.items()}
    return answers


def answer(asked: Callable[..., bool], *clients: Any) -> bool:
    """A server that refuses the question, or whose answer cannot be read, cannot do what it asks for."""
    try:
        return asked(*clients)
    except (BotoCoreError, ClientError, ResponseParserError, LookupError):
        return False


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether a call fails because its condition does not hold."""
    try:
        call(Bucket=BUCKET, **arguments)
    except ClientError as error:
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 412)
    return False


def put(s3: Any, key: str, body: bytes = b"body", **arguments: Any) -> str:
    etag: str = s3.put_object(Bucket=BUCKET, Key=key, Body=body, **arguments)["ETag"]
    return etag


def listed(s3: Any, prefix: str) -> list[str]:
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"] for item in page.get("Contents", [])]


@row(S3, "an upload only if the key is free (`If-None-Match: *`)")
def if_free(s3: Any) -> bool:
    put(s3, "free", IfNoneMatch="*")
    return refused(s3.put_object, Key="free", Body=b"again", IfNoneMatch="*")


@row(S3, "an upload only over a certain ETag (`If-Match`)")
def if_match(s3: Any) -> bool:
    etag = put(s3, "match")
    if not refused(s3.put_object, Key="match", Body=b"again", IfMatch=WRONG_ETAG):
        return False
    put(s3, "match", b"again", IfMatch=etag)
    return True


@row(S3, "a deletion only of a certain ETag (`If-Match`)")
def delete_if_match(s3: Any) -> bool:
    put(s3, "delete")
    return refused(s3.delete_object, Key="delete", IfMatch=WRONG_ETAG) and listed(s3, "delete") == ["delete"]


@row(S3, "lists of keys that XML cannot hold (`encoding-type=url`)")
def odd_keys(s3: Any) -> bool:
    keys = ["odd/a\x07.jpg", "odd/b\ufffe.jpg", "odd/c+d e%.jpg"]
    for key in keys:
        put(s3, key)
    return listed(s3, "odd/") == keys


@row(S3, "keys of 1,024 bytes")
def long_keys(s3: Any) -> bool:
    key = "/".join(["long", *["x" * 200] * 5])[:1024].ljust(1024, "y")
    put(s3, key)
    return listed(s3, "long/") == [key]


@row(S3, "a key `a` beside a key `a/b`")
def file_and_folder(s3: Any) -> bool:
    put(s3, "beside")
    put(s3, "beside/below")
    return listed(s3, "beside") == ["beside", "beside/below"]


@row(S3, "the MD5 of the body as ETag")
def md5(s3: Any) -> bool:
    return put(s3, "md5").strip('"') == hashlib.md5(b"body").hexdigest()  # noqa: S324


@row(S3, "metadata and `Cache-Control`")
def kept_metadata(s3: Any) -> bool:
    put(s3, "metadata", Metadata={"source-etag": "e"}, CacheControl="max-age=60")
    head = s3.head_object(Bucket=BUCKET, Key="metadata")
    return metadata(head) == {"source-etag": "e"} and head.get("CacheControl") == "max-age=60"


def queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def receive(sqs: Any, url: str, **arguments: Any) -> list[dict[str, Any]]:
    answered = sqs.receive_message(
        QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, AttributeNames=["All"], **arguments
    )
    messages: list[dict[str, Any]] = answered.get("Messages", [])
    return messages


def notified(s3: Any, sqs: Any, name: str, event: str, key: str, act: Callable[[], Any]) -> list[str]:
    """The keys that notifications name once `act` has changed `key`."""
    url, arn = queue(sqs, name)
    configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": [event]}]}
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)
    act()
    found: list[str] = []
    deadline = time.monotonic() + WAIT_SECONDS
    while not found and time.monotonic() < deadline:
        for message in receive(sqs, url):
            records = json.loads(message["Body"]).get("Records", [])
            found += [record["s3"]["object"]["key"] for record in records]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


@row(NOTIFICATIONS, CREATED)
def created(s3: Any, sqs: Any) -> bool:
    return notified(s3, sqs, "created", "s3:ObjectCreated:*", "up", lambda: put(s3, "up")) == ["up"]


@row(NOTIFICATIONS, REMOVED)
def removed(s3: Any, sqs: Any) -> bool:
    put(s3, "down")

    def act() -> None:
        s3.delete_object(Bucket=BUCKET, Key="down")

    return notified(s3, sqs, "removed", "s3:ObjectRemoved:*", "down", act) == ["down"]


@row(NOTIFICATIONS, ENCODED)
def encoded(s3: Any, sqs: Any) -> bool:
    key = "c+d e%.jpg"
    return notified(s3, sqs, "encoded", "s3:ObjectCreated:*", key, lambda: put(s3, key)) == [quote_plus(key)]


@row(SQS, "counts how often a message was received")
def counts(sqs: Any) -> bool:
    url, _ = queue(sqs, "counts")
    sqs.send_message(QueueUrl=url, MessageBody="message")
    seen = []
    for _ in range(2):
        [message] = receive(sqs, url, VisibilityTimeout=30) or [{}]
        seen.append(message.get("Attributes", {}).get("ApproximateReceiveCount"))
        if "ReceiptHandle" in message:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return seen == ["1", "2"]


@row(SQS, "moves a message to the dead-letter queue after its last delivery")
def gives_up(sqs: Any) -> bool:
    dead, arn = queue(sqs, "gives-up-dead")
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url, _ = queue(sqs, "gives-up", RedrivePolicy=redrive)
    sqs.send_message(QueueUrl=url, MessageBody="message")
    [message] = receive(sqs, url, VisibilityTimeout=30) or [{}]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return not receive(sqs, url) and len(receive(sqs, dead)) == 1
