"""Several workers over one list, which is bought from the beginning: who buys how much of it, how long it takes.

``python -m benchmarks.one_list FOLDER PAIRS [WORKERS …]``: a list of PAIRS companies (1,600 by default) for 1, 2, 4 and
8 workers, their ledger in a Postgres of its own, at a sandbox that answers 50 ms late. The question needs a request for
each company; ``--batches``: it goes into twenty batches. Each worker sends ``--lanes`` requests at once (4), or with
``--share`` its part of 64. The sandbox has no rate limit, unless ``--per-minute`` says how many purchases it takes. A
worker is a process. Timed is the buying: from the first purchase that arrives to the last reply; CPU is that of whole
runs, without imports.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.questions.question import AnswerType, Question, VerificationMode
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline.sandbox.app import create_app
from saber_pipeline.sandbox.sandbox_server import base_url_of, listening_socket
from saber_pipeline.sandbox.sandbox_settings import RateLimit, SandboxSettings
from saber_pipeline_tests.testbed.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LATENCY_SECONDS = 0.05
LANES_OF_ALL = 64
BATCHES = 20
TOO_MANY = 429
KEY = "sk_sandbox_bench"
NO_LIMIT = RateLimit(per_minute=10_000_000, burst=1_000_000)
ONE_BY_ONE = Question("mood", "What is their mood?", verification_mode=VerificationMode.LENIENT)
BATCHED = Question("size", "How many people work there?", AnswerType.NUMBER)


@dataclass(frozen=True)
class Job:
    """What a worker is told: where, which question, how many requests at once, how many domains in a batch."""

    base_url: str
    folder: Path
    ledger_url: str
    is_batched: bool
    lanes: int
    batch_domains: int

    def work(self, number: int) -> None:
        """One run over the list; what it brought goes to a file."""
        settings = Settings(
            base_url=self.base_url,
            data_dir=self.folder / "data",
            ledger_url=LedgerAddress(self.ledger_url),
            concurrency=self.lanes,
            max_batch_domains=self.batch_domains,
        )
        questions = (BATCHED if self.is_batched else ONE_BY_ONE,)
        cpu = time.process_time()
        result = run_answers(
            RunRequest(f"worker{number}", Selection(("list",), questions)),
            settings,
            questions,
            new_client=lambda: SaberClient(KEY, self.base_url),
            report=lambda _progress: None,
        )
        told = {
            "cpu": time.process_time() - cpu,
            "bought": result.spending.signals_bought,
            "not known": result.outcomes.totals[Outcome.NOT_KNOWN],
            "answered": result.outcomes.totals[Outcome.ANSWERED] + result.outcomes.totals[Outcome.OWNED],
        }
        (self.folder / f"worker{number}.json").write_text(json.dumps(told))


class Late:
    """The sandbox, 50 ms later; counts purchases, and how many requests it refused because there were too many.

    ``seconds`` passed from the first purchase to the reply to the last.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.posts = self.refused = 0
        self.began = self.ended = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            self.refused += message.get("status") == TOO_MANY
            await send(message)

        is_purchase = scope.get("method") == "POST"
        self.posts += is_purchase
        self.began = self.began or (time.monotonic() if is_purchase else 0.0)
        await asyncio.sleep(LATENCY_SECONDS)
        await self._app(scope, receive, counted)
        if is_purchase:
            self.ended = time.monotonic()


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=int, nargs="?", default=1_600)
    parser.add_argument("workers", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--batches", action="store_true")
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--share", action="store_true")
    parser.add_argument("--per-minute", type=int)
    chosen = parser.parse_args()
    print("workers    s  CPU ms a pair  bought by each  POSTs  429s")
    with running_postgres(chosen.folder) as server:
        for workers in chosen.workers:
            place = chosen.folder / str(workers)
            (place / "data" / "domain_lists").mkdir(parents=True)
            rows = ["domain", *(f"company{number:06d}.com" for number in range(chosen.pairs)), ""]
            (place / "data" / "domain_lists" / "list.csv").write_text("\n".join(rows))
            app = Late(create_app(_sandbox(chosen)))
            for base_url in _serving(app):
                lanes = LANES_OF_ALL // workers if chosen.share else chosen.lanes
                address = server.new_schema().reveal()
                job = Job(base_url, place, address, chosen.batches, lanes, max(1, chosen.pairs // BATCHES))
                print(_measured(job, app, workers, chosen.pairs), flush=True)


def _sandbox(chosen: argparse.Namespace) -> SandboxSettings:
    limited = RateLimit(chosen.per_minute, chosen.per_minute // 5) if chosen.per_minute else NO_LIMIT
    return SandboxSettings(
        credits=2 * chosen.pairs, reads=NO_LIMIT, writes=limited, failed_share=0.0, sales_navigator_connected=False
    )


def _serving(app: ASGIApp) -> Iterator[str]:
    listening = listening_socket(0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", date_header=False, timeout_keep_alive=60))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield base_url_of(listening)
    server.should_exit = True
    thread.join()


def _measured(job: Job, app: Late, workers: int, pairs: int) -> str:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=job.work, args=(number,)) for number in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    told: list[dict[str, Any]] = [json.loads((job.folder / f"worker{n}.json").read_text()) for n in range(workers)]
    accounts = {(each["answered"], each["not known"]) for each in told}
    if [sum(account) for account in accounts] != [pairs] or sum(each["bought"] for each in told) != pairs:
        raise RuntimeError(f"Not every pair was bought once, or the accounts differ: {told}")
    cpu = 1000 * sum(each["cpu"] for each in told) / pairs
    bought = sorted(each["bought"] for each in told)
    shares = f"{bought[0]:,} to {bought[-1]:,}"
    return f"{workers:7} {app.ended - app.began:5.1f} {cpu:13.1f}  {shares:>14} {app.posts:6,} {app.refused:5,}"


if __name__ == "__main__":
    main()
