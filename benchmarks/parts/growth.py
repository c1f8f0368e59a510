"""How cost grows with the list: collecting, and a rerun that owns everything."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Project
from benchmarks.local_api import local_api
from benchmarks.questions import QUESTIONS
from benchmarks.target import Target

COMPARED_FROM = 20_000  # signals; fixed costs are most of a smaller run


def growth(folder: Path, sizes: list[int]) -> tuple[list[Target], dict[str, Any]]:
    """Each size in a data directory of its own."""
    points = [_point(folder / str(size), size) for size in sizes]
    largest = points[-1]
    targets = [
        Target(
            "growth_reads_per_signal",
            "reads per signal of a finished list, the size that takes fewest",
            min(point["reads_per_signal"] for point in points),
            0.041,
            "reads",
        ),
        *(
            Target(
                f"growth_{point['signals']}_megabytes",
                f"peak memory at {point['signals']:,} signals, in process",
                point["peak_megabytes"],
                300,
                "MB",
            )
            for point in points
        ),
    ]
    first = next((point for point in points if point["signals"] >= COMPARED_FROM), points[0])
    if largest is not first:
        grown = math.log(largest["signals"] / first["signals"])
        exponent = math.log(largest["run_cpu_seconds"] / first["run_cpu_seconds"]) / grown
        clock = math.log(largest["run_seconds"] / first["run_seconds"]) / grown
        about = f"growth of collect and load, {first['signals']:,} to {largest['signals']:,}"
        targets.append(
            Target("growth_exponent", about, exponent, 1.05, "(exponent of CPU)", how=f"of the clock {clock:.2f}")
        )
    owned = largest["signals"]
    targets.append(Target(f"rerun_{owned}", f"rerun of {owned:,} owned pairs", largest["rerun_seconds"], 10, "s"))
    targets.append(
        Target(
            f"early_checkpoints_{owned}",
            f"checkpoints before the publication's own, {owned:,}",
            largest["early_checkpoints"],
            0,
            "checkpoints",
        )
    )
    return targets, {"points": points}


def _point(folder: Path, signals: int) -> dict[str, Any]:
    folder.mkdir(parents=True)
    with local_api(folder) as api:
        project = Project(api, folder)
        project.write_list("bench", _domains(signals))
        buying, _ = project.run("bench", "buy")
        api.finish()
        api.forget_counts()
        with _LogWatch(project.data_dir / "warehouse" / "warehouse.duckdb.wal") as log:
            cost, reported = project.run("bench")
        point: dict[str, Any] = {
            "signals": signals,
            "buying_seconds": buying.seconds,
            **vars(cost),
            **reported,
            "reads_per_signal": api.requests() / signals,
            "early_checkpoints": log.shrunk,
        }
        rerun, again = project.run("bench")
        point |= {"rerun_seconds": again["run_seconds"], "rerun_cpu_seconds": again["run_cpu_seconds"]}
        point["rerun_peak_megabytes"] = rerun.peak_megabytes
    return point


def _domains(signals: int) -> list[str]:
    return [f"company{number:07d}.com" for number in range(signals // len(QUESTIONS))]


class _LogWatch(threading.Thread):
    """Counts how often DuckDB's log of the warehouse has become smaller: each time is a checkpoint."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.shrunk = 0
        self._file = file
        self._stopped = threading.Event()

    def __enter__(self) -> _LogWatch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()
        self.shrunk = max(0, self.shrunk - 1)  # the publication's own

    def run(self) -> None:
        last = 0
        while not self._stopped.wait(0.02):
            size = self._file.stat().st_size if self._file.exists() else 0
            self.shrunk += size < last
            last = size
