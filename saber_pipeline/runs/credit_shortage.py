"""Noting at a run's end what it could not buy for lack of credits, so that a later top-up can start it."""

from __future__ import annotations

import math
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.errors import PipelineError, is_out_of_credits
from saber_pipeline.ledger.deferrals import clear_deferred, defer
from saber_pipeline.planning.budget import BalanceTooSmallError
from saber_pipeline.runs.purchase_run import LimitedRun, Shortage


def clear(run: LimitedRun, connection: sa.Connection) -> None:
    """The run can pay for what it was asked for, so nothing of it is waiting for credits any more."""
    shortage = run.shortage(connection)
    if shortage is not None:
        clear_deferred(connection, shortage.lists, shortage.questions)


def note_end(run: LimitedRun, stopped_by: PipelineError | None) -> None:
    """Defer what the run was asked for if credits stopped it, and clear what was deferred if nothing stopped it.

    A run that only collects has bought nothing: it clears nothing, and defers what failed at the API for credits.
    """
    is_lack = stopped_by is not None and is_out_of_credits(stopped_by)
    if run.request.collect_only and not is_lack:
        return
    with run.ledger.transaction() as connection:
        shortage = run.shortage(connection)
        if shortage is None:
            return
        needed = _credits_needed(run, shortage, stopped_by, is_lack=is_lack)
        if needed > 0:
            defer(
                connection,
                run.run_id,
                shortage.lists,
                shortage.questions,
                force_refresh=shortage.force_refresh,
                credits_needed=math.ceil(needed),
                max_credits=None if shortage.max_credits is None else math.floor(shortage.max_credits),
            )
        elif stopped_by is None:
            clear_deferred(connection, shortage.lists, shortage.questions)


def _credits_needed(run: LimitedRun, shortage: Shortage, stopped_by: PipelineError | None, *, is_lack: bool) -> Decimal:
    """The balance at which it is worth trying again; 0 where it was not credits that stopped the run."""
    if isinstance(stopped_by, BalanceTooSmallError):
        return stopped_by.credits_needed
    if not is_lack:
        return Decimal(0)
    # More than the balance at which the API refused: without a top-up it would refuse again, and again.
    return max(Decimal((run.spending.balance_after or 0) + 1), shortage.lacking * run.settings.credits_per_signal)
