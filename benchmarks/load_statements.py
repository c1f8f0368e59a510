"""What loading takes, alone and by statement: ``python -m benchmarks.load_statements FOLDER SIGNALS [MEMORY_LIMIT] …``.

Lands ``SIGNALS`` in a run. Then loads these files, as the run's loading thread does, with each ``MEMORY_LIMIT`` of
DuckDB (200MB if none is given), three times in turn. Prints the load with the least CPU: its seconds of
CPU, each statement's, and the pages of memory that the process was given meanwhile. Then the same in pieces of 40
lines: what a piece takes however small it is.
"""

from __future__ import annotations

import re
import resource
import shutil
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import zstandard

from benchmarks.benchmark import Project
from benchmarks.local_api import local_api
from benchmarks.questions import QUESTIONS
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse import landed_files
from saber_pipeline.warehouse.landing import LANDED_SUFFIX, LandedFile
from saber_pipeline.warehouse.load import load_arriving
from saber_pipeline.warehouse.session import warehouse_session
from saber_pipeline.warehouse.views import apply_questions

if TYPE_CHECKING:
    import duckdb

TIMES = 3
FEW_LINES = 40
SHOWN_SHARE = 0.01


class TimedStatements:
    """A connection of DuckDB that adds up what its statements take, by the first words of each."""

    def __init__(self, con: Any) -> None:
        self.cpu_seconds: defaultdict[str, float] = defaultdict(float)
        self.times: Counter[str] = Counter()
        self._con = con

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def execute(self, query: str, *values: Any) -> Any:
        """The same as DuckDB's own."""
        began = time.process_time()
        result = self._con.execute(query, *values)
        words = " ".join(re.sub(r"--.*", "", query).split())[:60]
        self.cpu_seconds[words] += time.process_time() - began
        self.times[words] += 1
        return result


def main() -> None:
    """See above."""
    folder, signals, limits = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] or ["200MB"]
    landed = _land(folder, signals)
    _report(folder, landed, limits)
    small = _first_lines(landed, folder / "small")
    landed_files.PIECE_BYTES = max(file.size_bytes for file in small)
    print(f"in pieces of {FEW_LINES} lines:", flush=True)
    _report(folder, small, limits[:1])


def _land(folder: Path, signals: int) -> list[LandedFile]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with local_api(folder) as api:
        project = Project(api, folder)
        project.write_list("bench", (f"company{number:07d}.com" for number in range(signals // len(QUESTIONS))))
        project.run("bench", "buy")
        api.finish()
        project.run("bench")
    landed = DataPaths(project.data_dir).landed_signals
    return [_landed_file(path) for path in sorted(landed.glob(f"*{LANDED_SUFFIX}"))]


def _first_lines(files: list[LandedFile], folder: Path) -> list[LandedFile]:
    folder.mkdir()
    for file in files:
        text = b"".join(_text(file.path).splitlines(keepends=True)[:FEW_LINES])
        (folder / file.name).write_bytes(zstandard.compress(text))
    return [_landed_file(folder / file.name) for file in files]


def _landed_file(path: Path) -> LandedFile:
    lines = _text(path).splitlines()
    return LandedFile(path, len(lines), sum(map(len, lines)), path.stat().st_size, max(map(len, lines)), 0)


def _text(path: Path) -> bytes:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read()


def _report(folder: Path, files: list[LandedFile], limits: list[str]) -> None:
    best: dict[str, tuple[float, int, TimedStatements]] = {}
    for _ in range(TIMES):
        for limit in limits:
            loaded = _load(folder / "loaded", files, limit)
            best[limit] = min(best.get(limit, loaded), loaded, key=lambda each: each[0])
    for limit, (cpu_seconds, pages, statements) in best.items():
        print(f"{limit}: {cpu_seconds:.2f} s of CPU, {pages:,} pages of memory", flush=True)
        for words, seconds in sorted(statements.cpu_seconds.items(), key=lambda item: -item[1]):
            if seconds >= SHOWN_SHARE * cpu_seconds:
                print(f"  {seconds:.3f} s in {statements.times[words]:,}: {words}", flush=True)


def _load(folder: Path, files: list[LandedFile], limit: str) -> tuple[float, int, TimedStatements]:
    """Seconds of CPU and pages of a load into a new warehouse, and its statements."""
    shutil.rmtree(folder, ignore_errors=True)
    paths = DataPaths(folder)
    with warehouse_session(paths, memory_limit=limit) as session:
        apply_questions(session.con, QUESTIONS)
        statements = TimedStatements(session.con)
        worked, pages = time.process_time(), _pages()
        load_arriving(cast("duckdb.DuckDBPyConnection", statements), paths, files)
        return time.process_time() - worked, _pages() - pages, statements


def _pages() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


if __name__ == "__main__":
    main()
