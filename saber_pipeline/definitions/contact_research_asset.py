"""The asset ``contact_research``: one research profile for each person in the research lists, purchased once."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from saber_pipeline.config.settings import Settings
from saber_pipeline.definitions.answer_assets import COLLECT_ONLY_TAG, FORCE_TAG, is_tagged
from saber_pipeline.definitions.checks import warn_unless_none
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.launchpad import SpendingConfig, credits_of, priced
from saber_pipeline.definitions.metadata import known
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_events import tell_research_outcome, tell_research_plan
from saber_pipeline.definitions.run_logging import package_log, progress_to
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.runs.research.research_run_request import ResearchRequest, ResearchResult

NAME = "contact_research"
JOB = "refresh_contact_research"
UNKNOWN_SHOWN = 50
CHECKS = {
    "complete": "Every person has exactly one outcome, and the tables show it.",
    "finished": "No research is unfinished, and no purchase was refused.",
    "few_failed": "At most 5% of the people could not be researched.",
    "none_unknown": "No purchase has an unknown outcome.",
    "rejected_inputs": "Every row of the lists names a person whom Saber can research.",
}
"""What each check of the asset means. Only ``complete`` blocks."""


class ContactResearchConfig(SpendingConfig):
    """How a run spends and waits. Every option is optional."""

    lists: list[str] = Field(
        default_factory=list, description="Names of research lists (files without their ending). Empty: every list."
    )
    force_refresh: bool = Field(
        default=False,
        description=(
            "Research every person again, including people whose research is owned or failed. "
            'The run tag saber/force_refresh: "true" does the same.'
        ),
    )
    retry_unknown: bool = Field(
        default=False,
        description=(
            "Repeat purchases with an unknown outcome: the reply was lost, and Saber cannot show whether the purchase "
            "was paid. You may pay twice for these people."
        ),
    )
    dry_run: bool = Field(
        default=False, description="Only show whom a run would research, and the cost. Spends nothing."
    )


def contact_research_asset(saber: SaberResource, settings: Settings) -> dg.AssetsDefinition:
    """Researches each person in the research lists once. ``settings``: the current ones, for the launchpad."""

    asset_key = saber.names.asset(NAME)

    def contact_research(
        context: dg.AssetExecutionContext, config: ContactResearchConfig
    ) -> Iterator[dg.MaterializeResult[None]]:
        if not context.selected_asset_keys:
            raise failure("A check cannot run alone: materialise contact_research instead. Nothing was spent.")
        request = _request(context, config)
        with package_log(context.log), as_dagster_failure(context.log):
            if config.dry_run:
                _observe_plan(context, request, saber)
                return
            result = _execute(context, request, saber)
        _warn_of_unknown(context, result)
        if result.stopped_by is not None:
            description = result.stopped_because
            tell_research_outcome(context, result, description)
            context.log.error(description)
            raise failure(description, because=result.stopped_by)
        outcome = f"{result}. The balance fell by {result.spending.credits_spent or 0:,} credits."
        context.log.info(
            f"{outcome} answers.duckdb is version {result.publication.number}, {result.seconds:.0f} s after the start."
        )
        yield dg.MaterializeResult(
            asset_key=asset_key, metadata=_metadata(result, request), check_results=list(_checks(result))
        )
        tell_research_outcome(context, result, outcome)

    price = f"Now one person costs {credits_of(settings)}."
    priced(contact_research, ContactResearchConfig, settings, price)
    asset = dg.multi_asset(
        name=saber.names.unique(NAME),
        can_subset=True,  # makes the checks' outputs optional: a dry run has none
        specs=[
            dg.AssetSpec(
                asset_key,
                group_name=saber.names.group(NAME),
                skippable=True,
                kinds={"csv", "saber", "duckdb"},
                metadata={"dagster/table_name": "answers.main.contact_research"},
                description=(
                    "Researches the people of every CSV or Parquet file in `research_lists/` (first_name, "
                    "last_name, company_name, company_domain): profile, experience, interests, challenges, "
                    "activity. Each person's research is purchased once, even if several lists name the person. Fills "
                    "`contact_research`, `contact_research_experience` and the tables behind them."
                ),
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(name, asset=asset_key, blocking=name == "complete", description=description)
            for name, description in CHECKS.items()
        ],
    )
    return asset(contact_research)


def _request(context: dg.AssetExecutionContext, config: ContactResearchConfig) -> "ResearchRequest":
    from saber_pipeline.runs.research.research_run_request import ResearchRequest

    request = ResearchRequest(
        run_id=context.run.run_id,
        lists=tuple(config.lists),
        max_credits=config.max_credits,
        max_wait_minutes=config.max_wait_minutes,
        force_refresh=config.force_refresh or is_tagged(context, FORCE_TAG),
        retry_unknown=config.retry_unknown,
        collect_only=is_tagged(context, COLLECT_ONLY_TAG),
    )
    # A misspelt op name in the configuration leaves the defaults in place silently, so say what is used.
    context.log.info(
        f"lists = {', '.join(request.lists) or 'all'}, force_refresh = {request.force_refresh}, retry_unknown = "
        f"{request.retry_unknown}, max_credits = {request.max_credits}, max_wait_minutes = "
        f"{request.max_wait_minutes:g}, dry_run = {config.dry_run}"
        f"{', collect_only (by tag): nothing is purchased' if request.collect_only else ''}"
    )
    return request


def _execute(context: dg.AssetExecutionContext, request: "ResearchRequest", saber: SaberResource) -> "ResearchResult":
    from saber_pipeline.runs.research.research_run import run_research

    return run_research(
        request,
        saber.settings(),
        saber.questions(),
        new_client=saber.new_client,
        report=progress_to(context.log),
        tell_plan=partial(tell_research_plan, context),
    )


def _observe_plan(context: dg.AssetExecutionContext, request: "ResearchRequest", saber: SaberResource) -> None:
    from saber_pipeline.runs.research.research_plan import plan_research

    settings = saber.settings()
    plan = plan_research(request, settings, new_client=saber.new_client if settings.api_key else None)
    context.log.info(str(plan))
    metadata: dict[str, Any] = {f"plan_{status.value}": count for status, count in plan.statuses.counts.items()}
    metadata["plan_credits"] = float(plan.cost)
    context.log_event(dg.AssetObservation(asset_key=saber.names.asset(NAME), description=str(plan), metadata=metadata))


def _warn_of_unknown(context: dg.AssetExecutionContext, result: "ResearchResult") -> None:
    if not result.unknown:
        return
    shown = "; ".join(f"{who}: {reason}" for who, reason in list(result.unknown.items())[:UNKNOWN_SHOWN])
    context.log.warning(
        f"{len(result.unknown):,} purchases have an unknown outcome and may have cost "
        f"{len(result.unknown) * result.price:,f} credits: {shown}. Later runs do not repeat them. retry_unknown "
        "repeats them, and may pay twice."
    )


def _metadata(result: "ResearchResult", request: "ResearchRequest") -> dict[str, Any]:
    from saber_pipeline.runs.research.research_run_request import ResearchOutcome

    metadata: dict[str, Any] = {
        "people": result.people,
        "rows": result.rows,
        "rejected": result.rejected,
        **{outcome.value: result.outcomes[outcome] for outcome in ResearchOutcome},
        "force_refresh": request.force_refresh,
        "collect_only": request.collect_only,
        "run_people_bought": len(result.sent.bought),
        "run_credits_planned": float(result.spending.estimate.cost) if result.spending.estimate else 0.0,
        "unknown_may_have_cost": float(len(result.unknown) * result.price),
        "run_requests": result.requests.total(),
        "run_seconds": round(result.seconds, 1),
        "answers_version": result.publication.number,
        "dagster/row_count": result.people,
        "by_list": dg.MetadataValue.json(
            {name: {o.value: n for o, n in counts.items()} for name, counts in result.by_list.items()}
        ),
        **known(run_credits_spent=result.spending.credits_spent),
    }
    if result.refused:
        metadata["refused_people"] = dg.MetadataValue.json(
            {one_line(who): one_line(why) for who, why in list(result.refused.items())[:UNKNOWN_SHOWN]}
        )
    if result.unknown:
        metadata["unknown_outcomes"] = dg.MetadataValue.table(
            [
                dg.TableRecord({"person": one_line(who), "reason": one_line(reason), "credits": float(result.price)})
                for who, reason in result.unknown.items()
            ]
        )
    return metadata


def _checks(result: "ResearchResult") -> Iterator[dg.AssetCheckResult]:
    from saber_pipeline.runs.research.research_run_request import ResearchOutcome as Outcome

    counts = result.outcomes
    yield dg.AssetCheckResult(
        check_name="complete", passed=result.adds_up, severity=dg.AssetCheckSeverity.ERROR, description=f"{result}."
    )
    unfinished, refused = counts[Outcome.NOT_FINISHED], counts[Outcome.REFUSED]
    yield warn_unless_none(
        "finished",
        unfinished + refused,
        f"{unfinished:,} are not finished and {refused:,} were refused. The next run continues them.",
    )
    failed = counts[Outcome.FAILED]
    yield warn_unless_none(
        "few_failed",
        failed if failed > 0.05 * result.people else 0,
        f"{failed:,} of {result.people:,} people could not be researched.",
    )
    yield warn_unless_none(
        "none_unknown",
        counts[Outcome.UNKNOWN],
        f"{counts[Outcome.UNKNOWN]:,} purchases have an unknown outcome and may have cost "
        f"{counts[Outcome.UNKNOWN] * result.price:,f} credits. Runs repeat them only if retry_unknown is set.",
    )
    yield warn_unless_none(
        "rejected_inputs",
        result.rejected,
        f"{result.rejected:,} rows cannot be used. The table rejected_inputs lists them with reasons.",
    )
