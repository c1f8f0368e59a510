"""The SQL of the load: ``load_*.sql`` with what the answer types' records say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, TABLES
from saber_pipeline.config.answer_types.record import camel_case
from saber_pipeline.warehouse.sql import fill_sql, literal, one_of

if TYPE_CHECKING:
    from saber_pipeline.config.answer_types.record import AnswerKind, Branches, Column, ColumnType, Second

_SHARED = "signal_id, subject, question_key, completed_at, confidence"
_LEAVES = "WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);"


@cache
def load_sql(name: str) -> str:
    """The text of one of the load's steps."""
    return fill_sql(name, **_PARTS[name]())


@cache
def insert_answers(family: str) -> str:
    """SQL: insert the rows of ``coerced`` with answers of ``family`` into its typed table."""
    kind = next(kind for kind in TABLES if kind.family == family)
    return _insert_rows(kind) if kind.has_several_rows else _insert_values(kind)


def _macros() -> dict[str, str]:
    shared = [kind for kind in ANSWER_KINDS.values() if kind.type.value != kind.family]
    return {
        "families": _words(kind.family for kind in TABLES),
        "shared": " ".join(f"WHEN snake_case(t) = {literal(k.type)} THEN {literal(k.family)}" for k in shared),
    }


def _parse_exact() -> dict[str, str]:
    return {
        "members": ", ".join(dict.fromkeys(kind.exact.members for kind in TABLES)),
        "found": " ".join(f"WHEN {literal(k.family)} THEN {k.exact.found}" for k in TABLES if k.exact.found),
        "replied": " ".join(f"WHEN {literal(k.family)} THEN {literal(k.replied_as)}" for k in TABLES if k.replied_as),
        "shapes": _shapes(lambda kind: kind.exact.cases),
        "seconds": ", ".join(f"CASE WHEN {wants} THEN {each.exact} END AS {name}" for wants, each, name in _seconds()),
        "stored": ", ".join(f"{each.stored} AS {name}" for _, each, name in _seconds() if each.stored),
        "has_value": _has_value(),
    }


def _parse_lenient() -> dict[str, str]:
    is_object = "json_type(payload) = 'OBJECT'"
    stored = {name: each.stored_lenient or each.stored or name for _, each, name in _seconds()}
    return {
        "payloads": " ".join(f"WHEN {_wants([k])} THEN {k.lenient.value}" for k in TABLES if k.lenient.value),
        "seconds": ", ".join(
            f"CASE WHEN {wants} AND {is_object} THEN {each.lenient} END AS {name}" for wants, each, name in _seconds()
        ),
        "holds_value": one_of("answer_family(given)", (kind.family for kind in TABLES if kind.is_object)),
        "second_columns": ", ".join(stored),
        "stored": ",\n        ".join(f"{sql} AS {name}" for name, sql in stored.items()),
        "nested": _words(kind.family for kind in TABLES if kind.is_nested),
        "in_other_words": _words(kind.family for kind in TABLES if kind.replied_as),
        "numeric": _words(kind.family for kind in TABLES if kind.is_numeric),
        "shapes": _shapes(lambda kind: kind.lenient.cases),
        "has_value": _has_value(),
    }


def _delete_replaced() -> dict[str, str]:
    return {"answers": "\n".join(f"DELETE FROM {kind.table} {_LEAVES}" for kind in TABLES)}  # noqa: S608 - names of ours


_PARTS: dict[str, Callable[[], dict[str, str]]] = {
    "load_macros": _macros,
    "load_parse_exact": _parse_exact,
    "load_parse_lenient": _parse_lenient,
    "load_delete_replaced": _delete_replaced,
}


def _shapes(cases_of: Callable[[AnswerKind], Branches]) -> str:
    """A column for each shape of values. Types with the same case stand in one branch."""
    shapes: dict[str, dict[tuple[str, str], list[AnswerKind]]] = {}
    for kind in TABLES:
        for case in cases_of(kind):
            shapes.setdefault(kind.shape, {}).setdefault(case, []).append(kind)
    return ",\n        ".join(
        "CASE "
        + " ".join(
            f"WHEN {_wants(kinds)}{f' AND {condition}' if condition else ''} THEN {value}"
            for (condition, value), kinds in cases.items()
        )
        + f" END AS {shape}"
        for shape, cases in shapes.items()
    )


def _seconds() -> list[tuple[str, Second, str]]:
    """The columns beside a value: which answers have one, what it is, and its name."""
    return [(_wants([kind]), kind.second, kind.second.column.name) for kind in TABLES if kind.second]


def _has_value() -> str:
    return " OR ".join(f"{shape} IS NOT NULL" for shape in dict.fromkeys(kind.shape for kind in TABLES))


def _wants(kinds: list[AnswerKind]) -> str:
    return one_of("wanted", (kind.family for kind in kinds))


def _words(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, texts))


def _insert_values(kind: AnswerKind) -> str:
    second = f", {kind.second.column.name}" if kind.second else ""
    return (
        f"INSERT INTO {kind.table} BY NAME\n"
        f"SELECT {_SHARED}, {kind.shape} AS value{second}, question_id\n"
        f"FROM coerced WHERE is_typed AND {_wants([kind])};"
    )


def _insert_rows(kind: AnswerKind) -> str:
    fields = [column for column in kind.columns if column.name != "position"]
    return fill_sql(
        "load_rows",
        table=kind.table,
        family=literal(kind.family),
        columns=", ".join(_field(column) for column in fields),
        shape=literal(json.dumps([{column.api_name: _read_as(column) for column in fields}])),
    )


def _read_as(column: Column) -> ColumnType:
    return "VARCHAR" if column.is_time else _as_given(column.type)


def _as_given(of: ColumnType) -> ColumnType:
    """As json_transform takes a value. Whole numbers are read as text, or it would bend 2.5 and true to some."""
    if isinstance(of, list):
        return [_as_given(of[0])]
    if isinstance(of, dict):
        return {camel_case(name): _as_given(inner) for name, inner in of.items()}
    return "VARCHAR" if of == "BIGINT" else of


def _field(column: Column) -> str:
    """A column out of the object ``item``, whose members have the API's names."""
    given = f"item.{column.api_name}"
    value = f"utc_time({given})" if column.is_time else _typed(given, column.type)
    return f"{value} AS {column.name}"


def _typed(given: str, of: ColumnType, depth: int = 0) -> str:
    """What json_transform gave, under our names and with whole numbers; ``depth`` lists are around it."""
    if _as_given(of) == of:
        return given
    if isinstance(of, list):
        item = f"part_{depth}"
        return f"list_transform({given}, lambda {item}: {_typed(item, of[0], depth + 1)})"
    if isinstance(of, dict):
        members = (
            f"{literal(name)}: {_typed(f'{given}.{camel_case(name)}', inner, depth)}" for name, inner in of.items()
        )
        return f"CASE WHEN {given} IS NOT NULL THEN {{{', '.join(members)}}} END"
    return f"whole_number({given})" if of == "BIGINT" else given
