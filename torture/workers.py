"""Several workers over one list, their ledger in a database, two of them killed wherever it is drawn.

They share a folder, or each has one of its own and what landed and was published is in an object store.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import AnswerType, Question, VerificationMode
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import Settings
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import RateLimit, SandboxSettings
from torture.fast_clock import FastClock
from torture.kill_points import A_MOMENT, FUNCTION_POINTS, REQUEST_POINTS, WORKER_FUNCTION_POINTS, Kill
from torture.run_process import LIST_NAME, Job, run_process
from torture.tables import differing, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess

    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline_tests.testbed.object_server import ObjectServer
    from saber_pipeline_tests.testbed.postgres import PostgresServer

QUESTIONS = (
    Question("size", "How many people work there?", AnswerType.NUMBER),
    Question("cloud", "Which cloud do they use?"),
    Question("crm", "Which CRM do they use?"),
    Question("mood", "What is their mood?", verification_mode=VerificationMode.LENIENT),
)
"""The last one needs a request each: claims of it are what other workers take over."""

SPEED = 25.0
LEASE_SECONDS = 5.0
BATCHES = 5
REQUESTS_OF_ALL = 64
SECONDS_A_PAIR, LEAST_SECONDS = 0.1, 240.0
"""What all of them together may take: eight processes share the machine."""

SINGLES_LAST_SECONDS = 250.0
"""The API's limit lets the requests of the last question take so long, by its own clock: until others have planned."""

RARE = ("orphans adopted", "resolved")
"""Only after a purchase whose reply was lost: who kills often meets them, but cannot be sure to."""

WORKER_POINTS = (
    *REQUEST_POINTS,
    *(point for point in FUNCTION_POINTS if point not in RARE),
    *WORKER_FUNCTION_POINTS,
    A_MOMENT,
)


@dataclass(frozen=True)
class WorkersCase:
    """The same seed is the same case. ``pairs`` is a multiple of four: there are four questions."""

    seed: int
    workers: int
    pairs: int

    @property
    def companies(self) -> int:
        """In the list."""
        return self.pairs // len(QUESTIONS)

    def draw_kills(self, folder: Path) -> tuple[Kill, Kill]:
        """The two deaths. Every worker may die either, and the first one that comes by does."""
        rng = random.Random(f"workers {self.seed}")  # noqa: S311 - repeatable cases, no secrets
        first, second = (self._draw(rng, folder / f"death {number}") for number in (1, 2))
        return first, second

    def _draw(self, rng: random.Random, mark: Path) -> Kill:
        point = rng.choice(WORKER_POINTS)
        if point == A_MOMENT:
            return Kill(point, rng.randint(500, 3_000 + self.pairs), mark=mark)
        return Kill(point, rng.randint(1, 8) if "GET" in point or "single" in point else 1, mark=mark)


@dataclass
class WorkersVerdict:
    """What a case brought. ``wrong`` must be empty."""

    case: WorkersCase
    kills: tuple[Kill, ...] = ()
    killed: int = 0
    bought: int = 0
    taken_over: int = 0  # as those tell that were not killed
    accounts: Counter[str] = field(default_factory=Counter)
    versions: int = 0
    answers: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def play(case: WorkersCase, server: PostgresServer, store: ObjectServer | None) -> WorkersVerdict:
    """Play ``case`` in a temporary folder, with a ledger of its own in ``server``, and a place in ``store``."""
    began = time.monotonic()
    verdict = WorkersVerdict(case)
    folder = Path(tempfile.mkdtemp(prefix=f"torture-workers-{case.seed}-"))
    clock = FastClock(time.time(), SPEED)
    chosen = SandboxSettings(
        seed=case.seed,
        processing_seconds=(5.0, 60.0),
        creation_spread_seconds=12.0,
        failed_share=0.03,
        not_known_share=0.1,
        credits=2 * case.pairs,
        writes=RateLimit(per_minute=60 * case.companies / SINGLES_LAST_SECONDS, burst=2 * BATCHES),
        sales_navigator_connected=False,  # else what failed for want of it is due as soon as a run hears of it
    )
    try:
        with RunningSandbox(chosen, clock=SandboxClock(clock.seconds)) as sandbox:
            place = store.new_prefix() if store else None
            _play(_Workers(case, folder, clock, sandbox, server.new_schema(), place), verdict)
    except Exception:  # noqa: BLE001 - one case must not end the others
        verdict.wrong.append(traceback.format_exc())
    finally:
        if verdict.wrong:
            verdict.wrong.append(f"what they left is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    verdict.seconds = time.monotonic() - began
    return verdict


@dataclass
class _Workers:
    """One sandbox, one list, one ledger, and processes over them.

    Without a ``store`` all have one folder. With it each has its own, the last run of all a new one.
    """

    case: WorkersCase
    folder: Path
    clock: FastClock
    sandbox: RunningSandbox
    address: LedgerAddress
    store: StoreAddress | None
    started: int = 0

    def paths(self, number: int) -> DataPaths:
        """Of the run with this number."""
        return DataPaths(self.folder / (f"machine{number}" if self.store else "data"), self.address, self.store)

    def settings(self, number: int) -> Settings:
        """Likewise."""
        return Settings(
            base_url=self.sandbox.base_url,
            data_dir=self.paths(number).data_dir,
            ledger_url=self.address,
            store_url=self.store,
            resolve_wait_minutes=1.0,
            lease_seconds=LEASE_SECONDS,
            max_batch_domains=max(1, self.case.companies // BATCHES),
            concurrency=max(1, REQUESTS_OF_ALL // self.case.workers),
        )

    def write_list(self, number: int) -> None:
        folder = self.paths(number).lists(COMPANIES)
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["domain", *(f"company{number:06d}.com" for number in range(self.case.companies)), ""]
        (folder / f"{LIST_NAME}.csv").write_text("\n".join(lines), "utf-8")

    def run(self, count: int, kills: tuple[Kill, ...] = ()) -> list[dict[str, Any] | None]:
        """So many runs at once; what each of them told, None of one that was killed."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["torture.run_process"])
        numbers = range(self.started, self.started + count)
        self.started += count
        for number in numbers:
            self.write_list(number)
        jobs = [self._job(number, kills) for number in numbers]
        processes = [context.Process(target=run_process, args=(job,)) for job in jobs]
        for process in processes:
            process.start()
        timers = [self._timer(processes, kill) for kill in kills if kill.point == A_MOMENT]
        give_up = time.monotonic() + LEAST_SECONDS + SECONDS_A_PAIR * self.case.pairs
        for process in processes:
            process.join(max(0.0, give_up - time.monotonic()))
        for timer in timers:
            timer.cancel()
        return [_result(process, job) for process, job in zip(processes, jobs, strict=True)]

    @property
    def versions(self) -> int:
        """How many were published."""
        notes = self.folder.glob("*/versions/published.json")
        return max(int(json.loads(note.read_text("utf-8"))["number"]) for note in notes)

    def bought(self) -> Counter[tuple[str, str]]:
        """How often each pair was paid for."""
        pairs = self.sandbox.books()["pairs"]
        return Counter({(p["subject"], p["question"]): sum(1 for s in p["signals"] if s["credits"]) for p in pairs})

    def _job(self, number: int, kills: tuple[Kill, ...]) -> Job:
        return Job(
            run_id=f"run{number}",
            settings=replace(self.settings(number), ledger_url=None, store_url=None),
            questions=QUESTIONS,
            clock=self.clock,
            force=False,
            is_research=False,
            kills=kills,
            most_file_bytes=None,
            seed=self.case.seed + number,
            said=self.folder / f"run{number}.log",
            max_wait_minutes=600.0,
            ledger_url=self.address.reveal(),
            store=(self.store.reveal(), self.store.options) if self.store else None,
        )

    def _timer(self, processes: Sequence[BaseProcess], kill: Kill) -> threading.Timer:
        def strike() -> None:
            alive = [process for process in processes if process.is_alive()]
            if alive and kill.is_first():
                alive[self.case.seed % len(alive)].kill()

        timer = threading.Timer(kill.number / 1000, strike)
        timer.start()
        return timer


def _result(process: BaseProcess, job: Job) -> dict[str, Any] | None:
    if process.is_alive():
        process.kill()
        process.join()
        return {"crash": f"it hung, see {job.said}"}
    if process.exitcode == -signal.SIGKILL:
        return None
    result: dict[str, Any] = json.loads(job.result_file.read_text("utf-8"))
    return result


def _play(workers: _Workers, verdict: WorkersVerdict) -> None:
    case = workers.case
    verdict.kills = case.draw_kills(workers.folder)
    results = workers.run(case.workers, verdict.kills)
    verdict.killed = sum(result is None for result in results)
    told = [result for result in results if result is not None]
    bought = workers.bought()
    verdict.bought = bought.total()
    verdict.versions = workers.versions
    # What a killed one had not published, somebody has to: whoever comes next does.
    told += [result for result in workers.run(1) if result is not None]
    for result in told:
        verdict.taken_over += result.get("taken_over", 0)
        verdict.accounts[_account(result)] += 1
        if "totals" not in result or not result["adds_up"] or result["stopped_by"] or result["asked"] != case.pairs:
            verdict.wrong.append(f"an account that is not whole: {result}")
    if len(verdict.accounts) > 1:
        verdict.wrong.append(f"they tell different accounts: {dict(verdict.accounts)}")
    if bought.total() != case.pairs or len(bought) != case.pairs:
        verdict.wrong.append(f"{bought.total()} bought of {len(bought)} pairs, {case.pairs} wanted")
    if workers.bought() != bought:
        verdict.wrong.append(f"the next run bought {workers.bought().total() - bought.total()} more")
    _check_whole(workers, verdict)


def _account(result: dict[str, Any]) -> str:
    """What became of the pairs; who comes late owns what the others have got."""
    totals = Counter[str]()
    for outcome, pairs in result.get("totals", {}).items():
        totals["answered" if outcome == "owned" else outcome] += pairs
    return " + ".join(f"{totals[outcome]:,} {outcome}" for outcome in sorted(totals)) or str(result)[:300]


def _check_whole(workers: _Workers, verdict: WorkersVerdict) -> None:
    """Every signal that was paid for is there, once, and what is there can be made anew from what landed."""
    last = workers.started - 1
    answers = workers.paths(last).answers_file
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        ids = [signal_id for (signal_id,) in con.execute("SELECT signal_id FROM signals").fetchall()]
    verdict.answers = len(ids)
    paid = {s["id"] for pair in workers.sandbox.books()["pairs"] for s in pair["signals"]}
    if len(ids) != len(set(ids)) or set(ids) != paid:
        verdict.wrong.append(f"{len(ids)} signals published, {len(set(ids))} ids, {len(paid)} paid for")
    published = read_tables(answers, whole=True)
    rebuild_answers(workers.settings(last), QUESTIONS)
    rebuilt = read_tables(answers, whole=True)
    verdict.wrong += [f"rebuilt, {name}: {rows}" for name, rows in differing(rebuilt, published).items()]


def show_workers(verdict: WorkersVerdict, *, has_head: bool) -> None:
    """A line of the table, its head before the first one, and what was wrong."""
    if has_head:
        print(f"\n{verdict.case.workers} workers, one list of {verdict.case.pairs:,} pairs, two killed")
        columns = ("died", "bought", "taken", "accounts", "versions", "answers", "s")
        print(f"{'seed':>4}  {'at':<62}{''.join(f'{name:>9}' for name in columns)}")
    kills = ", ".join(f"{kill.point} #{kill.number}" for kill in verdict.kills)
    figures = (
        verdict.killed,
        verdict.bought,
        verdict.taken_over,
        len(verdict.accounts),
        verdict.versions,
        verdict.answers,
    )
    print(f"{verdict.case.seed:>4}  {kills:<62}{''.join(f'{each:>9,}' for each in figures)}{verdict.seconds:>9.0f}")
    for wrong in verdict.wrong:
        print(f"      WRONG: {wrong}", flush=True)
