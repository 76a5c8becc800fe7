"""`make cost`: what a million pictures cost, and what saturates first. Prints Markdown.

Reads what `make load` and `make bench` measured from target/, or takes figures as options. They
measured CPU time on an x86_64 machine; it is assumed that Lambda's vCPUs are as fast, on either
architecture, and that encryption of connections to S3 costs nothing. Cold starts, free tiers, and
storage of pictures, thumbnails and logs are not counted.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from model import (
    Function,
    Picture,
    at_once,
    cheapest,
    lambda_dollars,
    log_dollars,
    minutes_to_scale,
    s3_dollars,
    sqs_dollars,
    sqs_requests,
    uses,
)
from options import monthly
from prices import ARCHITECTURES, DATE, LIST, MEMORY_MB, REGION, Prices

TARGET = Path(__file__).parents[2] / "target"
BENCH_CASE = "photo-12mp.jpg to 256"
# As in the template.
DEFAULT_MEMORY_MB = 2048
DEFAULT_ARCHITECTURE = "arm64"
MAXIMUM_CONCURRENCY = 10
RATES = (10, 1_000, 10_000)


class Missing(Exception):
    """A figure is neither measured nor given, or cannot be used; the message says which."""


def report(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text()) if path.is_file() else None


def measured(asked: argparse.Namespace) -> tuple[list[Picture], float]:
    """A small picture and a photograph, and the bytes of log lines for each."""
    load, bench = report(asked.target / "load/report.json"), report(asked.target / "bench/report.json")
    small, log_bytes, photo = asked.small_ms, asked.log_bytes, asked.photo_ms
    if load is not None:
        small = load["cpu_ms_per_message"] if small is None else small
        log_bytes = load["log_bytes_per_message"] if log_bytes is None else log_bytes
    if photo is None and bench is not None:
        photo = next((case["ours_ms"] for case in bench["cases"] if case["name"] == BENCH_CASE), None)
    if small is None or log_bytes is None:
        raise Missing("run make load first, or give --small-ms and --log-bytes")
    if photo is None:
        raise Missing("run make bench first, or give --photo-ms")
    size = f"{load['width']}x{load['height']}" if load is not None else "640x480"
    # The bench times the picture core alone. The rest costs no less than for a small picture.
    return [Picture(size, small), Picture("12 megapixels", small + photo)], log_bytes


def prices_of(path: Path | None) -> Prices:
    """The list prices, except for those that a file replaces."""
    others = {} if path is None else json.loads(path.read_text())
    known = [field.name for field in dataclasses.fields(Prices)]
    if unknown := sorted(set(others) - set(known)):
        raise Missing(f"{path} has the price {unknown[0]}, which is none of {', '.join(known)}")
    return dataclasses.replace(LIST, **others)


def lambda_table(prices: Prices, pictures: list[Picture], batch: int, s3_ms: float) -> list[str]:
    columns = [(picture, architecture) for picture in pictures for architecture in ARCHITECTURES]
    lines = [
        "| memory | " + " | ".join(f"{picture.name}, {architecture}" for picture, architecture in columns) + " |",
        "|---" * (1 + len(columns)) + "|",
    ]
    for memory in MEMORY_MB:
        function = Function(memory, batch, s3_ms)
        cells = [f"${lambda_dollars(prices, architecture, function, picture):.2f}" for picture, architecture in columns]
        lines.append(f"| {memory} MB | " + " | ".join(cells) + " |")
    return lines


def whole_table(prices: Prices, pictures: list[Picture], log_bytes: float, function: Function) -> list[str]:
    """The bill for a million pictures, with the template's defaults."""
    first = pictures[0]
    puts, gets = first.thumbnails, first.reads
    s3, sqs = s3_dollars(prices, first), sqs_dollars(prices, function.batch)
    logs = log_dollars(prices, log_bytes)
    shares = [lambda_dollars(prices, DEFAULT_ARCHITECTURE, function, picture) for picture in pictures]
    rows = [
        (f"S3: {gets} reads and {puts} write", [s3] * len(pictures)),
        (f"SQS: {sqs_requests(function.batch):.1f} requests", [sqs] * len(pictures)),
        (f"log lines: {log_bytes:.0f} bytes", [logs] * len(pictures)),
        (f"Lambda: {function.memory_mb} MB, {DEFAULT_ARCHITECTURE}", shares),
        ("together", [s3 + sqs + logs + share for share in shares]),
    ]
    lines = [
        "| each picture | " + " | ".join(picture.name for picture in pictures) + " |",
        "|---" * (1 + len(pictures)) + "|",
    ]
    return lines + [f"| {what} | " + " | ".join(f"${dollars:.2f}" for dollars in row) + " |" for what, row in rows]


def scale_table(picture: Picture, function: Function, maximum_concurrency: int) -> list[str]:
    """How much of each limit is used; a limit used to more than 100 % holds uploads up."""
    by_rate = [uses(function, picture, rate, maximum_concurrency) for rate in RATES]
    lines = [
        "| uploads a second | limit | " + " | ".join(f"{rate:,}" for rate in RATES) + " |",
        "|---" * (2 + len(RATES)) + "|",
    ]
    for row in zip(*by_rate, strict=True):
        cells = [f"{use.needed:,.{1 if use.needed < 10 else 0}f} ({use.share:.0%})" for use in row]
        lines.append(f"| {row[0].what} | {row[0].limit:,.0f} | {' | '.join(cells)} |")
    minutes = [f"{minutes_to_scale(at_once(function, picture, rate)):.1f}" for rate in RATES]
    lines.append(f"| minutes until enough batches are polled | | {' | '.join(minutes)} |")
    return lines


def page(prices: Prices, pictures: list[Picture], log_bytes: float, asked: argparse.Namespace) -> list[str]:
    functions = [Function(memory, asked.batch, asked.s3_ms) for memory in MEMORY_MB]
    default = Function(DEFAULT_MEMORY_MB, asked.batch, asked.s3_ms)
    measured_ms = ", ".join(f"{picture.cpu_ms:.1f} CPU ms at {picture.name}" for picture in pictures)
    whose = f"List prices of {REGION}, {DATE}" if asked.prices is None else f"Prices of {asked.prices}"
    lines = [
        f"{whose}. Measured: {measured_ms}. Batches of {asked.batch};"
        f" S3 answers after {asked.s3_ms:.0f} ms.",
        "",
        "Lambda, a million pictures:",
        "",
        *lambda_table(prices, pictures, asked.batch, asked.s3_ms),
        "",
    ]
    for picture in pictures:
        best = cheapest(prices, DEFAULT_ARCHITECTURE, functions, picture)
        lines.append(f"Cheapest at {picture.name}: {best.memory_mb} MB.")
    lines += ["", "All of it, a million pictures:", "", *whole_table(prices, pictures, log_bytes, default), ""]
    photo = pictures[-1]
    rates = ", ".join(f"{default.pictures_per_second(picture):.0f} at {picture.name}" for picture in pictures)
    lines += [
        f"Pictures a second of one instance of {default.memory_mb} MB: {rates}. At {photo.name}:",
        "",
        *scale_table(photo, default, MAXIMUM_CONCURRENCY),
        "",
        f"In batches of one, {RATES[0]} uploads a second keep"
        f" {at_once(dataclasses.replace(default, batch=1), photo, RATES[0]):.1f} instances busy.",
        "",
        "Options, a month:",
        "",
        "| option | a month |",
        "|---|---|",
        *(f"| {option} | ${dollars:.2f} |" for option, dollars in monthly(prices, DEFAULT_ARCHITECTURE, default)),
    ]
    return lines


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a million pictures cost on AWS.")
    parser.add_argument("--small-ms", type=float, help="CPU milliseconds per small picture, in all (make load)")
    parser.add_argument("--photo-ms", type=float, help="CPU milliseconds of the picture core for 12 megapixels (make bench)")
    parser.add_argument("--log-bytes", type=float, help="bytes of log lines per picture (make load)")
    parser.add_argument("--batch", type=int, default=10, help="pictures per invocation, 1 to 10")
    parser.add_argument("--s3-ms", type=float, default=30.0, help="milliseconds until S3 answers a request")
    parser.add_argument("--prices", type=Path, help="a JSON file of prices, named as in prices.py's Prices")
    parser.add_argument("--target", type=Path, default=TARGET, help="where the reports are")
    asked = parser.parse_args(words)
    if not 1 <= asked.batch <= 10:
        parser.error(f"--batch {asked.batch}: should be 1 to 10")
    return asked


def main() -> None:
    asked = parse()
    try:
        print("\n".join(page(prices_of(asked.prices), *measured(asked), asked)))
    except Missing as missing:
        sys.exit(f"cost: {missing}")


if __name__ == "__main__":
    main()
