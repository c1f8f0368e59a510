"""Reads a person's answer in a cell by the question's answer type, or says why the cell is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.answer_types.record import Criteria
from saber_pipeline.config.answer_types.values import CURRENCY_SIGNS, NO, YES
from saber_pipeline.config.questions.choices import chosen
from saber_pipeline.config.questions.mistakes import quote

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question

MOST_DIGITS = 34  # DECIMAL(38, 4)

_NUMBER = re.compile(
    r"[+-]?(?:\d{1,3}(?:[, \u00a0\u2009\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?"
)
_BLANKS = re.compile(r"[,\s\u00a0\u2009\u202f]")
_CURRENCY = rf"[A-Za-z]{{3}}|[{''.join(CURRENCY_SIGNS)}]"
_AROUND = re.compile(rf"^\s*(?P<before>{_CURRENCY})?\s*(?P<number>.*?)\s*(?P<after>{_CURRENCY})?\s*$", re.DOTALL)


class ToldValueError(Exception):
    """A cell does not answer its question; the text says why, and names the allowed values."""


@dataclass(frozen=True)
class ToldValue:
    """An answer as a person told it. ``text`` is how ``account_answers`` shows it; of the others, those of its type."""

    text: str
    boolean: bool | None = None
    number: Decimal | None = None
    unit: str | None = None
    items: tuple[str, ...] | None = None


def read_told(cell: str, question: Question, *, unit: str = "") -> ToldValue:
    """The answer in ``cell``; ``unit``: what stands in a column of its own, for currencies and percentages.

    Raises ToldValueError if it is no answer to this question.
    """
    kind = ANSWER_KINDS[question.answer_type]
    if kind.cell is None:
        raise ToldValueError(f"the answers of `{question.key}` ({question.answer_type}) do not fit into a cell")
    allowed = f"allowed is {kind.cell.allowed.replace('`', '')}"
    match kind.criteria:
        case Criteria.YES_NO:
            return _boolean(cell, allowed)
        case Criteria.CHOICES:
            return _choice(cell, question, allowed)
        case Criteria.WORDS_OF_ITEMS:
            return _list(cell, allowed)
        case Criteria.NUMBERS if kind.second:
            return (_currency if kind.second.divides else _percentage)(cell, unit, allowed)
        case Criteria.NUMBERS:
            return _number(cell, allowed)
        case _:
            return _text(cell, kind.cell.pattern, allowed)


def _boolean(cell: str, allowed: str) -> ToldValue:
    word = cell.strip().lower()
    if word in YES:
        return ToldValue("yes", boolean=True)
    if word in NO:
        return ToldValue("no", boolean=False)
    raise ToldValueError(f"found {quote(cell)}; {allowed}")


def _number(cell: str, allowed: str) -> ToldValue:
    number = _decimal(cell, allowed)
    return ToldValue(_plain(number), number=number)


def _percentage(cell: str, unit: str, allowed: str) -> ToldValue:
    text = cell.strip()
    has_sign = text.endswith("%")
    number = _decimal(text.removesuffix("%"), allowed)
    said = "%" if has_sign else unit.strip() or None
    return ToldValue(f"{_plain(number)} {said}" if said else _plain(number), number=number, unit=said)


def _currency(cell: str, unit: str, allowed: str) -> ToldValue:
    parts = _AROUND.match(cell)
    assert parts is not None  # noqa: S101 - every part of the pattern may be empty
    named = [CURRENCY_SIGNS.get(each, each.upper()) for each in (parts["before"], parts["after"], unit.strip()) if each]
    if len(set(named)) > 1:
        raise ToldValueError(f"found two currencies, {named[0]} and {named[1]}; {allowed}")
    number = _decimal(parts["number"], allowed)
    if abs(number) >= Decimal(10) ** MOST_DIGITS:
        raise ToldValueError(f"found {quote(cell)}, which is too large; {allowed}")
    amount = round(number, 4)
    code = named[0] if named else None
    return ToldValue(f"{_plain(amount)} {code}" if code else _plain(amount), number=amount, unit=code)


def _text(cell: str, pattern: str, allowed: str) -> ToldValue:
    text = cell.strip()
    if pattern and not re.fullmatch(pattern, text):
        raise ToldValueError(f"found {quote(cell)}; {allowed}")
    return ToldValue(text)


def _list(cell: str, allowed: str) -> ToldValue:
    items = tuple(item for part in _parts(cell) if (item := " ".join(part.split())))
    if not items:
        raise ToldValueError(f"found {quote(cell)}; {allowed}")
    return ToldValue(", ".join(items), items=items)


def _parts(cell: str) -> list[str]:
    """The items of a JSON list; otherwise the parts between semicolons, bars or line breaks, or else between commas."""
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if isinstance(told, list):
            return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in told]
    marks = r"[;|\r\n]" if re.search(r"[;|\r\n]", text) else r"[,]"
    return re.split(marks, text)


def _choice(cell: str, question: Question, allowed: str) -> ToldValue:
    choice = chosen(" ".join(cell.split()), question.choices)
    if choice is None:
        raise ToldValueError(f"found {quote(cell)}; {allowed}: {', '.join(question.choices)}")
    return ToldValue(choice)


def _decimal(text: str, allowed: str) -> Decimal:
    told = text.strip()
    if not _NUMBER.fullmatch(told):
        raise ToldValueError(f"found {quote(text.strip())}; {allowed}")
    return Decimal(_BLANKS.sub("", told))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
