"""What a run says before its first purchase is one sentence, whatever it buys."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from saber_pipeline.planning.plan import Plan, Selection, Status
from saber_pipeline.runs.planned_run import PlannedPurchases, PlannedRun
from saber_pipeline.runs.research.person_status import PersonStatus
from saber_pipeline.runs.research.research_planned import PlannedResearch
from saber_pipeline.runs.summaries.summary_planned import PlannedSummaries
from saber_pipeline_tests.testbed.world import SIZE

PRICE = Decimal(2)


def answers(**totals: int) -> Plan:
    return Plan(Selection(("accounts",), (SIZE,)), (), Counter({Status(s): n for s, n in totals.items()}), Counter())


@pytest.mark.parametrize(
    ("planned", "sentence"),
    [
        (
            PlannedRun(1_200, PRICE, 5_000, answers(due=1_200, owned=3, in_flight=2)),
            (
                "Of 1,205 pairs, 1,200 are to be bought for 2,400 credits. The others: 3 owned, 2 in flight. "
                "The balance is 5,000."
            ),
        ),
        (
            PlannedRun(1, PRICE, 9, answers(due=1, waiting=2)),
            (
                "Of 3 pairs, 1 are to be bought for 2 credits, at most 6 with those that wait. The others: 2 waiting. "
                "The balance is 9."
            ),
        ),
        (
            PlannedRun(0, PRICE, None, answers(owned=1)),
            "Of 1 pairs, 0 are to be bought for 0 credits. The others: 1 owned.",
        ),
        (
            PlannedResearch(2, PRICE, 7, Counter({PersonStatus.DUE: 3, PersonStatus.IN_FLIGHT: 1}), {}),
            "Of 4 people, 2 are to be researched for 4 credits. The others: 1 in flight, 1 due. The balance is 7.",
        ),
        (
            PlannedSummaries(2, PRICE, 7, Counter(missing=3, completed=4, processing=5)),
            (
                "Of 12 companies, 2 are to be summed up for about 4 credits. The others: 4 summed up, 5 being summed "
                "up, 1 without a summary. The balance is 7."
            ),
        ),
        (
            PlannedSummaries(3, PRICE, None, Counter(missing=3)),
            "Of 3 companies, 3 are to be summed up for about 6 credits.",
        ),
    ],
)
def test_a_plan_in_a_sentence(planned: PlannedPurchases, sentence: str) -> None:
    """Asked, bought, price; the others by status in the words of what is bought; the balance where it was read."""
    assert str(planned) == sentence
