"""The record of an answer type, from which its tables, load, views, criteria and cells are generated.

SQL in a record is an expression over the columns that stand in the query it is spliced into; each field says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias


class AnswerType(StrEnum):
    """The answer types of questions.yaml: the API's, and ``choice``, which it is asked for as ``json_schema``."""

    OPEN_TEXT = "open_text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    PERCENTAGE = "percentage"
    CURRENCY = "currency"
    URL = "url"
    CONTACTS = "contacts"
    CONTACTS_GENERATION = "contacts_generation"
    CONTACT_POSTS = "contact_posts"
    CONTACT_ENGAGEMENTS = "contact_engagements"
    JSON_SCHEMA = "json_schema"
    CHOICE = "choice"


ColumnType: TypeAlias = "str | list[ColumnType] | dict[str, ColumnType]"
"""DuckDB's name of a type, ``[type]`` for a list, ``{field: type}`` for a struct."""


class Criteria(StrEnum):
    """What conditions of criteria are, of which ``criteria.py`` and ``warehouse/conditions.py`` know each.

    The value is what the documents say: when such a condition is met.
    """

    YES_NO = "the answer is `yes` or `no`, as written"
    NUMBERS = "the comparison holds: `>= 100`, `< 5`, `42`; a range such as `10-50` includes both ends"
    WORDS = (
        'the text contains these words, in any case: "They use salesforce." meets `Salesforce`, "Salesforces" does not'
    )
    WORDS_OF_ITEMS = "an item contains these words, in any case"
    CHOICES = "the answer is that choice; a word that is not in `choices` is a mistake"


Form = Literal["text", "url", "items"]
"""The normal forms of ``warehouse/answer_equality.py``."""

ALWAYS = "true"
BANDS = "bands"
"""``counted`` of amounts of any size: the power of ten it is in."""

Branches: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of SQL, condition and value: the first condition that is true gives the value."""


def camel_case(name: str) -> str:
    """The API's spelling of our name of a field."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True)
class Column:
    """A column of a typed table."""

    name: str
    type: ColumnType
    meaning: str
    is_prose: bool = False  # stored with zstd
    given: str = ""  # the API's name of the field, where it is not the column's in camelCase
    is_time: bool = False  # a TIMESTAMP that the API gives as text

    @property
    def api_name(self) -> str:
        """The API's name of the field."""
        return self.given or camel_case(self.name)


@dataclass(frozen=True)
class Cell:
    """What a cell of ``truth/*.csv`` and ``reviews.csv`` may hold, in words, and when an answer is right against it.

    ``allowed`` goes into documents and errors, with examples between backticks. ``pattern`` is of the whole text, where
    the criteria do not read the cell and not any text is an answer.
    """

    allowed: str
    is_right: str
    pattern: str = ""


@dataclass(frozen=True)
class Docs:
    """What the documents say about parts that are SQL or come from elsewhere: phrases in Markdown.

    ``differs``: when two versions of an answer differ, which is ``said`` in words. ``changes``: what is special about
    the columns of answer_changes, with {} for their names. ``shown``: what ``questions.<key>`` has, where that is not
    one row of the table's columns.
    """

    differs: str
    changes: str = "{}"
    shown: str = ""


@dataclass(frozen=True)
class Items:
    """An answer's parts as answer_changes tells them apart: SQL over a row of the typed table.

    ``name`` is what a part is called, ``content`` what else of it may change, ``label`` what it reads like.
    """

    name: str
    content: str
    label: str


@dataclass(frozen=True)
class ItemsSql:
    """The same as the ``.sql`` file of the warehouse that has a row for each part."""

    file: str


@dataclass(frozen=True)
class Exact:
    """How load_parse_exact.sql finds an answer in the API's usual words.

    ``members``: the answer's members that are opened, with what json_transform makes of them. ``found``: SQL for the
    value over ``found``, which has these members. ``cases`` are over ``value`` (JSON, or what ``found`` is), its
    text ``json_text`` and that one's ``first_character``, and ``choices``.
    """

    members: str
    found: str
    cases: Branches


@dataclass(frozen=True)
class Lenient:
    """How load_parse_lenient.sql reads what is worded otherwise.

    ``cases`` are over ``value`` (JSON), its ``kind`` (DuckDB's json_type), ``scalar`` (its text, where it is one
    value), ``digits`` (of a numeric type: that text, where it is a plain number), ``given`` and ``choices``.
    ``value``: SQL for the value over ``payload``, where it is not what every type has.
    """

    cases: Branches
    value: str = ""


@dataclass(frozen=True)
class Second:
    """The column beside the value, such as the unit: SQL over ``found`` of Exact, and over ``payload``."""

    column: Column
    exact: str
    lenient: str
    divides: bool = False  # whether numbers beside different ones have no difference


@dataclass(frozen=True, kw_only=True)
class AnswerKind:
    """The record of an answer type. ``table`` is shared by types whose answers are alike.

    What every type has, has no default here, so that nobody forgets it. TypeError where parts do not fit together.
    """

    type: AnswerType
    table: str
    meaning: str
    columns: tuple[Column, ...]
    shape: str  # the column of the load's table ``coerced`` that holds a value
    exact: Exact
    lenient: Lenient
    text: str  # SQL: one row as a person reads it, over {value} and the second column; "" where it is no value
    said: str | Items | ItemsSql  # SQL over a row: a text that differs where two versions do; or what parts they have
    counted: str  # SQL over a row: what answer_values counts, a value or several rows of them; "" for nothing
    criteria: Criteria | None  # how qualification_criteria judge it, and how a cell is read; None without a text
    docs: Docs
    counted_if: str = ALWAYS  # SQL over a row: whether it is counted
    second: Second | None = None
    form: Form = "text"  # how answer_checks brings it into the form that is compared
    cell: Cell | None = None  # what a person may write as the answer; None without a text
    reviewed: str = "value"  # the column of reviews that gives its value
    asked_as: AnswerType | None = None  # the API's own type that it is asked for with, where it has another name
    replied_as: AnswerType | None = None  # the type that its answers name, where that is another one
    fits_batches: bool = True  # else it is bought one by one

    def __post_init__(self) -> None:
        """A part that is empty where it must say something is a part that was forgotten."""
        columns = [each for column in self.all_columns for each in (column.name, column.meaning)]
        parts = [self.table, self.meaning, self.shape, self.exact.members, self.exact.cases, self.lenient.cases]
        is_shown = bool(self.docs.differs and (self.docs.shown or not self.has_several_rows))
        are_judged = {bool(each) for each in (self.text, self.criteria, self.cell)}
        if not (self.columns and all([*columns, *parts, self.said]) and is_shown and len(are_judged) == 1):
            raise TypeError(f"the record of the answer type {self.type} lacks a part")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's columns besides those that every typed table has."""
        return (*self.columns, self.second.column) if self.second else self.columns

    @property
    def family(self) -> str:
        """What the load calls types that share a table."""
        return self.table.removeprefix("answers_")

    @property
    def has_several_rows(self) -> bool:
        """Whether one answer is several rows, ordered by ``position``."""
        return bool(self.columns) and self.columns[0].name == "position"

    @property
    def is_nested(self) -> bool:
        """Whether it is objects, which no other type's words can mean."""
        return not self.text

    @property
    def is_numeric(self) -> bool:
        """Whether its value is a number."""
        return self.criteria is Criteria.NUMBERS
