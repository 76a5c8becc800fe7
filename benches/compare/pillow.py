"""Pillow's side of `make bench`: runs one case at a time, in the way that its documentation shows.

python3 pillow.py FOLDER CASES             runs a case for each `go` or `write` on stdin
python3 pillow.py FOLDER CASES CASE WAY    runs one case, and prints its peak memory
"""

import datetime
import io
import json
import os
import re
import sys
import time

import PIL
from PIL import Image

_, _, cases_file, *only = sys.argv
with open(cases_file, encoding="utf-8") as file:
    cases = {case["name"]: case for case in json.load(file)}
sources = {}


def source(case):
    if case["source"] not in sources:
        with open(case["source"], "rb") as file:
            sources[case["source"]] = file.read()
    return sources[case["source"]]


def thumbnails(case, content):
    """Largest first, each made from the one before, since Image.thumbnail works in place."""
    made = {}
    image = Image.open(io.BytesIO(content))
    for box in sorted(case["boxes"], reverse=True):
        image.thumbnail(box, Image.Resampling.LANCZOS)
        file = io.BytesIO()
        if case["format"] == "png":
            image.save(file, "PNG")
        else:
            image.save(file, "JPEG", quality=case["quality"])
        made[tuple(box)] = file.getvalue()
    return [made[tuple(box)] for box in case["boxes"]]


def say(answer):
    print(json.dumps(answer), flush=True)


if only:
    case = cases[only[0]]
    thumbnails(case, source(case))
    with open("/proc/self/status", encoding="utf-8") as file:
        peak = re.search(r"VmHWM:\s+(\d+)", file.read())
    say({"peak_kib": int(peak[1]) if peak else None})
    sys.exit()

say(
    {
        "version": f"Pillow {PIL.__version__} (Python {sys.version.split()[0]})",
        "ways": ["thumbnail"],
        "date": datetime.date.today().isoformat(),
    }
)
for line in sys.stdin:
    verb, name, _, *folder = line.rstrip("\n").split("\t")
    case = cases[name]
    content = source(case)
    if verb == "go":
        started = time.perf_counter()
        thumbnails(case, content)
        say({"ms": (time.perf_counter() - started) * 1000})
    else:
        paths = []
        for place, thumbnail in enumerate(thumbnails(case, content)):
            paths.append(os.path.join(folder[0], f"pillow-{place}"))
            with open(paths[-1], "wb") as file:
                file.write(thumbnail)
        say(paths)
