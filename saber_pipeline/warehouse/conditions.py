"""One condition of ``qualification_criteria`` as SQL. ``questions/criteria.py`` says what conditions there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.answer_types.record import AnswerType, Criteria
from saber_pipeline.warehouse.sql import literal

# Criteria are spelled one way by the time they come here: "42", "< 5", "10-50".
_RANGE = re.compile(r"(-?[\d.]+)-(-?[\d.]+)")
_COMPARISON = re.compile(r"(<=|>=|<|>) (-?[\d.]+)")
# Letters and digits that a word goes on with: of Latin, Greek and Cyrillic, as Chinese or Japanese has no blanks
# between words. In ranges, because RE2 takes 17 ms to compile a pattern with \p{L}, and 0.4 ms with these.
_IN_A_WORD = r"0-9A-Za-z\x{00C0}-\x{052F}\x{1E00}-\x{1FFF}"
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True)
class Condition:
    """A condition over a row called ``answer``: ``test`` is SQL, ``phrase`` what the answer does when it is met."""

    text: str
    verdict: str
    test: str
    phrase: str


def read_condition(text: str, verdict: str, answer_type: AnswerType) -> Condition:
    """The condition as questions.yaml has it, for an answer of this type."""
    match ANSWER_KINDS[answer_type].criteria:
        case Criteria.YES_NO:
            test, phrase = "answer.value" if text == "yes" else "NOT answer.value", f"is {text}"
        case Criteria.NUMBERS:
            test, phrase = _numeric(text)
        case Criteria.CHOICES:
            test, phrase = f"answer.value = {literal(text)}", f'equals "{text}"'
        case Criteria.WORDS_OF_ITEMS:
            matches = f"regexp_matches(item, {literal(_pattern(text))})"
            test, phrase = f"len(list_filter(answer.value, lambda item: {matches})) > 0", f'holds "{text}"'
        case _:
            shown = ANSWER_KINDS[answer_type].text_of("answer")
            test, phrase = f"regexp_matches({shown}, {literal(_pattern(text))})", f'holds "{text}"'
    return Condition(text, verdict, test, phrase)


def sentence_subject(answer_type: AnswerType) -> str:
    """SQL: what a sentence about the answer begins with; long texts are cut."""
    text = ANSWER_KINDS[answer_type].text_of("answer")
    criteria = ANSWER_KINDS[answer_type].criteria
    if criteria is Criteria.YES_NO:
        return "'the answer'"
    if criteria is Criteria.NUMBERS:
        return f"'value ' || {text}"
    cut = f"left({text}, {_SHOWN_CHARACTERS}) || '…'"
    return f"""'value "' || CASE WHEN length({text}) > {_SHOWN_CHARACTERS} THEN {cut} ELSE {text} END || '"'"""


def _numeric(text: str) -> tuple[str, str]:
    if match := _COMPARISON.fullmatch(text):
        return f"answer.value::DOUBLE {match[1]} {_double(match[2])}", f"is {text}"
    if match := _RANGE.fullmatch(text):
        return f"answer.value::DOUBLE BETWEEN {_double(match[1])} AND {_double(match[2])}", f"is within {text}"
    return f"answer.value::DOUBLE = {_double(text)}", f"equals {text}"


def _double(number: str) -> str:
    return f"{literal(repr(float(number)))}::DOUBLE"


def _pattern(text: str) -> str:
    """The words of ``text`` as whole words, in any case, with any blanks between them."""
    words = r"[\s\p{Z}]+".join(re.escape(word) for word in text.split())
    before = f"(?:^|[^{_IN_A_WORD}])" if text[0].isalnum() else ""
    after = f"(?:$|[^{_IN_A_WORD}])" if text[-1].isalnum() else ""
    return f"{before}(?i:{words}){after}"
