"""``truth/*.csv``: facts about companies, to check whether answers are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES, second_column
from saber_pipeline.config.questions.mistakes import quote, suggestion
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.inputs.truth_and_review_files import (
    FileProblem,
    ToldTable,
    domain_column,
    domain_of,
    read_told_table,
)
from saber_pipeline.inputs.truth_values import ToldValue, ToldValueError, read_told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saber_pipeline.config.questions.question import Question


@dataclass(frozen=True)
class Truth:
    """A fact about one company, with its place in the file."""

    domain: str
    question: Question
    told: ToldValue
    file: str
    line: int


def truth_files(folder: Path) -> list[Path]:
    """Every file of the folder that is not hidden, in the order of their names."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))


def read_truth(folder: Path, questions: Sequence[Question]) -> tuple[list[Truth], list[FileProblem]]:
    """Every usable cell of the folder's files, and what is left out. Where two differ, the first one counts."""
    known: dict[tuple[str, str], Truth] = {}
    problems: list[FileProblem] = []
    try:
        paths = truth_files(folder)
    except OSError as error:
        return [], [FileProblem(folder.name, 0, None, None, f"it cannot be read: {error.strerror}; make it readable")]
    for path in paths:
        name = f"{folder.name}/{path.name}"
        if path.suffix.lower() != ".csv":
            problems.append(FileProblem(name, 0, None, None, "it is not a .csv file; save it as CSV, or move it away"))
            continue
        table = read_told_table(path, name)
        _read(table, {question.key: question for question in questions}, known)
        problems += table.problems
    return list(known.values()), problems


def _read(table: ToldTable, questions: dict[str, Question], known: dict[tuple[str, str], Truth]) -> None:
    place = domain_column(table, others=questions.keys())
    if place is None:
        return
    columns = _columns(table, place, questions)
    for line, cells in table.rows:
        if not any(cells[index] for index, _, _ in columns):
            continue  # the row says nothing about its company
        domain = domain_of(table, line, cells[place], table.header[place])
        if domain is None:
            continue
        for index, question, unit in columns:
            if not cells[index]:
                continue
            try:
                told = read_told(cells[index], question, unit="" if unit is None else cells[unit])
            except ToldValueError as wrong:
                table.complain(line, str(wrong), column=question.key, value=cells[index])
                continue
            first = known.setdefault((domain, question.key), Truth(domain, question, told, table.name, line))
            if first.told != told:
                problem = (
                    f"{first.file}, line {first.line} says {quote(first.told.text)} about {domain}, and the first "
                    "one counts; keep one of them"
                )
                table.complain(line, problem, column=question.key, value=cells[index])


def _columns(table: ToldTable, place: int, questions: dict[str, Question]) -> list[tuple[int, Question, int | None]]:
    """Of each usable column: its place, its question, and the place of the column with its unit."""
    headers = {header.lower(): index for index, header in reversed(list(enumerate(table.header)))}
    units = {
        headers[f"{key}_{ending}"]: key
        for key, question in questions.items()
        if (ending := second_column(question.answer_type)) and key in headers and f"{key}_{ending}" in headers
    }
    found: list[tuple[int, Question, int | None]] = []
    for index, header in enumerate(table.header):
        if index == place or index in units:
            continue
        question = questions.get(header.lower())
        if question is None:
            if header or any(cells[index] for _, cells in table.rows):
                hint = suggestion(header, questions)
                table.complain(1, f"no question has this key{hint}, so the column is not used", column=header)
        elif headers[header.lower()] != index:
            table.complain(1, "the column appears twice; the first one counts", column=header)
        elif problem := _cannot_be_compared(question):
            table.complain(1, problem, column=header)
        else:
            unit = next((place for place, key in units.items() if key == question.key), None)
            found.append((index, question, unit))
    return found


def _cannot_be_compared(question: Question) -> str:
    if question.about is not SubjectType.COMPANY:
        return "the question is about contacts, and these files are about companies; the column is not used"
    if question.answer_type not in JUDGED_TYPES:
        return f"answers of the type {question.answer_type} are not compared; the column is not used"
    return ""
