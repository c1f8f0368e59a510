"""What 20,000 more cost beside a lot that is owned, of what they cost alone; and publishing them, of copying the file.

Each pair is a run beside and a run alone, one right after the other, and then one plain copy of the published file.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Project
from benchmarks.grown_directory import copied_domains, grow
from benchmarks.local_api import LocalApi, local_api
from benchmarks.questions import QUESTIONS
from benchmarks.target import Target
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse.file_copy import copy_file

MORE_SIGNALS = 20_000
AT_MOST = {1_000_000: 1.15, 10_000_000: 1.3}


def beside(
    folder: Path, owned: int, *, repeats: int, same_day: bool = False, more: int = MORE_SIGNALS
) -> tuple[list[Target], dict[str, Any]]:
    """``owned`` signals, of which ``more`` were collected and the rest are copies: older by days, or of that day."""
    pairs = []
    with local_api(folder) as api:
        project = Project(api, folder / "beside")
        first = _domains(0, more)
        _collect(api, project, "bench", first)
        copies = owned // more - 1
        count = grow(DataPaths(project.data_dir), copies, same_day=same_day)
        project.write_list("grown", copied_domains(first, copies))
        bought = api.bought()
        _, reported = project.run("grown")  # plans them as owned, and publishes what has grown
        if api.bought() != bought:
            raise RuntimeError(f"what was copied is not owned: {reported['accounts']}")
        _collect(api, project, "before", _domains(more, more))  # so that a version of nearly the same stands by
        for number in range(repeats):
            beside_it = _collect(api, project, f"more{number}", _domains((number + 2) * more, more))
            with local_api(folder / "beside") as other:
                alone = _collect(other, Project(other, folder / f"alone{number}"), "bench", first)
            pairs.append({"beside": beside_it, "alone": alone, "copy": _copy(project.data_dir / "answers.duckdb")})
            print(
                f"  beside {count:,}: {beside_it['run_cpu_seconds']:.2f} s of CPU, {beside_it['run_seconds']:.2f} s; "
                f"alone {alone['run_cpu_seconds']:.2f} s, {alone['run_seconds']:.2f} s",
                flush=True,
            )
    found = _targets(owned, more, pairs, same_day=same_day)
    return found, {"owned": count, "same_day": same_day, "more": more, "pairs": pairs}


def _targets(owned: int, more: int, pairs: list[dict[str, Any]], *, same_day: bool) -> list[Target]:
    def ratio(of: str) -> float:
        return float(statistics.median(pair["beside"][of] / pair["alone"][of] for pair in pairs))

    copied = statistics.median(pair["copy"]["cpu_seconds"] for pair in pairs)
    published = statistics.median(pair["beside"]["publish_cpu_seconds"] for pair in pairs)
    key, which = (f"{owned}_same_day", f"{owned:,} of the same day") if same_day else (f"{owned}", f"{owned:,}")
    return [
        Target(
            f"more_beside_{key}",
            f"{more:,} more beside {which}, of what they cost alone",
            ratio("run_cpu_seconds"),
            AT_MOST.get(owned, AT_MOST[1_000_000]),
            "times the CPU",
            how=f"{statistics.median(pair['beside']['run_cpu_seconds'] for pair in pairs):.2f} s, {len(pairs)} pairs; "
            f"of the clock {ratio('run_seconds'):.2f} times",
        ),
        Target(
            f"publication_beside_{key}",
            f"publishing beside {which}, of copying the file",
            statistics.median(pair["beside"]["publish_cpu_seconds"] / pair["copy"]["cpu_seconds"] for pair in pairs),
            0.05,
            "times the CPU",
            how=f"{published:.3f} and {copied:.3f} s for {pairs[-1]['beside']['published_bytes'] / 1e6:,.0f} MB",
        ),
    ]


def _collect(api: LocalApi, project: Project, name: str, domains: list[str]) -> dict[str, Any]:
    project.write_list(name, domains)
    project.run(name, "buy")
    api.finish()
    cost, reported = project.run(name)
    return {**reported, "peak_megabytes": cost.peak_megabytes}


def _copy(file: Path) -> dict[str, float]:
    """A whole copy, synced, as a publication without an older version writes it."""
    target = file.with_name("copy.duckdb")
    began, worked = time.perf_counter(), time.thread_time()
    copy_file(file.resolve(), target)
    cost = {"seconds": time.perf_counter() - began, "cpu_seconds": time.thread_time() - worked}
    target.unlink()
    return cost


def _domains(first_signal: int, signals: int) -> list[str]:
    first = first_signal // len(QUESTIONS)
    return [f"company{number:07d}.com" for number in range(first, first + signals // len(QUESTIONS))]
