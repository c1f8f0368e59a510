"""Pairs handed over as lists of subjects are the same pairs, however many lists that takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.ledger import pair_subjects
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import count_awaited
from saber_pipeline.ledger.claims import Candidate, claim
from saber_pipeline.ledger.pair_subjects import Subjects, await_subjects, pairs_where
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import PairState
from saber_pipeline_tests.testbed.world import World, domains

SUBJECTS = [f"s{number}.com" for number in range(20)] + ['a"b\\c.com', "münchen.de", "https://x.test/in/é%20z"]
CANDIDATES = [
    Candidate(question_id, subject, is_cached=number % 3 == 0)
    for question_id in ("q1", "q2")
    for number, subject in enumerate(SUBJECTS)
]


@pytest.mark.parametrize("at_once", [4, 23, 1_000])
def test_every_pair_once(ledger_place: Path | LedgerAddress, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Each pair of the questions asked about is in one list, under what is said of it, and can be waited for."""
    monkeypatch.setattr(pair_subjects, "SUBJECTS_AT_ONCE", at_once)
    ledger = Ledger.open(ledger_place)
    with ledger.transaction() as connection:
        claim(connection, "run", CANDIDATES)
    which = t.pairs.c.state == PairState.CLAIMED
    with ledger.reading() as connection:
        found = list(pairs_where(connection, which, mark=t.pairs.c.is_cached))
        of_one = list(pairs_where(connection, which, ["q2", "q3"]))
        none = list(pairs_where(connection, t.pairs.c.state == PairState.SENT))
    assert sorted(_triples(found)) == sorted((c.question_id, c.subject, c.is_cached) for c in CANDIDATES)
    assert sorted(_triples(of_one)) == sorted((c.question_id, c.subject, None) for c in CANDIDATES[len(SUBJECTS) :])
    assert none == []
    with ledger.transaction() as connection:
        await_subjects(connection, "run", of_one)
        await_subjects(connection, "run", of_one[:1])
        assert count_awaited(connection, "run").claimed == len(SUBJECTS)
    ledger.close()


def _triples(found: list[Subjects]) -> list[tuple[str, str, bool | None]]:
    return [(question_id, subject, mark) for question_id, texts, mark in found for subject in json.loads(texts)]


def test_a_run_waits_for_all_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose pairs take several lists waits for each of them, and for nothing else."""
    monkeypatch.setattr("saber_pipeline.planning.plan.SUBJECTS_AT_ONCE", 2)
    monkeypatch.setattr(pair_subjects, "SUBJECTS_AT_ONCE", 2)
    world.write_list(domains(5))
    result = world.run()
    assert str(result.outcomes) == "10 pairs asked = 10 answered"
    assert result.batches_open == ()
