"""``qualification_criteria``: what an answer is worth.

The API takes a free object, described publicly only as "mapping answer values based on answerType"; no
source lists its keys or values. The rule here: each key is a condition that fits the answer type, each
value a verdict.

| answer type | conditions |
|---|---|
| boolean | yes, no (true and false mean the same) |
| number, percentage, currency | ``>= 100``, ``< 5``, ``10-50``, ``42`` |
| open_text, url, list | any text |
| contacts, posts, engagements, json_schema | none: there is no single value to judge |

Verdicts run from disqualified to excellent. Others are accepted, as the API's words are not public; one
that is nearly a known word is taken for a slip.
"""

from __future__ import annotations

import difflib
import re

from saber_pipeline.config.questions.mistakes import Mistakes, shown, shown_key
from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, described

VERDICTS = ("disqualified", "poor", "fair", "good", "excellent")
NUMERIC_TYPES = frozenset({AnswerType.NUMBER, AnswerType.PERCENTAGE, AnswerType.CURRENCY})
TEXT_TYPES = frozenset({AnswerType.OPEN_TEXT, AnswerType.URL, AnswerType.LIST})

_MAX_VERDICT_CHARACTERS = 100
_MAX_CONDITION_CHARACTERS = 200
_BOOLEANS = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_NUMBER = r"-?\d+(?:\.\d+)?"
_COMPARISON = re.compile(rf"(<=|>=|<|>|==?)?\s*({_NUMBER})\s*%?", re.ASCII)
_RANGE = re.compile(rf"({_NUMBER})\s*%?\s*(?:-|\u2013|\.\.)\s*({_NUMBER})\s*%?", re.ASCII)


def read_criteria(node: Node, answer_type: AnswerType | None, where: str, mistakes: Mistakes) -> dict[str, str] | None:
    """Condition → verdict, in the order of the file. ``answer_type`` None: unknown, check the rest."""
    before = len(mistakes)
    if answer_type is not None and answer_type not in NUMERIC_TYPES | TEXT_TYPES | {AnswerType.BOOLEAN}:
        what = f"an answer of type {answer_type} has no single value to judge; remove the criteria"
        mistakes.add(node.line, where, what)
        return None
    if not isinstance(node, Mapping) or not node.entries:
        what = f"there is {described(node) if not isinstance(node, Mapping) else 'an empty mapping'}"
        mistakes.add(node.line, where, f"{what}; allowed is a mapping such as {{yes: good, no: disqualified}}")
        return None
    criteria: dict[str, str] = {}
    for entry in node.entries:
        condition = _condition(entry.key, answer_type, where, mistakes)
        verdict = _verdict(entry, where, mistakes)
        if condition is None or verdict is None:
            continue
        if condition in criteria:
            what = f"{shown(entry.key.text)} says again what {shown(condition)} says; keep one of them"
            mistakes.add(entry.line, where, what)
        criteria[condition] = verdict
    return criteria if len(mistakes) == before else None


def _condition(key: Scalar, answer_type: AnswerType | None, where: str, mistakes: Mistakes) -> str | None:
    text = key.text.strip()
    if answer_type == AnswerType.BOOLEAN:
        condition, allowed = _BOOLEANS.get(text.lower()), "yes or no"
    elif answer_type in NUMERIC_TYPES:
        condition, allowed = _numeric(text), "a comparison such as '>= 100', '< 5', '10-50' or 42"
    else:
        usable = bool(text) and not key.is_null and len(text) <= _MAX_CONDITION_CHARACTERS
        condition, allowed = (
            text if usable else None,
            f"a text of 1 to {_MAX_CONDITION_CHARACTERS} characters",
        )
    if condition is None:
        of_type = f" for an answer of type {answer_type}" if answer_type else ""
        mistakes.add(key.line, where, f"{described(key)} is no condition{of_type}; allowed is {allowed}")
    return condition


def _numeric(text: str) -> str | None:
    """One spelling per condition: ``>=100`` and ``>= 100`` are the same."""
    if match := _COMPARISON.fullmatch(text):
        sign = match[1] or ""
        return match[2] if sign in {"", "=", "=="} else f"{sign} {match[2]}"
    match = _RANGE.fullmatch(text)
    return f"{match[1]}-{match[2]}" if match and float(match[1]) <= float(match[2]) else None


def _verdict(entry: Entry, where: str, mistakes: Mistakes) -> str | None:
    place = f"{where}.{shown_key(entry.key.text)}"
    allowed = f"allowed is a verdict, from {' to '.join((VERDICTS[0], VERDICTS[-1]))}: {', '.join(VERDICTS)}"
    value = entry.value
    # An unquoted number is a verdict in digits; true, null, dates, lists are none.
    if not isinstance(value, Scalar) or not (value.is_text or value.is_number):
        mistakes.add(value.line, place, f"there is {described(value)}; {allowed}")
        return None
    text = value.text.strip()
    if not 1 <= len(text) <= _MAX_VERDICT_CHARACTERS:
        what = f"a verdict has 1 to {_MAX_VERDICT_CHARACTERS} characters, this has {len(text)}"
        mistakes.add(value.line, place, f"{what}; {allowed}")
        return None
    near = difflib.get_close_matches(text.lower(), VERDICTS, n=1, cutoff=0.85)
    if near and text != near[0]:
        mistakes.add(value.line, place, f"{shown(text)} is no verdict (did you mean {near[0]!r}?); {allowed}")
        return None
    return text
