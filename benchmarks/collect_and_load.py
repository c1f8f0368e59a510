"""Time collecting, typing and publishing finished signals against what nobody can go below.

The floor, DuckDB alone reading the landed lines into a table, is measured in the same run on the same signals.
The collect run includes the time that the sandbox takes to serve the pages, on the same cores.
``make bench``, or with another size ``make bench ARGS="--signals 100000"``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import httpx
import zstandard

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api_key import ApiKey
from saber_pipeline.buying.answer_run import carry_out
from saber_pipeline.buying.plan import Selection
from saber_pipeline.buying.requests import RunRequest, RunResult
from saber_pipeline.questions.question import AnswerType, Question
from saber_pipeline.questions.subject_kinds import COMPANIES
from saber_pipeline.settings import Settings
from saber_pipeline.warehouse.landed_files import list_landed
from saber_pipeline.warehouse.paths import DataPaths
from saber_pipeline.warehouse.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

Times = dict[str, tuple[float, float]]

KEY = "sk_sandbox_local"
RESEARCH_SECONDS = 600
FLOOR = "floor: DuckDB reads the landed lines"
QUESTIONS = (
    Question("uses_crm", "Does this company use a CRM?", AnswerType.BOOLEAN),
    Question("headcount", "How many employees does this company have?", AnswerType.NUMBER),
)


def main() -> None:
    """Buy, let everything finish, then time the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=20_000)
    signals: int = parser.parse_args().signals
    with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder), signals) as base_url:
        paths = DataPaths(Path(folder) / "data")
        paths.lists(COMPANIES).mkdir(parents=True)
        rows = [f"company{number:07}.com" for number in range(signals // len(QUESTIONS))]
        (paths.lists(COMPANIES) / "bench.csv").write_text("\n".join(["domain", *rows]))
        settings = Settings(ApiKey(KEY), base_url, paths.data_dir, collect_lag_seconds=1)
        run(settings, max_wait_minutes=0)
        let_everything_finish(base_url)

        times: Times = {}
        with timed(times, "collect: plan, fetch, land, type, publish"):
            result = run(settings)
        lines = decompressed(paths, Path(folder))
        with timed(times, FLOOR), duckdb.connect(f"{folder}/floor.duckdb") as con:
            con.execute(f"CREATE TABLE landed AS FROM read_json('{lines}', format='newline_delimited')")
        with timed(times, "rebuild: check, read, type everything landed"):
            summary = rebuild(paths, QUESTIONS)
    report(times, result, summary.signals_new)


def run(settings: Settings, *, max_wait_minutes: float = 30) -> RunResult:
    """One run as the asset does it, without Dagster."""
    return carry_out(
        RunRequest("bench", Selection(("bench",), QUESTIONS), max_wait_minutes=max_wait_minutes),
        settings,
        QUESTIONS,
        new_client=lambda: SaberClient(KEY, settings.base_url),
        report=lambda _progress: None,
    )


def decompressed(paths: DataPaths, folder: Path) -> Path:
    """All landed lines in one plain file, so that the floor is DuckDB's work alone."""
    plain = folder / "landed.ndjson"
    with plain.open("wb") as target:
        for landed in list_landed(paths.landed_signals):
            with landed.open("rb") as source:
                zstandard.ZstdDecompressor().copy_stream(source, target)
    return plain


@contextmanager
def sandbox(folder: Path, signals: int) -> Iterator[str]:
    """A sandbox process whose signals take so long that only its clock finishes them."""
    ready = folder / "ready"
    command = [str(Path(sys.executable).with_name("saber-pipeline")), "sandbox", "--port", "0"]
    command += ["--seconds", str(RESEARCH_SECONDS), "--creation-seconds", "0"]
    command += ["--credits", str(10 * signals), "--ready-file", str(ready)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"NO_PROXY": "127.0.0.1"})  # noqa: S603 - our own command
    try:
        while not ready.exists() and process.poll() is None:
            time.sleep(0.05)
        yield ready.read_text()
    finally:
        process.terminate()
        process.wait()


def let_everything_finish(base_url: str) -> None:
    """Move the sandbox's clock past the end of every signal, and past the collector's lag."""
    reply = httpx.post(f"{base_url}/_sandbox/clock", json={"advance_seconds": 2 * RESEARCH_SECONDS}, trust_env=False)
    reply.raise_for_status()


@contextmanager
def timed(times: Times, name: str) -> Iterator[None]:
    """Seconds by the clock, and seconds of this process's own work: the rest is the sandbox's."""
    began, worked = time.perf_counter(), time.process_time()
    yield
    times[name] = (time.perf_counter() - began, time.process_time() - worked)


def report(times: Times, result: RunResult, loaded: int) -> None:
    """The table. Everything is held against the floor."""
    peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor = times[FLOOR][0]
    print(f"{loaded:,} signals landed and loaded; the collect run: {result.accounts}")
    print(f"{result.requests.total():,} requests; peak memory of this process {peak_megabytes:,.0f} MB\n")
    print(f"{'':46} {'seconds':>8}  {'own CPU':>8}  {'signals/s':>10}  {'x floor':>8}")
    for name, (seconds, own_seconds) in times.items():
        print(f"{name:46} {seconds:8.2f}  {own_seconds:8.2f}  {loaded / seconds:10,.0f}  {seconds / floor:8.1f}")


if __name__ == "__main__":
    main()
