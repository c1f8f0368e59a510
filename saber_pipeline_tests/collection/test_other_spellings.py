"""What was bought is recognised by what it is about, however the API spells that in its replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from saber_pipeline.api.signals import read_signal
from saber_pipeline.collection.match import Matcher
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.rewriting_transport import RewritingTransport
from saber_pipeline_tests.testbed.world import SIZE, World, domains, outcomes

MUNICH = "xn--mnchen-3ya.de"
SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda domain: f"www.{domain}",
    lambda domain: f"https://{domain}/",
    lambda domain: f"http://WWW.{domain.upper()}:80/about?from=x",
    lambda domain: f"{domain}.",
    lambda domain: f"\t{domain.title()} ",
)


@pytest.mark.parametrize("count", [9, 110], ids=["sync", "async"])
def test_domains_in_any_spelling(world: World, count: int) -> None:
    """Each answer is its company's, under the list's name of it, and nothing is lost and bought again."""
    asked = [*domains(count), MUNICH]
    world.write_list(asked)

    def spell(signal: dict[str, Any]) -> None:
        if signal.get("domain") == MUNICH:
            signal["domain"] = "München.de"
        elif "domain" in signal:
            place = asked.index(signal["domain"])
            signal["domain"] = SPELLINGS[place % len(SPELLINGS)](signal["domain"])
        if "verificationMode" in signal:
            signal["verificationMode"] = "STRICT"

    world.transport = lambda: RewritingTransport(spell)
    assert outcomes(world.run(SIZE, max_wait_minutes=30)) == {Outcome.ANSWERED: count + 1}
    assert world.published("SELECT subject, mismatch FROM signals ORDER BY ALL") == [(each, None) for each in asked]


@pytest.mark.parametrize("mode", ["STRICT", " strict", "balanced", None])
@pytest.mark.parametrize("answer_type", ["NUMBER", "Number", "number", None])
def test_names_in_any_case(mode: str | None, answer_type: str | None) -> None:
    """A mode or type in other letters is that one, and a mode that this version does not know excludes nothing."""
    number, said = Question("number", "How many?", AnswerType.NUMBER), Question("said", "How many?")
    signal = {
        "id": "1",
        "domain": "a.com",
        "question": "How many?",
        "verificationMode": mode,
        "answerType": answer_type,
    }
    pairs = Matcher([number, said]).pairs_of(read_signal(json.dumps(signal).encode()))
    assert pairs == ([Pair(number.question_id, "a.com")] if answer_type else [])


def test_a_host_that_begins_with_www() -> None:
    """A name of which ``www.`` is a part keeps it."""
    for domain in ("www.gov.uk", "https://www.gov.uk/browse"):
        signal = {"id": "1", "domain": domain, "question": SIZE.text}
        pairs = Matcher([SIZE]).pairs_of(read_signal(json.dumps(signal).encode()))
        assert pairs[0] == Pair(SIZE.question_id, "www.gov.uk")
