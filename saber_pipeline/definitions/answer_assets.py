"""The assets ``answers/<key>`` and ``contact_answers/<key>``: one for each question, partitioned by list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.storage.tags import BACKFILL_ID_TAG  # the name of a tag, which has no public one
from pydantic import Field

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.checks import accuracy_results, check_results, check_specs
from saber_pipeline.definitions.event_log import event_log_kept_open
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.launchpad import SpendingConfig, price_of_pairs, priced
from saber_pipeline.definitions.metadata import add_metadata
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_events import observe_plan, tell_outcome, tell_plan
from saber_pipeline.definitions.run_logging import package_log, progress_to
from saber_pipeline.foreign_text import code_span, one_line

if TYPE_CHECKING:
    from saber_pipeline.planning.plan import Selection
    from saber_pipeline.runs.requests import RunResult

FORCE_TAG = "saber/force_refresh"
COLLECT_ONLY_TAG = "saber/collect_only"
FORCED_SINCE_TAG = "saber/forced_since"
"""For runs that force one refresh together, list by list: the time it began (ISO 8601)."""


class AnswersConfig(SpendingConfig):
    """How a run spends and waits. Every option is optional."""

    force_refresh: bool = Field(
        default=False,
        description=(
            "Buy every selected pair again, including pairs with a fresh answer. "
            'The run tag saber/force_refresh: "true" does the same.'
        ),
    )
    dry_run: bool = Field(
        default=False,
        description="Only show the plan: the pairs that are owned, due and in flight, and the cost. Spends nothing.",
    )
    sample: int | None = Field(
        default=None,
        ge=1,
        description=(
            "Ask about only this number of companies (or contacts), over all lists of the run. Every question and "
            "every run uses the same ones; those with answers come first."
        ),
    )
    sample_lists: list[str] = Field(
        default=[],
        description=(
            "Draw the sample from these lists, if several runs share one sample. Default: the lists of the run. "
            "`saber-pipeline run` sets this option."
        ),
    )
    generate_summary: bool = Field(
        default=False,
        description=(
            "Let Saber summarise each company when its batch is complete. Materialise `summaries` later to read the "
            "summaries. Pairs that are asked one by one (lenient questions, connectors, contacts) get no summary."
        ),
    )


def answers_asset(
    saber: SaberResource, kind: SubjectKind, questions: Sequence[Question], settings: Settings
) -> dg.AssetsDefinition:
    """One multi-asset over all questions about a kind: any subset of them runs and is submitted together.

    ``settings``: those of now, for the texts of the launchpad.
    """
    names = saber.names
    by_asset = {names.answers(question): question for question in questions}

    def answers(
        context: dg.AssetExecutionContext, config: AnswersConfig
    ) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        selected = [by_asset[key] for key in sorted(context.selected_asset_keys)]
        if not selected:
            raise failure(
                "A check cannot run alone: materialise a partition of its question instead. Nothing was spent."
            )
        with event_log_kept_open(context.instance, context.run.run_id):
            yield from _materialize(context, config, saber, selected)

    priced(answers, AnswersConfig, settings, price_of_pairs(settings, kind, len(questions)))
    asset = dg.multi_asset(
        name=names.unique(kind.answers),
        specs=[_spec(names, kind, question) for question in questions],
        check_specs=[spec for asset_key, question in by_asset.items() for spec in check_specs(asset_key, question)],
        partitions_def=names.partitions(kind),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    return asset(answers)


def _materialize(
    context: dg.AssetExecutionContext, config: AnswersConfig, saber: SaberResource, selected: Sequence[Question]
) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    with package_log(context.log), as_dagster_failure(context.log):
        selection = _selection(context, config, selected)
        if config.dry_run:
            observe_plan(context, saber, selection)
            return
        result = _execute(context, config, saber, selection)
    if result.stopped_by is not None:
        description = result.stopped_because
        tell_outcome(context, result, description)
        context.log.error(description)
        raise failure(description, because=result.stopped_by, sample_page=result.sample_page)
    spent = result.spending.credits_spent or 0
    outcome = f"{result.outcomes}. The balance fell by {spent:,} credits."
    if result.broken_lists:
        described = "\n".join(result.broken_lists.values())
        tell_outcome(context, result, outcome)
        raise failure(
            f"Some lists of this run cannot be read; the run continued with the others.\n{described}",
            sample_page=result.sample_page,
        )
    if result.batches_open:
        context.log.warning(
            f"Time is up: some pairs are not finished. Saber continues them in {_format_batches(result.batches_open)}; "
            "the next run of this selection collects them and buys none of them again."
        )
    context.log.info(
        f"{outcome} answers.duckdb is version {result.publication.number}, {result.seconds:.0f} s after the start."
    )
    if result.sample_page is not None:
        context.log.info(str(result.sample_page))
    for question in selected:
        asset_key = saber.names.answers(question)
        add_metadata(context, asset_key, question, result, price=float(saber.settings().credits_per_signal))
        yield dg.MaterializeResult(asset_key=asset_key)
        # Check results inside the result would make Dagster look up the materialization of each one twice.
        yield from check_results(asset_key, question, result.outcomes, result.spending)
        yield from accuracy_results(asset_key, result.accuracy.get(question.key))
    tell_outcome(context, result, outcome)


def _spec(names: Names, kind: SubjectKind, question: Question) -> dg.AssetSpec:
    return dg.AssetSpec(
        names.answers(question),
        deps=[names.lists(kind)],
        group_name=names.group(kind.answers),
        skippable=True,
        kinds={"saber", "duckdb"},
        description=(
            f"**{one_line(question.title, 1_000)}**\n\n"
            f"Answers as `{question.answer_type}`, the newest for each {kind.noun}. Read them in the view "
            f"`questions.{question.key}` of `answers.duckdb`, or in the column `{question.key}` of `{kind.view}`. "
            f"An answer younger than {question.max_age_days:g} days is not bought again"
            + (
                "."
                if question.max_age_days_degraded is None
                else f"; an answer researched without LinkedIn, after {question.max_age_days_degraded:g} days."
            )
            + " A run spends at most its `max_credits` (or `SABER_MAX_CREDITS_PER_RUN`); all runs of a month "
            "spend at most `SABER_MONTHLY_CREDITS`"
            + (
                "."
                if question.max_credits_per_month is None
                else f", of which this question spends at most {question.max_credits_per_month:,} credits."
            )
            + ("" if question.ask_if is None else f" It is asked only if {code_span(question.ask_if, 1_000)}.")
            + ("" if question.fallback is None else f" If the answer is not known, `{question.fallback}` is asked.")
        ),
        metadata={
            "dagster/table_name": f"answers.questions.{question.key}",
            "question": one_line(question.title, 1_000),
            "answer_type": question.answer_type.value,
            "max_age_days": float(question.max_age_days),
        },
    )


def _selection(context: dg.AssetExecutionContext, config: AnswersConfig, selected: Sequence[Question]) -> "Selection":
    from saber_pipeline.planning.plan import Selection

    lists = tuple(context.partition_keys)
    if not lists:
        raise failure(
            "No list was selected: the range of partitions is empty, probably because it ends before it begins. "
            "Nothing was spent. Partitions are in alphabetical order."
        )
    tagged = is_tagged(context, FORCE_TAG)
    force = config.force_refresh or tagged
    since = forced_since(context.run.tags, context.instance) if force else None
    selection = Selection(
        lists,
        tuple(selected),
        force_refresh=force,
        forced_since=since,
        sample=config.sample,
        sample_lists=tuple(config.sample_lists) if config.sample is not None else (),
    )
    # A misspelt op name in the configuration leaves the defaults in place silently, so say what is used.
    context.log.info(
        f"force_refresh = {selection.force_refresh}{' (by tag)' if tagged else ''}, max_credits = "
        f"{config.max_credits}, max_wait_minutes = {config.max_wait_minutes:g}, dry_run = {config.dry_run}"
        f"{f', sample = {config.sample:,}' if config.sample is not None else ''}"
        f"{', collect_only (by tag): nothing is bought' if is_tagged(context, COLLECT_ONLY_TAG) else ''}"
    )
    return selection


def forced_since(tags: Mapping[str, str], instance: dg.DagsterInstance) -> datetime | None:
    """The start of the refresh that this run shares with others: of its backfill, or as its tag says."""
    if FORCED_SINCE_TAG in tags:
        return datetime.fromisoformat(tags[FORCED_SINCE_TAG])
    backfill = instance.get_backfill(tags[BACKFILL_ID_TAG]) if BACKFILL_ID_TAG in tags else None
    return datetime.fromtimestamp(backfill.backfill_timestamp, tz=UTC) if backfill else None


def is_tagged(context: dg.AssetExecutionContext, tag: str) -> bool:
    """Whether the run has this tag with the value "true"."""
    return context.run.tags.get(tag, "").lower() == "true"


def _execute(
    context: dg.AssetExecutionContext, config: AnswersConfig, saber: SaberResource, selection: "Selection"
) -> "RunResult":
    from saber_pipeline.runs.answers import run_answers
    from saber_pipeline.runs.requests import RunRequest

    request = RunRequest(
        run_id=context.run.run_id,
        selection=selection,
        max_credits=config.max_credits,
        max_wait_minutes=config.max_wait_minutes,
        collect_only=is_tagged(context, COLLECT_ONLY_TAG),
        generate_summary=config.generate_summary,
    )
    return run_answers(
        request,
        saber.settings(),
        saber.questions(),
        new_client=saber.new_client,
        report=progress_to(context.log),
        tell_plan=partial(tell_plan, context),
    )


def _format_batches(batches: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(batches[:most])
    return f"batch {shown}" if len(batches) <= most else f"batches {shown} and {len(batches) - most} more"
