"""Contact research in the ledger: claims on people, and the state of each purchase.

The API's create takes no id of ours and no operation lists researches, so an unknown outcome stays unknown. Such a
research is not bought again unless the user says so.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger import write_ahead
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.dialect import clock
from saber_pipeline.ledger.purchase_rows import RESEARCHES
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.ledger.slices import batched
from saber_pipeline.ledger.steps import count_step
from saber_pipeline.ledger.tables import ResearchState

OPEN = (ResearchState.CLAIMED, ResearchState.INTENDED, ResearchState.ACCEPTED)
"""States of a purchase that may still bring a result, or that may be made at any moment."""

LOOK_UP_PEOPLE = 400
"""People in one look-up statement; SQLite allows 32,766 variables."""


@dataclass(frozen=True)
class Purchase:
    """One purchase of research about one person. Times are seconds since 1970."""

    number: int
    person_id: str
    state: ResearchState
    run_id: str
    request_id: str | None
    request_closed_at: float | None
    is_adopted: bool
    research_id: str | None
    result: str | None
    reason: str | None
    intended_at: float | None
    credits: float | None
    machine_intended_at: float | None = None

    def is_of_open_request(self, *, began: float) -> bool:
        """Whether it belongs to a forced request that a run continues if it began at ``began``."""
        return self.request_id is not None and (self.request_closed_at is None or self.request_closed_at > began)


@dataclass(frozen=True)
class ClaimRules:
    """What a run may buy: also owned research (``force_refresh``), also unknown purchases again (``retry_unknown``)."""

    force_refresh: bool
    retry_unknown: bool
    began: float

    def wants(self, current: Purchase | None) -> bool:
        """Whether the run buys research about a person whose newest purchase is ``current``."""
        if current is None or current.state is ResearchState.DUE:
            return True
        if current.state is ResearchState.UNKNOWN:
            return self.retry_unknown and not RESEARCHES.product.can_be_looked_up
        is_over = current.state is ResearchState.ENDED
        return is_over and self.force_refresh and not current.is_of_open_request(began=self.began)


def newest_purchases(
    connection: sa.Connection, person_ids: Iterable[str], *, with_due: bool = False
) -> dict[str, Purchase]:
    """The newest purchase of each person that was not refused, by person.

    ``with_due``: include purchases that a forced request still has to make.
    """
    ignored = [ResearchState.REFUSED] + ([] if with_due else [ResearchState.DUE])
    newest_last = _of_people(connection, person_ids, t.researches.c.state.not_in(ignored))
    return {purchase.person_id: purchase for purchase in newest_last}


def open_purchases(connection: sa.Connection, person_ids: Iterable[str]) -> list[Purchase]:
    """Every open purchase for these people, including older ones that are read again."""
    return list(_of_people(connection, person_ids, t.researches.c.state.in_(OPEN)))


def _of_people(
    connection: sa.Connection, person_ids: Iterable[str], condition: sa.ColumnElement[bool]
) -> Iterator[Purchase]:
    c = t.researches.c
    for chunk in batched(person_ids, LOOK_UP_PEOPLE):
        query = sa.select(t.researches).where(c.person_id.in_(chunk), condition).order_by(c.number)
        yield from map(_purchase, connection.execute(query))


def claim_people(connection: sa.Connection, run_id: str, person_ids: Sequence[str], rules: ClaimRules) -> int:
    """Claim research about ``person_ids`` as ``rules`` allow and no other run has it; returns the number of claims."""
    with_due = newest_purchases(connection, person_ids, with_due=True)
    current = with_due if rules.force_refresh else newest_purchases(connection, person_ids)
    request_id = uuid.uuid4().hex if rules.force_refresh else None
    c = t.researches.c
    new: list[str] = []
    continued: list[str] = []
    joining: list[int] = []
    for person_id in person_ids:
        purchase = current.get(person_id)
        if rules.wants(purchase):
            newest = with_due.get(person_id)
            is_continued = newest is not None and newest.state is ResearchState.DUE
            (continued if is_continued else new).append(person_id)
        elif rules.force_refresh and purchase and purchase.request_id is None and purchase.state in OPEN:
            joining.append(purchase.number)
    for chunk in batched(new):
        connection.execute(
            sa.insert(t.researches).values(
                state=ResearchState.CLAIMED,
                run_id=run_id,
                request_id=request_id,
                is_adopted=False,
                is_out_of_credits=False,
                claimed_at=time.time(),
            ),
            [{"person_id": person_id} for person_id in chunk],
        )
    for chunk in batched(continued, LOOK_UP_PEOPLE):
        due = sa.and_(c.person_id.in_(chunk), c.state == ResearchState.DUE)
        connection.execute(sa.update(t.researches).where(due).values(state=ResearchState.CLAIMED, run_id=run_id))
    for chunk_numbers in batched(joining, LOOK_UP_PEOPLE):
        connection.execute(sa.update(t.researches).where(c.number.in_(chunk_numbers)).values(request_id=request_id))
    return len(new) + len(continued)


def claimed_people(connection: sa.Connection, run_id: str) -> list[tuple[int, str]]:
    """``(number, person_id)`` of this run's unsent claims."""
    c = t.researches.c
    query = sa.select(c.number, c.person_id).where(c.state == ResearchState.CLAIMED, c.run_id == run_id)
    return [(number, person_id) for number, person_id in connection.execute(query.order_by(c.number))]


def adopt_research(
    connection: sa.Connection,
    run_id: str,
    person_id: str,
    research_id: str,
    *,
    intended_at: float,
    machine_at: float | None = None,
) -> bool:
    """Record an existing research of the API as this person's; False if the person has one meanwhile."""
    if person_id in newest_purchases(connection, [person_id]):
        return False
    connection.execute(
        sa.insert(t.researches).values(
            person_id=person_id,
            state=ResearchState.ACCEPTED,
            run_id=run_id,
            is_adopted=True,
            is_out_of_credits=False,
            research_id=research_id,
            claimed_at=time.time(),
            intended_at=intended_at,
            machine_intended_at=machine_at,
            credits=0,
        )
    )
    return True


def intend_research(
    connection: sa.Connection,
    run_id: str,
    number: int,
    *,
    intended_at: float,
    price: Decimal,
    machine_at: float | None = None,
) -> None:
    """Record the intent of the POST. Commit before sending it.

    ``machine_at`` is the machine's clock at ``intended_at``, which is by the API's.

    Raises:
        ClaimLostError: this run has lost the claim; nothing was written.
    """
    w = t.research_rows.c
    first = sa.select(sa.func.min(w.list_name)).where(w.person_id == t.researches.c.person_id).scalar_subquery()
    key, at, paid = (number,), intended_at, float(price)
    if write_ahead.intend(
        connection, RESEARCHES, key, run_id, at=at, machine_at=machine_at, price=price, credits=paid, list_name=first
    ):
        raise ClaimLostError(
            "Another run took over a research of this one, whose lease had expired. It was not bought here."
        )


def refuse_research(connection: sa.Connection, number: int, reason: str, *, out_of_credits: bool) -> None:
    """Record that the POST certainly bought nothing. If credits lacked, a forced request makes it due again."""
    write_ahead.refuse(connection, RESEARCHES, (number,), reason, credits=0.0, is_out_of_credits=out_of_credits)
    if out_of_credits:
        c = t.researches.c
        _make_due(connection, sa.and_(c.number == number, c.request_id.is_not(None)))


def free_person(connection: sa.Connection, number: int) -> None:
    """Release the claim of a POST that was never sent."""
    _put_back(connection, t.researches.c.number == number)


def end_researches(connection: sa.Connection, results: Iterable[tuple[int, str]]) -> None:
    """Record that the results of these purchases, ``(number, result)``, have landed."""
    count_step(connection)
    c = t.researches.c
    statement = (
        sa.update(t.researches)
        .where(c.number == sa.bindparam("this_number"), c.state == ResearchState.ACCEPTED)
        .values(state=ResearchState.ENDED, result=sa.bindparam("this_result"), ended_at=clock(connection))
    )
    execute_rows(connection, statement, ["this_number", "this_result"], results)


def free_dead_researches(connection: sa.Connection, live_runs: Collection[str]) -> None:
    """Release the claims of dead runs, and mark the purchases that they were sending as unknown."""
    c = t.researches.c
    _put_back(connection, sa.and_(c.state == ResearchState.CLAIMED, c.run_id.not_in(live_runs)))
    write_ahead.adopt_orphans(connection, RESEARCHES, live_runs)


def release_people(connection: sa.Connection, run_id: str) -> None:
    """Release every unsent claim of this run."""
    c = t.researches.c
    _put_back(connection, sa.and_(c.state == ResearchState.CLAIMED, c.run_id == run_id))


def close_research_requests(connection: sa.Connection, *, published_before: float) -> None:
    """Close forced requests without open purchases whose results were all published before ``published_before``."""
    c = t.researches.c
    unfinished = sa.select(c.request_id).where(
        c.request_id.is_not(None),
        sa.or_(c.state.in_([ResearchState.DUE, *OPEN]), c.ended_at > published_before),
    )
    connection.execute(
        sa.update(t.researches)
        .where(c.request_id.is_not(None), c.request_closed_at.is_(None), c.request_id.not_in(unfinished))
        .values(request_closed_at=clock(connection))
    )


def research_with_id(connection: sa.Connection, research_id: str) -> Purchase | None:
    """The accepted purchase of this research; None if there is none."""
    c = t.researches.c
    query = sa.select(t.researches).where(c.research_id == research_id, c.state == ResearchState.ACCEPTED)
    row = connection.execute(query).first()
    return None if row is None else _purchase(row)


def _put_back(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> None:
    c = t.researches.c
    connection.execute(sa.delete(t.researches).where(condition, c.request_id.is_(None)))
    _make_due(connection, condition)


def _make_due(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> None:
    """Make purchases of forced requests due again, and reopen their requests.

    Another run may have closed a request meanwhile, because it took a stalled purchase for an unknown one. In a closed
    request, the research would be bought now and, because the request is over, again in the same run.
    """
    c = t.researches.c
    requests = sa.select(c.request_id).where(condition, c.request_id.is_not(None))
    connection.execute(sa.update(t.researches).where(c.request_id.in_(requests)).values(request_closed_at=None))
    values = {"state": ResearchState.DUE, "reason": None, "research_id": None}
    connection.execute(sa.update(t.researches).where(condition).values(values))


def _purchase(row: sa.Row[tuple[object, ...]]) -> Purchase:
    values = {each.name: getattr(row, each.name) for each in fields(Purchase)}
    return Purchase(**(values | {"state": ResearchState(row.state)}))
