"""What this project adds to Dagster: importing it, and a run that owns everything already.

Both commands run in process: Dagster's usual executor would start a second process for the empty one alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.course import DAGSTER, DOMAINS_PER_BATCH, ROOT, Project, dagster_environment
from benchmarks.local_api import local_api
from benchmarks.measuring import measure
from benchmarks.target import Target

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
    imports, empty, owned = [], [], []
    with local_api(folder) as api:
        project = Project(api, folder)
        project.write_list("bench", (f"company{number:07d}.com" for number in range(DOMAINS_PER_BATCH)))
        project.materialize("--select", "domain_lists")
        project.run("bench", "buy")
        api.finish()
        project.run("bench")
        _, told = project.run("bench")
        environment = dagster_environment(api.base_url, folder)
        nothing = [*DAGSTER[:-1], "benchmarks.empty_project", "--select", "nothing"]
        for _ in range(repeats):
            imports.append(_import_seconds())
            empty.append(measure(nothing, cwd=ROOT, environment=environment, log=folder / "empty.log"))
            owned.append(project.materialize("--select", "group:answers", "--partition", "bench"))
    pairs = list(zip(owned, empty, strict=True))
    added = statistics.median(ours.seconds - nothing.seconds for ours, nothing in pairs)
    added_cpu = statistics.median(ours.cpu_seconds - nothing.cpu_seconds for ours, nothing in pairs)
    ours_cpu = statistics.median(cost.cpu_seconds for cost in owned)
    heavy = len([name for name in told["heavy_modules"].split(", ") if name])
    return [
        Target("imports_over_dagster", "import saber_pipeline.definitions over import dagster", min(imports), 0.3, "s"),
        Target(
            "command_over_empty",
            "dagster asset materialize, 20,000 pairs owned, over an empty one in process",
            added_cpu,
            1.2,
            "s of CPU",
            how=f"{ours_cpu:.2f} s in all, {len(pairs)} pairs; by the clock {added:.2f} s more",
        ),
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
        "added_cpu_seconds": added_cpu,
        "heavy_modules": told["heavy_modules"],
    }


def _import_seconds() -> float:
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return float(done.stdout)
