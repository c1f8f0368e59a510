"""What the steps of one run share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from itertools import count
from pathlib import Path

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.linkedin_connection import linkedin_seen
from saber_pipeline.ledger.published import PublishedPair
from saber_pipeline.ledger.run_ids import attempt_id
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.plan import PlanRules
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.runs.planned_run import PlannedRun
from saber_pipeline.runs.requests import RunRequest, Spending
from saber_pipeline.warehouse.background_loader import BackgroundLoader
from saber_pipeline.warehouse.landed_records import RecordKind, land_records
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now


@dataclass
class RunState:
    """One run under way. ``questions`` are all of questions.yaml: the views show them all."""

    request: RunRequest
    settings: Settings
    questions: tuple[Question, ...]
    ledger: Ledger
    clock: Clock
    new_client: Callable[[], SaberClient]
    report: Callable[[Progress], None]
    tell_plan: Callable[[PlannedRun], None]
    spending: Spending = field(default_factory=Spending)
    api: SaberClient | None = None
    held_back: dict[str, str] = field(default_factory=dict)  # why nothing is bought of a question, by its identity
    sampled: tuple[str, ...] | None = None  # the subjects that the first plan drew
    price_watch: PriceWatch | None = None  # of all rounds
    lost_history: list[PublishedPair] = field(default_factory=list)  # older answers that landing has lost
    began_at: datetime = field(init=False)  # naive UTC, by the machine's clock
    has_looked_at_linkedin: bool = False
    _landing_numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.began_at = self.clock.now().replace(tzinfo=None)

    @cached_property
    def run_id(self) -> str:
        """The id in the ledger: the orchestrator's, and a mark of this attempt.

        An orphaned step and its retry share the orchestrator's id and must not share their claims.
        """
        return attempt_id(self.request.run_id)

    def api_now(self) -> datetime:
        """The API's time; the machine's where the run has not spoken to it."""
        return self.api.server_clock.now() if self.api else self.clock.now()

    @property
    def paths(self) -> DataPaths:
        """Where everything lies."""
        return DataPaths.of(self.settings)

    @property
    def candidates_file(self) -> Path:
        """The pairs this run has to settle, for its outcomes."""
        return self.settings.data_dir / "plans" / f"{self.run_id}.parquet"

    @property
    def waiting_file(self) -> Path:
        """The pairs that wait for answers of this run, as long as they do."""
        return self.candidates_file.with_suffix(".waiting.parquet")

    @property
    def held_back_file(self) -> Path:
        """Those of them that are held back by these answers."""
        return self.candidates_file.with_suffix(".held_back.parquet")

    @property
    def plan_rules(self) -> PlanRules:
        """The rules by both clocks as they are now, and by what the API told last of LinkedIn."""
        api_now = self.api.server_clock.now() if self.api and self.api.server_clock.is_known else None
        hours = self.settings.api_cache_hours, self.settings.stuck_after_hours
        rules = PlanRules.at(self.clock.now(), api_now, cache_hours=hours[0], stuck_after_hours=hours[1])
        with self.ledger.reading() as connection:
            return replace(rules, linkedin=linkedin_seen(connection))

    @property
    def request_counts(self) -> Counter[str]:
        """API requests so far, by operation."""
        return Counter(self.api.request_counts) if self.api else Counter()

    @cached_property
    def background_loader(self) -> BackgroundLoader:
        """Loads what this run lands while it reads more."""
        return BackgroundLoader(self.paths, self.questions, memory_limit=self.settings.duckdb_memory_limit)

    async def open_api(self, stack: AsyncExitStack) -> SaberClient:
        """The API client, opened when it is first needed: a run that owns everything needs none."""
        if self.api is None:
            self.api = await stack.enter_async_context(self.new_client())
        return self.api

    def new_landing_writer(self) -> LandingWriter:
        """A writer for a landing file of its own."""
        stem = landing_stem(utc_now(), self.run_id, next(self._landing_numbers))
        return LandingWriter(self.paths.landed_signals, stem, store=self.paths.store_address)

    def new_sink(self, api: SaberClient) -> SignalSink:
        """What takes in signals; those that cannot be read land in a folder of their own."""
        land = partial(land_records, self.paths, RecordKind.UNREADABLE_SIGNALS, run_id=self.run_id)
        return SignalSink(
            self.ledger,
            self.new_landing_writer,
            landed=self.background_loader.add,
            unreadable=UnreadableRows(land),
            cache_hours=self.settings.api_cache_hours,
            stuck_after_hours=self.settings.stuck_after_hours,
            now=api.server_clock.earliest,
            stopwatch=api.stopwatch,
        )
