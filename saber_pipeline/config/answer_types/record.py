"""The record of an answer type, from which its tables, load, views, criteria and cells are generated.

SQL in a record is an expression over the columns of the query that contains it. Each field names these columns.
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
    """The kinds of conditions in criteria. ``criteria.py`` and ``warehouse/conditions.py`` know each kind.

    The value is the documents' text: when such a condition is met.
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
BANDS, TENS = "bands", "tens"
"""Values of ``counted``: an amount of any size counts in its power of ten, a number of per cent in its ten."""

Branches: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of a condition and a value in SQL. The first true condition gives the value."""


def camel_case(name: str) -> str:
    """The API's spelling of a field's name."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True)
class Column:
    name: str
    type: ColumnType
    meaning: str
    is_prose: bool = False  # stored with zstd
    given: str = ""  # the API's name of the field, where it is not the column's in camelCase
    is_time: bool = False  # a TIMESTAMP that the API gives as text

    @property
    def api_name(self) -> str:
        return self.given or camel_case(self.name)


@dataclass(frozen=True)
class Cell:
    """The allowed contents of a cell in ``truth/*.csv`` and ``reviews.csv``, and when an answer matches the cell.

    ``allowed`` goes into documents and errors, with examples between backticks. ``pattern`` matches the whole text, for
    types whose cell the criteria do not read and whose answer cannot be any text.
    """

    allowed: str
    is_right: str
    pattern: str = ""


@dataclass(frozen=True)
class Docs:
    """Phrases in Markdown for the documents, about parts that are SQL or come from elsewhere.

    ``differs``: when two versions of an answer differ, which is ``said`` in words. ``changes``: special properties of
    the columns of answer_changes, with {} for their names. ``shown``: the contents of ``questions.<key>``, if they are
    not one row of the table's columns.
    """

    differs: str
    changes: str = "{}"
    shown: str = ""


@dataclass(frozen=True)
class Items:
    """The parts of an answer that answer_changes distinguishes: SQL over a row of the typed table.

    ``name`` identifies a part. ``content`` is all that may change in the part. ``label`` is the part's readable text.
    """

    name: str
    content: str
    label: str


@dataclass(frozen=True)
class ItemsSql:
    """The parts of an answer, from a ``.sql`` file of the warehouse that gives a row for each part.

    ``matched``: the type of the API's delta that says which parts are the same in other words.
    """

    file: str
    matched: str = ""


@dataclass(frozen=True)
class Exact:
    """How load_parse_exact.sql finds an answer in the API's usual form.

    ``members``: the answer's members to open, with their types for json_transform. ``found``: SQL for the value over
    ``found``, which has these members. ``cases`` are over ``value`` (JSON, or the result of ``found``), its text
    ``json_text``, the text's ``first_character``, and ``choices``.
    """

    members: str
    found: str
    cases: Branches


@dataclass(frozen=True)
class Lenient:
    """How load_parse_lenient.sql reads an answer in another form.

    ``cases`` are over ``value`` (JSON), its ``kind`` (DuckDB's json_type), ``scalar`` (the text of a single value),
    ``digits`` (for a numeric type: that text if it is a plain number), ``given`` and ``choices``. ``value``: SQL for
    the value over ``payload``, if it differs from the one of every type.
    """

    cases: Branches
    value: str = ""


@dataclass(frozen=True)
class Second:
    """The column beside the value, such as the unit.

    ``exact`` and ``lenient``: SQL over ``found`` of Exact, and over ``payload``. ``stored``: SQL over the column, where
    it is not stored as it was found; ``stored_lenient``: likewise for an answer in other words, over ``scalar`` too.
    ``form``: SQL over {unit} that is the same for units that mean the same.
    """

    column: Column
    exact: str
    lenient: str
    form: str
    stored: str = ""
    stored_lenient: str = ""
    divides: bool = False  # whether numbers beside different ones have no difference


@dataclass(frozen=True, kw_only=True)
class AnswerKind:
    """The record of an answer type. Types with similar answers share a ``table``.

    A part that every type has has no default, so that nobody forgets it. TypeError if parts do not fit together.
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
    cell: Cell | None = None  # the forms in which a person may write the answer; None without a text
    reviewed: str = "value"  # the column of reviews that has the value
    asked_as: AnswerType | None = None  # the API's type in requests, if the API names the type differently
    replied_as: AnswerType | None = None  # the API's type in replies, if that differs
    fits_batches: bool = True  # if false, signals are bought one by one
    is_object: bool = False  # whether it is one object as the question's output schema has it, each property a column
    api_knows_changes: bool = False  # whether the API's NO_CHANGE counts for more than another text

    def __post_init__(self) -> None:
        """Find forgotten parts: those that are empty although they must not be."""
        columns = [each for column in self.all_columns for each in (column.name, column.meaning)]
        parts = [self.table, self.meaning, self.shape, self.exact.members, self.exact.cases, self.lenient.cases]
        is_shown = bool(self.docs.differs and (self.docs.shown or not self.has_several_rows))
        are_judged = {bool(each) for each in (self.text, self.criteria, self.cell)}
        if not (self.columns and all([*columns, *parts, self.said]) and is_shown and len(are_judged) == 1):
            raise TypeError(f"the record of the answer type {self.type} lacks a part")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns, without those that every typed table has."""
        return (*self.columns, self.second.column) if self.second else self.columns

    def text_of(self, row: str) -> str:
        """SQL: ``text`` of ``row``, an alias of the typed table."""
        return self.text.format(**{column.name: f"{row}.{column.name}" for column in self.all_columns})

    @property
    def family(self) -> str:
        """The load's name for types that share a table."""
        return self.table.removeprefix("answers_")

    @property
    def has_several_rows(self) -> bool:
        """Whether one answer is several rows, ordered by ``position``."""
        return bool(self.columns) and self.columns[0].name == "position"

    @property
    def is_nested(self) -> bool:
        """Whether the answer is objects, which no other type's form can mean."""
        return not self.text

    @property
    def is_numeric(self) -> bool:
        return self.criteria is Criteria.NUMBERS
