"""The export of a list: every row and column of the user's file, then the answers about its companies."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.answer_types.record import Criteria
from saber_pipeline.config.paths import cannot_write
from saber_pipeline.config.private_files import whole_file
from saber_pipeline.warehouse.load_piece import as_pattern
from saber_pipeline.warehouse.query_to_file import write_query
from saber_pipeline.warehouse.session import newest_answers_file
from saber_pipeline.warehouse.sql import fill_sql, identifier, json_pointer, literal, literals, read_sql

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question

ROW_NUMBER = "row number"
PARTS = {
    "": "value",
    "_status": "outcome",
    "_confidence": "confidence",
    "_source": "source_url",
    "_age_days": "age_days",
}
"""What stands behind a question's key in the name of a column, and the column of account_answers it comes from."""
MEMORY_LIMIT = "300MB"


@dataclass(frozen=True)
class OwnColumn:
    """A column of the user's file: its header, and its name in ``attributes``, None for the chosen column."""

    header: str
    key: str | None


@dataclass(frozen=True)
class ListExport:
    """The scope of an export. ``since`` (naive UTC): only rows with an answer completed since then.

    ``changed``: keys of questions whose published answers are to other questions; their companies count as not asked.
    ``only_changed``: only rows of the companies that ``find_changes`` found. ``is_escaped``: texts that a spreadsheet
    would run as a formula get an apostrophe in front.
    """

    list_name: str
    columns: Sequence[OwnColumn]
    questions: Sequence[Question]
    changed: Collection[str] = ()
    since: datetime | None = None
    only_changed: bool = False
    is_escaped: bool = True

    @property
    def headers(self) -> list[str]:
        """The file's own headers, then those of the questions. A header may stand twice, as in the user's file."""
        return [column.header for column in self.columns] + [q.key + part for q in self.questions for part in PARTS]

    @property
    def names(self) -> list[str]:
        """The headers with a number behind those that stand there already: a table's columns differ."""
        return _distinct(self.headers)

    def query(self, *, typed: bool = False) -> str:
        """SQL over the published answers, attached as ``answers``; its first column is the row's number.

        ``typed``: numbers and booleans as such, else everything but confidence and age is text.
        """
        cells = [self._text(_own_cell(column)) for column in self.columns]
        for question in self.questions:
            cells += self._answer(question, typed=typed)
        return fill_sql(
            "list_export",
            list=literal(self.list_name),
            keys=literals(question.key for question in self.questions if question.key not in self.changed),
            pivoted="".join(_pivoted(question) for question in self.questions),
            cells="".join(f", {cell} AS {identifier(name)}" for cell, name in zip(cells, self.names, strict=True)),
            which=self._which(),
        )

    def _which(self) -> str:
        if self.only_changed:
            return "member.subject IN (SELECT domain FROM changed_companies)"
        return "true" if self.since is None else f"company.newest >= TIMESTAMP {literal(self.since.isoformat(' '))}"

    def _text(self, cell: str) -> str:
        return f"for_spreadsheets({cell})" if self.is_escaped else cell

    def _answer(self, question: Question, *, typed: bool) -> list[str]:
        value, status, confidence, source, age = (f"company.{identifier(question.key + part)}" for part in PARTS)
        kind = ANSWER_KINDS[question.answer_type]
        if typed and kind.is_numeric and not kind.second:
            value = f"TRY_CAST({value} AS DOUBLE)"
        elif typed and kind.criteria is Criteria.YES_NO:
            value = f"({value} = 'yes')"
        else:
            value = self._text(value)
        status = f"CASE WHEN member.outcome = 'rejected' THEN 'rejected' ELSE coalesce({status}, 'not_asked') END"
        return [value, status, confidence, self._text(source), age]


def write_csv(con: duckdb.DuckDBPyConnection, export: ListExport, file: Path) -> int:
    """Write a CSV; returns its number of rows. StorageError when it cannot be written."""
    body = file.with_name(f".{file.name}.rows")
    try:
        rows = write_query(con, _ordered(export, typed=False), body, "FORMAT csv, HEADER false")
        # The user's headers may repeat each other, which no table's columns can: so they are written here.
        with whole_file(file) as unfinished:
            with unfinished.open("w", encoding="utf-8", newline="") as whole:
                csv.writer(whole, lineterminator="\n").writerow(export.headers)
            with unfinished.open("ab") as whole, body.open("rb") as told:
                shutil.copyfileobj(told, whole)
    except OSError as error:
        raise cannot_write(file, error) from None
    finally:
        body.unlink(missing_ok=True)
    return rows


def write_parquet(con: duckdb.DuckDBPyConnection, export: ListExport, file: Path) -> int:
    """Write Parquet, likewise. A header that stands twice gets a number."""
    return write_query(con, _ordered(export), file, "FORMAT parquet, COMPRESSION zstd")


def find_changes(con: duckdb.DuckDBPyConnection, export: ListExport, told_file: Path) -> int:
    """Find the companies that differ from what ``told_file`` says was told last; returns how many they are."""
    last = f"FROM read_parquet({literal(as_pattern(told_file))})" if told_file.exists() else "FROM telling LIMIT 0"
    keys = literals(question.key for question in export.questions)
    con.execute(fill_sql("list_changes", list=literal(export.list_name), keys=keys, last=last))
    ((changed,),) = con.execute("SELECT count(*) FROM changed_companies").fetchall()
    return int(changed)


def keep_told(con: duckdb.DuckDBPyConnection, told_file: Path) -> None:
    """Remember what ``find_changes`` compared, so that the next export tells only what changes from here on."""
    write_query(con, "FROM telling", told_file, "FORMAT parquet, COMPRESSION zstd")


def rows_of(con: duckdb.DuckDBPyConnection, export: ListExport) -> Iterator[Sequence[Any]]:
    """The rows in their order, as Python has them, for formats that DuckDB does not write."""
    con.execute(_ordered(export))
    while some := con.fetchmany(1_000):
        yield from some


def _ordered(export: ListExport, *, typed: bool = True) -> str:
    place = identifier(ROW_NUMBER)
    return f"SELECT * EXCLUDE ({place}) FROM ({export.query(typed=typed)}) ORDER BY {place}"  # noqa: S608 - quoted


@contextmanager
def open_published(paths: DataPaths) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own with answers.duckdb attached as ``answers``, to read.

    Raises:
        StorageError: there is no answers.duckdb yet, or it cannot be read.
    """
    with TemporaryDirectory(prefix="saber-export-") as spill, duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        con.execute(f"SET temp_directory = {literal(spill)}")
        with newest_answers_file(paths) as file:
            con.execute(f"ATTACH {literal(str(file))} AS answers (READ_ONLY)")
        con.execute(read_sql("spreadsheet_macro"))
        yield con


def _own_cell(column: OwnColumn) -> str:
    if column.key is None:
        return "CASE WHEN member.column_used IS NULL THEN member.raw_value ELSE member.chosen_cell END"
    return f"json_extract_string(member.attributes, {literal(json_pointer(column.key))})"


def _pivoted(question: Question) -> str:
    """The told rows of one question as columns of its company."""
    mine = f"FILTER (question_key = {literal(question.key)})"
    return "".join(
        f", any_value({part}) {mine} AS {identifier(question.key + behind)}" for behind, part in PARTS.items()
    )


def _distinct(names: Sequence[str]) -> list[str]:
    taken = {ROW_NUMBER}
    found = []
    for name in names:
        free, number = name or "column", 2
        while free.lower() in taken:
            free, number = f"{name or 'column'}_{number}", number + 1
        taken.add(free.lower())
        found.append(free)
    return found
