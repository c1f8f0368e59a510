"""How much was bought by other runs, which the balance shows as well."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.tables import ResearchState, SubmissionState

UNDECIDED = (SubmissionState.INTENDED, SubmissionState.UNKNOWN)
RESEARCH_UNDECIDED = (ResearchState.INTENDED, ResearchState.UNKNOWN)
NOT_BOUGHT = (ResearchState.DUE, ResearchState.CLAIMED, ResearchState.REFUSED)


def bought_by_others(connection: sa.Connection, run_id: str, *, without_undecided_of: Collection[str] = ()) -> int:
    """Signals and researches that other runs than ``run_id`` have bought or may have bought, ever.

    ``without_undecided_of``: what these runs are sending just now, or have lost the reply to, does not count.
    """
    s, r = t.submissions.c, t.researches.c
    sent_now = sa.and_(s.state.in_(UNDECIDED), s.run_id.in_(without_undecided_of))
    signals = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(s.signals), 0)).where(
            s.run_id != run_id, s.state != SubmissionState.REFUSED, sa.not_(sent_now)
        )
    ).scalar_one()
    asked_now = sa.and_(r.state.in_(RESEARCH_UNDECIDED), r.run_id.in_(without_undecided_of))
    researches = connection.execute(
        sa.select(sa.func.count())
        .select_from(t.researches)
        .where(r.run_id != run_id, r.state.not_in(NOT_BOUGHT), sa.not_(r.is_adopted), sa.not_(asked_now))
    ).scalar_one()
    return int(signals) + int(researches)
