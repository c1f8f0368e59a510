"""Validates ``qualificationCriteria``: the sandbox accepts only the documented form of each answer type.

The real API's treatment of other forms is not public. The sandbox refuses them, so that tests find a client that sends
another form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from saber_pipeline.sandbox.refused_requests import invalid

WORDS = frozenset({"disqualified", "poor", "neutral", "good", "excellent"})
WITH_RANGES = frozenset({"number", "percentage", "currency"})
BOOLEAN_KEYS = frozenset({"yes", "no"})
RANGE_KEYS = frozenset({"rangeStart", "rangeEnd", "answerValue"})
CHOICE_KEYS = frozenset({"answerValue", "label"})


def check_criteria(answer_type: str, criteria: Mapping[str, Any] | UnsetType | None, field: str, status: int) -> None:
    """Raises a RefusalError that names the place inside the criteria. ``status``: the operation's for wrong values."""
    if criteria is None or criteria is UNSET:
        return
    if answer_type == "boolean":
        wrong = _wrong_boolean(criteria)
    elif answer_type in WITH_RANGES:
        wrong = _wrong_ranges(criteria)
    elif answer_type == "list":
        wrong = _wrong_choices(criteria)
    else:
        wrong = ("", f"an answerType {answer_type} has no qualification criteria")
    if wrong is not None:
        place, what = wrong
        raise invalid(field + place, what, status=status)


def _wrong_boolean(criteria: Mapping[str, Any]) -> tuple[str, str] | None:
    for key, word in criteria.items():
        if key not in BOOLEAN_KEYS:
            return f".{key}", "must be yes or no"
        if word not in WORDS:
            return f".{key}", _not_a_word(word)
    return None if criteria else ("", "must not be empty")


def _wrong_ranges(criteria: Mapping[str, Any]) -> tuple[str, str] | None:
    ranges = criteria.get("ranges")
    if set(criteria) != {"ranges"} or not isinstance(ranges, list) or not ranges:
        return "", "must be an object with ranges, a list that is not empty"
    for number, one in enumerate(ranges):
        place = f".ranges[{number}]"
        if not isinstance(one, dict) or set(one) != RANGE_KEYS:
            return place, f"must have {', '.join(sorted(RANGE_KEYS))}, and nothing else"
        if not _is_number(one["rangeStart"]) or not _is_number(one["rangeEnd"]):
            return place, "rangeStart and rangeEnd must be numbers"
        if one["rangeStart"] > one["rangeEnd"]:
            return place, "rangeStart must not be above rangeEnd"
        if one["answerValue"] not in WORDS:
            return f"{place}.answerValue", _not_a_word(one["answerValue"])
    return None


def _wrong_choices(criteria: Mapping[str, Any]) -> tuple[str, str] | None:
    choices = criteria.get("choices")
    if set(criteria) != {"choices"} or not isinstance(choices, dict) or not choices:
        return "", "must be an object with choices, an object that is not empty"
    for key, choice in choices.items():
        place = f".choices.{key}"
        if not isinstance(choice, dict) or set(choice) != CHOICE_KEYS:
            return place, f"must have {', '.join(sorted(CHOICE_KEYS))}, and nothing else"
        if not isinstance(choice["label"], str) or not choice["label"]:
            return f"{place}.label", "must be a text"
        if choice["answerValue"] not in WORDS:
            return f"{place}.answerValue", _not_a_word(choice["answerValue"])
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_a_word(found: object) -> str:
    return f"{found!r} is not one of {', '.join(sorted(WORDS))}"
