"""Judges of the commands that need no AWS: what they print, and what they leave on this machine."""

import http.client
import json
import re
import signal
import socket
import subprocess
import urllib.parse
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import account
from documents import Command
from plan import Walk, exists, expect
from stack import Failed, wait_until
from terminal import Ran, end

ELF = b"\x7fELF"
JPEG = b"\xff\xd8\xff"


def says(*pieces: str) -> Callable[[Walk, Command, Ran], str]:
    """A judge that wants these words, and has no other claim to judge."""

    def judge(_walk: Walk, _command: Command, ran: Ran) -> str:
        expect(ran.output, *pieces)
        return f"says {pieces[-1]!r}"

    return judge


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def like_the_sample(sample: str, output: str, figures: str = r"(?!)") -> None:
    """Fails unless the sample's lines come, in that order; what `figures` finds in them may be other figures."""
    lines = iter(squeezed(output))
    for line in squeezed(sample):
        wanted = re.compile(r"[\d.,]+(?: m?s)?".join(map(re.escape, re.split(figures, line))))
        if not any(wanted.fullmatch(found) for found in lines):
            raise Failed(f"a line of the document's sample does not come: {line}")


def run(walk: Walk, command: Command, ran: Ran) -> str:
    # How long it took, which is in the first line.
    like_the_sample(command.sample, ran.output, r"(?<= in )[\d.,]+ m?s(?=: )|(?<=: )[\d.,]+(?= pictures/s)|[\d.,]+(?= MB/s)")
    for name in ("index.html", "thumbnails", "report.json"):
        exists(walk.folder / "target/local" / name)
    exists(walk.folder / "examples/local/rules.json")
    summary = json.loads((walk.folder / "target/local/report.json").read_text())["summary"]
    page = (walk.folder / "target/local/index.html").read_text()
    expect(page, "corrupt.jpg", "notes.txt", "BlurHash")
    files = sum(path.is_file() for path in (walk.folder / "target/local/thumbnails").rglob("*"))
    if files < summary["thumbnails"]:
        raise Failed(f"{files} files in thumbnails/, of {summary['thumbnails']}")
    return f"the sample's lines; {files} files, all that it names"


def own_pictures(walk: Walk) -> None:
    """~/Pictures: two photographs and a text that claims to be one."""
    pictures = walk.home / "Pictures"
    (pictures / "avatars").mkdir(parents=True, exist_ok=True)
    (pictures / "beach.jpg").write_bytes(account.photo(10))
    (pictures / "avatars/me.jpg").write_bytes(account.photo(11))
    (pictures / "letter.jpg").write_bytes(account.BAD)


def own_rules(name: str, document: str) -> Callable[[Walk], None]:
    """A file of rules: the ones that the document itself shows."""

    def before(walk: Walk) -> None:
        own_pictures(walk)
        [rules] = walk.documents.json[document]
        (walk.folder / name).write_text(rules)

    return before


def thumbs(*names: str) -> Callable[[Walk, Command, Ran], str]:
    def judge(walk: Walk, _command: Command, ran: Ran) -> str:
        expect(ran.output, "3 uploads", "thumbs/index.html", "letter.jpg")
        exists(walk.folder / "thumbs/index.html")
        for name in names:
            exists(walk.folder / "thumbs/thumbnails" / name)
        return f"{len(names)} thumbnails where they should be, letter.jpg refused"

    return judge


def released(walk: Walk, _command: Command, _ran: Ran) -> str:
    """All that the documents say a release has."""
    folder = walk.folder / "target/release-files"
    kinds = ["[0-9]*.yaml", "[0-9]*.zip", "worker-*.tar.gz", "worker-*.oci.tar", "[0-9]*.cdx.json"]
    for kind in kinds:
        if len(list(folder.glob(f"s3-thumbnailer-{kind}"))) != 1:
            raise Failed(f"there is no s3-thumbnailer-{kind}")
    listed = exists(folder / "SHA256SUMS").read_text().splitlines()
    return f"{len(listed)} files, with checksums"


def port_of(text: str, number: int) -> Callable[[Walk], str]:
    """The same text, unless somebody has that port: with another one then."""

    def value(_walk: Walk) -> str:
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", number))
                return text
            except OSError:
                pass
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            free = listener.getsockname()[1]
        return text.replace(str(number), str(free)) if str(number) in text else f"{text} PORT={free}"

    return value


def demo(wide: int) -> Callable[[Walk, Command, subprocess.Popen[bytes]], str]:
    """A page that takes pictures and shows thumbnails, as wide as was asked for; only this machine gets in."""

    def watch(walk: Walk, _command: Command, process: subprocess.Popen[bytes]) -> str:
        url = address(walk, process)
        expect(ask(url, "GET", "/").decode(), "<html", "ThumbHash")
        taken = json.loads(ask(url, "POST", "/pictures/beach.jpg", account.wide_photo()))
        [thumbnail, *_] = taken["thumbnails"]
        if thumbnail["width"] != wide:
            raise Failed(f"the thumbnail is {thumbnail['width']} wide, not {wide}")
        if not ask(url, "GET", "/" + urllib.parse.quote(thumbnail["key"])).startswith(JPEG):
            raise Failed("the thumbnail of a JPEG is none")
        refused = json.loads(ask(url, "POST", "/pictures/letter.jpg", account.BAD))
        if not refused.get("reason"):
            raise Failed(f"a text is not refused with a reason: {refused}")
        ask(url, "GET", "/", host="example.com", status=403)
        end(process, signal.SIGINT)
        return f"took a picture, gave back {wide} pixels of it, refused a text; ended by Ctrl-C"

    return watch


def address(walk: Walk, process: subprocess.Popen[bytes]) -> str:
    def look() -> str | None:
        if process.poll() is not None:
            raise Failed("it ended")
        found = re.search(r"http://(127\.0\.0\.1:\d+)/", walk.terminal.output())
        return found[1] if found else None

    return wait_until("its address", 3600, look)


def ask(url: str, method: str, path: str, body: bytes | None = None, host: str = "", status: int = 200) -> bytes:
    connection = http.client.HTTPConnection(url, timeout=60)
    try:
        headers = {"Host": host} if host else {}
        if body is not None:
            headers |= {"Content-Type": "image/jpeg", "Origin": f"http://{url}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if answer.status != status:
            raise Failed(f"{method} {path} was answered {answer.status}")
        return answer.read()
    finally:
        connection.close()


def installed(walk: Walk, _command: Command, ran: Ran) -> str:
    """SAM CLI and cargo-lambda, which are on the reader's PATH from now on."""
    [folder] = [line for line in ran.output.splitlines() if line.endswith("target/tools/sam/bin")]
    for program in ("sam", "cargo-lambda"):
        exists(Path(folder) / program)
    path = walk.terminal.environment["PATH"]
    walk.terminal.environment["PATH"] = f"{folder}:{path}"
    return "sam and cargo-lambda are there"


def binary(*path: str, holds: bytes = b"") -> Callable[[Walk, Command, Ran], str]:
    def judge(walk: Walk, _command: Command, _ran: Ran) -> str:
        for one in path:
            content = exists(walk.folder / one).read_bytes()
            if not content.startswith(ELF) or holds not in content:
                raise Failed(f"{one} is not the program that it should be")
        return f"{path[-1]} is there"

    return judge


def zipped(path: str) -> Callable[[Walk, Command, Ran], str]:
    def judge(walk: Walk, _command: Command, _ran: Ran) -> str:
        with zipfile.ZipFile(exists(walk.folder / path)) as held:
            if held.namelist() != ["bootstrap"] or not held.read("bootstrap").startswith(ELF):
                raise Failed(f"{path} does not hold the program alone: {held.namelist()}")
        return f"{path} is there"

    return judge


def invoked(_walk: Walk, command: Command, ran: Ran) -> str:
    event = command.text.rsplit("=", 1)[1]
    expect(ran.output, event, '"batchItemFailures"', "under thumbnails/ now: ", "as it should be")
    return "answered, and as it should be"


def help_text(walk: Walk, _command: Command, ran: Ran) -> str:
    targets = re.findall(r"^([a-z0-9-]+):.*## ", (walk.folder / "Makefile").read_text(), re.MULTILINE)
    missing = [target for target in targets if not re.search(rf"^  make {target} ", ran.output, re.MULTILINE)]
    if missing or len(targets) < 20:
        raise Failed(f"not printed: {missing}")
    return f"prints {len(targets)} commands"


def tested(_walk: Walk, _command: Command, ran: Ran) -> str:
    results = re.findall(r"^test result: (\w+)\. (\d+) passed; (\d+) failed", ran.output, re.MULTILINE)
    passed = sum(int(count) for _, count, _ in results)
    if passed < 500 or any(verdict != "ok" or failed != "0" for verdict, _, failed in results):
        raise Failed(f"{passed} tests passed in {len(results)} binaries")
    return f"{passed} tests passed"


def materials(walk: Walk, _command: Command, _ran: Ran) -> str:
    """Every crate with version, licence and source."""
    bom = json.loads(exists(walk.folder / "target/sbom.cdx.json").read_text())
    crates = [part for part in bom["components"] if part.get("purl")]
    lacking = [part["name"] for part in crates if not (part.get("version") and part.get("licenses"))]
    if bom["bomFormat"] != "CycloneDX" or len(crates) < 200 or lacking:
        raise Failed(f"{len(crates)} crates; without version or licence: {lacking}")
    return f"{len(crates)} crates, each with version, licence and source"


def crates_inside(walk: Walk, _command: Command, _ran: Ran) -> str:
    """What the function is built of, read out of the binary."""
    crates = json.loads(exists(walk.folder / "target/auditable.json").read_text())["packages"]
    names = {crate["name"] for crate in crates}
    if len(crates) < 200 or not {"s3-thumbnailer", "lambda_runtime", "image"} <= names:
        raise Failed(f"{len(crates)} crates: {sorted(names)}")
    return f"{len(crates)} crates named in the binary"


def chaos(walk: Walk, _command: Command, _ran: Ran) -> str:
    report = json.loads(exists(walk.folder / "target/chaos/report.json").read_text())
    if report["findings"]:
        raise Failed(f"findings: {report['findings']}")
    return f"{report['uploads']} uploads, no finding"


def servers(_walk: Walk, _command: Command, ran: Ran) -> str:
    rows = re.findall(r"^servers: (\w+), .*: (\d+) uploads, .* thumbnails, 0 not as they must be", ran.output, re.MULTILINE)
    if len(rows) < 2:
        raise Failed(f"{len(rows)} servers are as they must be")
    return f"{len(rows)} servers, {rows[0][1]} uploads each, no finding"


def hostile(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, " cases\n", "largest: ")
    if "FAULT" in ran.output:
        raise Failed("there is a fault")
    [cases] = re.findall(r"^(\d+) cases$", ran.output, re.MULTILINE)
    return f"{cases} cases, no fault"


FUZZED = "message rules jpeg-decoder avif png"
"""Targets that are enough with QUICK=1, since every one is a build of its own."""


def fuzzed(_walk: Walk, _command: Command, ran: Ran) -> str:
    targets = re.findall(r"^([a-z0-9-]+): \d+ runs .* no finding", ran.output, re.MULTILINE)
    if not set(FUZZED.split()) <= set(targets):
        raise Failed(f"only {targets}")
    return f"{len(targets)} targets, no finding"


def screenshots(walk: Walk, _command: Command, _ran: Ran) -> str:
    count = len(list((walk.folder / "target/browser").glob("*.png")))
    if count < 4:
        raise Failed(f"{count} screenshots")
    return f"{count} screenshots"


def photograph(walk: Walk) -> dict[str, str]:
    """With QUICK=1, one picture instead of all; `make cost` needs this one."""
    if not walk.quick:
        return {}
    folder = walk.work / "photograph"
    folder.mkdir(exist_ok=True)
    (folder / "photo-12mp.jpg").write_bytes(account.wide_photo(4000, 3000))
    return {"PICTURES": str(folder)}


def benched(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "photo-12mp.jpg to 256", "geometric mean", "first poll", "S3 answers", "SSIMULACRA2")
    return "compared with others; giants, starts and batches as well"


def loaded(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, "messages/s", "CPU ms a message", "RSS MiB")
    rows = re.findall(r"^ +[\d,]+ +[\d.,]+ +[\d.]+ +[\d.]+$", ran.output, re.MULTILINE)
    if len(rows) != 10:
        raise Failed(f"{len(rows)} tenths")
    return "ten tenths" + (", growth not judged" if "NOT JUDGED" in ran.output else ", no growth")


def costs(_walk: Walk, command: Command, ran: Ran) -> str:
    expect(ran.output, "| together | $", "| 2048 MB | $", "| concurrency of an account | 1,000 |")
    if "--batch 1" in command.text:
        expect(ran.output, "Batches of 1;", "| SQS: 3.0 requests | $1.20 |")
    if "--prices" in command.text:
        expect(ran.output, "Prices of mine.json", "| $62.00 |")
    return next(line for line in ran.output.splitlines() if line.startswith("| together"))


def own_prices(walk: Walk) -> None:
    """mine.json: S3 at ten times the list price."""
    (walk.folder / "mine.json").write_text('{"s3_put_thousand": 0.05, "s3_get_thousand": 0.004}')


def conform(least: int) -> Callable[[Walk, Command, Ran], str]:
    def judge(walk: Walk, _command: Command, ran: Ran) -> str:
        [right, refused, _, wrong, crashed] = map(int, re.findall(r"^  all +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)", ran.output, re.M)[0])
        if right < least or wrong or crashed:
            raise Failed(f"{right} right, {wrong} wrong, {crashed} crashed")
        exists(walk.folder / "target/conformance/index.html")
        return f"{right} right, {refused} refused, none wrong"

    return judge


def corpus(walk: Walk, _command: Command, _ran: Ran) -> str:
    exists(walk.folder / "corpus/images/beach.jpg")
    return "the pictures are in corpus/images"


def referenced(walk: Walk, _command: Command, _ran: Ran) -> str:
    manifest = exists(walk.folder / "corpus/manifest.tsv").read_text()
    expect(manifest, "beach.jpg\tthumbnail\t", "letter.jpg\toptional")
    exists(walk.folder / "corpus/reference/beach.jpg.png")
    return "a reference of each picture, by sharp"


def browser(walk: Walk) -> Mapping[str, str]:
    """A browser that only writes down what it was to open."""
    program = walk.work / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >{walk.work}/opened\n')
    program.chmod(0o755)
    return {"BROWSER": str(program)}


def documented(walk: Walk, _command: Command, _ran: Ran) -> str:
    opened = Path(exists(walk.work / "opened").read_text().strip())
    expect(exists(opened).read_text(), "s3_thumbnailer")
    return "opens the code's map"
