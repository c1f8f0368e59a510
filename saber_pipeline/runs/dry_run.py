"""The plan alone: what a run would buy and what it would cost. Nothing is written anywhere."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline.config.questions.template_questions import held_back_by_templates
from saber_pipeline.config.settings import Settings
from saber_pipeline.inputs.list_files import ListFolder
from saber_pipeline.ledger.linkedin_connection import linkedin_seen
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger, check_address
from saber_pipeline.planning.failed_pairs import FailedPairs, failed_pairs, waits_for_linkedin
from saber_pipeline.planning.list_members import profiles_elsewhere, subdomains_of_others, use_list_snapshots
from saber_pipeline.planning.monthly_budget import MonthBudget, read_month, why_held_back
from saber_pipeline.planning.plan import (
    BUDGET_USED_UP,
    Plan,
    PlanRules,
    Selection,
    Status,
    make_plan,
)
from saber_pipeline.runs.interruptions import run_interruptible
from saber_pipeline.runs.linkedin_notes import about_profiles_elsewhere, waiting_for_linkedin
from saber_pipeline.runs.lists import ReadLists, list_folder, readable_lists
from saber_pipeline.runs.template_versions import (
    SeenTemplates,
    check_templates,
    log_edited_templates,
    templates_now,
    with_templates,
    without_unasked,
)
from saber_pipeline.warehouse.schema import schema_sql
from saber_pipeline.warehouse.session import read_warehouse, state_of_warehouse
from saber_pipeline.warehouse.write_journal import FileState

REFUSED_BEFORE = "refused before"
"""The reason that plan.sql gives for a pair that the API refused, or that the credits did not cover."""


@dataclass(frozen=True)
class DryRun:
    """A plan with its price. ``balance`` is None without a key. ``lists``: as read; ``folder``: all there is."""

    plan: Plan
    price: Decimal
    balance: int | None
    limit: int | None = None  # SABER_MAX_CREDITS_PER_RUN
    month: MonthBudget | None = None
    held_back: Mapping[str, str] = field(default_factory=dict)  # by key: why nothing of the question would be bought
    lists: ReadLists = field(default_factory=lambda: ReadLists([], {}))
    folder: ListFolder = field(default_factory=ListFolder)
    subdomains: list[tuple[str, str, str]] = field(default_factory=list)  # list, domain, parent that is planned too
    wait_for_linkedin: int = 0  # pairs
    other_profiles: int = 0  # contacts whose profile is not on LinkedIn
    failed: tuple[FailedPairs, ...] = ()
    warehouse: FileState | None = None  # the file that the plan was made from

    @property
    def cost(self) -> Decimal:
        """Credits a run would need, each pair counted once, without those that wait for answers of the run."""
        return self.plan.totals[Status.DUE] * self.price

    @property
    def cost_at_most(self) -> Decimal:
        """The same if every pair that waits is to be bought."""
        return self.plan.at_most_due * self.price

    @property
    def cost_expected(self) -> Decimal | None:
        """The same by the share of conditions that are true so far; None where nothing waits, or tells."""
        expected = self.plan.expected_due
        return None if expected is None else round(Decimal(expected)) * self.price

    def waiting_note(self) -> str:
        """What the pairs that wait may cost; nothing where none waits."""
        waiting = self.plan.totals[Status.WAITING]
        if not waiting:
            return ""
        expected = self.cost_expected
        by_answers = "" if expected is None else f", and about {expected:,f} judging by the answers so far"
        return (
            f" {waiting:,} more pairs wait for answers of the run. With them the cost is at most "
            f"{self.cost_at_most:,f} credits{by_answers}."
        )

    def beyond_limit(self) -> str:
        """Sentences where the limit of every run, or a budget of the month, does not cover the price, else nothing."""
        said = ""
        if self.limit is not None and self.cost > self.limit:
            said = (
                f" That is more than SABER_MAX_CREDITS_PER_RUN = {self.limit:,}, so a run without a limit of its own "
                "stops and buys nothing."
            )
        held_back = "".join(f" {reason}" for reason in self.held_back.values())
        return f"{said}{self.beyond_month()}{held_back}"

    def beyond_month(self) -> str:
        """A sentence where SABER_MONTHLY_CREDITS does not cover the price, else nothing."""
        if self.month is None or self.month.total.covers(self.cost):
            return ""
        return (
            f" That is more than the {self.month.total.left:,f} that are left of SABER_MONTHLY_CREDITS = "
            f"{self.month.total.limit:,} in {self.month.month.name}, so a run stops and buys nothing."
        )

    def sample_note(self) -> str:
        """What of the lists is not in the sample, and its price; nothing where all of them is planned."""
        sampled = self.plan.sampled
        if sampled is None:
            return ""
        rest = self.plan.left_out * len(self.plan.selection.questions)
        nouns = self.plan.selection.kind.nouns
        return (
            f" This is a sample of {len(sampled):,} {nouns}; the other {self.plan.left_out:,} would cost up to "
            f"{rest * self.price:,f} credits more."
        )

    def summary(self, balance_missing: str | None = None) -> str:
        """Sentences: pairs, price, balance after. ``balance_missing``: why it is not known, where there is a key."""
        due = self.plan.totals[Status.DUE]
        text = f"Of {self.plan.asked:,} pairs, {due:,} are to be bought, for {self.cost:,f} credits"
        more = f"{self.waiting_note()}{self.beyond_limit()}{self.sample_note()}"
        if balance_missing is not None:
            return f"{text}. The balance is not known: {balance_missing}{more}"
        if self.balance is None and self.plan.leaves_nothing_to_do:  # then nobody needs to know it
            return f"{text}.{more}"
        if self.balance is None:
            return f"{text}. The balance is not known without SABER_API_KEY.{more}"
        if self.cost > self.balance:
            return f"{text}; the balance of {self.balance:,} is not enough, so a run would stop and buy nothing.{more}"
        return f"{text}; the balance would go from {self.balance:,} to {self.balance - self.cost:,f}.{more}"

    def warnings(self) -> Iterator[str]:
        """What somebody should know before buying, in sentences."""
        if self.wait_for_linkedin:
            yield waiting_for_linkedin(self.wait_for_linkedin)
        if self.other_profiles:
            yield about_profiles_elsewhere(self.other_profiles)

    def table(self) -> str:
        """The plan by list and question, as text in columns. Pairs ``refused before`` are part of those due."""
        counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.plan.rows:
            counts[row.list_name, row.question_key][row.status] += row.pairs
            if row.due_because == REFUSED_BEFORE:
                counts[row.list_name, row.question_key][REFUSED_BEFORE] += row.pairs
        columns = (*self.plan.statuses, REFUSED_BEFORE)
        header = ["list", "question", *(name.replace("_", " ") for name in columns), "credits"]
        lines = [header]
        for (list_name, key), by_status in counts.items():
            numbers = [f"{by_status[name]:,}" for name in columns]
            lines.append([list_name, key, *numbers, f"{by_status[Status.DUE] * self.price:,f}"])
        widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i < 2 else cell.rjust(width)  # noqa: PLR2004 - two columns of text, then numbers
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )


def plan_only(
    selection: Selection,
    settings: Settings,
    *,
    new_client: Callable[[], SaberClient] | None,
    questions: tuple[Question, ...] = (),
    templates: SeenTemplates | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> DryRun:
    """Plan ``selection`` from the files and answers as they are, and read the balance where there is a key.

    ``questions`` are all of questions.yaml, whose columns conditions may read; without them, those selected.
    ``templates``: what the API said about them, where it was asked before.
    """
    paths = DataPaths.of(settings)
    if templates is None and new_client is not None:
        templates = templates_now(selection.questions, new_client)
    if templates is not None:
        log_edited_templates(templates, paths)
        selection = replace(selection, questions=with_templates(selection.questions, templates))
        questions = with_templates(questions, templates)
        check_templates(selection.questions, questions or selection.questions)
    without_template = held_back_by_templates(selection.questions)
    told = run_interruptible(_read_account(new_client)) if new_client else _Account(None, None)
    with (
        closing(Ledger.open_to_read(paths.ledger)) as ledger,
        tempfile.TemporaryDirectory() as folder,
        _warehouse(paths, settings) as con,
    ):
        others = settings.other_profiles
        read = readable_lists(paths, selection.kind, selection.lists, Path(folder), other_profiles=others)
        selection = replace(selection, lists=tuple(snapshot.list_name for snapshot in read.snapshots))
        use_list_snapshots(con, selection.kind, Path(folder))
        subdomains = subdomains_of_others(con) if selection.kind is COMPANIES else []
        with ledger.reading() as connection:
            check_address(connection, settings.base_url)
            live = live_runs(connection, lease_seconds=settings.lease_seconds)
            rules = PlanRules.at(
                clock.now(),
                told.now,
                cache_hours=settings.api_cache_hours,
                stuck_after_hours=settings.stuck_after_hours,
            )
            rules = replace(rules, linkedin=linkedin_seen(connection))
            make = partial(make_plan, con, connection, selection, rules, live_runs=live, catalog=questions)
            unasked = [q.question_id for q in selection.questions if q.key in without_template]
            plan = without_unasked(make(not_bought=unasked))
            month = read_month(connection, settings, selection.questions, now=clock.now())
            held_back = without_template | _held_back(plan, month, settings.credits_per_signal)
            if held_back and plan.conditions:  # nothing waits for what is not bought, as in a run
                not_bought = [q.question_id for q in selection.questions if q.key in held_back]
                plan = without_unasked(make(not_bought=not_bought, sampled=plan.sampled))
            waiting = waits_for_linkedin(con)
            failed = failed_pairs(con)
            elsewhere = profiles_elsewhere(con) if selection.kind is CONTACTS else 0
        warehouse = state_of_warehouse(paths)
    return DryRun(
        plan.holding_back({key: plan.due_by_question.get(key, 0) for key in held_back}, BUDGET_USED_UP),
        settings.credits_per_signal,
        told.balance,
        settings.max_credits_per_run,
        month,
        held_back,
        read,
        list_folder(paths, selection.kind),
        subdomains,
        waiting,
        elsewhere,
        failed,
        warehouse,
    )


def _held_back(plan: Plan, month: MonthBudget, price: Decimal) -> dict[str, str]:
    """Of the questions whose budget of the month does not cover what is due: why a run would not ask them."""
    costs = {key: pairs * price for key, pairs in plan.due_by_question.items()}
    return {
        key: why_held_back(key, allowance, month.month, costs[key])
        for key, allowance in month.questions.items()
        if not allowance.covers(costs.get(key, Decimal(0)))
    }


@contextmanager
def _warehouse(paths: DataPaths, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with read_warehouse(paths, memory_limit=settings.duckdb_memory_limit) as con:
        if con is not None:
            yield con
            return
        with duckdb.connect() as empty:
            empty.execute(schema_sql())
            yield empty


@dataclass(frozen=True)
class _Account:
    """What the API says: the balance, and what time it is there."""

    balance: int | None
    now: datetime | None


async def _read_account(new_client: Callable[[], SaberClient]) -> _Account:
    async with new_client() as api:
        balance = await api.get_credits()
        return _Account(balance, api.server_clock.now() if api.server_clock.is_known else None)
