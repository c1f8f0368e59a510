"""How cost grows with the list: collecting, a rerun that owns everything, and a bit more beside a lot."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Project
from benchmarks.local_api import local_api
from benchmarks.questions import QUESTIONS
from benchmarks.target import Target

MORE_SIGNALS = 20_000


def growth(folder: Path, sizes: list[int]) -> tuple[list[Target], dict[str, Any]]:
    """Each size in a data directory of its own; the largest gets MORE_SIGNALS beside what it has."""
    points = [_point(folder / str(size), size, with_more=size == max(sizes)) for size in sizes]
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
    first = next((point for point in points if point["signals"] >= MORE_SIGNALS), points[0])
    if largest is not first:
        grown = math.log(largest["signals"] / first["signals"])
        exponent = math.log(largest["run_cpu_seconds"] / first["run_cpu_seconds"]) / grown
        clock = math.log(largest["run_seconds"] / first["run_seconds"]) / grown
        about = f"growth of collect and load, {first['signals']:,} to {largest['signals']:,}"
        targets.append(
            Target("growth_exponent", about, exponent, 1.05, "(exponent of CPU)", how=f"of the clock {clock:.2f}")
        )
        targets.append(
            Target(
                f"more_beside_{largest['signals']}_collected",
                f"{MORE_SIGNALS:,} more beside {largest['signals']:,} that were collected, of what they cost alone",
                largest["more_cpu_seconds"] / first["run_cpu_seconds"] * first["signals"] / MORE_SIGNALS,
                1.15,
                "times the CPU",
                how=f"{largest['more_seconds']:.1f} s by the clock",
            )
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


def _point(folder: Path, signals: int, *, with_more: bool) -> dict[str, Any]:
    folder.mkdir(parents=True)
    with local_api(folder) as api:
        project = Project(api, folder)
        project.write_list("bench", _domains(0, signals))
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
        if with_more:
            project.write_list("more", _domains(signals, MORE_SIGNALS))
            project.run("more", "buy")
            api.finish()
            _, more = project.run("more")
            point |= {f"more_{name.removeprefix('run_')}": more[name] for name in ("run_seconds", "run_cpu_seconds")}
            point |= {"more_publish_seconds": more["publish_seconds"], "more_published_bytes": more["published_bytes"]}
    return point


def _domains(first_signal: int, signals: int) -> list[str]:
    first = first_signal // len(QUESTIONS)
    return [f"company{number:07d}.com" for number in range(first, first + signals // len(QUESTIONS))]


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
