"""The report's accounts: the best ones with reasons, and a page for as many as the file has room for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.answer_types.kinds import ADDRESS_TYPES, JUDGED_TYPES, NUMERIC_TYPES
from saber_pipeline.config.answer_types.record import AnswerType
from saber_pipeline.report.wording import format_answer, format_json, format_number, format_value, is_name, link, short

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup

    from saber_pipeline.report.report_queries import Answers, Table
    from saber_pipeline.report.wording import Wording

OWN_COLUMNS = 4  # so many of the list's own columns stand beside the account, all of them on its page
ANSWER_CHARACTERS = 4_000  # on an account's page, where everything about it is to be read
NO_TEXT = frozenset(AnswerType) - JUDGED_TYPES
WITHOUT = {
    "not_known": "not known",
    "failed": "failed",
    "not_finished": "not finished",
    "refused": "refused",
    "held_back": "held back",
    "not_asked": "not asked",
}


@dataclass(frozen=True)
class Account:
    """A row of the best accounts; ``why`` are structs of the query, the strongest first."""

    domain: str
    name: str
    tier: str | None
    score: float | None
    percent_covered: float | None
    why: list[dict[str, Any]]
    own: dict[str, str]
    lists: list[str]


@dataclass(frozen=True)
class Answer:
    """One question on an account's page, everything as text."""

    question_key: str
    said: Markup | str
    verdict: str | None
    confidence: str
    when: str
    evidence: str
    sources: list[dict[str, str | None]]
    earlier: list[dict[str, str]]


@dataclass(frozen=True)
class AccountPage:
    """The page of an account; ``standing`` is its tier and score in words."""

    domain: str
    name: str
    standing: str
    own: dict[str, str]
    answers: list[Answer]


def best_accounts(table: Table, wording: Wording) -> list[Account]:
    """The rows of ``accounts.sql``."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [
        Account(
            row["domain"],
            wording.company(row["domain"]),
            row["tier"],
            row["score"],
            row["percent_covered"],
            row["why"],
            wording.own.get(row["domain"], {}),
            row["lists"] or [],
        )
        for row in rows
    ]


def own_names(accounts: list[Account]) -> list[str]:
    """The user's columns that are filled for most accounts, an owner first; the company's name is left out."""
    filled = Counter(name for account in accounts for name in account.own if not is_name(name))
    first = {name for name in filled if "owner" in name.casefold()}
    return sorted(filled, key=lambda name: (name not in first, -filled[name]))[:OWN_COLUMNS]


def account_pages(answers: Answers, wording: Wording) -> list[AccountPage]:
    """Pages of the first 2,000 accounts, the best first; none if an older version wrote the database."""
    if not (answers.has("account_fit") and answers.has("account_answers")):
        return []
    order = answers.ask("page_order")
    standing = {row[0]: _standing(wording, *row[1:]) for row in order.rows}
    verdicts = {(row[0], row[1]): row[2] for row in answers.ask("verdicts", domains=list(standing)).rows}
    found = answers.ask("account_pages", domains=list(standing))
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    by_domain = {
        domain: [_answer(row, verdicts.get((domain, row["question_key"]))) for row in its_rows]
        for domain, its_rows in groupby(rows, key=lambda row: row["domain"])
    }
    place = {key: number for number, key in enumerate(wording.questions)}
    return [
        AccountPage(
            domain,
            wording.company(domain),
            told,
            {name: value for name, value in wording.own.get(domain, {}).items() if not is_name(name)},
            sorted(
                by_domain[domain],
                key=lambda answer: (answer.verdict is None, place.get(answer.question_key, len(place))),
            ),
        )
        for domain, told in standing.items()
        if domain in by_domain
    ]


def _standing(
    wording: Wording,
    tier: str | None,
    score: float | None,
    percent_covered: float | None,
    disqualifiers: list[str] | None,
    missing: list[str] | None,
) -> str:
    told = []
    if tier == "disqualified":
        told.append("disqualified by " + " and ".join(wording.question(key) for key in disqualifiers or []))
    elif tier is not None:
        told.append(f"tier {tier}, score {format_value(score)}")
    if percent_covered is not None:
        told.append(f"{format_value(percent_covered)}% of what counts is known")
    if missing:
        told.append("missing: " + " ".join(wording.question(key) for key in missing))
    return "; ".join(told)


def _answer(row: dict[str, Any], verdict: str | None) -> Answer:
    text: Markup | str | None = WITHOUT.get(row["outcome"])
    if text is None:
        is_nested = row["answer_type"] in NO_TEXT and not row["reviewed"]
        text = (format_json if is_nested else format_value)(row["value"], ANSWER_CHARACTERS)
    if row["answer_type"] in NUMERIC_TYPES and row["outcome"] == "answered":
        text = format_number(row["value"])
    if row["answer_type"] in ADDRESS_TYPES and row["outcome"] == "answered":
        text = link(row["value"], text)
    notes = [
        row["reason"] if row["outcome"] != "answered" else None,
        "Reviewed by a person." if row["reviewed"] else None,
        "Researched without LinkedIn." if row["degraded"] else None,
        row["reasoning"],
    ]
    return Answer(
        row["question_key"],
        text,
        verdict,
        "" if row["confidence"] is None else f"{100 * row['confidence']:.0f}%",
        _day(row["completed_at"]),
        short(" ".join(note for note in notes if note), 400),
        row["sources"],
        [
            {"when": _day(old["completed_at"]) or "earlier", "said": format_answer(old["answer_json"])}
            for old in row["earlier"]
        ],
    )


def _day(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d}" if when else ""
