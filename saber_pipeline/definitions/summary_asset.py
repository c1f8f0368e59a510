"""The asset ``summaries``: Saber's summary of all answers about a company."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.checks import warn_unless_none
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_events import tell_summaries_outcome, tell_summaries_plan
from saber_pipeline.definitions.run_logging import package_log, progress_to


class SummariesConfig(dg.Config):
    """What a run reads and what it requests. Shown in the launchpad."""

    lists: list[str] = Field(default_factory=list, description="Names of the domain lists to read. Empty: every list.")
    request_missing: bool = Field(
        default=False,
        description=(
            "Request a summary for each company without one. The price is not public: the run reports how far the "
            "balance fell."
        ),
    )
    max_wait_minutes: float = Field(
        default=30, ge=0, description="How long the run waits for summaries that Saber is still writing."
    )


def summaries_asset(saber: SaberResource) -> dg.AssetsDefinition:
    """Reads the summaries of the companies in the domain lists, and requests missing ones if told to."""

    asset_key = saber.names.asset("summaries")

    @dg.asset(
        key=asset_key,
        group_name=saber.names.group("summaries"),
        deps=[saber.names.lists(COMPANIES)],
        kinds={"saber", "duckdb"},
        metadata={"dagster/table_name": "answers.main.summaries"},
        check_specs=[
            dg.AssetCheckSpec("finished", asset=asset_key, description="No summary is unfinished."),
            dg.AssetCheckSpec("covered", asset=asset_key, description="Every company in the lists has a summary."),
            dg.AssetCheckSpec(
                "none_unknown", asset=asset_key, description="No request for a summary has an unknown outcome."
            ),
        ],
        description=(
            "Reads Saber's summaries of the companies in the domain lists into `summaries` and `summary_points`. "
            "Reading is free. Saber writes summaries for runs of `answers` with generate_summary, and for runs of this "
            "asset with request_missing."
        ),
    )
    def summaries(context: dg.AssetExecutionContext, config: SummariesConfig) -> Iterator[dg.MaterializeResult[None]]:
        from saber_pipeline.runs.summaries.summary_run import run_summaries
        from saber_pipeline.runs.summaries.summary_run_request import SummariesRequest

        context.log.info(
            f"lists = {', '.join(config.lists) or 'all'}, request_missing = {config.request_missing}, "
            f"max_wait_minutes = {config.max_wait_minutes:g}"
        )
        with package_log(context.log), as_dagster_failure(context.log):
            result = run_summaries(
                SummariesRequest(
                    context.run.run_id, tuple(config.lists), config.request_missing, config.max_wait_minutes
                ),
                saber.settings(),
                saber.questions(),
                new_client=saber.new_client,
                report=progress_to(context.log),
                tell_plan=partial(tell_summaries_plan, context),
            )
        asked = result.asked
        if result.stopped_by is not None:
            description = result.stopped_because
            tell_summaries_outcome(context, result, description)
            context.log.error(description)
            raise failure(description, because=result.stopped_by)
        outcome = f"{result}. {result.read:,} were new or had changed."
        if asked.credits_spent is not None:
            outcome += f" The balance fell by {asked.credits_spent:,} credits."
        context.log.info(f"{outcome} answers.duckdb is version {result.publication.number}.")
        metadata: dict[str, Any] = {
            "companies": result.domains,
            "completed": result.completed,
            "processing": result.processing,
            "failed": result.failed,
            "missing": result.missing,
            "read": result.read,
            "not_read_whole": len(result.unproven),
            "asked_for": asked.posts,
            "nothing_to_sum_up": len(asked.nothing),
            "run_requests": result.requests.total(),
            "run_seconds": round(result.seconds, 1),
            "answers_version": result.publication.number,
            "dagster/row_count": result.completed,
        }
        if asked.credits_spent is not None:
            metadata["balance_fell_by"] = asked.credits_spent
            if asked.posts:
                metadata["credits_per_summary_asked"] = round(asked.credits_spent / asked.posts, 3)
        checks = [
            warn_unless_none(
                "finished", result.processing, f"{result.processing:,} summaries are not finished. Run again later."
            ),
            warn_unless_none("covered", result.missing, f"{result.missing:,} companies have no summary."),
            warn_unless_none(
                "none_unknown",
                len(asked.unknown),
                f"{len(asked.unknown):,} replies were lost: {', '.join(list(asked.unknown)[:5])}. Later runs look for "
                "these summaries, and do not request them again for a while.",
            ),
        ]
        yield dg.MaterializeResult(metadata=metadata, check_results=checks)
        tell_summaries_outcome(context, result, outcome)

    return summaries
