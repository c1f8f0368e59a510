"""A world to buy in: a sandbox over real HTTP, a data directory, and a time that only moves when something waits."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import httpx

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.subject_kinds import COMPANIES, SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.testbed import usual_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from saber_pipeline.collection.progress import Progress
    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress

BATCHES = "/v1/companies/signals/batch"
LISTING = "/v1/companies/signals$"
HOUR_SECONDS, DAY_SECONDS = 3_600.0, 86_400.0

SIZE, CLOUD = usual_questions.SIZE, usual_questions.CLOUD
STACK = Question("stack", "Which CRM do they use?")
LENIENT = Question("mood", "What is their mood?", verification_mode=VerificationMode.LENIENT)
GATED = (
    Question("uses_crm", "Do they use a CRM?", AnswerType.BOOLEAN),
    Question("motion", "How do they sell?", ask_if="uses_crm"),
    Question("seats", "How many seats do they have?", AnswerType.NUMBER, ask_if="uses_crm AND motion IS NOT NULL"),
)
"""A gate, and two that wait for it, the second for the first too."""
ROLE = Question("role", "What is this person's role?", about=SubjectType.CONTACT)
POSTS = Question("posts", "What did they post?", AnswerType.CONTACT_POSTS, about=SubjectType.CONTACT)


class ManualClock:
    """The time of a client, a run and the sandbox at once: it stands still until somebody waits."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0
        self.wall_ahead_seconds = 0.0  # of the machine's wall clock alone: the sandbox's stays right
        self.at: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds + self.wall_ahead_seconds, tz=UTC)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` go by, and what was planned for them happen."""
        self.seconds += seconds
        due = [act for when, act in self.at if when <= self.seconds]
        self.at = [(when, act) for when, act in self.at if when > self.seconds]
        for act in due:
            act()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Plan ``act`` for the first wait that passes ``seconds`` from now."""
        self.at.append((self.seconds + seconds, act))


class InterceptingTransport(httpx.AsyncBaseTransport):
    """Real HTTP, and what happens before a request (it may refuse it) or after its reply (it may give another)."""

    def __init__(
        self,
        *,
        before: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None,
        after: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None,
    ) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._before = before
        self._after = after

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        refusal = self._before(request)
        if refusal is not None:
            return refusal
        response = await self._real.handle_async_request(request)
        other = self._after(request)
        if other is None:
            return response
        await response.aclose()
        return other

    async def aclose(self) -> None:
        await self._real.aclose()


def leave_after_the_first_post(world: World, remaining: int) -> None:
    """Somebody else spends from the account once the world's first POST has its reply, down to so many credits."""
    posts: list[int] = []

    def spend_elsewhere(request: httpx.Request) -> None:
        if request.method == "POST":
            posts.append(1)
            if len(posts) == 1:
                world.sandbox.set_credits(remaining)

    world.transport = lambda: InterceptingTransport(after=spend_elsewhere)


@dataclass
class World:
    """One data directory at one sandbox. ``purchases_allowed``: so often a pair may have been bought by now."""

    sandbox: RunningSandbox
    data_dir: Path
    clock: ManualClock
    base_url: str = ""
    key: str = "sk_sandbox_0000"
    questions: tuple[Question, ...] = (SIZE, CLOUD)
    purchases_allowed: int = 1
    settings_changed: dict[str, Any] = field(default_factory=dict)
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None
    progress: list[Progress] = field(default_factory=list)
    ledger_address: LedgerAddress | None = None
    store_address: StoreAddress | None = None
    _runs: int = 0

    @property
    def paths(self) -> DataPaths:
        return DataPaths(self.data_dir, self.ledger_address, self.store_address)

    @property
    def settings(self) -> Settings:
        plain = Settings(
            base_url=self.base_url or self.sandbox.base_url,
            data_dir=self.data_dir,
            ledger_url=self.ledger_address,
            store_url=self.store_address,
            sync_create_pairs=0,  # the clock stands still while a request waits: for its two minutes of real time
        )
        return replace(plain, **self.settings_changed)

    def write_list(self, subjects: Iterable[str], name: str = "accounts", kind: SubjectKind = COMPANIES) -> None:
        folder = self.paths.lists(kind)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.csv").write_text(f"{kind.column}\n" + "\n".join(subjects) + "\n", encoding="utf-8")

    def new_client(self) -> SaberClient:
        transport = self.transport() if self.transport else None
        rng = random.Random(1)  # noqa: S311 - repeatable waits, no secrets
        return SaberClient(self.key, self.settings.base_url, clock=self.clock, rng=rng, transport=transport)

    def selection(
        self,
        questions: tuple[Question, ...] | None = None,
        *,
        lists: tuple[str, ...] = ("accounts",),
        force: bool = False,
        forced_since: datetime | None = None,
        sample: int | None = None,
    ) -> Selection:
        asked = questions or self.questions
        return Selection(lists, asked, force_refresh=force, forced_since=forced_since, sample=sample)

    def run(
        self,
        *questions: Question,
        lists: tuple[str, ...] = ("accounts",),
        force: bool = False,
        forced_since: datetime | None = None,
        sample: int | None = None,
        max_credits: int | None = None,
        max_wait_minutes: float = 240,
        collect_only: bool = False,
        generate_summary: bool = False,
        run_id: str = "",
    ) -> RunResult:
        """A whole run. Its accounts must add up, and no pair may have been bought too often."""
        self._runs += 1
        request = RunRequest(
            run_id=run_id or f"run{self._runs}",
            selection=self.selection(
                questions or None, lists=lists, force=force, forced_since=forced_since, sample=sample
            ),
            max_credits=max_credits,
            max_wait_minutes=max_wait_minutes,
            collect_only=collect_only,
            generate_summary=generate_summary,
        )
        try:
            result = run_answers(
                request,
                self.settings,
                self.questions,
                new_client=self.new_client,
                report=self.progress.append,
                clock=self.clock,
            )
        finally:
            self.check_books()
        assert result.outcomes.adds_up, str(result.outcomes)
        return result

    def check_books(self) -> None:
        """Promise 1, as a fact."""
        too_often = {pair: fresh for pair, fresh in self.bought().items() if fresh > self.purchases_allowed}
        assert not too_often

    def bought(self) -> dict[tuple[str, str], int]:
        """Fresh signals at the sandbox, by subject and question text."""
        return {(p["subject"], p["question"]): p["fresh"] for p in self.sandbox.books()["pairs"]}

    def forced_signals(self) -> int:
        """Signals at the sandbox that were made with forceRefresh."""
        return sum(s["force_refresh"] for p in self.sandbox.books()["pairs"] for s in p["signals"])

    def posts(self) -> int:
        """Batches sent to the sandbox, refused ones included."""
        requests: dict[str, int] = self.sandbox.books(pairs=False)["requests"]
        return requests.get(f"POST {BATCHES}", 0)

    def fault(self, kind: str, path: str = BATCHES, **rule: Any) -> None:
        """One kind of fault on one path, replacing what was set before."""
        self.sandbox.set_faults(rules=[{"kind": kind, "path": path, **rule}])

    def effects(self, **effects: Any) -> None:
        self.sandbox.set_faults(effects=effects)

    def heal(self) -> None:
        self.sandbox.set_faults()

    def ledger_rows(self, sql: str) -> list[tuple[Any, ...]]:
        ledger = Ledger.open(self.paths.ledger)
        try:
            with ledger.reading() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(sql)]
        finally:
            ledger.close()

    def change_ledger(self, sql: str) -> None:
        """As no run would, wherever the ledger is."""
        ledger = Ledger.open(self.paths.ledger)
        try:
            with ledger.transaction() as connection:
                connection.exec_driver_sql(sql)
        finally:
            ledger.close()

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database that analysts open."""
        with duckdb.connect(str(self.paths.answers_file.resolve()), read_only=True) as con:
            return con.execute(sql).fetchall()


def outcomes(result: RunResult) -> dict[Outcome, int]:
    """What became of the pairs of a run, without the outcomes that none had."""
    return {outcome: pairs for outcome, pairs in result.outcomes.totals.items() if pairs}


def people(count: int) -> list[str]:
    """Profile addresses as lists have them."""
    return [f"https://www.linkedin.com/in/person-{number:05d}" for number in range(count)]


def domains(count: int, start: int = 0) -> list[str]:
    return [f"company{number:05d}.com" for number in range(start, start + count)]


def start_world(
    stack_enter: Callable[[AbstractContextManager[RunningSandbox]], RunningSandbox],
    folder: Path,
    **sandbox: Any,
) -> World:
    """A world whose sandbox answers everything within ten seconds, unless ``sandbox`` says otherwise."""
    clock = ManualClock()
    chosen: dict[str, Any] = {"not_known_share": 0.0, "failed_share": 0.0, "processing_seconds": (5.0, 10.0)} | sandbox
    running = RunningSandbox(SandboxSettings(**chosen), clock=SandboxClock(lambda: clock.seconds))
    return World(stack_enter(running), folder / "data", clock)
