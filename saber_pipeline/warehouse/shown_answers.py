"""The columns of a question in the wide views: its answer or, with a ``fallback``, the first known one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.questions.fallbacks import ANSWERED_BY, fallback_chain, have_one_type
from saber_pipeline.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from saber_pipeline.warehouse.question_views import QuestionView


def shown_columns(view: QuestionView, views: Sequence[QuestionView]) -> dict[str, str]:
    """Column → SQL over the joined answers. ``views``: those of every question of the wide view."""
    chain = _chain(view, views)
    if len(chain) == 1:
        return view.wide_columns
    key = view.question.key
    shown = {}
    for column in view.wide_columns:
        ending = column.removeprefix(key)
        known = (f"WHEN {each.has_answer} THEN {each.wide_columns[each.question.key + ending]}" for each in chain)
        shown[column] = f"CASE {' '.join(known)} END"
    by = (f"WHEN {each.has_answer} THEN {literal(each.question.key)}" for each in chain)
    return {**shown, f"{key}_{ANSWERED_BY}": f"CASE {' '.join(by)} END"}


def shown_comments(view: QuestionView, views: Sequence[QuestionView]) -> dict[str, str]:
    """Column → what it means."""
    chain = _chain(view, views)
    if len(chain) == 1:
        return view.wide_comments
    keys = ", ".join(each.question.key for each in chain)
    said = f"Which question the value of {view.question.key} is from, the first of these that knows: {keys}."
    return {**view.wide_comments, f"{view.question.key}_{ANSWERED_BY}": said}


def column_owners(views: Iterable[QuestionView]) -> dict[str, frozenset[str]]:
    """Column of a wide view, in lower case → keys of the questions whose answers it may show."""
    every = list(views)
    return {
        column.lower(): frozenset(each.question.key for each in _chain(view, every))
        for view in every
        for column in shown_columns(view, every)
    }


def _chain(view: QuestionView, views: Sequence[QuestionView]) -> list[QuestionView]:
    """The question and its fallbacks as far as their answers fit into one column; a template may have changed that."""
    by_key = {each.question.key: each for each in views}
    chain = fallback_chain(view.question, {key: each.question for key, each in by_key.items()})
    return [by_key[each.key] for each in chain if have_one_type(view.question, each)]
