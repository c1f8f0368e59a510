"""The one state machine of purchases, over the tables of all products."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import Candidate, claim, claimed_slice, count_claims
from saber_pipeline.ledger.purchase_rows import REQUESTS, RESEARCHES, SIGNALS, Key, PurchaseRows
from saber_pipeline.ledger.purchases import intend
from saber_pipeline.ledger.research import ClaimRules, claim_people, claimed_people, intend_research
from saber_pipeline.ledger.steps import position
from saber_pipeline.ledger.tables import ResearchState, SubmissionState, SummaryRequestState
from saber_pipeline.ledger.write_ahead import accept, adopt_orphans, give_back, is_intended, mark_unknown, refuse
from saber_pipeline.ledger.write_ahead import intend as write_intent
from saber_pipeline.products.product import PRODUCTS, Route

if TYPE_CHECKING:
    from saber_pipeline.ledger.store import Ledger

ALL = pytest.mark.parametrize("rows", [SIGNALS, RESEARCHES, REQUESTS], ids=lambda rows: rows.declared.name)


def intended(ledger: Ledger, rows: PurchaseRows, run_id: str = "run") -> Key:
    """Something of the product that ``run_id`` has claimed, where one claims it, and is about to send."""
    with ledger.transaction() as connection:
        if rows is SIGNALS:
            claim(connection, run_id, [Candidate("q", "acme.com", is_cached=False)])
            pairs = claimed_slice(connection, run_id, 1)
            sent = intend(connection, run_id=run_id, route=Route.SYNC, force_refresh=False, pairs=pairs, intended_at=0)
            return (sent.submission_id,)
        if rows is RESEARCHES:
            claim_people(connection, run_id, ["ada"], ClaimRules(force_refresh=False, retry_unknown=False, began=0))
            ((number, _),) = claimed_people(connection, run_id)
            intend_research(connection, run_id, number, intended_at=0, price=Decimal(1))
            return (number,)
        key = ("acme.com", run_id)
        assert not write_intent(connection, rows, key, run_id, at=0, machine_at=0, price=Decimal(1))
        return key


def state(connection: sa.Connection, rows: PurchaseRows, key: Key) -> str:
    return str(connection.execute(sa.select(rows.c.state).where(rows.this(key))).scalar_one())


def spent_pairs(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(t.spending.c.pairs), 0))).scalar_one())


def test_every_product_declares_rows_that_are_there() -> None:
    """Table and columns of each declaration exist, and the states that the machine knows have one word everywhere."""
    for product in PRODUCTS:
        table = t.metadata.tables[product.purchases.name]
        named = {"state", "run_id", "reason", *product.purchases.key, *product.purchases.intended_at}
        named |= {product.purchases.quantity, product.purchases.adopted, *(product.purchases.unknown_at or ())} - {None}
        assert named <= set(table.c.keys())
    for states in (SubmissionState, ResearchState, SummaryRequestState):
        assert {"intended", "unknown", "refused"} <= set(states)


@ALL
def test_what_is_known_stays(ledger: Ledger, rows: PurchaseRows) -> None:
    """A lost reply says nothing against what another run has found out; a purchase is only its run's to send."""
    key = intended(ledger, rows)
    with ledger.transaction() as connection:
        assert is_intended(connection, rows, key, "run")
        assert not is_intended(connection, rows, key, "another")
        mark_unknown(connection, rows, key, "lost")
        assert not is_intended(connection, rows, key, "run")
        accept(connection, rows, key)
        mark_unknown(connection, rows, key, "lost again")
        assert state(connection, rows, key) == "accepted"
        give_back(connection, rows, key, "run")
        assert state(connection, rows, key) == "accepted"


@ALL
def test_only_its_run_gives_back_what_is_undecided(ledger: Ledger, rows: PurchaseRows) -> None:
    """What was never sent bought nothing and is spent no more, also where its run was taken for gone meanwhile."""
    key, freed = intended(ledger, rows), []
    with ledger.transaction() as connection:
        before = spent_pairs(connection)
        give_back(connection, rows, key, "another", lambda: freed.append("another"))
        assert (state(connection, rows, key), spent_pairs(connection)) == ("intended", before)
        adopt_orphans(connection, rows, {"run"})
        assert state(connection, rows, key) == "intended"
        adopt_orphans(connection, rows, ())
        assert state(connection, rows, key) == "unknown"
        give_back(connection, rows, key, "run", lambda: freed.append("run"))
        assert (state(connection, rows, key), spent_pairs(connection), freed) == ("refused", 0, ["run"])
    assert before == (0 if rows is RESEARCHES else 1)


@ALL
def test_what_nothing_could_show_again_is_a_step(ledger: Ledger, rows: PurchaseRows) -> None:
    """An older copy of the ledger is seen by an id that it lacks, unless a listing at the API would show it again."""
    key = intended(ledger, rows)
    with ledger.transaction() as connection:
        _, before = position(connection)
    with ledger.transaction() as connection:
        accept(connection, rows, key)
        _, after = position(connection)
    assert after - before == (0 if rows.product.can_be_looked_up else 1)


@ALL
def test_what_stays_unknown_for_good_is_not_reserved(ledger: Ledger, rows: PurchaseRows) -> None:
    """What is about to be sent reserves credits; what is unknown does where it will be found out, at a known price."""
    key = intended(ledger, rows)
    with ledger.transaction() as connection:
        assert count_claims(connection, "another").reserved_by_others == rows.product.is_price_known
        mark_unknown(connection, rows, key, "lost")
        is_reserved = rows.product.is_price_known and rows.product.can_be_looked_up
        assert count_claims(connection, "another").reserved_by_others == is_reserved


def test_a_reply_about_what_another_run_asked_meanwhile(ledger: Ledger) -> None:
    """A domain's row is of the run that asked last: what another one's reply says is not about it."""
    first = intended(ledger, REQUESTS, "slow")
    second = intended(ledger, REQUESTS, "fast")
    with ledger.transaction() as connection:
        refuse(connection, REQUESTS, first, "no")
        assert state(connection, REQUESTS, second) == "intended"
        assert list(connection.scalars(sa.select(t.spending.c.run_id))) == ["fast"]
