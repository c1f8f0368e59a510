"""Statements for many pairs: the quick way changes what SQLAlchemy's own would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import all_settled, await_pairs
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.claims import Candidate, Pair, claim
from saber_pipeline.ledger.pairs_in_flight import open_pairs_among
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import PairState

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress

MANY = 2 * SLICE_ROWS + 1
SUBJECTS = [f'o\'company "{number}".com' for number in range(MANY)]


@pytest.mark.slow
def test_every_row_counts(ledger_place: Path | LedgerAddress) -> None:
    """More rows than one statement takes are all written, and all of them are reported as changed."""
    ledger = Ledger.open(ledger_place)
    with ledger.transaction() as connection:
        claim(connection, "run", (Candidate("q", subject, is_cached=False) for subject in SUBJECTS))
        update = sa.update(t.pairs).where(t.pairs.c.subject == sa.bindparam("this_subject"))
        update = update.values(state=PairState.SENT, submission_id="s")
        assert execute_rows(connection, update, ["this_subject"], ((subject,) for subject in SUBJECTS)) == MANY
        assert execute_rows(connection, update, ["this_subject"], ()) == 0
    with ledger.reading() as connection:
        found = open_pairs_among(connection, [Pair("q", subject) for subject in [*SUBJECTS, "nobody.com"]])
        assert len(found) == MANY
        assert open_pairs_among(connection, [Pair("other", SUBJECTS[0])]) == {}
    ledger.close()


def test_a_run_knows_when_nothing_came_free(ledger_place: Path | LedgerAddress) -> None:
    """All of a run's pairs have settled only when each of them has, and one that left the ledger has not."""
    ledger = Ledger.open(ledger_place)
    with ledger.transaction() as connection:
        claim(connection, "run", [Candidate("q", subject, is_cached=False) for subject in ("a", "b")])
        assert all_settled(connection, "run")  # it waits for nothing yet
        await_pairs(connection, "run", [Pair("q", "a"), Pair("q", "b")])
        connection.execute(sa.update(t.pairs).where(t.pairs.c.subject == "a").values(state=PairState.SETTLED))
        assert not all_settled(connection, "run")
        connection.execute(sa.update(t.pairs).values(state=PairState.SETTLED))
        assert all_settled(connection, "run")
        connection.execute(sa.delete(t.pairs).where(t.pairs.c.subject == "a"))
        assert not all_settled(connection, "run")
    ledger.close()
