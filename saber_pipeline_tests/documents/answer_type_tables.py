"""The tables of docs/ that list answer types, made of the types' records; ``make snapshot`` writes them.

A table stands between ``<!-- generated:NAME -->`` and ``<!-- /generated:NAME -->``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.answer_types.nested import CONTACT_ENGAGEMENTS, CONTACT_POSTS, CONTACTS
from saber_pipeline.config.answer_types.record import Criteria, camel_case
from saber_pipeline.warehouse.schema import sql_type
from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.documents.marked import replace_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from saber_pipeline.config.answer_types.record import AnswerKind, ColumnType

Row = tuple[str, ...]

OBJECTS = {
    "Contact": (CONTACTS, ("",)),
    "ContactPosition": (CONTACTS, ("positions", "positions.started_on")),
    "Education": (CONTACTS, ("education",)),
    "Post": (CONTACT_POSTS, ("",)),
    "PostAuthor": (CONTACT_POSTS, ("author", "engagement")),
    "ContactEngagement": (CONTACT_ENGAGEMENTS, ("",)),
}
"""The API's objects within answers: the record that has their columns, and the places in its row that a table lists."""


def documents() -> Iterator[tuple[str, str]]:
    """Each document with generated tables: its path from the root, and its text as it has to be."""
    for page, tables in PAGES.items():
        text = (ROOT / page).read_text("utf-8")
        for name, rows in tables.items():
            text = replace_marked(text, f"generated:{name}", _table(rows()))
        yield page, text


def write_tables() -> None:
    """Write the tables anew. Raises ValueError where a page lacks a table's place."""
    for page, text in documents():
        (ROOT / page).write_text(text, "utf-8")


def read_rows(page: str, name: str) -> list[list[str]]:
    """The cells of a table as it stands in the document, without its head."""
    text = (ROOT / page).read_text("utf-8")
    _, begin, rest = text.partition(f"<!-- generated:{name} -->\n")
    table, end, _ = rest.partition(f"<!-- /generated:{name} -->")
    assert begin, f"{page} has no table {name}"
    assert end, f"{page} has no end of the table {name}"
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in table.splitlines()[2:]]


def _table(rows: Iterable[Row]) -> str:
    head, *others = ("| " + " | ".join(row).rstrip() + " |" for row in rows)
    return "\n".join((head, "|" + "---|" * (head.count(" | ") + 1), *others))


def _columns() -> Iterator[Row]:
    beside = "`subject`, `confidence`, `completed_at`, `signal_id`"
    yield "answer type", f"columns of `questions.<key>`, beside {beside}", "asked for"
    for kinds in _alike(lambda kind: kind.table):
        kind = kinds[0]
        if kind.has_several_rows:
            columns = f"{kind.docs.shown}: {_names(column.name for column in kind.all_columns)}"
        else:
            columns = kind.docs.shown or _names(f"{each.name} {sql_type(each.type)}" for each in kind.all_columns)
        others = [f"; `{each.type}` {_sent(each)}" for each in kinds if _sent(each) != _sent(kind)]
        yield _types(kinds), columns, _sent(kind) + "".join(others)


def _sent(kind: AnswerKind) -> str:
    other = f"as `{kind.asked_as}`, " if kind.asked_as else ""
    return other + ("in batches" if kind.fits_batches else "one by one")


def _conditions() -> Iterator[Row]:
    yield "answer type", "a condition is met when"
    for criteria in Criteria:
        yield _types(kind for kind in ANSWER_KINDS.values() if kind.criteria is criteria), criteria.value


def _cells() -> Iterator[Row]:
    yield "answer type", "a cell holds", "an answer is right when"
    for kind in ANSWER_KINDS.values():
        if kind.cell:
            unit = kind.second.column.name if kind.second else ""
            beside = f"; the {unit} may have a column of its own, `<key>_{unit}`" if unit else ""
            yield _types([kind]), kind.cell.allowed + beside, kind.cell.is_right


def _changes() -> Iterator[Row]:
    yield "answer type", "differs when", "also"
    for kinds in _alike(lambda kind: kind.docs.differs):
        columns: list[str] = []
        if kinds[0].is_numeric:
            columns = ["difference", "percent_change"]
        elif not isinstance(kinds[0].said, str):
            columns = ["added_items", "removed_items"]
            # An item of a list is its name alone, so that it cannot be another one by the same name.
            columns += ["updated_items"] * kinds[0].is_nested
        yield _types(kinds), kinds[0].docs.differs, kinds[0].docs.changes.format(_names(columns)) if columns else ""


def _values() -> Iterator[Row]:
    yield "field", "where it goes"
    yield "`type`", "`signals.answer_json`; the table is chosen by the question's `answer_type`"
    for kind in ANSWER_KINDS.values():
        if not kind.is_nested and not kind.asked_as:
            yield from ((f"`{kind.type}.{each.name}`", f"`{kind.table}.{each.name}`") for each in kind.all_columns)


def _objects() -> Iterator[Row]:
    yield "field", "where it goes"
    yield "`type`", "`signals.answer_json`"
    for kind in ANSWER_KINDS.values():
        if not kind.is_nested or kind.replied_as:
            continue
        if kind.has_several_rows:
            yield f"`{camel_case(kind.type)}.value`", f"a row each in `{kind.table}.position`"
            continue
        others = [
            f"; of the type `{each.type}`: `{each.table}.value`"
            for each in ANSWER_KINDS.values()
            if each.asked_as is kind.type
        ]
        where = f"`{kind.table}.value`, and {kind.docs.shown} in `questions.<key>`{''.join(others)}"
        yield f"`{camel_case(kind.type)}`", where


def _fields(name: str) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        kind, places = OBJECTS[name]
        yield "field", "where it goes"
        for place in places:
            for api_name, ours in _members(kind, place):
                yield f"`{api_name}`", f"`{kind.table}.{ours}`"

    return rows


def _members(kind: AnswerKind, place: str) -> Iterator[tuple[str, str]]:
    """The API's name and ours of each member of the object at ``place`` in a row; of the row itself without one."""
    if not place:
        yield from ((column.api_name, column.name) for column in kind.columns if column.name != "position")
        return
    found: ColumnType = {column.name: column.type for column in kind.columns}
    for part in place.split("."):
        found = found[0] if isinstance(found, list) else found
        assert isinstance(found, dict)
        found = found[part]
    found = found[0] if isinstance(found, list) else found
    assert isinstance(found, dict)
    yield from ((camel_case(name), f"{place}.{name}") for name in found)


def _alike(key: Callable[[AnswerKind], object]) -> list[list[AnswerKind]]:
    """The records in their order, those of one key together."""
    found: dict[object, list[AnswerKind]] = {}
    for kind in ANSWER_KINDS.values():
        found.setdefault(key(kind), []).append(kind)
    return list(found.values())


def _types(kinds: Iterable[AnswerKind]) -> str:
    return _names(kind.type for kind in kinds)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


PAGES: dict[str, dict[str, Callable[[], Iterator[Row]]]] = {
    "docs/questions.md": {"answer-types": _columns},
    "docs/decisions.md": {"conditions": _conditions, "changes": _changes},
    "docs/quality.md": {"cells": _cells},
    "docs/operations.md": {"values": _values, "objects": _objects, **{name: _fields(name) for name in OBJECTS}},
}
