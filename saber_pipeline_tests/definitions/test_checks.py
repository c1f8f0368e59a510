"""The two checks of a question say what happened to its pairs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import dagster as dg
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.definitions.checks import accuracy_results, check_results, check_specs
from saber_pipeline.planning.budget import Estimate
from saber_pipeline.runs.accuracy import Accuracy
from saber_pipeline.runs.outcomes import Outcome, PairOutcomes
from saber_pipeline.runs.requests import Spending

KEY = dg.AssetKey(["answers", "crm"])
QUESTION = Question(key="crm", text="Which CRM?", answer_type=AnswerType.JSON_SCHEMA)


def results(
    spending: Spending | None = None, /, *, untyped: int = 0, misfits: int = 0, degraded: int = 0, **outcomes: int
) -> tuple[dg.AssetCheckResult, dg.AssetCheckResult]:
    """The checks ``complete`` and ``healthy`` of a run with these numbers of pairs."""
    counts = Counter({Outcome(name): number for name, number in outcomes.items()})
    counted = PairOutcomes(
        asked=counts.total(),
        totals=counts,
        by_partition={("a", "crm"): counts},
        untyped=Counter({("a", "crm"): untyped, ("a", "other"): 9}),
        misfits=Counter(crm=misfits),
        degraded=Counter({("a", "crm"): degraded, ("a", "other"): 9}),
    )
    complete, healthy = check_results(KEY, QUESTION, counted, spending or Spending())
    return complete, healthy


@pytest.mark.parametrize(("fell", "is_healthy"), [(100, True), (105, True), (106, False), (200, False), (60, True)])
def test_healthy_warns_of_a_higher_price(fell: int, is_healthy: bool) -> None:
    """A balance that falls by more than a twentieth beyond what was agreed is a warning that names the price."""
    estimate = Estimate(100, Decimal(1), 1_000)
    spending = Spending(estimate=estimate, signals_bought=100, balance_before=1_000, balance_after=990 - fell)
    spending.spent_elsewhere = Decimal(10)  # by a run beside it
    _, healthy = results(spending, answered=100)
    assert healthy.passed is is_healthy
    assert healthy.metadata["credits_beyond_price"].value == (0 if is_healthy else fell - 100)
    assert is_healthy or f"{fell / 100:.2f} credits each, {fell - 100} more" in str(healthy.description)


def test_healthy_says_what_to_do_about_a_template() -> None:
    """Pairs that the question's template holds back are counted, and the reason names the template and the cure."""
    counts = Counter({Outcome.HELD_BACK: 8})
    counted = PairOutcomes(
        asked=8,
        totals=counts,
        by_partition={("a", "crm"): counts},
        untyped=Counter(),
        misfits=Counter(),
        without_template=Counter({("a", "crm"): 8}),
        template_problems={"crm": "Held back: its template t does not exist. Give another."},
    )
    _, healthy = check_results(KEY, QUESTION, counted, Spending())
    assert not healthy.passed
    assert healthy.metadata["without_template"].value == 8
    assert healthy.description == (
        "8 of 8 pairs (100.0%) were not asked. Held back: its template t does not exist. Give another."
    )


def test_complete_is_red_when_a_pair_has_no_outcome() -> None:
    """The one check that blocks shows the sum, and is red when a pair is missing from it."""
    complete, _ = results(answered=8, not_known=2)
    assert complete.passed
    assert complete.description == "10 pairs asked = 8 answered + 2 not known."
    complete, _ = results(answered=8, unaccounted=2)
    assert not complete.passed
    assert complete.severity is dg.AssetCheckSeverity.ERROR


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({"answered": 94, "failed": 6}, "6 of 100 pairs (6.0%) failed."),
        ({"answered": 74, "not_known": 26}, "26 of 100 pairs (26.0%) are not known."),
        ({"answered": 99, "not_finished": 1}, "1 of 100 pairs (1.0%) are not finished. The next run collects them."),
        ({"answered": 99, "refused": 1}, "1 of 100 pairs (1.0%) were refused. The next run asks for them again."),
        ({"answered": 100, "untyped": 1}, "1 answers do not fit json_schema"),
        ({"answered": 100, "degraded": 11}, "11 of 100 pairs (11.0%) were researched without LinkedIn"),
        ({"answered": 100, "misfits": 3}, "3 objects do not fit the schema"),
    ],
)
def test_healthy_warns_about_each_thing_by_its_number(numbers: dict[str, int], named: str) -> None:
    """One sentence for each thing that is too many, and a number for it in the metadata."""
    _, healthy = results(**numbers)
    assert not healthy.passed
    assert healthy.severity is dg.AssetCheckSeverity.WARN
    assert named in str(healthy.description)
    kind, number = list(numbers.items())[-1]
    assert healthy.metadata[kind] == dg.MetadataValue.int(number)


def test_healthy_counts_shares_of_what_was_not_held_back() -> None:
    """Pairs held back by a condition are nothing to look at, and do not hide how many of the others failed."""
    _, healthy = results(answered=20, held_back=80)
    assert healthy.passed
    _, healthy = results(answered=17, failed=3, held_back=80)
    assert not healthy.passed
    assert "3 of 20 pairs (15.0%) failed." in str(healthy.description)


def test_healthy_names_the_few_that_are_usual() -> None:
    """Shares below the limits pass, and are still told."""
    _, healthy = results(answered=75, not_known=20, failed=5)
    assert healthy.passed
    assert healthy.description == "No problems in 100 pairs (5 failed, 20 not known)."


def test_only_a_question_that_expects_an_accuracy_has_its_check() -> None:
    """The others keep their two: a check is three events of every run."""
    expecting = replace(QUESTION, expected_accuracy=0.9)
    assert [spec.name for spec in check_specs(KEY, QUESTION)] == ["complete", "healthy"]
    assert {spec.name for spec in check_specs(KEY, expecting)} == {"accurate", "complete", "healthy"}
    assert accuracy_results(KEY, None) == []


@pytest.mark.parametrize(
    ("correct", "passed"), [(9, True), (8, False)], ids=["as many as expected", "fewer than expected"]
)
def test_accurate_warns_below_what_is_expected(*, correct: int, passed: bool) -> None:
    """A warning with the share, never a failed run."""
    (accurate,) = accuracy_results(KEY, Accuracy(10, correct, correct / 10, expected=0.9))
    assert accurate.passed is passed
    assert accurate.severity is dg.AssetCheckSeverity.WARN
    assert accurate.metadata["accuracy"] == dg.MetadataValue.float(correct / 10)


def test_what_nobody_checked_is_no_reason_to_warn() -> None:
    """Without a truth about the companies, the check passes and says so."""
    (accurate,) = accuracy_results(KEY, Accuracy(0, 0, None, expected=0.9))
    assert accurate.passed
    assert "No answer is checked" in str(accurate.description)
