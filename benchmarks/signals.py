"""Realistic signals, 3 to 4 kB each, rendered once and then told apart by splicing in id, domain and times.

The texts come from the sandbox's own answers, with prose added until a signal is as long as the API's are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.answers.answer import answer_for
from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.answers.dice import Dice
from saber_pipeline.sandbox.answers.prose import PLACES_TO_LOOK, confidence_in, reasoning_for
from saber_pipeline.sandbox.records import asked
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIANTS = 500
"""Different texts for each question. Far more apart than any compression window reaches back."""

NOT_KNOWN_IN = 33
"""One of so many signals is completed without an answer."""

WORDS = (
    "revenue", "pipeline", "according to", "its annual report", "the careers page", "mentions", "a migration",
    "since 2021", "regional teams", "in Europe", "and North America", "job adverts", "ask for", "experience with",
    "the press release", "confirms", "an integration", "partner directory", "customer stories", "name", "dashboards",
    "forecasting", "the sales organisation", "was rebuilt", "around", "account executives", "interviews", "state",
    "that the vendor", "was replaced", "by a competitor", "the contract", "runs until", "renewal", "procurement",
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """One rendered signal, cut where its id, domain, creation and completion time belong."""

    pieces: tuple[bytes, ...]
    places: tuple[int, ...]  # of (id, domain, createdAt, completedAt), which one follows each piece

    def fill(self, parts: tuple[bytes, bytes, bytes, bytes]) -> bytes:
        """The signal with ``parts``: id, domain, createdAt, completedAt."""
        whole = [self.pieces[0]]
        for place, piece in zip(self.places, self.pieces[1:], strict=True):
            whole.append(parts[place])
            whole.append(piece)
        return b"".join(whole)


MARKS = ("\u27e6id\u27e7", "\u27e6domain\u27e7", "\u27e6created\u27e7", "\u27e6completed\u27e7")


def templates_for(question: str, answer_type: str, schema: dict[str, Any] | None) -> list[Template]:
    """VARIANTS templates of signals answering one question."""
    return [_template(question, answer_type, schema, number) for number in range(VARIANTS)]


def _template(question: str, answer_type: str, schema: dict[str, Any] | None, number: int) -> Template:
    variant = f"variant{number:05d}.com"
    company = company_named(variant, 0)
    what = asked(
        is_contact=False,
        question=question,
        answer_type=answer_type,
        verification_mode="strict",
        output_schema=schema,
    )
    is_known = number % NOT_KNOWN_IN != 0
    answer = answer_for(variant, what, 0, SandboxSettings()) if is_known else None
    dice = Dice(f"bench|{question}|{number}")
    short = len(json.dumps(answer))
    signal = {
        "id": MARKS[0],
        "signalType": "COMPANY",
        "domain": MARKS[1],
        "status": "completed",
        "question": question,
        "answerType": answer_type,
        "createdAt": MARKS[2],
        "verificationMode": "strict",
        "completedAt": MARKS[3],
        "answer": answer,
        "reasoning": reasoning_for(company, question, answer) + _prose(dice, max(300, 1_100 - short // 2)),
        "confidence": confidence_in(variant, question, answer),
        "sources": [
            {
                "url": url.format(domain=MARKS[1], handle=company.handle),
                "title": title.format(name=company.name),
                "snippet": f"\u2026 {company.name}, {company.city}: {_prose(dice, 170)} \u2026",
            }
            for url, title in dice.some_of(PLACES_TO_LOOK, dice.between(2, 5))
        ],
        "metadata": {"companyName": company.name, "processingTimeMs": dice.between(9_000, 60_000)},
        "changeContext": {"changeType": "initial"},
        "company": company.firmographics(f"c-{number:08d}"),
    }
    text = json.dumps(signal, ensure_ascii=False, separators=(",", ":")).replace(variant, MARKS[1])
    return _cut(text)


def _prose(dice: Dice, characters: int) -> str:
    text = ""
    while len(text) < characters:
        text += f" {dice.one_of(WORDS)} {dice.between(2, 9_999)}"
    return text


def _cut(text: str) -> Template:
    pieces: list[bytes] = []
    places: list[int] = []
    rest = text
    while True:
        found = [(rest.find(mark), place) for place, mark in enumerate(MARKS) if mark in rest]
        if not found:
            return Template((*pieces, rest.encode()), tuple(places))
        at, place = min(found)
        pieces.append(rest[:at].encode())
        places.append(place)
        rest = rest[at + len(MARKS[place]) :]


def page(signals: Sequence[bytes], *, total: int, limit: int, offset: int) -> bytes:
    """A page of a listing."""
    tail = f'],"total":{total},"limit":{limit},"offset":{offset},"count":{len(signals)}}}'
    return b'{"results":[' + b",".join(signals) + tail.encode()
