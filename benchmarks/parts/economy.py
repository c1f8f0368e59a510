"""Requests, and how soon an answer lands: a run against the sandbox, whose time passes only while somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from benchmarks.target import Target
from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.signal_sink import SinkBatch
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.secrets import ApiKey
from saber_pipeline.config.settings import Settings
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

KEY = "sk_sandbox_bench"
LAG_SECONDS = 30.0
QUESTION = Question("crm", "Which CRM does this company use?", AnswerType.OPEN_TEXT)


@dataclass
class PassingClock:
    """Stands still until somebody waits, and remembers every wait and what landed when."""

    seconds: float = 1_790_000_000.0
    waits: list[tuple[float, float]] = field(default_factory=list)  # when each ended, and how long it was
    landed_at: dict[str, float] = field(default_factory=dict)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, tz=UTC)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits.append((self.seconds, seconds))
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Case:
    """Signals that complete evenly between one minute and ``longest_seconds`` after their purchase."""

    signals: int
    longest_seconds: float
    over: str
    key: str
    reads_at_most: float


def slow(signals: int) -> Case:
    """Over an hour, small lists over a quarter: what the API's documentation says of both."""
    minutes = 60 if signals >= 1_000 else 15  # noqa: PLR2004 - likewise
    return Case(signals, 60.0 * minutes, f"{minutes} minutes", f"{signals}_over_{minutes}_min", 0.06)


def burst(signals: int) -> Case:
    """All of them within two seconds, where the halves of a window share a second."""
    return Case(signals, 62.0, "two seconds", f"{signals}_over_2_s", 0.043)


def economy(folder: Path, cases: Iterable[Case]) -> tuple[list[Target], dict[str, Any]]:
    """What each case took in requests, and how late its answers landed."""
    targets, measured = [], {}
    for case in cases:
        key = case.key
        clock = PassingClock()
        result = _run(folder / key, case.signals, clock, longest_seconds=case.longest_seconds)
        delays = _delays(folder / key, clock)
        reads = result.requests.total() - result.spending.posts
        targets += [
            Target(
                f"reads_{key}",
                f"reads per signal, {case.signals:,} that complete over {case.over}",
                reads / case.signals,
                case.reads_at_most,
                "reads",
                how=f"{result.polling_requests} of {reads:,} only polled",
            ),
            Target(
                f"late_{key}",
                f"landed later than the lag and two polling intervals, {case.signals:,} over {case.over}",
                max(landed - allowed for landed, allowed in delays),
                0,
                "s",
            ),
        ]
        measured[key] = {
            "signals": case.signals,
            "over": case.over,
            "reads": reads,
            "polling_requests": result.polling_requests,
            "looks": len(clock.waits),
            "longest_wait_seconds": max(seconds for _, seconds in clock.waits),
            "median_delay_seconds": sorted(landed for landed, _ in delays)[len(delays) // 2],
            "longest_delay_seconds": max(landed for landed, _ in delays),
        }
    return targets, measured


def _run(folder: Path, signals: int, clock: PassingClock, *, longest_seconds: float) -> RunResult:
    lists = folder / "domain_lists"
    lists.mkdir(parents=True)
    (lists / "bench.csv").write_text("\n".join(["domain", *(f"company{n:06d}.com" for n in range(signals))]))
    sandbox = SandboxSettings(credits=10 * signals, processing_seconds=(60.0, longest_seconds), failed_share=0.02)
    running = RunningSandbox(sandbox, clock=SandboxClock(lambda: clock.seconds))
    with running, _noting_what_lands(clock):
        settings = Settings(ApiKey(KEY), running.base_url, folder, collect_lag_seconds=LAG_SECONDS)
        return run_answers(
            RunRequest("bench", Selection(("bench",), (QUESTION,)), max_wait_minutes=600),
            settings,
            (QUESTION,),
            new_client=lambda: SaberClient(KEY, running.base_url, clock=clock),
            report=lambda _progress: None,
            clock=clock,
        )


@contextmanager
def _noting_what_lands(clock: PassingClock) -> Iterator[None]:
    commit = SinkBatch.commit

    def noting(self: SinkBatch) -> None:
        commit(self)
        for signal_id in self.result.settled.values():
            clock.landed_at.setdefault(signal_id, clock.seconds)

    with patch.object(SinkBatch, "commit", noting):
        yield


def _delays(folder: Path, clock: PassingClock) -> list[tuple[float, float]]:
    """For each completed signal how long it took to land, and the lag and the two waits before that together."""
    ends = [end for end, _ in clock.waits]
    with duckdb.connect(str(folder / "answers.duckdb"), read_only=True) as con:
        rows = con.execute("SELECT signal_id, epoch(completed_at) FROM signals WHERE status = 'completed'").fetchall()
    delays = []
    for signal_id, completed in rows:
        landed = clock.landed_at[signal_id]
        before = [seconds for end, seconds in zip(ends, (s for _, s in clock.waits), strict=True) if end <= landed][-2:]
        delays.append((landed - completed, LAG_SECONDS + sum(before)))
    return delays
