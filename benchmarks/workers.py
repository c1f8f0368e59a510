"""Several workers, each with a list of its own, against one worker that takes the lists one after the other.

``python -m benchmarks.workers FOLDER SIGNALS [WORKERS …]``: lists of SIGNALS (20,000 by default) for 1, 4 and 8
workers, their ledger in a Postgres of its own, at the local API, which answers 50 ms late. Everything is bought and has
ended before; timed is what follows: plan, read, land, load, account, publish. A worker is a process, its CPU counted
without imports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.benchmark import ROOT
from benchmarks.local_api import LocalApi, local_api
from benchmarks.questions import QUESTIONS
from saber_pipeline_tests.testbed.postgres import PostgresServer, running_postgres

LATENCY_MILLISECONDS = 50
REQUESTS_OF_ALL = 64


@dataclass(frozen=True)
class Measured:
    """What ``workers`` lists took, one after the other or at once."""

    workers: int
    at_once: bool
    signals: int
    seconds: float
    cpu_seconds: float
    requests: int
    versions: int

    def __str__(self) -> str:
        how = "at once" if self.at_once else "one after the other"
        return (
            f"{self.workers} lists {how:<20} {self.seconds:7.1f} s  {self.cpu_seconds:6.1f} CPU s"
            f"  {1e6 * self.cpu_seconds / self.signals:7.0f} µs a signal  {self.requests:6,} requests"
            f"  {self.versions:3} versions"
        )


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("signals", type=int, nargs="?", default=20_000)
    parser.add_argument("workers", type=int, nargs="*", default=[1, 4, 8])
    chosen = parser.parse_args()
    with running_postgres(chosen.folder) as server:
        for workers in chosen.workers:
            for at_once in (False, True) if workers > 1 else (True,):
                place = chosen.folder / f"{workers} {'at once' if at_once else 'in turn'}"
                print(_measure(place, server, workers, chosen.signals, at_once=at_once), flush=True)


def _measure(place: Path, server: PostgresServer, workers: int, signals: int, *, at_once: bool) -> Measured:
    lists = [f"list{number}" for number in range(workers)]
    companies = signals // len(QUESTIONS)
    (place / "data" / "domain_lists").mkdir(parents=True)
    for number, name in enumerate(lists):
        rows = (f"company{number}x{company:06d}.com" for company in range(companies))
        (place / "data" / "domain_lists" / f"{name}.csv").write_text("\n".join(["domain", *rows, ""]))
    environment = {
        "SABER_LEDGER_URL": server.new_schema().reveal(),
        "SABER_CONCURRENCY": str(REQUESTS_OF_ALL // (workers if at_once else 1)),
    }
    with local_api(place) as api:
        for name in lists:
            _wait([_start(api, place, name, environment, "buy")])
        api.finish()
        api.set_latency(LATENCY_MILLISECONDS)
        api.forget_counts()
        before = _version(place)
        began = time.perf_counter()
        if at_once:
            _wait([_start(api, place, name, environment) for name in lists])
        else:
            for name in lists:
                _wait([_start(api, place, name, environment)])
        seconds = time.perf_counter() - began
        requests = api.requests()
    told = [json.loads((place / f"{name}.json").read_text()) for name in lists]
    for each in told:
        if "not finished" in each["accounts"]:
            raise RuntimeError(f"A list was not finished: {each['accounts']}")
    cpu = sum(each["run_cpu_seconds"] for each in told)
    return Measured(workers, at_once, workers * signals, seconds, cpu, requests, _version(place) - before)


def _start(api: LocalApi, place: Path, name: str, environment: dict[str, str], *flags: str) -> subprocess.Popen[bytes]:
    out = place / f"{name}.json"
    command = [sys.executable, "-m", "benchmarks.one_run", api.base_url, str(place / "data"), name, str(out), *flags]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "NO_PROXY": "127.0.0.1", **environment})  # noqa: S603 - our own words


def _wait(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.wait():
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")


def _version(place: Path) -> int:
    note: dict[str, Any] = json.loads((place / "data" / "versions" / "published.json").read_text())
    return int(note["number"])


if __name__ == "__main__":
    main()
