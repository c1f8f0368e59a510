"""Collecting finished signals by several versions of the code: ``python -m benchmarks.collect_in_turn N SIGNALS …``.

Each ``…`` is ``NAME=CODE``, a checkout; they take turns. Prints after each turn, for each, the median CPU seconds
so far of the run alone and of its process, and its peak memory. On a busy machine only what
ran in turn can be compared.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

ONE_RACE = """
import dataclasses, json, sys
from pathlib import Path
from benchmarks.course import Course
print(json.dumps(Course(Path(sys.argv[1]), int(sys.argv[2])).race("ours", checked=False).record))
"""


def main() -> None:
    """See above."""
    times, signals, places = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    found: dict[str, list[dict[str, float]]] = {place: [] for place in places}
    for _ in range(times):
        for place in places:
            record = _race(place.partition("=")[2], signals)
            found[place].append(
                {
                    "run CPU s": record["told"]["run_cpu_seconds"],
                    "run s": record["told"]["run_seconds"],
                    "process CPU s": record["cost"]["cpu_seconds"],
                    "peak MB": record["cost"]["peak_megabytes"],
                }
            )
        for place, runs in found.items():
            numbers = {name: [run[name] for run in runs] for name in runs[0]}
            told = [f"{name} {statistics.median(each):.2f} ({min(each):.2f})" for name, each in numbers.items()]
            print(f"{place.partition('=')[0]}: medians of {len(runs)} (least): {', '.join(told)}", flush=True)


def _race(code: str, signals: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", ONE_RACE, folder, str(signals)],
            cwd=code,
            env=os.environ | {"PYTHONPATH": code},
            check=True,
            capture_output=True,
            text=True,
        )
    record: dict[str, dict[str, float]] = json.loads(done.stdout)
    return record


if __name__ == "__main__":
    main()
