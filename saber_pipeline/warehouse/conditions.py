"""One condition of ``qualification_criteria`` as SQL. ``questions/criteria.py`` says what conditions there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.questions.criteria import NUMERIC_TYPES
from saber_pipeline.questions.question import AnswerType
from saber_pipeline.warehouse.readable import readable
from saber_pipeline.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable

# Criteria are spelled one way by the time they come here: "42", "< 5", "10-50".
_RANGE = re.compile(r"(-?[\d.]+)-(-?[\d.]+)")
_COMPARISON = re.compile(r"(<=|>=|<|>) (-?[\d.]+)")
# What a word goes on with. Scripts without capitals are left out: Chinese or Japanese has no blank between words.
_IN_A_WORD = r"[\p{Lu}\p{Ll}\p{Lt}\p{M}\p{N}]"
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True)
class Condition:
    """A condition over a row called ``answer``. ``test`` and ``reason`` are SQL: a boolean, and a sentence."""

    text: str
    verdict: str
    test: str
    reason: str


def read_condition(text: str, verdict: str, answer_type: AnswerType) -> Condition:
    """The condition as questions.yaml has it, for an answer of this type."""
    make: Callable[[str, AnswerType], tuple[str, str]] = _words
    if answer_type is AnswerType.BOOLEAN:
        make = _yes_or_no
    elif answer_type in NUMERIC_TYPES:
        make = _numeric
    test, reason = make(text, answer_type)
    return Condition(text, verdict, test, reason)


def quoted(answer_type: AnswerType) -> str:
    """SQL: the answer as a sentence quotes it; long texts are cut."""
    text = readable(answer_type, "answer")
    if answer_type in NUMERIC_TYPES or answer_type is AnswerType.BOOLEAN:
        return text
    return _cut(text)


def _cut(text: str) -> str:
    kept = (
        f"CASE WHEN length({text}) > {_SHOWN_CHARACTERS} THEN left({text}, {_SHOWN_CHARACTERS}) || '…' ELSE {text} END"
    )
    return f"""'"' || {kept} || '"'"""


def _yes_or_no(text: str, _answer_type: AnswerType) -> tuple[str, str]:
    return ("answer.value" if text == "yes" else "NOT answer.value"), literal(f"the answer is {text}")


def _numeric(text: str, answer_type: AnswerType) -> tuple[str, str]:
    if match := _COMPARISON.fullmatch(text):
        test, phrase = f"answer.value::DOUBLE {match[1]} {_double(match[2])}", f"is {text}"
    elif match := _RANGE.fullmatch(text):
        test = f"answer.value::DOUBLE BETWEEN {_double(match[1])} AND {_double(match[2])}"
        phrase = f"is within {text}"
    else:
        test, phrase = f"answer.value::DOUBLE = {_double(text)}", f"equals {text}"
    return test, f"'value ' || {quoted(answer_type)} || {literal(f' {phrase}')}"


def _double(number: str) -> str:
    return f"{literal(repr(float(number)))}::DOUBLE"


def _words(text: str, answer_type: AnswerType) -> tuple[str, str]:
    pattern, end = literal(_pattern(text)), literal(f' holds "{text}"')
    if answer_type is AnswerType.LIST:
        found = f"list_filter(answer.value, lambda item: regexp_matches(item, {pattern}))"
        return f"len({found}) > 0", f"'item ' || {_cut(f'{found}[1]')} || {end}"
    return f"regexp_matches(answer.value, {pattern})", f"'value ' || {quoted(answer_type)} || {end}"


def _pattern(text: str) -> str:
    """The words of ``text`` as whole words, in any case, with any blanks between them."""
    words = r"[\s\p{Z}]+".join(re.escape(word) for word in text.split())
    before = rf"(?:^|[^{_IN_A_WORD[1:]})" if text[0].isalnum() else ""
    after = rf"(?:$|[^{_IN_A_WORD[1:]})" if text[-1].isalnum() else ""
    return f"{before}(?i:{words}){after}"
