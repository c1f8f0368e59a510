"""Noting at a run's end what it could not buy for lack of credits, so that a later top-up can start it."""

from __future__ import annotations

import math
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.errors import OutOfCreditsError, PipelineError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.deferrals import clear_deferred, defer
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.planning.balance import Balances
from saber_pipeline.planning.budget import BalanceTooSmallError
from saber_pipeline.runs.run_state import RunState


def clear(run: RunState, connection: sa.Connection) -> None:
    """The run can pay for its selection, so nothing of it is waiting for credits any more."""
    selection = run.request.selection
    if selection.sample is not None:
        return  # the rest of the lists may be waiting still
    clear_deferred(connection, selection.lists, [question.key for question in selection.questions])


def note_end(run: RunState, stopped_by: PipelineError | None) -> None:
    """Defer the run's selection if credits stopped it, and clear what was deferred if nothing stopped it.

    A run that only collects has bought nothing: it clears nothing, and defers what failed at the API for credits.
    """
    if run.request.collect_only and not isinstance(stopped_by, OutOfCreditsError):
        return
    if run.request.selection.sample is not None:
        return  # what a top-up starts would ask about the whole lists
    with run.ledger.transaction() as connection:
        needed = _credits_needed(run, connection, stopped_by)
        if needed > 0:
            selection = run.request.selection
            defer(
                connection,
                run.run_id,
                selection.lists,
                [question.key for question in selection.questions],
                force_refresh=selection.force_refresh,
                credits_needed=math.ceil(needed),
                max_credits=_budget_left(run),
            )
        elif stopped_by is None:
            clear(run, connection)


def _credits_needed(run: RunState, connection: sa.Connection, stopped_by: PipelineError | None) -> Decimal:
    u = t.skipped.c
    refused = connection.execute(
        sa.select(sa.func.count()).select_from(t.skipped).where(u.run_id == run.run_id, u.kind == SkipKind.CREDITS)
    ).scalar_one()
    lacking = (refused + run.spending.signals_failed_for_credits) * run.settings.credits_per_signal
    return credits_needed(stopped_by, run.spending, lacking, is_lack=isinstance(stopped_by, OutOfCreditsError))


def credits_needed(stopped_by: PipelineError | None, seen: Balances, lacking: Decimal, *, is_lack: bool) -> Decimal:
    """The balance at which it is worth trying again; 0 where it was not credits that stopped the run.

    ``is_lack``: the API said that credits were lacking; ``lacking`` is what would have been paid for.
    """
    if isinstance(stopped_by, BalanceTooSmallError):
        return stopped_by.credits_needed
    # More than the balance at which the API refused: without a top-up it would refuse again, and again.
    return max(Decimal((seen.balance_after or 0) + 1), lacking) if is_lack else Decimal(0)


def _budget_left(run: RunState) -> int | None:
    if run.request.max_credits is None:
        return None
    bought = run.spending.signals_bought + run.spending.signals_unknown
    return max(0, math.floor(run.request.max_credits - bought * run.settings.credits_per_signal))
