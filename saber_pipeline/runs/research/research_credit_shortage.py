"""Records what a research run could not purchase for lack of credits, so that a top-up can restart the run."""

from __future__ import annotations

import math
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.errors import PipelineError, is_out_of_credits
from saber_pipeline.ledger.deferrals import clear_deferred, defer
from saber_pipeline.products.product import CONTACT_RESEARCH
from saber_pipeline.runs.credit_shortage import credits_needed
from saber_pipeline.runs.research.research_state import ResearchRun


def clear(run: ResearchRun, connection: sa.Connection) -> None:
    """The run can pay for its lists, so nobody in them is waiting for credits any more."""
    clear_deferred(connection, run.selection.lists, [CONTACT_RESEARCH.question])


def note_end(run: ResearchRun, stopped_by: PipelineError | None) -> None:
    """Defer the run's lists if credits stopped it, and clear what was deferred if nothing stopped it.

    ``retry_unknown`` is not kept: nothing pays twice for somebody without being asked at that moment.
    """
    is_lack = stopped_by is not None and is_out_of_credits(stopped_by)
    needed = credits_needed(stopped_by, run.spending, _price_of_lacking(run), is_lack=is_lack)
    if needed > 0:
        lists = _lists_lacking(run) if run.request.collect_only else run.selection.lists
        if not lists:  # nobody's list is there any more
            return
        with run.ledger.transaction() as connection:
            defer(
                connection,
                run.run_id,
                lists,
                [CONTACT_RESEARCH.question],
                force_refresh=run.request.force_refresh,
                credits_needed=math.ceil(needed),
                max_credits=_budget_left(run),
            )
    elif stopped_by is None and not run.request.collect_only:
        with run.ledger.transaction() as connection:
            clear(run, connection)


def _price_of_lacking(run: ResearchRun) -> Decimal:
    return len(run.sent.lacked_credits) * run.settings.credits_per_signal


def _lists_lacking(run: ResearchRun) -> list[str]:
    return sorted({name for person_id in run.sent.lacked_credits for name in run.selection.lists_of[person_id]})


def _budget_left(run: ResearchRun) -> int | None:
    """What the run might still have spent. A run that only collects was not asked to purchase more."""
    if run.request.collect_only:
        return math.ceil(_price_of_lacking(run))
    if run.request.max_credits is None:
        return None
    bought = len(run.sent.bought | run.sent.unknown.keys()) - len(run.sent.failed_for_credits & run.sent.bought)
    return max(0, math.floor(run.request.max_credits - bought * run.settings.credits_per_signal))
