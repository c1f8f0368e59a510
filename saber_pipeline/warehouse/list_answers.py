"""Reads a list's answers from answers.duckdb: some rows to show, or all streamed into a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.config.answer_types.kinds import SECOND_COLUMNS
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ListError
from saber_pipeline.warehouse.json_file import write_json
from saber_pipeline.warehouse.parquet_types import parquet_column
from saber_pipeline.warehouse.published_questions import changed_questions
from saber_pipeline.warehouse.query_to_file import write_query
from saber_pipeline.warehouse.session import newest_answers_file
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, read_sql

if TYPE_CHECKING:
    import pandas as pd

    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.config.questions.subject_kinds import SubjectKind

ROWS_AT_ONCE = 1_000
UNICODE = "domain_unicode"
_NESTED = ("STRUCT(", "MAP(", "JSON")


class ListAnswers:
    """The rows of the kind's wide view that are in one list, with the columns of some questions. Reads only.

    ``not_asked_yet`` are those of the questions that no run has published since they were written, ``changed`` those
    that were published as another question or under another key. Neither has a column.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, kind: SubjectKind, list_name: str, questions: Sequence[Question]
    ) -> None:
        self.kind = kind
        self._con = con
        self.list_name = list_name
        self.changed = changed_questions(con, questions)
        keys = [question.key for question in questions if question.key not in self.changed]
        self._types = _columns(con, kind, keys)
        self.not_asked_yet = tuple(key for key in keys if key not in self._types)
        unicode = self._unicode_column()
        self._has_unicode = bool(unicode)
        self._types = {kind.column: self._types[kind.column], **unicode, **self._types} if unicode else self._types
        count = f'SELECT count(*) FROM {kind.table} WHERE "list" = ?'  # noqa: S608 - a kind's name
        found = con.execute(count, [list_name]).fetchall()
        self.subjects: int = found[0][0]

    def _unicode_column(self) -> dict[str, str]:
        """``domain_unicode`` where the list has a domain that people write otherwise, and no question is called so."""
        has = self._con.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ? AND column_name = ?",
            [self.kind.table, UNICODE],
        ).fetchall()
        if not has[0][0] or UNICODE in self._types:  # an older version had none
            return {}
        differs = f'SELECT EXISTS (FROM {self.kind.table} WHERE "list" = ? AND {UNICODE} <> {self.kind.column})'
        return {UNICODE: "VARCHAR"} if self._con.execute(differs, [self.list_name]).fetchall()[0][0] else {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The subject, its Unicode name where the list has any, then those of the questions."""
        return tuple(self._types)

    @property
    def unicode_column(self) -> tuple[str, ...]:
        """The name of that column, if it is there."""
        return (UNICODE,) if self._has_unicode else ()

    @property
    def answer_columns(self) -> int:
        """How many of them are about answers."""
        return len(self._types) - 1 - self._has_unicode

    def empty_columns(self, head: Sequence[Sequence[Any]], *, except_of: Sequence[str] = ()) -> tuple[str, ...]:
        """The columns in which no row of the list has a value, without those of the questions ``except_of``.

        ``head`` are its first rows; a column with a value there is not counted in all the others.
        """
        kept = {self.kind.column, *_names_of(except_of)}
        names = [name for i, name in enumerate(self._types) if name not in kept and all(row[i] is None for row in head)]
        if not names or len(head) == self.subjects:
            return tuple(names)
        counts = ", ".join(f"count({identifier(name)})" for name in names)
        ((*filled,),) = self._con.execute(f"SELECT {counts} FROM ({self._query(names)})").fetchall()  # noqa: S608 - quoted
        return tuple(name for name, number in zip(names, filled, strict=True) if not number)

    def head(self, rows: int) -> list[tuple[Any, ...]]:
        """The first ``rows`` of them as Python has them: no pandas, whose import takes longer than the rows."""
        return self._con.execute(f"{self._query()} LIMIT {int(rows)}").fetchall()

    def objects(self) -> Iterator[dict[str, Any]]:
        """Row by row as JSON has them."""
        row = ", ".join(f"{literal(name)}, {identifier(name)}" for name in self._types)
        self._con.execute(f"SELECT json_object({row})::VARCHAR FROM ({self._query()})")  # noqa: S608 - quoted
        while some := self._con.fetchmany(ROWS_AT_ONCE):
            yield from (json.loads(text) for (text,) in some)

    def write_csv(self, file: Path, *, is_escaped: bool = True) -> None:
        """A CSV with a header; nested values are JSON text. StorageError when it cannot be written.

        ``is_escaped``: texts that a spreadsheet would run as a formula get an apostrophe in front.
        """
        self._con.execute(read_sql("spreadsheet_macro"))
        flat = ", ".join(_flat(name, kind, is_escaped=is_escaped) for name, kind in self._types.items())
        write_query(self._con, f"SELECT {flat} FROM ({self._query()})", file, "FORMAT csv, HEADER")  # noqa: S608 - quoted

    def frame(self) -> pd.DataFrame:
        """All rows with the types that DuckDB gives to pandas."""
        return self._con.execute(self._query()).df()

    def rows(self) -> Iterator[Sequence[Any]]:
        """Row by row as Python has them, nested values as JSON text."""
        flat = ", ".join(_flat(name, kind, is_escaped=False) for name, kind in self._types.items())
        self._con.execute(f"SELECT {flat} FROM ({self._query()})")  # noqa: S608 - quoted
        while some := self._con.fetchmany(ROWS_AT_ONCE):
            yield from some

    def write_parquet(self, file: Path) -> None:
        """Parquet, with the types of the database but texts for JSON. StorageError when it cannot be written."""
        typed = ", ".join(parquet_column(self._con, name, kind) for name, kind in self._types.items())
        query = f"SELECT {typed} FROM ({self._query()})"  # noqa: S608 - quoted
        write_query(self._con, query, file, "FORMAT parquet, COMPRESSION zstd")

    def write_json(self, file: Path) -> None:
        """An array of the objects. StorageError when it cannot be written."""
        write_json(file, self.objects())

    def _query(self, names: Sequence[str] = ()) -> str:
        """All columns, unless some are named."""
        kind = self.kind
        columns = ", ".join(f"{self._owner(name)}.{identifier(name)}" for name in names or self._types)
        return fill_sql(
            "list_answers",
            columns=columns,
            view=kind.view,
            table=kind.table,
            subject=kind.column,
            list=literal(self.list_name),
        )

    def _owner(self, name: str) -> str:
        return "member" if name == UNICODE and self._has_unicode else "account"


@contextmanager
def open_list_answers(
    paths: DataPaths, kind: SubjectKind, list_name: str, questions: Sequence[Question]
) -> Iterator[ListAnswers]:
    """The answers of a list to some questions.

    Raises:
        StorageError: there is no answers.duckdb yet, or it cannot be read.
        ListError: it has no such list.
    """
    with newest_answers_file(paths, ask_with=f"saber-pipeline run {list_name}") as file:
        con = duckdb.connect(str(file), read_only=True)
    with con:
        answers = ListAnswers(con, kind, list_name, questions)
        if not answers.subjects:
            names = con.execute(f'SELECT DISTINCT "list" FROM {kind.table} ORDER BY 1').fetchall()  # noqa: S608 - likewise
            known = ", ".join(name for (name,) in names) or "none"
            raise ListError(
                f"{paths.answers_file} has no list {list_name!r}; it has: {known}. If the list is new, read and ask "
                f"it with `saber-pipeline run {list_name}`."
            )
        yield answers


def _columns(con: duckdb.DuckDBPyConnection, kind: SubjectKind, keys: Sequence[str]) -> dict[str, str]:
    """Column name to type: the subject's, and those of the questions as the wide view has them."""
    rows = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index",
        [kind.view],
    ).fetchall()
    wanted = _names_of(keys)
    return {name: type_ for name, type_ in rows if name == kind.column or name in wanted}


def _names_of(keys: Sequence[str]) -> set[str]:
    """The names that columns of these questions may have."""
    endings = ("", *(f"_{column}" for column in SECOND_COLUMNS))
    return {key + ending for key in keys for ending in endings}


def _flat(name: str, kind: str, *, is_escaped: bool) -> str:
    column = identifier(name)
    text = f"to_json({column})::VARCHAR" if _is_nested(kind) else column
    is_text = _is_nested(kind) or kind == "VARCHAR"
    return f"{f'for_spreadsheets({text})' if is_text and is_escaped else text} AS {column}"


def _is_nested(kind: str) -> bool:
    return kind.startswith(_NESTED) or kind.endswith("[]")
