"""Research without LinkedIn is loaded by the metadata alone, in several places of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.session import open_warehouse
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

QUESTION = Question(key="q", text="?", answer_type=AnswerType.BOOLEAN)


def navigator(status: str, **reason: str) -> dict[str, Any]:
    return {"salesNavigator": {"status": status, **reason}}


def context(*, degraded: bool | None = None, limited: bool | None = None) -> dict[str, Any]:
    capability: dict[str, Any] = {"capability": "company_data", "used": True}
    capability |= {} if limited is None else {"rateLimited": limited}
    loaded: dict[str, Any] = {"linkedInToolsUsed": True, "mode": "preferred", "capabilities": [capability]}
    return loaded | ({} if degraded is None else {"degraded": degraded})


CASES: list[tuple[Any, bool, str | None]] = [
    (None, False, None),
    ({"companyName": "degraded Ltd"}, False, None),
    ({"connectors": navigator("ok")}, False, None),
    ({"connectors": navigator("degraded", reason="rate_limited")}, True, "rate_limited"),
    ({"connectors": navigator("degraded", reason="disconnected")}, True, "disconnected"),
    ({"connectors": navigator("degraded")}, True, "not_said"),
    ({"linkedInContext": context(degraded=True)}, True, "not_said"),
    ({"linkedInContext": context(degraded=True, limited=True)}, True, "rate_limited"),
    ({"linkedInContext": context(limited=True)}, True, "rate_limited"),
    ({"linkedInContext": context(degraded=False, limited=True)}, False, None),
    ({"linkedInContext": context(limited=False)}, False, None),
    ({"connectors": navigator("ok"), "linkedInContext": context(degraded=True)}, True, "not_said"),
    ({"connectors": {"other": {"status": "degraded", "reason": "rate_limited"}}}, True, "rate_limited"),
    ({"connectors": "degraded", "linkedInContext": ["degraded"]}, False, None),
    ("degraded", False, None),
]


@pytest.fixture(scope="module")
def loaded(shared: OpenWarehouse) -> OpenWarehouse:
    """Every case above is a signal of its own company."""
    signals = [
        raw_signal(f"s{number}", boolean(True), metadata=metadata, domain=f"company{number}.com")
        for number, (metadata, *_) in enumerate(CASES)
    ]
    land(shared.paths, "a", signals, QUESTION)
    shared.load(QUESTION)
    return shared


@pytest.mark.parametrize("number", range(len(CASES)))
def test_degraded_is_read_from_the_metadata(loaded: OpenWarehouse, number: int) -> None:
    """A connector's status, the context's own word or a limited capability make a signal degraded, with its reason."""
    shown = f"SELECT degraded, degraded_reason FROM latest_answers WHERE signal_id = 's{number}'"  # noqa: S608
    assert loaded.rows(shown) == [CASES[number][1:]]


def test_what_is_processing_is_neither(paths: DataPaths) -> None:
    """A signal without an end has NULL, for nothing is known of its research."""
    land(paths, "a", [raw_signal("s1", None, status="processing", metadata=None)], QUESTION)
    with open_warehouse(paths) as con:
        load_landed(con, paths)
        assert con.execute("SELECT degraded FROM signals").fetchall() == [(None,)]
