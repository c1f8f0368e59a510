"""Researches in flight, the runs that track them, and purchases with an unknown outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import await_pairs
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.purchase_rows import NOT_BOUGHT, RESEARCHES
from saber_pipeline.ledger.slices import batched
from saber_pipeline.ledger.tables import NO_LIST, ResearchState
from saber_pipeline.ledger.write_ahead import RUN_ENDED
from saber_pipeline.products.product import CONTACT_RESEARCH

if TYPE_CHECKING:
    from saber_pipeline.inputs.people import Person


@dataclass(frozen=True)
class UnknownPurchase:
    """A purchase whose reply was lost. ``lists``: the lists that name the person. Times are seconds since 1970."""

    person: Person
    lists: tuple[str, ...]
    intended_at: float
    credits: float
    run_id: str
    reason: str


@dataclass(frozen=True)
class ResearchStatus:
    """The state of researches between runs.

    ``tracked`` and ``orphaned`` count researches in flight with and without a live run that waits for them, by the
    first list that names the person. ``unknown`` are the people whose newest purchase has an unknown outcome.
    """

    tracked: Mapping[str, int] = field(default_factory=dict)
    orphaned: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[UnknownPurchase, ...] = ()

    @property
    def in_flight(self) -> int:
        """The number of researches in flight."""
        return sum(self.tracked.values()) + sum(self.orphaned.values())

    @property
    def credits_unknown(self) -> float:
        """The credits that the unknown purchases may have cost."""
        return sum(purchase.credits for purchase in self.unknown)


def follow_people(
    connection: sa.Connection, run_id: str, person_ids: Iterable[str], live_runs: Collection[str]
) -> None:
    """Record that ``run_id`` tracks these people's researches until ``forget_awaited``. Drops dead runs' rows."""
    a = t.awaited.c
    gone = sa.and_(a.question_id == CONTACT_RESEARCH.question, a.run_id.not_in([*live_runs, run_id]))
    connection.execute(sa.delete(t.awaited).where(gone))
    await_pairs(connection, run_id, (Pair(CONTACT_RESEARCH.question, person_id) for person_id in person_ids))


def people_in_flight(connection: sa.Connection) -> dict[str, Person]:
    """All people whose research is in flight or being bought at this moment, whichever list names them."""
    r, p = t.researches.c, t.research_people.c
    query = sa.select(p.person_id, p.person).where(
        p.person_id.in_(sa.select(r.person_id).where(r.state.in_([ResearchState.INTENDED, ResearchState.ACCEPTED])))
    )
    return {person_id: _person(person) for person_id, person in connection.execute(query)}


def read_research_status(connection: sa.Connection, live_runs: Collection[str]) -> ResearchStatus:
    """The researches in flight and the unknown purchases, given the live runs. Writes nothing."""
    tracked, orphaned = _in_flight(connection, live_runs)
    return ResearchStatus(tracked, orphaned, tuple(_unknown(connection, live_runs)))


def _in_flight(connection: sa.Connection, live_runs: Collection[str]) -> tuple[Counter[str], Counter[str]]:
    r, w, a = t.researches.c, t.research_rows.c, t.awaited.c
    first = sa.select(w.person_id, sa.func.min(w.list_name).label("list_name")).group_by(w.person_id).subquery()
    is_awaited = sa.and_(a.question_id == CONTACT_RESEARCH.question, a.subject == r.person_id, a.run_id.in_(live_runs))
    tracker = sa.exists().where(is_awaited)
    is_being_sent = sa.and_(r.state == ResearchState.INTENDED, r.run_id.in_(live_runs))
    tracked: Counter[str] = Counter()
    orphaned: Counter[str] = Counter()
    query = (
        sa.select(first.c.list_name, tracker)
        .select_from(t.researches.outerjoin(first, first.c.person_id == r.person_id))
        .where(sa.or_(r.state == ResearchState.ACCEPTED, is_being_sent))
    )
    for name, is_tracked in connection.execute(query):
        (tracked if is_tracked else orphaned)[name or NO_LIST] += 1
    return tracked, orphaned


def _unknown(connection: sa.Connection, live_runs: Collection[str]) -> Iterable[UnknownPurchase]:
    """Based on each person's newest purchase that was sent, or may have been, and not refused."""
    r, p = t.researches.c, t.research_people.c
    newer = t.researches.alias()
    is_newest = ~sa.exists().where(
        newer.c.person_id == r.person_id, newer.c.number > r.number, newer.c.state.not_in(NOT_BOUGHT)
    )
    was_left = RESEARCHES.left_by_the_dead(live_runs)
    query = (
        sa.select(t.researches, p.person)
        .join(t.research_people, p.person_id == r.person_id)
        .where(sa.or_(r.state == ResearchState.UNKNOWN, was_left), is_newest)
        .order_by(r.number)
    )
    rows = list(connection.execute(query))
    lists = _lists_of(connection, [row.person_id for row in rows])
    for row in rows:
        yield UnknownPurchase(
            _person(row.person),
            tuple(lists.get(row.person_id, ())),
            row.intended_at or row.claimed_at,
            row.credits or 0.0,
            row.run_id,
            row.reason or RUN_ENDED,
        )


def _lists_of(connection: sa.Connection, person_ids: Iterable[str]) -> dict[str, list[str]]:
    w = t.research_rows.c
    found: dict[str, list[str]] = {}
    for chunk in batched(person_ids):
        query = sa.select(w.person_id, w.list_name).distinct().where(w.person_id.in_(chunk)).order_by(w.list_name)
        for person_id, name in connection.execute(query):
            found.setdefault(person_id, []).append(name)
    return found


def _person(text: str) -> Person:
    from saber_pipeline.inputs.people import person_from_json  # noqa: PLC0415 - most ledgers hold no research

    return person_from_json(text)
