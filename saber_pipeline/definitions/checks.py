"""Two checks on the answers to each question: ``complete`` blocks, and ``healthy`` is one warning with its numbers.

A question that expects an accuracy has a third one, which compares its answers with what somebody wrote down as true.

A check is three events in Dagster's log. Five of them for each question took half of a command and buried the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.config.questions.question import Question

if TYPE_CHECKING:
    from saber_pipeline.runs.accuracy import Accuracy
    from saber_pipeline.runs.outcomes import Outcome, PairOutcomes
    from saber_pipeline.runs.requests import Spending

ACCURATE = "accurate"
FAILED_SHARE = 0.05
NOT_KNOWN_SHARE = 0.25
DEGRADED_SHARE = 0.1
"""Shares above which `healthy` warns."""


@dataclass(frozen=True)
class Concern:
    """Pairs or answers that need attention when they exceed the share ``allowed`` of all pairs."""

    name: str
    count: int
    sentence: str
    allowed: float = 0.0

    def is_raised(self, asked: int) -> bool:
        """Whether the check warns about it."""
        return self.count > self.allowed * asked


def check_specs(asset_key: dg.AssetKey, question: Question) -> list[dg.AssetCheckSpec]:
    """The checks of one question."""
    accurate = dg.AssetCheckSpec(
        ACCURATE,
        asset=asset_key,
        description=(
            f"At least {question.expected_accuracy or 0:.1%} of the answers that truth/*.csv covers are correct. The "
            "view answer_checks lists them."
        ),
    )
    return [
        *([accurate] if question.expected_accuracy is not None else []),
        dg.AssetCheckSpec(
            "complete",
            asset=asset_key,
            blocking=True,
            description=(
                "Every pair asked for is owned, answered, not known, failed, not finished, refused or held back."
            ),
        ),
        dg.AssetCheckSpec(
            "healthy",
            asset=asset_key,
            description=(
                f"At most {FAILED_SHARE:.0%} of the pairs failed and {NOT_KNOWN_SHARE:.0%} are not known. No pair is "
                f"in flight or was refused, every answer fits its type, and at most {DEGRADED_SHARE:.0%} were "
                "researched without LinkedIn. Signals cost SABER_CREDITS_PER_SIGNAL. The metadata has each number."
            ),
        ),
    ]


def check_results(
    asset_key: dg.AssetKey, question: Question, outcomes: PairOutcomes, spending: Spending
) -> list[dg.AssetCheckResult]:
    """The checks' verdicts over all lists of the run, each with a sentence."""
    from saber_pipeline.runs.outcomes import Outcome

    counts = outcomes.of_question(question.key)
    asked = counts.total()
    lost = counts[Outcome.UNACCOUNTED]
    complete = dg.AssetCheckResult(
        asset_key=asset_key,
        check_name="complete",
        passed=outcomes.adds_up and lost == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{asked:,} pairs asked = {_sum(counts)}."
        + (f" {lost:,} pairs have no outcome. This is a bug: please report it." if lost else ""),
        metadata={outcome.value: counts[outcome] for outcome in Outcome},
    )
    concerns = [*_concerns(question, outcomes, counts), _price(spending)]
    tried = asked - counts[Outcome.HELD_BACK]  # shares are of those that could have an answer
    raised = [concern.sentence for concern in concerns if concern.is_raised(tried)]
    healthy = dg.AssetCheckResult(
        asset_key=asset_key,
        check_name="healthy",
        passed=not raised,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(raised) or _calm(asked, concerns),
        metadata={
            "asked": asked,
            **{concern.name: concern.count for concern in concerns},
            "degraded_share": _of_question(outcomes.degraded, question) / asked if asked else 0.0,
        },
    )
    return [complete, healthy]


def accuracy_results(asset_key: dg.AssetKey, accuracy: Accuracy | None) -> list[dg.AssetCheckResult]:
    """The verdict about the accuracy of a question that expects one; over all companies, whichever run asked them."""
    if accuracy is None:
        return []
    shares = {"accuracy": accuracy.share} if accuracy.share is not None else {}
    return [
        dg.AssetCheckResult(
            asset_key=asset_key,
            check_name=ACCURATE,
            passed=accuracy.is_enough,
            severity=dg.AssetCheckSeverity.WARN,
            description=str(accuracy),
            metadata={
                "checked": accuracy.checked,
                "correct": accuracy.correct,
                "expected_accuracy": accuracy.expected,
                **shares,
            },
        )
    ]


def _concerns(question: Question, outcomes: PairOutcomes, counts: Counter[Outcome]) -> Iterator[Concern]:
    from saber_pipeline.runs.outcomes import Outcome

    asked = counts.total() - counts[Outcome.HELD_BACK]
    failed, unknown = counts[Outcome.FAILED], counts[Outcome.NOT_KNOWN]
    unfinished, refused = counts[Outcome.NOT_FINISHED], counts[Outcome.REFUSED]
    yield Concern("failed", failed, f"{_of(failed, asked)} failed.", FAILED_SHARE)
    yield Concern("not_known", unknown, f"{_of(unknown, asked)} are not known.", NOT_KNOWN_SHARE)
    yield Concern("not_finished", unfinished, f"{_of(unfinished, asked)} are not finished. The next run collects them.")
    yield Concern("refused", refused, f"{_of(refused, asked)} were refused. The next run asks for them again.")
    beyond = _of_question(outcomes.beyond_budget, question)
    yield Concern(
        "beyond_budget",
        beyond,
        f"{_of(beyond, counts.total())} were held back: the question's monthly budget (max_credits_per_month) "
        "does not cover them.",
    )
    without = _of_question(outcomes.without_template, question)
    yield Concern(
        "without_template",
        without,
        f"{_of(without, counts.total())} were not asked. {outcomes.template_problems.get(question.key, '')}",
    )
    untyped = _of_question(outcomes.untyped, question)
    yield Concern(
        "untyped",
        untyped,
        f"{untyped:,} answers do not fit {question.answer_type}. signals.answer_json has them as Saber sent them.",
    )
    mismatches = _of_question(outcomes.mismatches, question)
    yield Concern(
        "mismatches",
        mismatches,
        f"For {mismatches:,} pairs the API answered something other than the question; signals.mismatch says what "
        "differs. They are not bought again.",
    )
    unreadable = _of_question(outcomes.unreadable, question)
    yield Concern(
        "unreadable",
        unreadable,
        f"{unreadable:,} pairs were bought, but their signals cannot be read; unreadable_signals has them as Saber "
        "sent them. They are not bought again unless you force a refresh.",
    )
    misfits = outcomes.misfits[question.key]
    yield Concern(
        "misfits",
        misfits,
        f"{misfits:,} objects do not fit the schema. Members that do not fit are NULL in their columns; "
        "answers_json_schema.value has each object as Saber sent it.",
    )

    degraded = _of_question(outcomes.degraded, question)
    yield Concern(
        "degraded",
        degraded,
        f"{_of(degraded, asked)} were researched without LinkedIn (signals.degraded). Connect LinkedIn at Saber, and "
        "set max_age_days_degraded to ask them again sooner.",
        DEGRADED_SHARE,
    )


def _price(spending: Spending) -> Concern:
    """A price above the agreed one. The balance is the whole account's, so every question of the run reports it."""
    beyond, seen = spending.credits_beyond_price, spending.price_seen or 0
    return Concern(
        "credits_beyond_price",
        ceil(beyond),
        f"The balance fell by {spending.credits_spent or 0:,} credits while the run bought {spending.signals_bought:,} "
        f"signals: {seen:,.2f} credits each, {ceil(beyond):,} more in all than SABER_CREDITS_PER_SIGNAL gives. If "
        "nobody else used the account, set SABER_CREDITS_PER_SIGNAL to the real price.",
    )


def _of_question(by_partition: Mapping[tuple[str, str], int], question: Question) -> int:
    """The counts of one question over all lists."""
    return sum(pairs for (_, key), pairs in by_partition.items() if key == question.key)


def _calm(asked: int, concerns: Sequence[Concern]) -> str:
    few = ", ".join(f"{concern.count:,} {concern.name.replace('_', ' ')}" for concern in concerns if concern.count)
    return f"No problems in {asked:,} pairs{f' ({few})' if few else ''}."


def _of(count: int, asked: int) -> str:
    return f"{count:,} of {asked:,} pairs ({count / asked if asked else 0:.1%})"


def _sum(counts: Counter[Outcome]) -> str:
    from saber_pipeline.runs.outcomes import Outcome

    parts = [f"{counts[outcome]:,} {outcome.value.replace('_', ' ')}" for outcome in Outcome if counts[outcome]]
    return " + ".join(parts) or "none"


def warn_unless_none(name: str, count: int, description: str) -> dg.AssetCheckResult:
    """A check of the asset at hand that warns of ``count``, where there are any, with ``description``."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=count == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=description if count else "No problems found.",
        metadata={"count": count},
    )
