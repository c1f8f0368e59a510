"""What this project adds to Dagster: importing it, and a run that owns everything already.

Both commands run in process: Dagster's usual executor would start a second process for the empty one alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.benchmark import DAGSTER, DOMAINS_PER_BATCH, ROOT, Project, dagster_environment
from benchmarks.command_cost import Cost, measure
from benchmarks.local_api import local_api
from benchmarks.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN = [sys.executable, "-c", "from saber_pipeline.cli import main; main()", "run", "bench", "--yes"]
IMPORTING = """
import time
began = time.perf_counter()
import dagster
middle = time.perf_counter()
import saber_pipeline.definitions
print(time.perf_counter() - middle)
"""


def overhead(folder: Path, *, repeats: int) -> tuple[list[Target], dict[str, Any]]:
    """Medians of ``repeats`` pairs, taken in turn."""
    imports, empty, owned, run = [], [], [], []
    with local_api(folder) as api:
        project = Project(api, folder)
        project.write_list("bench", (f"company{number:07d}.com" for number in range(DOMAINS_PER_BATCH)))
        project.materialize("--select", "domain_lists")
        project.run("bench", "buy")
        api.finish()
        project.run("bench")
        _, reported = project.run("bench")
        environment = dagster_environment(api.base_url, folder)
        ours = {**environment, "PYTHONPATH": str(ROOT)}
        nothing = [*DAGSTER[:-1], "benchmarks.empty_project", "--select", "nothing"]
        for _ in range(repeats):
            imports.append(_import_seconds())
            empty.append(measure(nothing, cwd=ROOT, environment=environment, log=folder / "empty.log"))
            owned.append(project.materialize("--select", "group:answers", "--partition", "bench"))
            run.append(measure(RUN, cwd=folder, environment=ours, log=folder / "owned.log"))
    heavy = len([name for name in reported["heavy_modules"].split(", ") if name])
    return [
        Target("imports_over_dagster", "import saber_pipeline.definitions over import dagster", min(imports), 0.3, "s"),
        _over_empty("command_over_empty", "dagster asset materialize", owned, empty),
        _over_empty("run_over_empty", "saber-pipeline run", run, empty),
        Target(
            "heavy_modules",
            "pandas, pyarrow, matplotlib imported by a run that owns everything",
            heavy,
            0,
            "modules",
        ),
    ], {
        "import_seconds": imports,
        "empty": [vars(cost) for cost in empty],
        "owned": [vars(cost) for cost in owned],
        "run": [vars(cost) for cost in run],
        "added_cpu_seconds": statistics.median(_added_cpu(owned, empty)),
        "heavy_modules": reported["heavy_modules"],
    }


def _over_empty(name: str, command: str, owned: Sequence[Cost], empty: Sequence[Cost]) -> Target:
    added = statistics.median(ours.seconds - nothing.seconds for ours, nothing in zip(owned, empty, strict=True))
    in_all = statistics.median(cost.cpu_seconds for cost in owned)
    return Target(
        name,
        f"{command}, 20,000 pairs owned, over an empty Dagster command in process",
        statistics.median(_added_cpu(owned, empty)),
        1.2,
        "s of CPU",
        how=f"{in_all:.2f} s in all, {len(owned)} pairs; by the clock {added:.2f} s more",
    )


def _added_cpu(owned: Sequence[Cost], empty: Sequence[Cost]) -> list[float]:
    return [ours.cpu_seconds - nothing.cpu_seconds for ours, nothing in zip(owned, empty, strict=True)]


def _import_seconds() -> float:
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return float(done.stdout)
