"""The worker as a process: its log, memory and CPU time. Linux only."""

import json
import os
import signal
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# It drains within 25 s when it is told to stop.
STOP_SECONDS = 40


class Ended(Exception):
    """The worker ended before it was asked to; the message says how."""


class Worker:
    """A running worker. Its log is read as it grows."""

    def __init__(self, program: Path, settings: dict[str, str], log: Path) -> None:
        self.log = log
        self.thumbnails = 0
        self.log_bytes = 0
        """The bytes of the lines about messages: those of pictures and of metrics."""
        self.unexpected: list[str] = []
        """Lines about anything but a thumbnail."""
        self._rest = b""
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [program], env={**os.environ, **settings}, stdout=output, stderr=subprocess.STDOUT
            )
        self._reading = log.open("rb")

    def read_log(self) -> None:
        """Reads what was logged since the last call."""
        *lines, self._rest = (self._rest + self._reading.read()).split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
        except ValueError:
            # Written by the runtime or a panic.
            self.unexpected.append(line.decode(errors="replace"))
            return
        if "outcome" in fields or "_aws" in fields:
            self.log_bytes += len(line)
        if fields.get("outcome") == "thumbnail":
            self.thumbnails += 1
        elif "outcome" in fields or fields.get("level") in {"WARN", "ERROR"}:
            self.unexpected.append(line.decode())

    def check_alive(self) -> None:
        if (code := self.process.poll()) is not None:
            raise Ended(f"the worker ended by itself with {code}; see {self.log}")

    def rss_bytes(self) -> int:
        return self._status("VmRSS")

    def peak_rss_bytes(self) -> int:
        return self._status("VmHWM")

    def cpu_seconds(self) -> float:
        """User and system time of all threads, including those that ended."""
        # The name, which may hold spaces, ends at the last parenthesis; utime and stime are fields 14 and 15.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        # A process that has ended, but has not been waited for, has no memory.
        self.process.wait(STOP_SECONDS)
        raise Ended(f"the worker ended by itself with {self.process.returncode}; see {self.log}")

    def stop(self) -> int:
        """Asks it to stop, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        self.read_log()
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
