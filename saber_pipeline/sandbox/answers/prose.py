"""Reasoning, confidence and sources that fit an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.answers.dice import Dice
from saber_pipeline.sandbox.changes import Answer, payload_of

if TYPE_CHECKING:
    from saber_pipeline.sandbox.answers.company import Company

PLACES_TO_LOOK = (
    ("https://{domain}/about", "About {name}"),
    ("https://{domain}/careers", "Careers at {name}"),
    ("https://{domain}/blog", "{name} blog"),
    ("https://www.linkedin.com/company/{handle}", "{name} on LinkedIn"),
    ("https://news.example/{handle}", "News about {name}"),
    ("https://registry.example/{handle}", "{name} in the company register"),
    ("https://stack.example/{handle}", "Technology used by {name}"),
)
SHOWN_CHARACTERS = 120


def reasoning_for(company: Company, question: str, answer: Answer) -> str:
    if answer is None:
        return (
            f"Public pages of {company.name} ({company.domain}), its job adverts and the press were read. "
            f"None of them says enough to answer “{question}” reliably, so no answer is given."
        )
    return (
        f"{company.name} is a {company.industry.lower()} company in {company.city} with about "
        f"{company.employees:,} employees. Its own pages and several independent sources were compared for "
        f"“{question}”. They agree on: {_describe(payload_of(answer))}. The newest was preferred where they differed."
    )


def _describe(payload: Any) -> str:
    match payload:
        case bool():
            return "yes" if payload else "no"
        case list():
            return f"{len(payload)} entries"
        case dict():
            return ", ".join(payload)
    return str(payload)[:SHOWN_CHARACTERS]


def confidence_in(subject: str, question: str, answer: Answer) -> float:
    dice = Dice(f"confidence|{subject}|{question}")
    return dice.between(5, 30) / 100 if answer is None else dice.between(60, 99) / 100


def sources_for(company: Company, question: str) -> list[dict[str, Any]]:
    """One to five sources."""
    dice = Dice(f"sources|{company.subject}|{question}")
    return [
        {
            "url": url.format(domain=company.domain, handle=company.handle),
            "title": title.format(name=company.name),
            "snippet": f"… {company.name}, {company.city}, since {company.founded}, {company.industry} …",
        }
        for url, title in dice.some_of(PLACES_TO_LOOK, dice.between(1, 5))
    ]
