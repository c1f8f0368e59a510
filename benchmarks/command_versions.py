"""CPU seconds of a command by several versions of the code, in turn.

``python -m benchmarks.command_versions N … -- WORDS``; each ``…`` is
``NAME=CODE:PROJECT``: a checkout, and the project folder where it runs ``saber-pipeline WORDS``. Prints
the median of N for each. Another version's tables may differ, so each has a project of its own.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys

PROGRAM = "from saber_pipeline.cli import main; main()"


def main() -> None:
    """See above."""
    end = sys.argv.index("--")
    times, places, words = int(sys.argv[1]), sys.argv[2:end], sys.argv[end + 1 :]
    seconds: dict[str, list[float]] = {place: [] for place in places}
    for _ in range(times):
        for place in places:
            code, project = place.partition("=")[2].split(":")
            seconds[place].append(_cpu_seconds(code, project, words))
    for place, found in seconds.items():
        print(f"{place.partition('=')[0]}: {statistics.median(found):.3f} s of {len(found)}, least {min(found):.3f} s")


def _cpu_seconds(code: str, project: str, words: list[str]) -> float:
    environment = os.environ | {"PYTHONPATH": code, "DAGSTER_DISABLE_TELEMETRY": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", PROGRAM, *words], cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
