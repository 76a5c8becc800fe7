"""A terminal that commands are typed into: what one sets, the next one finds. It judges nothing."""

import os
import pty
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Keeps the variables that a command leaves, for the next one. Bash's own are made anew by every bash.
SCRIPT = """\
[[ ! -e {state} ]] || source {state}
keep() {{
    local name
    for name in $(compgen -v); do
        case $name in
        BASH* | COMP_* | DIRSTACK | EPOCH* | EUID | FUNCNAME | GROUPS | HISTCMD | HOME | IFS | LINENO | MACHTYPE | MAKE*) ;;
        OPT* | PATH | PIPESTATUS | PPID | PWD | RANDOM | SECONDS | SHELLOPTS | SHLVL | SRANDOM | UID | _ | name) ;;
        *) [[ ${{!name@a}} == *r* ]] || declare -p "$name" ;;
        esac
    done | sed 's/^declare -\\([^ ]*\\)/declare -g\\1/; s/^declare -g-/declare -g/' >{state}.new
    mv {state}.new {state}
}}
trap keep EXIT
set -euo pipefail
{command}
"""


@dataclass(frozen=True)
class Ran:
    """A command that ended: what it wrote, to both streams together, and how."""

    output: str
    status: int
    seconds: float


class Terminal:
    def __init__(self, folder: Path, work: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.state = work / "variables.sh"
        self.script = work / "command.sh"
        self.log = work / "output.txt"
        self.anew()

    def anew(self) -> None:
        """A new terminal: nothing that was set before is known."""
        self.state.unlink(missing_ok=True)

    def start(self, command: str, extra: Mapping[str, str], keyboard: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Starts a command in a process group of its own."""
        self.script.write_text(SCRIPT.format(state=self.state, command=command))
        with self.log.open("wb") as log:
            return subprocess.Popen(
                ["bash", str(self.script)],
                cwd=self.folder,
                env={**self.environment, **extra},
                stdin=keyboard,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, command: str, extra: Mapping[str, str], answers: Mapping[str, str], limit: float) -> Ran:
        """Runs a command to its end, giving it an answer wherever its output ends with the question."""
        began = time.monotonic()
        # Many ask nothing of who does not sit at a terminal.
        keys, keyboard = pty.openpty() if answers else (None, subprocess.DEVNULL)
        process = self.start(command, extra, keyboard)
        answered = 0
        try:
            while process.poll() is None:
                if time.monotonic() - began > limit:
                    return Ran(f"{self.output()}\nThe walk ended it after {limit:g} s.", 124, limit)
                time.sleep(0.05)
                if keys is None:
                    continue
                output = self.output()
                asked = output[answered:].rsplit("\n", 1)[-1]
                if asked.rstrip().endswith((":", "?", "]")):
                    answer = next((answer for question, answer in answers.items() if question in asked), "")
                    answered = len(output)
                    os.write(keys, f"{answer}\n".encode())
        finally:
            end(process)
            if keys is not None:
                os.close(keys)
                os.close(keyboard)
        return Ran(self.output(), process.returncode, time.monotonic() - began)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def variables(self) -> dict[str, str]:
        """What the next command would find exported."""
        command = f"source {self.state}; env -0" if self.state.exists() else "env -0"
        ended = subprocess.run(["bash", "-c", command], env=self.environment, capture_output=True, check=True)
        pairs = (pair.split("=", 1) for pair in ended.stdout.decode().split("\0") if "=" in pair)
        return {name: value for name, value in pairs}


    def value(self, name: str) -> str:
        """A variable that a command left, exported or not."""
        script = f'source {self.state}; printf %s "${{{name}-}}"'
        return subprocess.run(["bash", "-c", script], capture_output=True, check=True, text=True).stdout


def end(process: subprocess.Popen[bytes], first: int = signal.SIGTERM) -> None:
    """Ends a process that `start` started, with all that it started in its group; it gets 20 seconds."""
    for number, seconds in ((first, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + seconds
        while group_lives(process) and time.monotonic() < deadline:
            time.sleep(0.05)
    process.wait()


def group_lives(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def child(process: subprocess.Popen[bytes]) -> int | None:
    """The program that a started bash runs now."""
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    except FileNotFoundError:
        return None
    return int(children[0]) if children else None
