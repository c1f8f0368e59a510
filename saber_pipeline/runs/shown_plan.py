"""A plan that a command showed before its run, in the same process: where it still holds, the run makes no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from saber_pipeline.inputs.table_facts import ListSnapshot
from saber_pipeline.planning.ledger_temp_tables import has_open_pairs
from saber_pipeline.planning.plan import Plan, Selection
from saber_pipeline.runs.dry_run import DryRun
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.warehouse.load import LoadSummary
from saber_pipeline.warehouse.session import WarehouseSession

_shown: ContextVar[DryRun | None] = ContextVar("shown", default=None)


@contextmanager
def shown_before(dry: DryRun | None) -> Iterator[None]:
    """Until the block ends, runs in this context know that ``dry`` was shown; None: nothing was."""
    token = _shown.set(dry)
    try:
        yield
    finally:
        _shown.reset(token)


def shown_of(selection: Selection, snapshots: Sequence[ListSnapshot]) -> DryRun | None:
    """What was shown about the same questions and the same rows of the same lists, if anything was."""
    dry = _shown.get()
    if dry is None:
        return None
    is_same = _subject_of(dry.plan.selection, dry.lists.snapshots) == _subject_of(selection, snapshots)
    return dry if is_same else None


def _subject_of(selection: Selection, snapshots: Sequence[ListSnapshot]) -> tuple[object, ...]:
    """All that a plan depends on besides warehouse, ledger and settings."""
    return (
        sorted(selection.questions, key=lambda question: question.key),
        sorted((replace(each, was_reread=False) for each in snapshots), key=lambda each: each.list_name),
        selection.force_refresh,
        selection.sample,
    )


def plan_shown_before(run: RunState, session: WarehouseSession, loaded: LoadSummary) -> Plan | None:
    """The plan that was shown, if it leaves nothing to do and a new one would be the same; None otherwise.

    Such a plan buys nothing, so it needs no proof for the sake of credits. That every answer it counts is there is
    proven: the warehouse's file is the one that was planned from, and nothing was ``loaded`` since. The ledger tells of
    a pair that another run buys again meanwhile, or whose signal is gone.
    """
    dry = run.shown
    if dry is None or not dry.plan.leaves_nothing_to_do or dry.wait_for_linkedin:
        return None
    if session.found is None or session.found != dry.warehouse or loaded.files:
        return None
    selection = run.request.selection
    with run.ledger.reading() as connection:
        if has_open_pairs(connection, [q.question_id for q in selection.questions], run.live_runs(connection)):
            return None
    return replace(dry.plan, selection=selection)
