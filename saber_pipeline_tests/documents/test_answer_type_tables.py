"""What docs/ lists of answer types is what their records say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES, TABLES
from saber_pipeline.config.answer_types.record import AnswerType, Items
from saber_pipeline.config.answer_types.values import CURRENCY_SIGNS
from saber_pipeline.config.questions.question import Question
from saber_pipeline.inputs.truth_values import read_told
from saber_pipeline_tests.documents.answer_type_tables import documents, read_rows
from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.documents.marked import replace_marked

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

LISTS = {
    ("docs/questions.md", "answer-types"): frozenset(AnswerType),
    ("docs/decisions.md", "conditions"): JUDGED_TYPES,
    ("docs/decisions.md", "changes"): frozenset(AnswerType),
    ("docs/quality.md", "cells"): JUDGED_TYPES,
}
"""Which answer types a table has to list."""


def test_the_documents_are_what_the_records_make() -> None:
    """A record or a document that was changed alone is found, and the command that writes the tables is named."""
    for page, text in documents():
        assert (ROOT / page).read_text("utf-8") == text, f"{page} differs from the records; write it with make snapshot"


@pytest.mark.parametrize(("place", "types"), LISTS.items(), ids=[name for _, name in LISTS])
def test_every_type_is_in_every_list(place: tuple[str, str], types: AbstractSet[AnswerType]) -> None:
    """Each type has one row, even of a table that was written by hand."""
    found = [name for row in read_rows(*place) for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(found) == sorted(types)


def test_every_column_has_its_field_of_the_api() -> None:
    """Each column of the typed tables stands in docs/operations.md beside the field that it comes from."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    columns = [f"`{kind.table}.{column.name}`" for kind in TABLES for column in kind.all_columns]
    assert [column for column in columns if column not in page] == []


@pytest.mark.parametrize("answer_type", sorted(JUDGED_TYPES))
def test_an_example_of_a_cell_is_an_answer(answer_type: AnswerType) -> None:
    """What stands between backticks in the words about a cell is read as an answer of the type."""
    cell = ANSWER_KINDS[answer_type].cell
    assert cell is not None
    question = Question("q", "?", answer_type)
    examples = re.findall(r"`([^`]+)`", cell.allowed)
    assert examples or answer_type in {AnswerType.OPEN_TEXT, AnswerType.CHOICE}
    assert all(read_told(example, question).text for example in examples)


def test_the_signs_of_currencies_are_listed() -> None:
    """docs/quality.md says which currency each sign stands for."""
    page = (ROOT / "docs" / "quality.md").read_text("utf-8")
    assert dict(re.findall(r"`([$€£¥₹])` (?:means )?([A-Z]{3})\b", page)) == CURRENCY_SIGNS


def test_updated_items_are_told_of_what_has_a_name_and_a_content() -> None:
    """A type whose items are named beside what else they have is listed with ``updated_items``, others are not."""
    listed = {
        name
        for row in read_rows("docs/decisions.md", "changes")
        if "`updated_items`" in row[2]
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert {kind.type for kind in ANSWER_KINDS.values() if isinstance(kind.said, Items)} <= listed
    assert AnswerType.LIST not in listed


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "<!-- generated:x -->\n",
        "<!-- /generated:x -->\n<!-- generated:x -->\n",
        ("<!-- generated:x -->\n<!-- /generated:x -->\n" * 2),
    ],
)
def test_a_page_without_the_place_is_named(text: str) -> None:
    """A table whose marks are missing, turned round or there twice is an error, and nothing is replaced."""
    with pytest.raises(ValueError, match="no place for this part: <!-- generated:x -->"):
        replace_marked(text, "generated:x", "| a |")
