"""Servers that others wrote, started on this machine: an S3 each, and moto's SQS for all of them."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

KEY = "servers"
SECRET = "servers-on-this-machine"  # noqa: S105
REGION = "eu-west-1"
START_SECONDS = 30
THREADS = 8


class Failed(Exception):
    """Something is not as it should be; the message says what."""


@dataclass(frozen=True)
class Server:
    """A running server: its name in the table, and where it listens."""

    name: str
    endpoint: str

    def client(self, service: str) -> Any:
        config = Config(max_pool_connections=2 * THREADS, retries={"mode": "standard", "max_attempts": 5})
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=config,
        )


@contextmanager
def moto(programs: Path, work: Path) -> Iterator[Server]:
    """S3 and SQS in one process; its S3 sends notifications to its SQS."""
    port = free_port()
    command = [str(programs / "moto_server"), "--host", "127.0.0.1", "--port", str(port)]
    with running("moto", command, port, work / "moto.log") as server:
        yield server


@contextmanager
def rclone(programs: Path, work: Path) -> Iterator[Server]:
    """`rclone serve s3` on a folder, which is written to without a cache."""
    port, folder = free_port(), work / "rclone"
    folder.mkdir()
    command = [str(programs / "rclone"), "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{KEY},{SECRET}", str(folder)]
    with running("rclone", command, port, work / "rclone.log") as server:
        yield server


SERVERS = {"moto": moto, "rclone": rclone}


@contextmanager
def running(name: str, command: list[str], port: int, log: Path) -> Iterator[Server]:
    """The process of a server, from when it listens until it is not needed any more."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield Server(name, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def metadata(answer: dict[str, Any]) -> dict[str, str]:
    """An object's metadata, by names in small letters: in headers, capital letters mean the same."""
    return {name.lower(): value for name, value in answer["Metadata"].items()}


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
