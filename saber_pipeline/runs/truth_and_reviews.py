"""What people keep beside the answers, ``truth/*.csv`` and ``reviews.csv``, read from the files into the warehouse."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import duckdb

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.inputs.reviews_file import Review, read_reviews
from saber_pipeline.inputs.truth_and_review_files import FileProblem
from saber_pipeline.inputs.truth_files import Truth, read_truth
from saber_pipeline.warehouse.truth_and_review_tables import load_told

logger = logging.getLogger(__name__)

PROBLEMS_LOGGED = 20


def read_told_files(paths: DataPaths, questions: Sequence[Question]) -> list[FileProblem] | None:
    """What is wrong in the files as they are now; None where nobody keeps any. Loads nothing."""
    if not paths.truth.exists() and not paths.reviews_file.exists():
        return None
    return read_truth(paths.truth, questions)[1] + read_reviews(paths.reviews_file, questions)[1]


def load_told_files(con: duckdb.DuckDBPyConnection, paths: DataPaths, questions: Sequence[Question]) -> None:
    """Make the tables what the files say now; what is wrong in a file stands in ``file_problems``."""
    truth, problems = read_truth(paths.truth, questions)
    reviews, others = read_reviews(paths.reviews_file, questions)
    load_told(
        con,
        truth=[_truth_row(each) for each in truth],
        reviews=[_review_row(each) for each in reviews],
        problems=[astuple(each) for each in problems + others],
    )


def log_file_problems(con: duckdb.DuckDBPyConnection) -> None:
    """Warn of what is not used of the files, with file, line and cure."""
    rows = con.execute("FROM file_problems ORDER BY ALL").fetchall()
    for row in rows[:PROBLEMS_LOGGED]:
        logger.warning("Not used: %s.", FileProblem(*row))
    if len(rows) > PROBLEMS_LOGGED:
        logger.warning("The table file_problems has %s more.", f"{len(rows) - PROBLEMS_LOGGED:,}")


def _truth_row(truth: Truth) -> tuple[Any, ...]:
    told = truth.told
    number = None if told.number is None else float(told.number)
    items = None if told.items is None else list(told.items)
    where = (truth.domain, truth.question.key, truth.question.answer_type.value)
    return (*where, told.text, number, told.unit, items, truth.file, truth.line)


def _review_row(review: Review) -> tuple[Any, ...]:
    told, question = review.told, review.question
    where = (review.domain, question.key, review.decision.value)
    by = (review.who, review.when, review.line)
    if told is None:
        return (*where, None, None, None, None, None, None, *by)
    is_amount = ANSWER_KINDS[question.answer_type].reviewed == "value_amount"
    number = None if told.number is None or is_amount else float(told.number)
    amount = told.number if is_amount else None
    items = None if told.items is None else list(told.items)
    return (*where, told.text, told.boolean, number, amount, told.unit, items, *by)
