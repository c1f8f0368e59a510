"""What commands cost that only look, beside 0.1.0's build, each in a project of its own that owns 20,000 pairs."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.benchmark import DOMAINS_PER_BATCH, ROOT, Project, dagster_environment
from benchmarks.command_cost import Cost, measure
from benchmarks.local_api import LocalApi, local_api
from benchmarks.target import Target

PROGRAM = "from saber_pipeline.cli import main; main()"
COMMANDS = {("status",): 0.3, ("plan", "bench"): 0.6, ("answers", "bench"): 0.5, ("doctor",): 0.5}


def commands(folder: Path, *, repeats: int, earlier: Path | None) -> tuple[list[Target], dict[str, Any]]:
    """Medians of ``repeats`` pairs. Without the earlier build there is nothing to compare with, and no target."""
    builds = {"now": ROOT, **({"earlier": earlier} if earlier else {})}
    costs: dict[tuple[str, ...], list[dict[str, Cost]]] = {words: [] for words in COMMANDS}
    with local_api(folder) as api:
        for build, code in builds.items():
            _own(api, folder / f"of_{build}", code)
        for number in range(repeats + 1):
            for words, found in costs.items():
                pair = {build: _measure(api, folder / f"of_{build}", code, words) for build, code in builds.items()}
                if number:  # the first of each makes caches, and Dagster's instance
                    found.append(pair)
    targets = []
    for words, pairs in costs.items():
        now = statistics.median(pair["now"].cpu_seconds for pair in pairs)
        print(f"  saber-pipeline {' '.join(words):14} {now:.2f} s of CPU", flush=True)
        if earlier:
            before = statistics.median(pair["earlier"].cpu_seconds for pair in pairs)
            targets.append(
                Target(
                    f"command_{words[0]}",
                    f"saber-pipeline {words[0]}, 20,000 pairs owned, of 0.1.0's build",
                    statistics.median(pair["now"].cpu_seconds / pair["earlier"].cpu_seconds for pair in pairs),
                    COMMANDS[words],
                    "times the CPU",
                    how=f"{now:.2f} and {before:.2f} s, {len(pairs)} pairs",
                )
            )
    measured = {
        " ".join(words): [{build: vars(cost) for build, cost in pair.items()} for pair in pairs]
        for words, pairs in costs.items()
    }
    return targets, measured


def _own(api: LocalApi, place: Path, code: Path) -> None:
    project = Project(api, place, code)
    project.write_list("bench", (f"company{number:07d}.com" for number in range(DOMAINS_PER_BATCH)))
    project.run("bench", "buy")
    api.finish()
    project.run("bench")


def _measure(api: LocalApi, place: Path, code: Path, words: tuple[str, ...]) -> Cost:
    environment = {**dagster_environment(api.base_url, place), "PYTHONPATH": str(code)}
    command = [sys.executable, "-c", PROGRAM, *words]
    return measure(command, cwd=place, environment=environment, log=place / f"{words[0]}.log", is_ok=(0, 1))
