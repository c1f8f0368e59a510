"""This project, in process: plan, collect, land, load, account and publish what a run before has bought."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import saber_pipeline.api.aiohttp_reader
import saber_pipeline.api.httpx_writer  # noqa: F401 - likewise
from benchmarks.questions import QUESTIONS
from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.secrets import ApiKey, LedgerAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.warehouse import publish
from saber_pipeline.warehouse.landing import LandingWriter

KEY = "sk_sandbox_bench"
LIST = "bench"


def collect(base_url: str, folder: Path) -> dict[str, Any]:
    """The second run of the list: everything is bought and finished, nothing is read yet."""
    told = timed_run(base_url, folder / "data", LIST)
    (folder / "out.duckdb").symlink_to(folder / "data" / "answers.duckdb")
    return told


def timed_run(base_url: str, data_dir: Path, list_name: str) -> dict[str, Any]:
    """A run, and how much of it was landing (compressing, writing, syncing) and copying the warehouse's file."""
    landing = Stopwatch(LandingWriter, "_compress", "commit")
    copying = Stopwatch(publish, "copy_file")
    began, worked = time.perf_counter(), time.process_time()
    result = run(base_url, data_dir, list_name)
    return {
        "run_seconds": time.perf_counter() - began,
        "run_cpu_seconds": time.process_time() - worked,
        "landing_seconds": landing.seconds,
        "landing_cpu_seconds": landing.cpu_seconds,
        "publish_seconds": copying.seconds,
        "publish_cpu_seconds": copying.cpu_seconds,
        "published_bytes": result.publication.bytes,
        "accounts": str(result.outcomes),
        "requests_by_operation": dict(result.requests),
    }


def run(base_url: str, data_dir: Path, list_name: str, *, max_wait_minutes: float = 120) -> RunResult:
    """One run of all questions, as the asset does it; of the environment only what several workers share counts."""
    address = os.environ.get("SABER_LEDGER_URL")
    settings = Settings(
        ApiKey(KEY),
        base_url,
        data_dir,
        concurrency=int(os.environ.get("SABER_CONCURRENCY", Settings.concurrency)),
        ledger_url=LedgerAddress(address) if address else None,
    )
    return run_answers(
        RunRequest("bench", Selection((list_name,), QUESTIONS), max_wait_minutes=max_wait_minutes),
        settings,
        QUESTIONS,
        new_client=lambda: SaberClient(KEY, base_url),
        report=lambda _progress: None,
    )


class Stopwatch:
    """Adds up the time spent in some functions."""

    def __init__(self, owner: Any, *names: str) -> None:
        self.seconds = self.cpu_seconds = 0.0
        self._depth = 0
        for name in names:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, function: Any) -> Any:
        def timed(*arguments: Any, **named: Any) -> Any:
            began, worked = time.perf_counter(), time.thread_time()  # others go on loading meanwhile
            self._depth += 1
            try:
                return function(*arguments, **named)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.perf_counter() - began
                    self.cpu_seconds += time.thread_time() - worked

        return timed
