"""A picture that is archived from the start: rejected at once, and given its thumbnail once it is restored."""

from letters import take_dead_letters
from pictures import Picture
from stack import Failed, Stack, wait_until

KEY = "archived.jpg"


def walk(stack: Stack, picture: Picture) -> str:
    """Archives, restores and checks; returns the key of the picture that is then there."""
    stack.upload(KEY, picture.body, StorageClass="GLACIER")
    wait_until("the archived picture's dead letter", 30, lambda: stack.messages(stack.dead_letters) or None)
    letters = take_dead_letters(stack)
    says = [(letter.attributes.get("reason"), letter.attributes.get("key")) for letter in letters]
    if says != [("archived", stack.source_prefix + KEY)]:
        raise Failed(f"the dead letters of an archived picture say {says}")
    if KEY in stack.thumbnails():
        raise Failed("an archived picture, which nobody can read, has a thumbnail")
    stack.s3.restore_object(Bucket=stack.bucket, Key=stack.source_prefix + KEY, RestoreRequest={"Days": 1})
    wait_until("the restored picture's thumbnail", 60, lambda: KEY in stack.thumbnails() or None)
    return KEY
