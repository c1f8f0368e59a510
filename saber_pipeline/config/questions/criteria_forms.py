"""The two forms of ``qualification_criteria``, and the conversion between them.

The API takes the documented form (CreateSignalRequest.qualificationCriteria):

| answer type | form |
|---|---|
| boolean | ``{yes: good, no: disqualified}`` |
| number, percentage, currency | ``{ranges: [{rangeStart: 0, rangeEnd: 100, answerValue: neutral}]}`` |
| list | ``{choices: {hubspot: {answerValue: neutral, label: HubSpot}}}`` |

The short form is condition → verdict, for every answer type with a single value. The pipeline judges answers by it.
A documented range includes both ends, as the documents' example (0 to 100, 101 to 1000) shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeGuard

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES, criteria_of
from saber_pipeline.config.answer_types.record import AnswerType, Criteria

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question

VERDICTS = ("disqualified", "poor", "neutral", "good", "excellent")
"""From worst to best: the API's words."""
RANGE_FIELDS = ("rangeStart", "rangeEnd", "answerValue")
CHOICE_FIELDS = ("answerValue", "label")

_BOOLEANS = {"yes": "yes", "true": "yes", "on": "yes", "y": "yes", "no": "no", "false": "no", "off": "no", "n": "no"}
_NUMBER = r"-?\d+(?:\.\d+)?"
_COMPARISON = re.compile(rf"(<=|>=|<|>|==?)?\s*({_NUMBER})\s*%?", re.ASCII)
_RANGE = re.compile(rf"({_NUMBER})\s*%?\s*(?:-|\u2013|\.\.)\s*({_NUMBER})\s*%?", re.ASCII)
_CLOSED = re.compile(rf"({_NUMBER})(?:-({_NUMBER}))?", re.ASCII)
_SAFE_INTEGER = 2**53  # JSON's numbers are exact up to there, whoever reads them
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")


def short_form(criteria: Mapping[str, Any], answer_type: AnswerType) -> dict[str, str]:
    """Condition → verdict. Criteria that fit neither form, such as a template's, are left out.

    Both the label and the key of a choice are conditions.
    """
    if answer_type not in JUDGED_TYPES:
        return {}
    found: dict[str, str] = {}
    for condition, verdict in _conditions(criteria, answer_type):
        found[condition] = _worse(verdict, found.get(condition, verdict))
    return found


def documented_form(criteria: Mapping[str, Any], answer_type: AnswerType) -> dict[str, Any] | None:
    """The criteria for the API, or None if the documented form cannot say exactly the same.

    The documented form has no open ends (``>= 100``), no words but its own five, and no texts, addresses and choices.
    It does not say which of two overlapping ranges wins.
    """
    if criteria_of(answer_type) is Criteria.NUMBERS and _is_list_of_mappings(criteria.get("ranges")):
        return _if_understood(criteria, answer_type, "ranges")
    if criteria_of(answer_type) is Criteria.WORDS_OF_ITEMS and _is_mapping_of_mappings(criteria.get("choices")):
        return _if_understood(criteria, answer_type, "choices")
    conditions = short_form(criteria, answer_type)
    if not conditions or len(conditions) != len(criteria) or not set(conditions.values()) <= set(VERDICTS):
        return None
    if criteria_of(answer_type) is Criteria.YES_NO:
        return dict(conditions)
    if criteria_of(answer_type) is Criteria.NUMBERS:
        return _ranges(conditions)
    return _choices(conditions) if criteria_of(answer_type) is Criteria.WORDS_OF_ITEMS else None


def conditions_of(question: Question) -> dict[str, str]:
    """The conditions by which answers to ``question`` are judged. Empty without criteria."""
    return short_form(question.qualification_criteria or {}, question.answer_type)


def criteria_to_send(question: Question) -> dict[str, Any] | None:
    """The criteria in the documented form. None without criteria, or if the form cannot express them."""
    criteria = question.qualification_criteria
    return documented_form(criteria, question.answer_type) if criteria else None


def normal_condition(text: str, answer_type: AnswerType | None) -> str | None:
    """The one spelling of a condition: ``>=100`` and ``>= 100 %`` are the same. None if it does not fit the type."""
    text = text.strip()
    if criteria_of(answer_type) is Criteria.YES_NO:
        return _BOOLEANS.get(text.lower())
    if criteria_of(answer_type) is not Criteria.NUMBERS:
        return text or None
    if match := _COMPARISON.fullmatch(text):
        sign = match[1] or ""
        return match[2] if sign in {"", "=", "=="} else f"{sign} {match[2]}"
    match = _RANGE.fullmatch(text)
    return f"{match[1]}-{match[2]}" if match and float(match[1]) <= float(match[2]) else None


def as_number_text(number: float) -> str:
    """The number as in a condition: without exponent, and without ``.0``."""
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _conditions(criteria: Mapping[str, Any], answer_type: AnswerType) -> list[tuple[str, str]]:
    ranges, choices = criteria.get("ranges"), criteria.get("choices")
    if criteria_of(answer_type) is Criteria.NUMBERS and _is_list_of_mappings(ranges):
        return [pair for one in ranges or () if (pair := _of_range(one)) is not None]
    if criteria_of(answer_type) is Criteria.WORDS_OF_ITEMS and _is_mapping_of_mappings(choices):
        return [pair for key, choice in (choices or {}).items() for pair in _of_choice(key, choice)]
    short = [(normal_condition(key, answer_type), value) for key, value in criteria.items() if isinstance(value, str)]
    return [(condition, verdict) for condition, verdict in short if condition]


def _of_range(one: Mapping[str, Any]) -> tuple[str, str] | None:
    start, end, verdict = (one.get(field) for field in RANGE_FIELDS)
    if not _is_number(start) or not _is_number(end) or not isinstance(verdict, str):
        return None
    first, last = as_number_text(start), as_number_text(end)
    if float(first) > float(last):
        return None
    return (first if first == last else f"{first}-{last}"), verdict


def _of_choice(key: str, choice: Mapping[str, Any]) -> list[tuple[str, str]]:
    verdict, label = (choice.get(field) for field in CHOICE_FIELDS)
    if not isinstance(verdict, str):
        return []
    texts = [text.strip() for text in (label, key) if isinstance(text, str) and text.strip()]
    return [(text, verdict) for text in {text.casefold(): text for text in reversed(texts)}.values()][::-1]


def _if_understood(criteria: Mapping[str, Any], answer_type: AnswerType, form: str) -> dict[str, Any] | None:
    """The criteria unchanged, if every member has the documented form and there is nothing else; otherwise None."""
    members, read = criteria[form], _conditions(criteria, answer_type)
    if form == "choices":
        whole = all(isinstance(choice.get("label"), str) and _of_choice(k, choice) for k, choice in members.items())
    else:
        whole = len(read) == len(members)
    is_plain = len(criteria) == 1 and members and {verdict for _, verdict in read} <= set(VERDICTS)
    return dict(criteria) if whole and is_plain else None


def _ranges(conditions: Mapping[str, str]) -> dict[str, Any] | None:
    closed: list[tuple[float, float, str]] = []
    for condition, verdict in conditions.items():
        match = _CLOSED.fullmatch(condition)
        if match is None:
            return None
        start, end = _json_number(match[1]), _json_number(match[2] or match[1])
        if start is None or end is None:
            return None
        closed.append((start, end, verdict))
    if any(end >= start for (_, end, _), (start, _, _) in pairwise(sorted(closed))):
        return None
    return {"ranges": [dict(zip(RANGE_FIELDS, one, strict=True)) for one in closed]}


def _choices(conditions: Mapping[str, str]) -> dict[str, Any]:
    choices: dict[str, Any] = {}
    for condition, verdict in conditions.items():
        key = plain = _NOT_IN_A_KEY.sub("_", condition.lower()).strip("_") or condition
        number = 2
        while key in choices:
            key, number = f"{plain}_{number}", number + 1
        choices[key] = dict(zip(CHOICE_FIELDS, (verdict, condition), strict=True))
    return {"choices": choices}


def _json_number(text: str) -> float | None:
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) <= _SAFE_INTEGER else number


def _worse(one: str, other: str) -> str:
    rank = {verdict: place for place, verdict in enumerate(VERDICTS)}
    return min(one, other, key=lambda verdict: rank.get(verdict, len(rank)))


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _is_mapping_of_mappings(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values())
