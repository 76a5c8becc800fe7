"""What is in a dead-letter queue."""

from dataclasses import dataclass

from stack import Stack


@dataclass(frozen=True)
class DeadLetter:
    """A message as it was found in the dead-letter queue."""

    body: str
    attributes: dict[str, str]


def take_dead_letters(stack: Stack) -> list[DeadLetter]:
    """Takes every message out of the dead-letter queue."""
    letters: list[DeadLetter] = []
    receive = {"QueueUrl": stack.dead_letters, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    while messages := stack.sqs.receive_message(**receive).get("Messages"):
        for message in messages:
            values = message.get("MessageAttributes", {})
            attributes = {name: value["StringValue"] for name, value in values.items()}
            letters.append(DeadLetter(message["Body"], attributes))
            stack.sqs.delete_message(QueueUrl=stack.dead_letters, ReceiptHandle=message["ReceiptHandle"])
    return letters
