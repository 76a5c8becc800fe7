"""Pillow's side of `make bench`: runs one case at a time, in the way that its documentation shows,
on one thread.

python3 pillow.py FOLDER CASES             runs a case for each `go` or `write` on stdin
python3 pillow.py FOLDER CASES CASE WAY    runs one case, and prints its peak memory
"""

import io
import json
import os
import re
import sys
import time
from importlib.metadata import version

import PIL
import pillow_heif
import pillow_jxl
from PIL import AvifImagePlugin, Image, ImageOps

pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_jxl.JpegXLImagePlugin.DECODE_THREADS = 0
# Pictures of the bench are larger than what Pillow takes for an attack.
Image.MAX_IMAGE_PIXELS = None

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
    # EXIF 2.32: from 5 on, width and height change places. Turning what is small already is faster.
    lies = image.getexif().get(0x0112, 1) >= 5
    if image.mode == "P":
        # Palettes cannot be resized but by repeating pixels.
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    for box in sorted(case["boxes"], reverse=True):
        image.thumbnail(box[::-1] if lies else box, Image.Resampling.LANCZOS)
        made[tuple(box)] = encoded(ImageOps.exif_transpose(image), case)
    return [made[tuple(box)] for box in case["boxes"]]


def encoded(image, case):
    if image.mode == "CMYK" or (case["format"] == "jpeg" and image.mode not in ("L", "RGB")):
        image = image.convert("RGB")
    options = {} if case["format"] == "png" else {"quality": case["quality"]}
    if case["format"] == "avif":
        options["max_threads"] = 1
    file = io.BytesIO()
    image.save(file, case["format"].upper(), **options)
    return file.getvalue()


def say(answer):
    print(json.dumps(answer), flush=True)


if only:
    case = cases[only[0]]
    thumbnails(case, source(case))
    with open("/proc/self/status", encoding="utf-8") as file:
        peak = re.search(r"VmHWM:\s+(\d+)", file.read())
    say({"peak_kib": int(peak[1]) if peak else None})
    sys.exit()

plugins = [f"{plugin} {version(plugin)}" for plugin in ("pillow-heif", "pillow-jxl-plugin")]
libraries = ", ".join([*plugins, f"Python {sys.version.split()[0]}"])
say({"version": f"Pillow {PIL.__version__} ({libraries})", "ways": ["thumbnail"]})
for line in sys.stdin:
    verb, name, _, *folder = line.rstrip("\n").split("\t")
    case = cases[name]
    content = source(case)
    try:
        started = time.perf_counter()
        made = thumbnails(case, content)
        took = time.perf_counter() - started
    except Exception as error:
        say({"cannot": f"{type(error).__name__}: {error}"})
        continue
    if verb == "go":
        say({"ms": took * 1000})
        continue
    paths = [os.path.join(folder[0], f"pillow-{place}") for place in range(len(made))]
    for path, thumbnail in zip(paths, made):
        with open(path, "wb") as file:
            file.write(thumbnail)
    say(paths)
