"""Collecting finished signals by several versions of the code.

``python -m benchmarks.collection_versions N SIGNALS …``, each
``…`` is ``NAME=CODE``, a checkout; they take turns. Prints after each turn, for each, the median CPU seconds
so far of the run alone and of its process, and its peak memory. On a busy machine only what
ran in turn can be compared.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark


def main() -> None:
    """See above."""
    times, signals, places = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    found: dict[str, list[dict[str, float]]] = {place: [] for place in places}
    for _ in range(times):
        for place in places:
            record = _collect(place.partition("=")[2], signals)
            found[place].append(
                {
                    "run CPU s": record["reported"]["run_cpu_seconds"],
                    "run s": record["reported"]["run_seconds"],
                    "process CPU s": record["cost"]["cpu_seconds"],
                    "peak MB": record["cost"]["peak_megabytes"],
                }
            )
        for place, runs in found.items():
            numbers = {name: [run[name] for run in runs] for name in runs[0]}
            medians = [f"{name} {statistics.median(each):.2f} ({min(each):.2f})" for name, each in numbers.items()]
            print(f"{place.partition('=')[0]}: medians of {len(runs)} (least): {', '.join(medians)}", flush=True)


def _collect(code: str, signals: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return Benchmark(Path(folder), signals, Path(code)).run("earlier", checked=False).record


if __name__ == "__main__":
    main()
