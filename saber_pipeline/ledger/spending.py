"""The credits spent, by purchase, question and list: written with the intent, and kept after the pairs are deleted.

An intent counts as spent until the purchase is known to have cost nothing. Purchases that were refused, never sent or
never arrived are subtracted again. So are pairs that the API answered from its cache without creating a signal.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import Identified
from saber_pipeline.ledger.dialect import insert, is_among, smaller, whole
from saber_pipeline.ledger.purchase_rows import CLAIMED, REQUESTS, RESEARCHES, Key, PurchaseRows
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.ledger.tables import NO_LIST, PairState

SUMMARY_PRICE_KEY = "summary_price"

QUARTER_SECONDS = 900
"""In every time zone days begin at a quarter of an hour, so each quarter lies within one day."""


@dataclass(frozen=True)
class Spent:
    """Credits spent, by the question's identity and the key it had then."""

    by_question: Mapping[tuple[str, str | None], Decimal] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """The credits for all questions."""
        return sum(self.by_question.values(), Decimal(0))

    def on(self, question_id: str, question_key: str) -> Decimal:
        """Credits for a question, including those under its former keys, and for former questions under its key."""
        return sum(
            (
                spent
                for (spent_id, spent_key), spent in self.by_question.items()
                if spent_id == question_id or spent_key == question_key
            ),
            Decimal(0),
        )


class SpendingRow(NamedTuple):
    """One run's purchases for one list and question in the quarter of an hour that begins at ``since``."""

    since: float
    list_name: str
    question_id: str
    question_key: str | None
    run_id: str
    pairs: int
    credits: Decimal


def decimal(text: str) -> Decimal:
    """A stored number without trailing zeros: "2.0" as 2."""
    number = Decimal(text)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def note_intent(
    connection: sa.Connection, rows: PurchaseRows, key: Key, *, run_id: str, at: float, price: Decimal
) -> None:
    """Count an intent as spent: the pairs of a submission by question and list, or a single purchase."""
    name, product = rows.spent_as(key), rows.product
    if name is None:
        return
    c, q = t.pairs.c, t.questions.c
    of_all = {"purchase_id": name, "run_id": run_id, "spent_at": at, "free_pairs": 0, "price": str(price)}
    if product.question:
        one = of_all | {"question_id": product.question, "list_name": NO_LIST}
        one |= {"question_key": product.question, "pairs": 1}
        statement = insert(connection, t.spending).values(**one)
        keys = [column.name for column in t.spending.primary_key]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=one))
        return
    of_each = {
        "question_id": c.question_id,
        "list_name": sa.func.coalesce(c.list_name, NO_LIST),
        "question_key": sa.func.max(q.question_key),
        "pairs": sa.func.count(),
    }
    pairs = (
        sa.select(*of_each.values(), *map(sa.literal, of_all.values()))
        .select_from(t.pairs.outerjoin(t.questions, q.question_id == c.question_id))
        .where(c.submission_id == name, c.state == PairState.SENT)
        .group_by(of_each["question_id"], of_each["list_name"])
    )
    connection.execute(sa.insert(t.spending).from_select([*of_each, *of_all], pairs))


def price_summaries(connection: sa.Connection, run_id: str, *, fallen_by: int, price: Decimal) -> None:
    """Derive the price of a run's summaries: the balance has fallen by ``fallen_by`` since its first request.

    Purchases of other runs are subtracted, at ``price`` each where no price was stored. If the balance rose, or a reply
    was lost, the price stays unknown.
    """
    s = t.spending.c
    mine = sa.and_(s.run_id == run_id, s.question_id == REQUESTS.product.question)
    first, summaries = connection.execute(sa.select(sa.func.min(s.spent_at), sa.func.count()).where(mine)).one()
    lost = REQUESTS.count(connection, sa.and_(REQUESTS.c.run_id == run_id, REQUESTS.undecided))
    if not summaries or fallen_by < 0 or lost:
        return
    spent = spent_between(connection, first, math.inf, price=price)
    of_this_run = sum(
        (Decimal(kept) for (kept,) in connection.execute(sa.select(s.price).where(mine)) if kept), Decimal(0)
    )
    each_cost = max(Decimal(0), fallen_by - (spent.total - of_this_run)) / summaries
    each_cost = each_cost.quantize(Decimal("0.0001"), rounding=ROUND_CEILING)
    connection.execute(sa.update(t.spending).where(mine).values(price=str(each_cost)))
    set_value(connection, SUMMARY_PRICE_KEY, str(each_cost))


def summary_price(connection: sa.Connection, *, price: Decimal) -> Decimal:
    """The last known price of a summary; ``price``, a signal's, before any is known."""
    known = get_value(connection, SUMMARY_PRICE_KEY)
    return price if known is None else decimal(known)


def take_off(connection: sa.Connection, rows: PurchaseRows, key: Key) -> None:
    """Subtract a purchase that certainly bought nothing."""
    if (name := rows.spent_as(key)) is not None:
        connection.execute(sa.delete(t.spending).where(t.spending.c.purchase_id == name))


def take_off_pairs(connection: sa.Connection, pairs: Iterable[Identified]) -> None:
    """Subtract pairs in flight that cost nothing although their purchase was accepted, each once.

    Call this while they are in the state ``sent``.
    """
    s, c = t.spending.c, t.pairs.c
    subjects_of: defaultdict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        subjects_of[pair.question_id].append(pair.subject)
    for question_id, subjects in subjects_of.items():
        paid_pairs = sa.and_(
            c.question_id == question_id,
            is_among(connection, c.subject, subjects),
            c.state == PairState.SENT,
            c.is_free.is_not(True),
        )
        counted = sa.select(c.submission_id, sa.func.coalesce(c.list_name, NO_LIST), sa.func.count()).where(paid_pairs)
        for purchase_id, list_name, count in connection.execute(counted.group_by(c.submission_id, c.list_name)).all():
            row = sa.and_(s.purchase_id == purchase_id, s.question_id == question_id, s.list_name == list_name)
            free_now = smaller(connection, s.pairs, s.free_pairs + count)
            connection.execute(sa.update(t.spending).where(row).values(free_pairs=free_now))
        connection.execute(sa.update(t.pairs).where(paid_pairs).values(is_free=True))


def spent_between(connection: sa.Connection, since: float, until: float, *, price: Decimal) -> Spent:
    """Credits of the intents from ``since`` until before ``until`` (seconds since 1970, the API's clock).

    ``price`` is used for purchases of older versions, which stored no price.
    """
    s, r, research = t.spending.c, RESEARCHES.c, RESEARCHES.product.question
    rows = connection.execute(
        sa.select(s.question_id, s.question_key, s.price, sa.func.sum(s.pairs - s.free_pairs))
        .where(s.spent_at >= since, s.spent_at < until)
        .group_by(s.question_id, s.question_key, s.price)
    )
    by_question: defaultdict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for question_id, question_key, kept_price, pairs in rows:
        by_question[question_id, question_key] += pairs * (price if kept_price is None else decimal(kept_price))
    researches = connection.execute(
        sa.select(r.credits, sa.func.count())
        .where(RESEARCHES.may_be_paid, r.intended_at >= since, r.intended_at < until)
        .group_by(r.credits)
    )
    for credits_each, people in researches:
        by_question[research, research] += people * (price if credits_each is None else decimal(str(credits_each)))
    return Spent(by_question)


def reserved_pairs(connection: sa.Connection, *, but: str) -> dict[str, int]:
    """Unsent claims of all runs but ``but``, on pairs and researches, by question identity."""
    found = _claimed(connection, t.pairs.c.run_id != but)
    claimed = RESEARCHES.count(connection, sa.and_(RESEARCHES.c.state == CLAIMED, RESEARCHES.c.run_id != but))
    return found | ({RESEARCHES.product.question: claimed} if claimed else {})


def claimed_of(connection: sa.Connection, run_id: str, question_ids: Collection[str]) -> dict[str, int]:
    """The number of unsent claims of ``run_id`` for each of these questions."""
    c = t.pairs.c
    return _claimed(connection, sa.and_(c.run_id == run_id, c.question_id.in_(list(question_ids))))


def _claimed(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> dict[str, int]:
    c = t.pairs.c
    counted = sa.select(c.question_id, sa.func.count()).where(c.state == PairState.CLAIMED, condition)
    return {question_id: int(pairs) for question_id, pairs in connection.execute(counted.group_by(c.question_id))}


def purchases_of(connection: sa.Connection, run_id: str) -> dict[tuple[str, str], int]:
    """The number of pairs that ``run_id`` bought, or may have bought, by list and question identity."""
    s = t.spending.c
    rows = connection.execute(
        sa.select(s.list_name, s.question_id, sa.func.sum(s.pairs))
        .where(s.run_id == run_id)
        .group_by(s.list_name, s.question_id)
    )
    return {(list_name, question_id): int(pairs) for list_name, question_id, pairs in rows}


def spending_rows(connection: sa.Connection, *, price: Decimal) -> Iterator[SpendingRow]:
    """All spending, by quarter of an hour, run, question and list."""
    s, r, research = t.spending.c, RESEARCHES.c, RESEARCHES.product.question
    quarter = whole(connection, s.spent_at / QUARTER_SECONDS)
    rows = connection.execute(
        sa.select(
            quarter,
            s.list_name,
            s.question_id,
            s.question_key,
            s.run_id,
            s.price,
            sa.func.sum(s.pairs),
            sa.func.sum(s.free_pairs),
        ).group_by(quarter, s.list_name, s.question_id, s.question_key, s.run_id, s.price)
    )
    for since, list_name, question_id, key, run_id, kept_price, pairs, free in rows:
        each_costs = price if kept_price is None else decimal(kept_price)
        yield SpendingRow(
            since * QUARTER_SECONDS, list_name, question_id, key, run_id, pairs, (pairs - free) * each_costs
        )
    quarter = whole(connection, r.intended_at / QUARTER_SECONDS)
    name = sa.func.coalesce(r.list_name, NO_LIST)
    researches = connection.execute(
        sa.select(quarter, name, r.run_id, r.credits, sa.func.count())
        .where(RESEARCHES.may_be_paid, r.intended_at.is_not(None), r.is_adopted.is_(False))
        .group_by(quarter, name, r.run_id, r.credits)
    )
    for since, list_name, run_id, credits_each, people in researches:
        each_costs = price if credits_each is None else decimal(str(credits_each))
        yield SpendingRow(since * QUARTER_SECONDS, list_name, research, research, run_id, people, people * each_costs)
