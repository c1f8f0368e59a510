"""One run of the pipeline as a process of its own, which may be told where to die."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import resource
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import httpx

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import PipelineError
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchRequest
from saber_pipeline.warehouse import background_loader
from torture.fast_clock import FastClock
from torture.kill_points import REQUEST_POINTS, WHILE_IT_WAITS, Kill, arm

KEY = "sk_sandbox_0000"
LIST_NAME = "accounts"


@dataclass(frozen=True)
class Job:
    """What a process is to do. ``said`` takes its log; its result goes beside it as JSON.

    ``ledger_url`` is where the ledger is, if in a database, ``store`` the address of an object store and how to enter
    it: settings that hold them are secrets and not handed on.
    """

    run_id: str
    settings: Settings
    questions: tuple[Question, ...]
    clock: FastClock
    force: bool
    is_research: bool
    kills: tuple[Kill, ...]
    most_file_bytes: int | None
    seed: int
    said: Path
    max_wait_minutes: float = 30.0
    ledger_url: str | None = None
    store: tuple[str, dict[str, str]] | None = None

    @property
    def result_file(self) -> Path:
        """Absent when the process died."""
        return self.said.with_suffix(".json")


def run_process(job: Job) -> None:
    """The process's body."""
    if job.ledger_url:
        store = StoreAddress(*job.store) if job.store else None
        settings = replace(job.settings, ledger_url=LedgerAddress(job.ledger_url), store_url=store)
        job = replace(job, settings=settings)
    background_loader.START_BYTES = 1  # so that deaths meet loading ahead as well: a case has a few hundred answers
    with job.said.open("w", encoding="utf-8", buffering=1) as said:
        sys.stdout = sys.stderr = said
        logging.basicConfig(stream=said, level=logging.INFO, format="%(relativeCreated)7d %(message)s", force=True)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        if job.most_file_bytes:
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (job.most_file_bytes, before[1]))
        try:
            for kill in job.kills:
                arm(kill)
            result = _result(job)
        except BaseException:  # noqa: BLE001 - whatever it is, an interruption too, the case fails by it and shows it
            result = {"crash": traceback.format_exc()}
        if job.most_file_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        job.result_file.write_text(json.dumps(result), "utf-8")


def _result(job: Job) -> dict[str, object]:
    rng = random.Random(job.seed)  # noqa: S311 - repeatable waits, no secrets
    clock: Clock = job.clock
    for kill in job.kills:
        clock = _StoppingClock(clock, kill)

    def new_client() -> SaberClient:
        transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport()
        for kill in job.kills:
            transport = _DeadlyTransport(transport, kill, rng)
        return SaberClient(KEY, job.settings.base_url, clock=clock, rng=rng, transport=transport)

    try:
        return _researched(job, new_client, clock) if job.is_research else _answered(job, new_client, clock)
    except PipelineError as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _researched(job: Job, new_client: Callable[[], SaberClient], clock: Clock) -> dict[str, object]:
    result = run_research(
        ResearchRequest(run_id=job.run_id, force_refresh=job.force, max_wait_minutes=job.max_wait_minutes),
        job.settings,
        job.questions,
        new_client=new_client,
        report=_report,
        clock=clock,
    )
    logging.info("%s", result)
    return {
        "adds_up": result.adds_up,
        "asked": result.people,
        "totals": {outcome.value: people for outcome, people in result.outcomes.items() if people},
        "stopped_by": str(result.stopped_by) if result.stopped_by else None,
    }


def _answered(job: Job, new_client: Callable[[], SaberClient], clock: Clock) -> dict[str, object]:
    request = RunRequest(
        run_id=job.run_id,
        selection=Selection((LIST_NAME,), job.questions, force_refresh=job.force),
        max_wait_minutes=job.max_wait_minutes,
    )
    result = run_answers(request, job.settings, job.questions, new_client=new_client, report=_report, clock=clock)
    logging.info("%s", result.outcomes)
    return {
        "adds_up": result.outcomes.adds_up,
        "asked": result.outcomes.asked,
        "totals": {outcome.value: pairs for outcome, pairs in result.outcomes.totals.items() if pairs},
        "stopped_by": str(result.stopped_by) if result.stopped_by else None,
        "taken_over": result.spending.taken_over,
    }


def _report(progress: Progress) -> None:
    logging.info("%s", progress)


class _StoppingClock:
    """The case's clock, until the sleep in which to die or to stand still."""

    def __init__(self, clock: Clock, kill: Kill) -> None:
        self._clock = clock
        self._kill = kill if kill.point == WHILE_IT_WAITS else None
        self._left = kill.number

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def now(self) -> datetime:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        self._left -= 1
        if self._kill and self._left == 0:
            self._kill.strike()
        await self._clock.sleep(seconds)


class _DeadlyTransport(httpx.AsyncBaseTransport):
    """The ``real`` one, until the request at which to die."""

    def __init__(self, real: httpx.AsyncBaseTransport, kill: Kill, rng: random.Random) -> None:
        self._real = real
        self._rng = rng
        self._kill = kill
        self._point = kill.point if kill.point in REQUEST_POINTS else ""
        self._method = "POST" if "POST" in self._point else "GET"
        self._left = kill.number

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_it = False
        if self._point and request.method == self._method:
            self._left -= 1
            is_it = self._left == 0
        if is_it and self._point.startswith("before"):
            self._kill.strike()
        if is_it and self._point.endswith("under way"):
            sending = asyncio.ensure_future(self._real.handle_async_request(request))
            await asyncio.sleep(self._rng.uniform(0.0, 0.02))
            self._kill.strike()
            return await sending  # who is not the first of several gets here, and whoever disarms ``die``
        response = await self._real.handle_async_request(request)
        if is_it:
            await response.aread()
            self._kill.strike()
        return response

    async def aclose(self) -> None:
        await self._real.aclose()
