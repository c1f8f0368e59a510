"""The fields of one question: each is read from its node, or said to be wrong and what is allowed."""

from __future__ import annotations

import re
import uuid
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from saber_pipeline.config.questions.choices import choice_schema, read_choices
from saber_pipeline.config.questions.criteria import read_criteria
from saber_pipeline.config.questions.judging import check_judging
from saber_pipeline.config.questions.mistakes import Mistakes, shown_key, suggestion
from saber_pipeline.config.questions.output_schema import read_output_schema
from saber_pipeline.config.questions.question import WEIGHTS, AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, cut_text, described

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_KEY_CHARACTERS = 63  # a column's and an asset's name; other databases stop there
MAX_QUESTION_CHARACTERS = 500
MAX_AGE_DAYS = 36_500
MAX_CREDITS = 999_999_999
MAX_CONDITION_CHARACTERS = 2_000
SALES_NAVIGATOR = ("required", "preferred", "off")

Member = TypeVar("Member", bound=StrEnum)

_KEY = re.compile(r"[a-z][a-z0-9_]*")


class _WrongValueError(Exception):
    """A value cannot be used; the text says so and what is allowed. Never leaves this module."""


def read_question(entry: Entry, mistakes: Mistakes) -> Question | None:
    """One entry below ``questions:``. None after its mistakes were added."""
    before = len(mistakes)
    _check_key(entry.key, mistakes)
    key = shown_key(entry.key.text)
    if not isinstance(entry.value, Mapping):
        what = f"there is {described(entry.value)}; allowed is a mapping with at least `question: …`"
        mistakes.add(entry.line, key, what)
        return None
    values = _read_fields(entry.value, key, mistakes)
    _check_ages(entry.value, values, key, mistakes)
    check_judging(entry.value, values, key, mistakes)
    if not {"question", "template_id"} & entry.value.by_key.keys():
        what = f"it is missing; allowed is a text of 1 to {MAX_QUESTION_CHARACTERS} characters"
        mistakes.add(entry.line, f"{key}.question", what)
    if len(mistakes) > before:
        return None
    text = values.pop("question", "")
    left = {"text": "question", "answer_type": "answer_type"} if "template_id" in values else {}
    left_to_template = frozenset(name for name, field in left.items() if field not in entry.value.by_key)
    return Question(key=entry.key.text, text=text, left_to_template=left_to_template, **values)


def _check_key(key: Scalar, mistakes: Mistakes) -> None:
    if not _KEY.fullmatch(key.text):
        what = "the key cannot be used; allowed are a-z, 0-9 and _, starting with a letter"
        mistakes.add(key.line, shown_key(key.text), what)
    if len(key.text) > MAX_KEY_CHARACTERS:
        what = f"the key has {len(key.text)} characters; allowed are {MAX_KEY_CHARACTERS}"
        mistakes.add(key.line, shown_key(key.text), what)


def _read_fields(node: Mapping, key: str, mistakes: Mistakes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in node.entries:
        name = entry.key.text
        if name in _FIELDS:
            try:
                values[name] = _FIELDS[name](entry.value)
            except _WrongValueError as wrong:
                mistakes.add(entry.line, f"{key}.{name}", str(wrong))
        elif name not in _FIELDS_BY_TYPE:
            known = (*_FIELDS, *_FIELDS_BY_TYPE)
            hint = suggestion(name, known)
            mistakes.add(entry.line, f"{key}.{shown_key(name)}", f"unknown field{hint}; allowed are {', '.join(known)}")
    _read_fields_by_type(node, values, key, mistakes)
    return values


def _check_ages(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """A degraded answer is not kept longer than another one."""
    most, degraded = values.get("max_age_days", Question.max_age_days), values.get("max_age_days_degraded")
    if degraded is not None and degraded > most and ("max_age_days" in values or "max_age_days" not in node.by_key):
        what = f"it is {degraded:g} and longer than max_age_days, which is {most:g}; allowed is a shorter time"
        mistakes.add(node.by_key["max_age_days_degraded"].line, f"{key}.max_age_days_degraded", what)


def _read_fields_by_type(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """Fields whose meaning hangs on answer_type; where that is wrong, they are read as far as possible."""
    type_is_wrong = "answer_type" in node.by_key and "answer_type" not in values
    is_open = type_is_wrong or ("template_id" in values and "answer_type" not in values)
    answer_type = None if is_open else values.get("answer_type", AnswerType.OPEN_TEXT)
    choices = _choices(node, answer_type, key, mistakes, type_is_wrong=type_is_wrong)
    criteria = node.by_key.get("qualification_criteria")
    if criteria is not None:
        place = f"{key}.qualification_criteria"
        values["qualification_criteria"] = read_criteria(criteria.value, answer_type, place, mistakes, choices=choices)
    schema = node.by_key.get("output_schema")
    place = f"{key}.output_schema"
    if schema is not None:
        values["output_schema"] = read_output_schema(schema.value, place, mistakes)
        if answer_type not in {AnswerType.JSON_SCHEMA, None}:
            what = f"only `answer_type: json_schema` has a schema, this is {answer_type}; remove one of the two"
            mistakes.add(schema.line, place, what)
    elif answer_type == AnswerType.JSON_SCHEMA:
        what = "it is missing; `answer_type: json_schema` needs a JSON schema with an object at its root"
        mistakes.add(node.by_key["answer_type"].line, place, what)
    elif choices is not None:
        values["output_schema"] = choice_schema(choices)


def _choices(
    node: Mapping, answer_type: AnswerType | None, key: str, mistakes: Mistakes, *, type_is_wrong: bool
) -> tuple[str, ...] | None:
    entry, place = node.by_key.get("choices"), f"{key}.choices"
    if entry is None:
        if answer_type is AnswerType.CHOICE:
            what = "it is missing; `answer_type: choice` needs a list such as [Salesforce, HubSpot, other, none]"
            mistakes.add(node.by_key["answer_type"].line, place, what)
        return None
    if answer_type is not AnswerType.CHOICE and not type_is_wrong:
        this = "its template's own type counts here" if answer_type is None else f"this is {answer_type}"
        what = f"only `answer_type: choice` has choices, {this}; write that type, or remove the choices"
        mistakes.add(entry.line, place, what)
        return None
    return read_choices(entry, place, mistakes)


# One reader for each field: node → value, or _WrongValueError.


def _question(node: Node) -> str:
    allowed = f"allowed is a text of 1 to {MAX_QUESTION_CHARACTERS} characters"
    text = _whole_text(node, allowed)
    if not 1 <= len(text) <= MAX_QUESTION_CHARACTERS:
        raise _WrongValueError(f"it has {len(text)} characters; {allowed}")
    return text


def _ask_if(node: Node) -> str:
    allowed = f"allowed is a condition in SQL of 1 to {MAX_CONDITION_CHARACTERS:,} characters, such as headcount > 200"
    text = _whole_text(node, allowed)
    if not 1 <= len(text) <= MAX_CONDITION_CHARACTERS:
        raise _WrongValueError(f"it has {len(text):,} characters; {allowed}")
    return text


def _whole_text(node: Node, allowed: str) -> str:
    """A text that no comment cuts short, without the blanks around it."""
    if not isinstance(node, Scalar) or not node.is_text:
        raise _WrongValueError(f"there is {described(node)}; {allowed}")
    if node.comment:
        raise _WrongValueError(cut_text(node))
    return node.text.strip()


def _fallback(node: Node) -> str:
    if isinstance(node, Scalar) and _KEY.fullmatch(node.text) and node.is_text:
        return node.text
    raise _WrongValueError(f"there is {described(node)}; allowed is the key of another question in this file")


def _max_age_days(node: Node) -> float:
    if not isinstance(node, Scalar) or not node.is_number or not 0 <= node.value <= MAX_AGE_DAYS:
        raise _WrongValueError(f"there is {described(node)}; allowed is a number of days from 0 to {MAX_AGE_DAYS}")
    return float(node.value)


def _share(node: Node) -> float:
    if not isinstance(node, Scalar) or not node.is_number or not 0 <= node.value <= 1:
        raise _WrongValueError(f"there is {described(node)}; allowed is a number from 0 to 1, such as 0.9")
    return float(node.value)


def _max_credits(node: Node) -> int:
    allowed = f"allowed is a whole number of credits from 0 to {MAX_CREDITS:,}"
    is_number = isinstance(node, Scalar) and node.is_number and 0 <= node.value <= MAX_CREDITS
    if not isinstance(node, Scalar) or not is_number or node.value != int(node.value):
        raise _WrongValueError(f"there is {described(node)}; {allowed}")
    return int(node.value)


def _template_id(node: Node) -> str:
    try:
        return str(uuid.UUID(hex=node.text.strip() if isinstance(node, Scalar) else ""))
    except ValueError:
        what = f"there is {described(node)}; allowed is a template's id, a UUID such as {uuid.UUID(int=0)}"
        raise _WrongValueError(what) from None


def _connectors(node: Node) -> dict[str, Any]:
    allowed = f"allowed is {{salesNavigator: {{enabled: {_one_of(SALES_NAVIGATOR)}}}}}"
    connector = node.by_key.get("salesNavigator") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or connector is None or len(node.entries) != 1:
        raise _WrongValueError(f"these are no connectors; {allowed}")
    settings = connector.value.by_key if isinstance(connector.value, Mapping) else {}
    enabled = settings["enabled"].value if set(settings) == {"enabled"} else None
    if not isinstance(enabled, Scalar) or enabled.text not in SALES_NAVIGATOR:
        raise _WrongValueError(f"salesNavigator cannot be read; {allowed}")
    return {"salesNavigator": {"enabled": enabled.text}}


def _weight(node: Node) -> str:
    return _word(node, WEIGHTS)


def _member(kind: type[Member]) -> Callable[[Node], Member]:
    return lambda node: kind(_word(node, tuple(member.value for member in kind)))


def _word(node: Node, allowed: tuple[str, ...]) -> str:
    if isinstance(node, Scalar) and node.text in allowed:
        return node.text
    hint = suggestion(node.text, allowed) if isinstance(node, Scalar) else ""
    raise _WrongValueError(f"there is {described(node)}{hint}; allowed is {_one_of(allowed)}")


def _one_of(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"


_FIELDS: dict[str, Callable[[Node], Any]] = {
    "question": _question,
    "answer_type": _member(AnswerType),
    "weight": _weight,
    "max_age_days": _max_age_days,
    "max_age_days_degraded": _max_age_days,
    "min_confidence": _share,
    "expected_accuracy": _share,
    "tolerance": _share,
    "max_credits_per_month": _max_credits,
    "about": _member(SubjectType),
    "verification_mode": _member(VerificationMode),
    "template_id": _template_id,
    "connectors": _connectors,
    "ask_if": _ask_if,
    "fallback": _fallback,
}
_FIELDS_BY_TYPE = ("qualification_criteria", "output_schema", "choices")
