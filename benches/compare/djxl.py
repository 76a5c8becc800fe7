"""djxl's side of `make bench`: the program of libjxl, which decodes JPEG XL and makes no
thumbnails, so that its times are those of less work.

python3 djxl.py DJXL CASES             runs a case for each `go` or `write` on stdin
python3 djxl.py DJXL CASES CASE WAY    says that its peak memory is not known
"""

import json
import re
import subprocess
import sys
import time

_, djxl, cases_file, *only = sys.argv
with open(cases_file, encoding="utf-8") as file:
    cases = {case["name"]: case for case in json.load(file)}


def say(answer):
    print(json.dumps(answer), flush=True)


if only:
    say({"peak_kib": None})
    sys.exit()

told = subprocess.run([djxl, "--version"], capture_output=True, text=True).stdout
version = re.search(r"v?(\d+\.\d+[.\d]*)", told)
say({"version": f"djxl {version[1] if version else ''}".strip(), "ways": ["decode"]})
for line in sys.stdin:
    verb, name, *_ = line.rstrip("\n").split("\t")
    file = cases[name]["source"]
    if not file.endswith(".jxl"):
        say({"cannot": "it reads JPEG XL alone"})
        continue
    started = time.perf_counter()
    ran = subprocess.run([djxl, file, "--num_threads=1", "--quiet"], capture_output=True, text=True)
    took = time.perf_counter() - started
    if ran.returncode:
        say({"cannot": (ran.stderr.strip().splitlines() or ["it failed"])[-1]})
    else:
        say({"ms": took * 1000} if verb == "go" else [])
