"""Whether the fields that judge answers fit their question: min_confidence, expected_accuracy, tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES, NUMERIC_TYPES
from saber_pipeline.config.questions.question import AnswerType, SubjectType

if TYPE_CHECKING:
    from collections.abc import Collection

    from saber_pipeline.config.questions.mistakes import Mistakes
    from saber_pipeline.config.questions.yaml_nodes import Mapping

_ABOUT_COMPANIES = ("min_confidence", "expected_accuracy")


def check_judging(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """Adds a mistake for a field that could never mean anything: the queue and the truth are about companies."""
    if values.get("about") is SubjectType.CONTACT:
        for name in _ABOUT_COMPANIES:
            if name in values:
                what = "answers about companies are reviewed and checked, this is about a contact; remove it"
                mistakes.add(node.by_key[name].line, f"{key}.{name}", what)
    _check_type(node, values, key, mistakes, "expected_accuracy", JUDGED_TYPES)
    _check_type(node, values, key, mistakes, "tolerance", NUMERIC_TYPES)


def _check_type(
    node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes, name: str, allowed: Collection[AnswerType]
) -> None:
    is_open = ("answer_type" in node.by_key and "answer_type" not in values) or (
        "template_id" in values and "answer_type" not in values
    )
    answer_type = values.get("answer_type", AnswerType.OPEN_TEXT)
    if name in values and not is_open and answer_type not in allowed:
        words = ", ".join(sorted(each.value for each in allowed))
        what = f"it has a meaning for {words}, this is {answer_type}; remove it"
        mistakes.add(node.by_key[name].line, f"{key}.{name}", what)
