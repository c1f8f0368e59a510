"""Checks on the answers: completeness blocks, everything else warns with its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.config.questions.question import AnswerType, Question

if TYPE_CHECKING:
    from saber_pipeline.runs.outcomes import Outcome
    from saber_pipeline.runs.requests import RunResult

FAILED_SHARE = 0.05
NOT_KNOWN_SHARE = 0.25
"""Shares above which a check warns."""


def check_specs(asset_key: dg.AssetKey, question: Question) -> list[dg.AssetCheckSpec]:
    """The checks of one question."""
    specs = [
        dg.AssetCheckSpec(
            "complete",
            asset=asset_key,
            blocking=True,
            description="Every pair asked for is owned, answered, not known, failed, not finished or refused.",
        ),
        dg.AssetCheckSpec("few_failed", asset=asset_key, description=f"At most {FAILED_SHARE:.0%} failed."),
        dg.AssetCheckSpec(
            "few_not_known", asset=asset_key, description=f"At most {NOT_KNOWN_SHARE:.0%} are not known."
        ),
        dg.AssetCheckSpec("finished", asset=asset_key, description="No pair is still in flight, and none was refused."),
        dg.AssetCheckSpec("typed", asset=asset_key, description="Every answer fits its type."),
    ]
    if question.answer_type is AnswerType.JSON_SCHEMA:
        fits = "Every object has the shape of the output schema; what has not is kept as JSON."
        specs.append(dg.AssetCheckSpec("fits_schema", asset=asset_key, description=fits))
    return specs


def check_results(asset_key: dg.AssetKey, question: Question, result: RunResult) -> list[dg.AssetCheckResult]:
    """The checks' verdicts over all lists of the run, each with a sentence."""
    return list(_results(asset_key, question, result))


def _results(asset_key: dg.AssetKey, question: Question, result: RunResult) -> Iterator[dg.AssetCheckResult]:
    from saber_pipeline.runs.outcomes import Outcome

    counts = result.accounts.of_question(question.key)
    asked = counts.total()
    lost = counts[Outcome.UNACCOUNTED]
    yield dg.AssetCheckResult(
        asset_key=asset_key,
        check_name="complete",
        passed=result.accounts.adds_up and lost == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{asked:,} pairs asked = {_sum(counts)}."
        + (f" {lost:,} pairs have no outcome at all: please report this." if lost else ""),
        metadata={outcome.value: counts[outcome] for outcome in Outcome},
    )
    yield _share(asset_key, "few_failed", counts[Outcome.FAILED], asked, FAILED_SHARE, "failed")
    yield _share(asset_key, "few_not_known", counts[Outcome.NOT_KNOWN], asked, NOT_KNOWN_SHARE, "are not known")
    unfinished, refused = counts[Outcome.NOT_FINISHED], counts[Outcome.REFUSED]
    yield dg.AssetCheckResult(
        asset_key=asset_key,
        check_name="finished",
        passed=unfinished + refused == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{unfinished:,} pairs are not finished and {refused:,} were refused; the next run takes them up."
            if unfinished + refused
            else "Every pair has its outcome."
        ),
        metadata={"not_finished": unfinished, "refused": refused},
    )
    untyped = sum(n for (_, key), n in result.accounts.untyped.items() if key == question.key)
    yield dg.AssetCheckResult(
        asset_key=asset_key,
        check_name="typed",
        passed=untyped == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{untyped:,} answers do not fit {question.answer_type}; signals.answer_json has them as they came."
            if untyped
            else f"Every answer fits {question.answer_type}."
        ),
        metadata={"untyped": untyped},
    )
    if question.answer_type is AnswerType.JSON_SCHEMA:
        misfits = result.accounts.misfits[question.key]
        yield dg.AssetCheckResult(
            asset_key=asset_key,
            check_name="fits_schema",
            passed=misfits == 0,
            severity=dg.AssetCheckSeverity.WARN,
            description=(
                f"{misfits:,} of the answers this run got break the schema: what does not fit is NULL in its column, "
                "and answers_json_schema.value has the object as it came."
                if misfits
                else "Every object this run got has the shape of its schema."
            ),
            metadata={"misfits": misfits},
        )


def _share(asset_key: dg.AssetKey, name: str, count: int, asked: int, most: float, verb: str) -> dg.AssetCheckResult:
    share = count / asked if asked else 0.0
    return dg.AssetCheckResult(
        asset_key=asset_key,
        check_name=name,
        passed=count == 0 or share <= most,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{count:,} of {asked:,} pairs ({share:.1%}) {verb}.",
        metadata={"pairs": count, "share": share},
    )


def _sum(counts: Counter[Outcome]) -> str:
    from saber_pipeline.runs.outcomes import Outcome

    parts = [f"{counts[outcome]:,} {outcome.value.replace('_', ' ')}" for outcome in Outcome if counts[outcome]]
    return " + ".join(parts) or "none"
