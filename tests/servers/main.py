"""`make servers`: asks each server what it does, and has the worker keep a bucket on it in order.

Started by run.sh. Each server is one that others wrote. The queue is moto's, and moto's S3 sends
its own notifications; where a server sends none, or not those of deletions, messages of the same
shape are sent from here.
"""

import argparse
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from probe import CREATED, ENCODED, REMOVED, probe
from servers import SERVERS, Failed
from storm import Storm
from table import DOCUMENT, documented, table


def main() -> None:
    parser = argparse.ArgumentParser(description="Has the worker keep buckets on servers of others in order.")
    parser.add_argument("--worker", type=Path, required=True)
    parser.add_argument("--programs", type=Path, required=True, help="the folder of the servers' programs")
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="an empty folder for logs and objects")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        wrong = run(asked)
    except Failed as failed:
        sys.exit(f"servers failed: {failed}")
    if wrong:
        sys.exit("\n".join(f"servers failed: {what}" for what in wrong))


def run(asked: argparse.Namespace) -> list[str]:
    """Probes every server, then runs the worker on each; returns what is wrong."""
    wrong: list[str] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(start(asked.programs, asked.work)) for start in SERVERS.values()]
        queue = servers[0]
        answers = {server.name: probe(server, queue) for server in servers}
        for server in servers:
            did = answers[server.name]
            notifies = bool(did[CREATED] and did[REMOVED])
            plain = notifies and not did[ENCODED]
            began = time.monotonic()
            storm = Storm(asked.worker, server, queue, notifies, plain, asked.work)
            ended = storm.run(asked.uploads, asked.seed)
            wrong += [f"{server.name}: {what}" for what in ended.findings]
            if not ended.killed_at_work:
                wrong.append(f"{server.name}: the worker was never at work when it was killed")
            print(
                f"servers: {server.name}, {'its own notifications' if notifies else 'messages sent from here'}:"
                f" {ended.uploads} uploads, {ended.deletions} deletions, worker killed"
                f" (at work: {ended.killed_at_work}); {ended.thumbnails} thumbnails,"
                f" {len(ended.findings)} not as they must be; {time.monotonic() - began:.0f} s",
                flush=True,
            )
    found = table(answers)
    print(f"\n{found}")
    text = DOCUMENT.read_text()
    if os.environ.get("UPDATE_TABLE") == "1":
        DOCUMENT.write_text(text.replace(documented(text), found))
    elif documented(text) != found:
        wrong.append(f"{DOCUMENT.name} has another table; UPDATE_TABLE=1 writes this one into it")
    return wrong


if __name__ == "__main__":
    main()
