"""The last sentences of a run that was stopped: why, what it bought, and what to do."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, cast

import pytest

from saber_pipeline.errors import OutOfCreditsError
from saber_pipeline.runs.outcomes import Outcome, PairOutcomes
from saber_pipeline.runs.requests import RunResult, Spending
from saber_pipeline.runs.research.research_run_request import ResearchOutcome, ResearchResult, Sent
from saber_pipeline.runs.summaries.summary_run_request import Asked, SummariesResult

OUT = OutOfCreditsError("The credits are used up.")
NONE = cast("Any", None)


def answers(spending: Spending) -> RunResult:
    outcomes = PairOutcomes(3, Counter({Outcome.ANSWERED: 2, Outcome.REFUSED: 1}), {}, Counter(), Counter())
    return RunResult(NONE, outcomes, spending, Counter(), 1.0, NONE, NONE, NONE, {}, stopped_by=OUT)


def research(sent: Sent, refused: dict[str, str]) -> ResearchResult:
    return ResearchResult(
        Counter({ResearchOutcome.RESEARCHED: 2, ResearchOutcome.REFUSED: 1}),
        {},
        people=3,
        rows=3,
        rejected=0,
        sent=sent,
        unknown={},
        refused=refused,
        spending=NONE,
        price=Decimal(1),
        publication=NONE,
        requests=Counter(),
        seconds=1.0,
        stopped_by=OUT,
    )


def summaries(asked: Asked) -> SummariesResult:
    return SummariesResult(3, 2, 0, 0, 1, 2, {}, asked, NONE, Counter(), 1.0, stopped_by=OUT)


PAIRS = "and everything that has arrived is in answers.duckdb (3 pairs asked = 2 answered + 1 refused)"
PEOPLE = "and everything that has arrived is in answers.duckdb (3 people asked for = 2 researched + 1 refused)"
COMPANIES = (
    "and everything that has arrived is in answers.duckdb (3 companies = 2 summed up + 0 being summed up + 0 failed + "
    "1 without a summary)"
)
TEN = ", ".join(f"p{n}" for n in range(10))
AGAIN = "Once the cause is gone, start the same run again"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (answers(Spending()), f"Nothing was bought, {PAIRS}. {AGAIN}."),
        (
            answers(Spending(signals_bought=2_000)),
            f"2,000 signals were bought, {PAIRS}. {AGAIN}: what was bought is not bought again.",
        ),
        (
            answers(Spending(signals_bought=2, undecided={"submission": 7})),
            (
                f"2 signals were bought, 7 signals may have been bought, {PAIRS}. {AGAIN}: what was bought is not "
                "bought again."
            ),
        ),
        (research(Sent(), {}), f"Nothing was purchased, {PEOPLE}. {AGAIN}."),
        (
            research(Sent(bought={"a", "b"}, failed_for_credits={"b"}), {"b": "no credits"}),
            f"Research on 1 people was purchased, {PEOPLE}. Refused: b. {AGAIN}: it does not repeat any purchase.",
        ),
        (
            research(Sent(unknown={"a": "lost"}), {f"p{n}": "no" for n in range(12)}),
            (f"Nothing was purchased, {PEOPLE}. Refused: {TEN} and 2 more. {AGAIN}: it does not repeat any purchase."),
        ),
        (summaries(Asked()), f"No summary was requested, {COMPANIES}. {AGAIN}."),
        (
            summaries(Asked(posts=2)),
            f"2 summaries were requested, {COMPANIES}. {AGAIN}: it does not repeat any request.",
        ),
    ],
)
def test_why_it_stopped(result: RunResult | ResearchResult | SummariesResult, said: str) -> None:
    """Cause, cost and cure; only a run that bought or may have bought something says that this is not bought again."""
    assert result.stopped_because == f"The credits are used up. {said}"
