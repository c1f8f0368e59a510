"""One round of alerts: record the events since the last round, then post every waiting alert.

The first round does not report earlier failures and changes. It reports current conditions (a nearly used-up budget, a
low balance) once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import duckdb
import sqlalchemy as sa

from saber_pipeline.alerts.alert_delivery import SENDER_KEY, Posted, post_waiting
from saber_pipeline.alerts.findings import (
    FailedRun,
    answer_changes,
    budgets,
    changed_signals,
    compare_tiers,
    failed_runs,
    give_known_tiers,
    low_credits,
    tier_changes,
)
from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.secrets import AlertAddress, Secret
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.alerts import Alert, forget_old_alerts, note_alerts, note_seen_changes, unseen_changes
from saber_pipeline.ledger.balances import balances_since
from saber_pipeline.ledger.store import Ledger, get_value, set_value
from saber_pipeline.planning.monthly_budget import read_month
from saber_pipeline.warehouse.session import take_newest_answers

logger = logging.getLogger(__name__)

BEGAN_KEY = "alerts_runs_since"
VERSION_KEY = "alerts_answers_version"
BUSY_TIMEOUT_SECONDS = 10.0
OVERLAP_SECONDS = 600.0
"""How far back runs are looked up again, because Dagster may record the end of a run late."""

BALANCE_SECONDS = 10.0


@dataclass(frozen=True)
class AlertRound:
    """The result of a round. ``problems``: sources that could not be read, and why the address accepted nothing."""

    noted: int
    posted: Posted
    problems: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{self.noted:,} new alerts, {self.posted.sent:,} sent, {self.posted.waiting:,} waiting"]
        return "; ".join([*parts, *self.problems]) + "."


def detect_and_post(
    settings: Settings,
    questions: Sequence[Question],
    address: AlertAddress,
    runs_failed_since: Callable[[float], Iterable[FailedRun]],
    new_client: Callable[[], SaberClient] | None,
    *,
    now: Callable[[], float] = time.time,
) -> AlertRound:
    """Find what is new, record it in the ledger, and post the waiting alerts.

    ``runs_failed_since`` gives the runs that ended in failure since a time (seconds since 1970). ``new_client`` is
    None without a key; then the last observed balance is used.

    Raises StorageError if the ledger cannot be read or written.
    """
    paths = DataPaths.of(settings)
    problems: list[str] = []
    with closing(Ledger.open(paths.ledger, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS)) as ledger:
        noted = 0
        finders: tuple[Callable[[], int], ...] = (
            lambda: _runs(ledger, runs_failed_since, settings, now()),
            lambda: _credits(ledger, settings, questions, new_client, now()),
            lambda: _answers(ledger, paths, settings, questions, now()),
        )
        for find in finders:
            try:
                noted += find()
            except PipelineError as error:
                problems.append(str(error))
            except duckdb.Error as error:
                problems.append(f"answers.duckdb cannot be read: {str(error).splitlines()[0]}")
        posted = post_waiting(ledger, address, now=now)
    if posted.problem is not None:
        problems.append(posted.problem)
    return AlertRound(noted, posted, tuple(problems))


def _runs(
    ledger: Ledger, runs_failed_since: Callable[[float], Iterable[FailedRun]], settings: Settings, now: float
) -> int:
    with ledger.transaction() as connection:
        since = get_value(connection, BEGAN_KEY)
        if since is None:
            set_value(connection, SENDER_KEY, uuid4().hex[:12])
            set_value(connection, BEGAN_KEY, str(now))
            return 0
        forget_old_alerts(connection, now=now)
    began = float(since)
    found = [run for run in runs_failed_since(began) if run.ended_at >= began]
    with ledger.transaction() as connection:
        noted = _note(connection, failed_runs(found), settings, now=now)
        newest = max((run.ended_at for run in found), default=began)
        set_value(connection, BEGAN_KEY, str(max(began, min(newest, now) - OVERLAP_SECONDS)))
    return noted


def _credits(
    ledger: Ledger,
    settings: Settings,
    questions: Sequence[Question],
    new_client: Callable[[], SaberClient] | None,
    now: float,
) -> int:
    balance = None if settings.low_credits is None else _balance(ledger, new_client)
    with ledger.transaction() as connection:
        budget = read_month(connection, settings, questions, now=datetime.fromtimestamp(now, tz=UTC))
        found = list(budgets(budget))
        if balance is not None and settings.low_credits is not None:
            found += low_credits(connection, balance, settings.low_credits)
        return _note(connection, found, settings, now=now)


def _balance(ledger: Ledger, new_client: Callable[[], SaberClient] | None) -> int | None:
    """The current balance; if it cannot be read, the last observed one; None without any."""
    if new_client is not None:
        try:
            return asyncio.run(_ask(new_client))
        except (PipelineError, TimeoutError) as error:
            logger.info("The balance could not be read, so the last one seen is used: %s", error)
    with ledger.reading() as connection:
        seen = balances_since(connection, 0.0)
    return seen[-1][1] if seen else None


async def _ask(new_client: Callable[[], SaberClient]) -> int:
    async with new_client() as api:
        return await asyncio.wait_for(api.get_credits(), BALANCE_SECONDS)


def _answers(ledger: Ledger, paths: DataPaths, settings: Settings, questions: Sequence[Question], now: float) -> int:
    """Compare the published answers with those of the last round, if there is a new version."""
    take_newest_answers(paths)
    if not paths.answers_file.exists():
        # The first publication after this round counts as new.
        with ledger.transaction() as connection:
            if get_value(connection, VERSION_KEY) is None:
                set_value(connection, VERSION_KEY, "none")
        return 0
    file = paths.answers_file.resolve()
    version = f"{file.name}:{file.stat().st_mtime_ns}"
    with ledger.reading() as connection:
        known = get_value(connection, VERSION_KEY)
    if known == version:
        return 0
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute(f"SET memory_limit = '{settings.duckdb_memory_limit}'")
        # The slow queries run outside a transaction, so that other processes can write the ledger.
        signals = changed_signals(con)
        with ledger.reading() as connection:
            give_known_tiers(con, connection)
            new = list(unseen_changes(connection, signals))
        compare_tiers(con)
        changes = [] if known is None else list(answer_changes(con, new, questions))
        with ledger.transaction() as connection:
            if get_value(connection, VERSION_KEY) != known:
                return 0  # another round has recorded this version
            found = [*tier_changes(con, connection, is_first=known is None), *changes]
            note_seen_changes(connection, new, now=now)
            noted = _note(connection, found, settings, now=now)
            set_value(connection, VERSION_KEY, version)
    return noted


def _note(connection: sa.Connection, alerts: Iterable[Alert], settings: Settings, *, now: float) -> int:
    return note_alerts(connection, (_without_secrets(alert, settings) for alert in alerts), now=now)


def _without_secrets(alert: Alert, settings: Settings) -> Alert:
    """The alert without secrets that its quoted texts may contain."""
    text, details = alert.text, json.dumps(alert.details, ensure_ascii=False)
    for secret in (settings.api_key, settings.webhook_secret, settings.proxy, settings.alert_url):
        if isinstance(secret, Secret):
            text, details = (each.replace(secret.reveal(), secret.masked) for each in (text, details))
    return replace(alert, text=text, details=json.loads(details))
