"""Exporting a list: which of its columns, to which file, and what has changed since the last time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths, make_folder
from saber_pipeline.config.questions.question import Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import InputError, ListError
from saber_pipeline.inputs.snapshots import read_snapshot
from saber_pipeline.warehouse.json_file import write_json
from saber_pipeline.warehouse.list_export import (
    ListExport,
    OwnColumn,
    find_changes,
    keep_told,
    open_published,
    rows_of,
    write_csv,
    write_parquet,
)
from saber_pipeline.warehouse.published_questions import changed_questions
from saber_pipeline.warehouse.sql import json_pointer
from saber_pipeline.warehouse.workbook import write_workbook

if TYPE_CHECKING:
    import duckdb

    from saber_pipeline.inputs.table_facts import TableFacts

logger = logging.getLogger(__name__)

ENDINGS = (".json", ".csv", ".xlsx", ".parquet")
"""Of the files that a table is written to, by every command that writes one."""


@dataclass(frozen=True)
class Exported:
    """A file that was written. ``cut`` counts texts that were longer than a workbook's cell."""

    file: Path
    rows: int
    cut: int = 0

    def __str__(self) -> str:
        cut = f" {self.cut:,} texts were cut to the 32,767 characters of a workbook's cell." if self.cut else ""
        return f"Wrote {self.rows:,} rows to {self.file}.{cut}"


def check_ending(file: Path, endings: Sequence[str] = ENDINGS, *, noun: str = "an export") -> str:
    """The file's ending, in lower case. Raises InputError for one that is none of ``endings``."""
    ending = file.suffix.lower()
    if ending not in endings:
        allowed = " or ".join(part for part in (", ".join(endings[:-1]), endings[-1]) if part)
        raise InputError(f"{file.name} cannot be written: {noun} is a {allowed} file. Nothing was spent.")
    return ending


def export_list(
    paths: DataPaths,
    list_name: str,
    questions: Sequence[Question],
    file: Path,
    *,
    since: datetime | None = None,
    is_escaped: bool = True,
) -> Exported:
    """Write every row of ``list_name`` with its own columns, then the answers to ``questions`` about companies.

    ``since`` (naive UTC): only rows with an answer completed since then.

    Raises:
        InputError: ``file`` has an ending that no export writes.
        ListError: the list is not in answers.duckdb.
        StorageError: answers.duckdb cannot be read, or the file cannot be written.
    """
    check_ending(file)
    with open_published(paths) as con:
        export = _export_of(con, paths, list_name, questions)
        return _write(con, replace(export, since=since, is_escaped=is_escaped), file)


def export_everything(
    paths: DataPaths, list_name: str, questions: Sequence[Question], endings: Sequence[str]
) -> tuple[list[Exported], Exported]:
    """Write ``exports/<list>`` in each format, and ``exports/<list>.changes.csv`` with what changed since then.

    The first time, every company has changed. What was told is noted last, so that a crash tells it again.
    """
    make_folder(paths.exports)
    told_file = paths.exports / ".told" / f"{list_name}.parquet"
    make_folder(told_file.parent)
    _bring_told(paths, told_file)
    with open_published(paths) as con:
        export = _export_of(con, paths, list_name, questions)
        written = [_write(con, export, paths.exports / f"{list_name}{ending}") for ending in endings]
        find_changes(con, export, told_file)
        changes = _write(con, replace(export, only_changed=True), paths.exports / f"{list_name}.changes.csv")
        _share(paths, [*(each.file for each in written), changes.file])
        keep_told(con, told_file)
        _share(paths, [told_file])
    return written, changes


def _bring_told(paths: DataPaths, told_file: Path) -> None:
    """What any machine told last, where a store is shared."""
    if paths.store_address is not None:
        from saber_pipeline.store.object_store import ObjectStore  # noqa: PLC0415 - not without a store

        ObjectStore(paths.store_address).fetch(told_file.relative_to(paths.data_dir).as_posix(), told_file)


def _share(paths: DataPaths, files: Sequence[Path]) -> None:
    if paths.store_address is not None:
        from saber_pipeline.store.object_store import ObjectStore  # noqa: PLC0415 - not without a store

        for file in files:
            ObjectStore(paths.store_address).put(file.relative_to(paths.data_dir).as_posix(), file)


def own_columns(facts: TableFacts) -> list[OwnColumn]:
    """The columns of the user's file in their order."""
    return [
        OwnColumn(header, None if place == facts.column else key)
        for place, (header, key) in enumerate(zip(facts.columns, facts.keys, strict=True))
    ]


def _export_of(
    con: duckdb.DuckDBPyConnection, paths: DataPaths, list_name: str, questions: Sequence[Question]
) -> ListExport:
    snapshot = read_snapshot(list_name, paths.landed_lists(COMPANIES))
    rows = con.execute(
        "SELECT count(*) FROM answers.list_rows WHERE \"list\" = ? AND subject_type = 'company'", [list_name]
    ).fetchall()
    if not rows[0][0] or snapshot is None or snapshot.facts is None:
        known = con.execute('SELECT DISTINCT "list" FROM answers.domains ORDER BY 1').fetchall()
        names = ", ".join(name for (name,) in known) or "none"
        raise ListError(
            f"{paths.answers_file} has no list {list_name!r} with its rows; it has: {names}. Nothing was spent. "
            f"`saber-pipeline run {list_name}` reads the list and asks; materialising domain_lists only reads it."
        )
    columns = own_columns(snapshot.facts)
    extra = con.execute(
        'SELECT count(*) FROM answers.list_rows WHERE "list" = ? AND json_exists(attributes, ?)',
        [list_name, json_pointer(snapshot.facts.extra_key)],
    ).fetchall()
    if extra[0][0]:
        columns.append(OwnColumn(snapshot.facts.extra_key, snapshot.facts.extra_key))
    about_companies = [question for question in questions if question.about is SubjectType.COMPANY]
    changed = changed_questions(con, about_companies, database="answers")
    if changed:
        logger.warning(
            "questions.yaml changed after %s was published. The export of %s leaves the columns of %s empty, because "
            "the answers there are to other questions. The next run publishes the questions as they are now, and so "
            "does `saber-pipeline rebuild`, which spends nothing.",
            paths.answers_file,
            list_name,
            ", ".join(changed),
        )
    return ListExport(list_name, columns, about_companies, changed=changed)


def _write(con: duckdb.DuckDBPyConnection, export: ListExport, file: Path) -> Exported:
    plain = replace(export, is_escaped=False)  # a text of a workbook or of Parquet is never run
    match file.suffix.lower():
        case ".csv":
            return Exported(file, write_csv(con, export, file))
        case ".parquet":
            return Exported(file, write_parquet(con, plain, file))
        case ".json":
            rows = (dict(zip(export.names, row, strict=True)) for row in rows_of(con, plain))
            return Exported(file, write_json(file, rows))
        case _:
            return Exported(file, *write_workbook(file, export.headers, rows_of(con, plain), export.list_name))
