"""What the steps of one run of answers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.config.questions.template_questions import held_back_by_templates
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.linkedin_connection import linkedin_seen
from saber_pipeline.ledger.published import PublishedPair
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.planning.plan import PlanRules
from saber_pipeline.products.product import ANSWERS, Product
from saber_pipeline.runs.dry_run import DryRun
from saber_pipeline.runs.planned_run import PlannedRun
from saber_pipeline.runs.purchase_run import LimitedRun, Shortage
from saber_pipeline.runs.requests import RunRequest, Spending
from saber_pipeline.warehouse.background_loader import BackgroundLoader
from saber_pipeline.warehouse.landed_records import RecordKind, land_records
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now


@dataclass
class RunState(LimitedRun):
    """One run of answers under way."""

    request: RunRequest
    tell_plan: Callable[[PlannedRun], None]
    spending: Spending = field(default_factory=Spending, init=False)
    held_back: dict[str, str] = field(default_factory=dict)  # why nothing is bought of a question, by its identity
    sampled: tuple[str, ...] | None = None  # the subjects that the first plan drew
    lost_history: list[PublishedPair] = field(default_factory=list)  # older answers that landing has lost
    shown: DryRun | None = None  # a plan of the same that somebody has seen just now
    began_at: datetime = field(init=False)  # naive UTC, by the machine's clock
    has_looked_at_linkedin: bool = False
    _landing_numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.began_at = self.clock.now().replace(tzinfo=None)
        questions = self.request.selection.questions
        why = held_back_by_templates(questions)
        self.held_back |= {question.question_id: why[question.key] for question in questions if question.key in why}

    @property
    def product(self) -> Product:
        """Answers about companies, or about contacts."""
        return ANSWERS[self.request.selection.kind.about]

    @property
    def bought(self) -> int:
        """Signals that this run has bought, or may have bought, in the rounds that have ended."""
        return self.spending.signals_bought + self.spending.signals_unknown

    def shortage(self, connection: sa.Connection) -> Shortage | None:
        """What the run lacked credits for; None for a sample, because a top-up would ask about the whole lists."""
        selection, u = self.request.selection, t.skipped.c
        if selection.sample is not None:
            return None
        its = sa.and_(u.run_id == self.run_id, u.kind == SkipKind.CREDITS)
        refused = connection.execute(sa.select(sa.func.count()).select_from(t.skipped).where(its)).scalar_one()
        return Shortage(
            selection.lists,
            [question.key for question in selection.questions],
            refused + self.spending.signals_failed_for_credits,
            self.left_of_limit(self.bought),
            selection.force_refresh,
        )

    def api_now(self) -> datetime:
        """The API's time; the machine's where the run has not spoken to it."""
        return self.api.server_clock.now() if self.api else self.clock.now()

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
        rules = PlanRules.at(
            self.clock.now(),
            api_now,
            cache_hours=self.settings.api_cache_hours,
            stuck_after_hours=self.settings.stuck_after_hours,
        )
        with self.ledger.reading() as connection:
            return replace(rules, linkedin=linkedin_seen(connection))

    @cached_property
    def background_loader(self) -> BackgroundLoader:
        """Loads what this run lands while it reads more."""
        return BackgroundLoader(self.paths, self.questions, memory_limit=self.settings.duckdb_memory_limit)

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
