"""Reads the fields of one question, or reports a wrong field with its allowed values."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES, NUMERIC_TYPES
from saber_pipeline.config.questions.choices import choice_schema, read_choices
from saber_pipeline.config.questions.criteria import read_criteria
from saber_pipeline.config.questions.forms import (
    Form,
    Forms,
    WrongValueError,
    closed,
    matching,
    read_fields,
    text,
    uuid_of,
    word,
)
from saber_pipeline.config.questions.mistakes import Mistakes, one_of, quote_key
from saber_pipeline.config.questions.output_schema import read_output_schema
from saber_pipeline.config.questions.question import WEIGHTS, AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, describe_node

if TYPE_CHECKING:
    from collections.abc import Collection


MAX_KEY_CHARACTERS = 63  # a column's and an asset's name; other databases stop there
MAX_QUESTION_CHARACTERS = 500
MAX_AGE_DAYS = 36_500
MAX_CREDITS = 999_999_999
MAX_CONDITION_CHARACTERS = 2_000
SALES_NAVIGATOR = ("required", "preferred", "off")

Member = TypeVar("Member", bound=StrEnum)

KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def read_question(entry: Entry, mistakes: Mistakes) -> Question | None:
    """One entry below ``questions:``. None after its mistakes were added."""
    before = len(mistakes)
    _check_key(entry.key, mistakes)
    key = quote_key(entry.key.text)
    if not isinstance(entry.value, Mapping):
        what = f"found {describe_node(entry.value)}; allowed is a mapping with at least `question: …`"
        mistakes.add(entry.line, key, what)
        return None
    values = read_fields(entry.value, FIELDS, key, mistakes, others=FIELDS_BY_TYPE)
    _read_fields_by_type(entry.value, values, key, mistakes)
    _check_ages(entry.value, values, key, mistakes)
    check_judging(entry.value, values, key, mistakes)
    if not {"question", "template_id"} & entry.value.by_key.keys():
        what = f"it is missing; allowed is a text of 1 to {MAX_QUESTION_CHARACTERS} characters"
        mistakes.add(entry.line, f"{key}.question", what)
    if len(mistakes) > before:
        return None
    wording = values.pop("question", "")
    left = {"text": "question", "answer_type": "answer_type"} if "template_id" in values else {}
    left_to_template = frozenset(name for name, field in left.items() if field not in entry.value.by_key)
    return Question(key=entry.key.text, text=wording, left_to_template=left_to_template, **values)


def _check_key(key: Scalar, mistakes: Mistakes) -> None:
    if not KEY.fullmatch(key.text):
        what = "the key cannot be used; allowed are a-z, 0-9 and _, starting with a letter"
        mistakes.add(key.line, quote_key(key.text), what)
    if len(key.text) > MAX_KEY_CHARACTERS:
        what = f"the key has {len(key.text)} characters; allowed are {MAX_KEY_CHARACTERS}"
        mistakes.add(key.line, quote_key(key.text), what)


def _check_ages(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """A degraded answer must not be kept longer than other answers."""
    most, degraded = values.get("max_age_days", Question.max_age_days), values.get("max_age_days_degraded")
    if degraded is not None and degraded > most and ("max_age_days" in values or "max_age_days" not in node.by_key):
        what = f"it is {degraded:g} and longer than max_age_days, which is {most:g}; allowed is a shorter time"
        mistakes.add(node.by_key["max_age_days_degraded"].line, f"{key}.max_age_days_degraded", what)


def _read_fields_by_type(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """Fields that depend on answer_type; if that is wrong, they are read as far as possible."""
    type_is_wrong = "answer_type" in node.by_key and "answer_type" not in values
    answer_type = _answer_type(node, values)
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


def _answer_type(node: Mapping, values: dict[str, Any]) -> AnswerType | None:
    """None where it is wrong, and where a template decides it."""
    is_open = "answer_type" in node.by_key or "template_id" in values
    return values.get("answer_type", None if is_open else AnswerType.OPEN_TEXT)


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


def _number(least: float, most: float, allowed: str, kind: type[float] = float) -> Form[float]:
    def read(node: Node) -> float:
        if not isinstance(node, Scalar) or not node.is_number or not least <= node.value == kind(node.value) <= most:
            raise WrongValueError(f"found {describe_node(node)}; allowed is {allowed}")
        return kind(node.value)

    return Form(read, {"type": "integer" if kind is int else "number", "minimum": least, "maximum": most})


def _connectors(node: Node) -> dict[str, Any]:
    allowed = f"allowed is {{salesNavigator: {{enabled: {one_of(SALES_NAVIGATOR)}}}}}"
    connector = node.by_key.get("salesNavigator") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or connector is None or len(node.entries) != 1:
        raise WrongValueError(f"these are not connectors; {allowed}")
    settings = connector.value.by_key if isinstance(connector.value, Mapping) else {}
    enabled = settings["enabled"].value if set(settings) == {"enabled"} else None
    if not isinstance(enabled, Scalar) or enabled.text not in SALES_NAVIGATOR:
        raise WrongValueError(f"salesNavigator cannot be read; {allowed}")
    return {"salesNavigator": {"enabled": enabled.text}}


def _member(kind: type[Member]) -> Form[Member]:
    form = _word(tuple(member.value for member in kind))
    return Form(lambda node: kind(form.read(node)), form.schema)


def _word(allowed: tuple[str, ...]) -> Form[str]:
    return word(allowed, f"is {one_of(allowed)}")


_DAYS = _number(0, MAX_AGE_DAYS, f"a number of days from 0 to {MAX_AGE_DAYS}")
_SHARE = _number(0, 1, "a number from 0 to 1, such as 0.9")
_CREDITS = _number(0, MAX_CREDITS, f"a whole number of credits from 0 to {MAX_CREDITS:,}", int)
_CONDITION = text(
    MAX_CONDITION_CHARACTERS, "a condition in SQL of 1 to {} characters, such as headcount > 200", is_prose=True
)
_SALES_NAVIGATOR = closed({"enabled": {"enum": list(SALES_NAVIGATOR)}}, required=["enabled"])
_CONNECTORS = Form(_connectors, closed({"salesNavigator": _SALES_NAVIGATOR}, required=["salesNavigator"]))

FIELDS: Forms = {
    "question": text(MAX_QUESTION_CHARACTERS, is_prose=True).described(
        "One thing, and what counts. A changed text is another question and triggers new purchases."
    ),
    "answer_type": _member(AnswerType).described(
        "The type of the answer, which sets the types of its columns (default: open_text)."
    ),
    "weight": _word(WEIGHTS).described("How much the answer counts for an account's fit."),
    "max_age_days": _DAYS.described("An answer younger than this is not bought again (default: 30)."),
    "max_age_days_degraded": _DAYS.described("The same for an answer that was researched without LinkedIn."),
    "min_confidence": _SHARE.described("An answer below it appears in review_queue."),
    "expected_accuracy": _SHARE.described("A check warns when a smaller share of the checked answers is right."),
    "tolerance": _SHARE.described("The relative error at which a number still counts as right (default: 0.05)."),
    "max_credits_per_month": _CREDITS.described("The most credits for the question in a calendar month."),
    "about": _member(SubjectType).described("What it is asked about (default: company)."),
    "verification_mode": _member(VerificationMode).described("How hard Saber checks an answer (default: strict)."),
    "template_id": uuid_of("a template's id").described("A template kept at Saber that asks the question."),
    "connectors": _CONNECTORS.described("Whether LinkedIn's Sales Navigator is used."),
    "ask_if": _CONDITION.described(
        "SQL over the columns of accounts (contacts); the question is asked only where it is true."
    ),
    "fallback": matching(KEY, "is the key of another question in this file").described(
        "The question to ask where this one is not known."
    ),
}
FIELDS_BY_TYPE = ("qualification_criteria", "output_schema", "choices")


_ABOUT_COMPANIES = ("min_confidence", "expected_accuracy")


def check_judging(node: Mapping, values: dict[str, Any], key: str, mistakes: Mistakes) -> None:
    """Add a mistake for a field without any effect: review queue and truth files are about companies."""
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
    answer_type = _answer_type(node, values)
    if name in values and answer_type is not None and answer_type not in allowed:
        words = ", ".join(sorted(each.value for each in allowed))
        what = f"it has a meaning for {words}, this is {answer_type}; remove it"
        mistakes.add(node.by_key[name].line, f"{key}.{name}", what)
