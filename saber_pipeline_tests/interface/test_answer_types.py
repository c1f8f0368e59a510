"""The records of the answer types: each part of each is seen by somebody."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, TABLES
from saber_pipeline.config.answer_types.record import ALWAYS, AnswerKind, AnswerType, Docs, Exact, Lenient
from saber_pipeline.warehouse import load_sql
from saber_pipeline_tests.interface.answer_types import SAMPLES, answer_types

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGOTTEN: dict[str, Any] = {
    "meaning": "",
    "columns": (),
    "shape": "",
    "exact": Exact("", "", ()),
    "lenient": Lenient(()),
    "text": "",
    "said": "",
    "counted": "",
    "criteria": None,
    "docs": Docs(""),
    "counted_if": ALWAYS,
    "second": None,
    "form": "text",
    "cell": None,
    "reviewed": "value",
    "asked_as": None,
    "replied_as": None,
    "fits_batches": True,
    "is_object": False,
    "api_knows_changes": False,
}
"""What a part is where nobody wrote it down."""
WITH_SQL = ("exact", "lenient", "said", "second")
"""Parts that have parts."""


def removals() -> Iterator[Any]:
    """Each part of each record that says something, and each text within a part.

    Of types that share a table, what stands in one record alone.
    """
    for kind in ANSWER_KINDS.values():
        first = next(each for each in TABLES if each.table == kind.table)
        for part, nothing in FORGOTTEN.items():
            told = getattr(kind, part)
            if told == nothing or (kind is not first and told == getattr(first, part)):
                continue
            yield pytest.param(kind, part, nothing, id=f"{kind.type}-{part}")
            for name, without in _within(told) if part in WITH_SQL else ():
                yield pytest.param(kind, part, without, id=f"{kind.type}-{part}.{name}")


def _within(part: Any) -> Iterator[tuple[str, Any]]:
    """The part without each of its texts and marks."""
    for field in fields(part) if is_dataclass(part) else ():
        told = getattr(part, field.name)
        if told and isinstance(told, str | bool):
            yield field.name, replace(part, **{field.name: type(told)()})


@cache
def facts(answer_type: AnswerType) -> tuple[str, ...]:
    """What is seen of the type as it is."""
    return tuple(answer_types([answer_type]))


def test_every_type_has_its_record_and_a_sample() -> None:
    """An answer type without a record, or one that the snapshot of the interface does not try, is found here."""
    assert set(ANSWER_KINDS) == set(AnswerType) == set(SAMPLES)
    assert {field.name for field in fields(AnswerKind)} - FORGOTTEN.keys() == {"type", "table"}


@pytest.mark.sweep(keep=3)
@pytest.mark.parametrize(("kind", "part", "without"), list(removals()))
def test_no_part_of_a_record_can_be_forgotten(
    kind: AnswerKind, part: str, without: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any one part the record cannot be made, or something else is seen of the type than is written down."""
    expected = facts(kind.type)
    try:
        replace(kind, **{part: without})
    except TypeError as error:
        assert "lacks a part" in str(error)  # noqa: PT017 - either of the two
        return
    monkeypatch.setitem(kind.__dict__, part, without)
    load_sql.load_sql.cache_clear()
    load_sql.insert_answers.cache_clear()
    try:
        assert _seen(kind.type) != expected
    finally:
        monkeypatch.undo()
        load_sql.load_sql.cache_clear()
        load_sql.insert_answers.cache_clear()


def _seen(answer_type: AnswerType) -> tuple[str, ...]:
    """What is seen now; nothing where it ends in an error."""
    try:
        return tuple(answer_types([answer_type]))
    except Exception:  # noqa: BLE001 - whatever it is, it is red
        return ()
