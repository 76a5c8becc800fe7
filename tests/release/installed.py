"""What must follow once a release is installed. Started by run.sh, against the local AWS.

check.py of tests/e2e checks everything that a stack does; this one only that what was installed works.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from check import check_thumbnail, wait_for_aws
from pictures import draw
from stack import Failed, Stack, wait_until

PICTURES = 20
# Long enough for a worker that starts on a busy machine.
SECONDS = 60


def upload(stack: Stack, numbers: range) -> None:
    """Uploads pictures, and fails unless each has its thumbnail soon."""
    pictures = [draw(number) for number in numbers]
    with ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(lambda picture: stack.upload(picture.key, picture.body), pictures))
    keys = {picture.key for picture in pictures}
    wait_until("a thumbnail of every picture", SECONDS, lambda: keys <= stack.thumbnails() or None)
    for picture, etag in zip(pictures, etags, strict=True):
        check_thumbnail(stack, picture, etag)
    wait_until("the queue empty", SECONDS, stack.is_quiet)
    if dead := stack.messages(stack.dead_letters):
        raise Failed(f"{dead} messages about good pictures are in the dead-letter queue")


def stop_function(stack: Stack) -> None:
    """Leaves the queue to the worker."""
    client = boto3.client("lambda")
    for mapping in client.list_event_source_mappings(FunctionName=stack.function)["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def settings(stack: Stack) -> dict[str, str]:
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=stack.function)
    return dict(configuration["Environment"]["Variables"])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--aws-log", type=Path, required=True)
    options.add_argument("--worker-log", type=Path)
    options.add_argument("do", choices=["wait-for-aws", "function", "stop-function", "settings", "worker"])
    options.add_argument("about", help="the local AWS's process ID, or the stack's name")
    arguments = options.parse_args()
    try:
        match arguments.do:
            case "wait-for-aws":
                wait_for_aws(int(arguments.about))
            case "function":
                upload(Stack(arguments.about), range(PICTURES))
                print(f"{PICTURES} thumbnails by the function")
            case "stop-function":
                stop_function(Stack(arguments.about))
            case "settings":
                print(*(f"{name}={value}" for name, value in settings(Stack(arguments.about)).items()), sep="\n")
            case "worker":
                upload(Stack(arguments.about), range(PICTURES, 2 * PICTURES))
                done = arguments.worker_log.read_text().count('"outcome":"thumbnail"')
                if done != PICTURES:
                    raise Failed(f"the worker's log tells of {done} thumbnails, not of {PICTURES}")
                print(f"{PICTURES} thumbnails by the worker of the image")
    except Exception as error:  # noqa: BLE001  Whatever went wrong, the logs say more.
        print(f"\ninstall-check FAILED: {error if isinstance(error, Failed) else repr(error)}", file=sys.stderr)
        for log in filter(None, (arguments.aws_log, arguments.worker_log)):
            print(f"\nThe last lines of {log.name}:", file=sys.stderr)
            print("\n".join(log.read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
