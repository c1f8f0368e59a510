"""The report's wording: values, questions, companies and sources as a reader sees them, all escaped."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from saber_pipeline.config.answer_types.kinds import SECOND_COLUMNS
from saber_pipeline.report.report_queries import Answers
from saber_pipeline.unicode_domains import unicode_domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CELL_CHARACTERS = 300
QUESTION_CHARACTERS = 110
SHORT = 33  # such a cell is not broken into lines
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)")
_BOUND = re.compile(r"([<>]=?) (-?\d+(?:\.\d+)?)")
NAME_COLUMNS = (
    "_company_name",
    "company_name",
    "company",
    "account_name",
    "account",
    "name",
    "organisation",
    "organization",
)


@dataclass(frozen=True)
class Cell:
    """The text of a cell, its style (number, short, long), and its sort key if that is not the text."""

    html: Markup
    kind: str
    sort: str | None = None


@dataclass
class Wording:
    """The questions' texts and the companies' names; ``pages`` are the domains that have a page of their own."""

    questions: dict[str, str]
    companies: dict[str, str]
    own: dict[str, dict[str, str]]
    lists: tuple[str, ...]
    pages: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, answers: Answers) -> Wording:
        texts = {key: " ".join(text.split()) for key, text in answers.ask("questions").rows}
        again = Counter(texts.values())
        own = {domain: own_columns(attributes) for domain, attributes in answers.ask("names").rows}
        companies = {domain: _named(columns) for domain, columns in own.items()}
        if answers.has("companies"):  # older versions had none
            companies |= dict(answers.ask("company_names").rows)
        return cls(
            {key: text if again[text] == 1 else f"{text} ({key})" for key, text in texts.items()},
            {domain: name for domain, name in companies.items() if name},
            own,
            tuple(name for (name,) in answers.ask("lists").rows),
        )

    def question(self, key: str, most: int = QUESTION_CHARACTERS) -> str:
        """The question's text; before it was ever asked, its key in words."""
        return short(self.questions.get(key) or key.replace("_", " "), most)

    def company(self, domain: str) -> str:
        """The company's name, or its domain as people write it."""
        return short(self.companies.get(domain) or unicode_domain(domain), 80)

    def account(self, domain: str) -> Markup:
        """The company, linked to its page where it has one."""
        name = escape(self.company(domain))
        if domain in self.pages:
            name = Markup('<a href="#account-{}">{}</a>').format(domain, name)
        if domain in self.companies:
            told = self.domain(domain)
        elif unicode_domain(domain) != domain:
            told = domain
        else:
            return name
        return name + Markup(' <span class="soft">{}</span>').format(told)

    def domain(self, domain: str) -> str:
        """The domain, with the name that people write where that is another one."""
        readable = unicode_domain(domain)
        return domain if readable == domain else f"{readable} ({domain})"

    def cell(self, column: str, value: object) -> Cell:
        if isinstance(value, str):
            if column == "question_key":
                text = self.question(value)
                return Cell(Markup('<span title="{}">{}</span>').format(value, text), "long")
            if column in ("domain", "subject"):
                return (
                    Cell(self.account(value), "long", self.company(value))
                    if value in self.companies or value in self.pages or unicode_domain(value) != value
                    else Cell(escape(short(value)), _kind(short(value)))
                )
            if column == "condition":
                text = format_condition(value)
                return Cell(escape(short(text)), _kind(text), value)
            if is_link(value):
                return Cell(link(value, value), "long")
        if column == "examples" and isinstance(value, list):
            return Cell(Markup(", ").join(self.account(item) for item in value), "long")
        text = format_value(value)
        numeric = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return Cell(escape(text), "number" if numeric else _kind(text), str(value) if numeric else None)


def own_columns(attributes: Iterable[str | None]) -> dict[str, str]:
    """The user's own columns of a company, of all its rows; where they differ the first row's."""
    own: dict[str, str] = {}
    for text in attributes:
        found = json.loads(text) if text else {}
        for name, value in found.items() if isinstance(found, dict) else ():
            if name not in own and value not in (None, ""):
                own[name] = short(format_value(value), 60)
    return own


def _named(own: Mapping[str, str]) -> str | None:
    plain = {"_".join(name.casefold().split()): value for name, value in own.items()}
    return next((plain[name] for name in NAME_COLUMNS if name in plain), None)


def is_name(column: str) -> bool:
    """Whether this column of a list holds the company's name."""
    return "_".join(column.casefold().split()) in NAME_COLUMNS


def is_link(text: str | None) -> bool:
    """Whether this is the address of a page, and not a script."""
    address = text or ""
    return address.lower().startswith(("https://", "http://")) and not any(sign.isspace() for sign in address)


def link(url: str | None, text: str | None = None) -> Markup:
    """A link to a page elsewhere, by its host where it has no text; what is no address of a page stays text."""
    if not is_link(url):
        return escape(short(text or url or "", 80))
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(url, short(text or _host(str(url)), 80))


def links(urls: Iterable[str | None]) -> list[Markup]:
    """Links by their hosts, or by their whole addresses where two of one host would read alike."""
    found = list(urls)
    again = Counter(_host(str(url)) for url in found)
    return [link(url, None if again[_host(str(url))] == 1 else _without_scheme(str(url))) for url in found]


def _without_scheme(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").rstrip("/") or url


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:  # [ without ]
        return url


def format_value(value: Any, most: int = CELL_CHARACTERS) -> str:
    """A value as a person writes it; ``-`` if it is missing."""
    return short(_format(value), most)


def _format(value: Any, depth: int = 0) -> str:  # noqa: PLR0911 - one for each kind of value
    match value:
        case None:
            return "-"
        case list() | dict() if not value:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() | Decimal():
            return f"{value:,.1f}".removesuffix(".0")
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case list():
            between = "; " if not depth and any(isinstance(item, dict) for item in value) else ", "
            return between.join(_part(item, depth + 1) if depth else _format(item, 1) for item in value)
        case dict():
            return _format_object(value, depth)
        case _:
            return str(value)


def _format_object(value: dict[str, Any], depth: int) -> str:
    """People and companies by what they are called, other objects by their fields; what lies deeper in parentheses."""
    if called := _called(value):
        role = value.get("headline") or value.get("title")
        return f"{_format(called)} ({_format(role)})" if role else _format(called)
    known = {name: part for name, part in value.items() if part not in (None, "", [], {})}
    is_flat = not any(isinstance(part, list | dict) for part in known.values())
    between = ", " if depth or is_flat else "; "
    return between.join(f"{name.replace('_', ' ')}: {_part(part, depth + 1)}" for name, part in known.items()) or "-"


def _part(value: Any, depth: int) -> str:
    """A value inside another, in parentheses where its commas would be taken for those around it."""
    formatted = _format(value, depth)
    is_object = isinstance(value, dict) and not _called(value)
    return f"({formatted})" if is_object or (isinstance(value, list) and len(value) > 1 and depth > 1) else formatted


def _called(value: dict[str, Any]) -> Any:
    return value.get("full_name") or value.get("fullName") or value.get("name")


def format_number(text: str | None) -> str:
    """A number, with its unit or currency behind it, with its thousands apart: 1234567.5 EUR is 1,234,567.5 EUR."""
    whole, mark, rest = (text or "").partition(".")
    digits, space, unit = whole.partition(" ")
    if not digits.removeprefix("-").isdecimal():
        return format_value(text)
    return f"{int(digits):,}{space}{unit}{mark}{rest}"


def format_condition(text: str) -> str:
    """A condition of a number with short units: 1000-10000000 is 1k to 10M; any other as it is."""
    if found := _RANGE.fullmatch(text):
        return f"{_short_unit(found[1])} to {_short_unit(found[2])}"
    found = _BOUND.fullmatch(text)
    return f"{found[1]} {_short_unit(found[2])}" if found else text


def _short_unit(digits: str) -> str:
    """1500 is 1.5k and 10000000 10M; 1234 stays 1,234, because nothing is rounded."""
    number = Decimal(digits)
    for zeros, unit in ((12, "tn"), (9, "bn"), (6, "M"), (3, "k")):
        share = number.scaleb(-zeros)
        if abs(share) >= 1 and share == round(share, 1):
            return f"{share:,.1f}".removesuffix(".0") + unit
    return format_number(digits)


def format_json(text: str | None, most: int = CELL_CHARACTERS) -> str:
    """JSON, such as an answer of several fields, as a person writes it."""
    if text is None:
        return "not known"
    try:
        return format_value(json.loads(text), most)
    except ValueError:
        return short(text, most)


def format_answer(answer_json: str | None) -> str:
    """An answer as the API gave it: ``{"type": "boolean", "boolean": {"value": true}}`` is yes."""
    try:
        answer = json.loads(answer_json) if answer_json else None
    except ValueError:
        return short(str(answer_json))
    if isinstance(answer, dict):
        answer = next((part for name, part in answer.items() if name != "type"), None)
    if isinstance(answer, dict) and "value" in answer:
        unit = next((answer[name] for name in SECOND_COLUMNS if answer.get(name)), None)
        return (
            f"{format_value(answer['value'])} {unit}"
            if unit and answer["value"] is not None
            else format_value(answer["value"])
        )
    return "not known" if answer is None else format_value(answer)


def short(text: str, most: int = CELL_CHARACTERS) -> str:
    """The text, cut to ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _kind(text: str) -> str:
    return "short" if len(text) < SHORT else "long"
