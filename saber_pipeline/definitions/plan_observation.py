"""A dry run: the plan as a table in the log and as an observation. Spends, writes and materialises nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.definitions.resources import SaberResource

if TYPE_CHECKING:
    from saber_pipeline.planning.plan import Selection
    from saber_pipeline.runs.dry_run import DryRun


def observe_plan(context: dg.AssetExecutionContext, saber: SaberResource, selection: Selection) -> None:
    """Plan ``selection`` and say what a run would buy and what it would cost."""
    from saber_pipeline.runs.dry_run import plan_only

    settings = saber.settings()
    new_client = saber.new_client if settings.api_key else None
    dry = plan_only(selection, settings, new_client=new_client, questions=saber.questions())
    context.log.info(dry.table())
    context.log.info(dry.summary())
    for warning in dry.warnings():
        context.log.warning(warning)
    for question in selection.questions:
        for list_name in selection.lists:
            context.log_event(
                dg.AssetObservation(
                    asset_key=saber.names.answers(question),
                    partition=list_name,
                    description=dry.summary(),
                    metadata=_plan_metadata(dry, list_name, question.key),
                )
            )


def _plan_metadata(dry: DryRun, list_name: str, key: str) -> dict[str, Any]:
    from saber_pipeline.planning.plan import Status

    counts: dict[str, int] = defaultdict(int)
    for row in dry.plan.rows:
        if (row.list_name, row.question_key) == (list_name, key):
            counts[row.status] += row.pairs
    metadata: dict[str, Any] = {f"plan_{status.value}": counts[status] for status in dry.plan.statuses}
    metadata["plan_credits"] = float(counts[Status.DUE] * dry.price)
    metadata["plan_credits_of_run"] = float(dry.cost)
    if dry.plan.conditions:
        metadata["plan_credits_of_run_at_most"] = float(dry.cost_at_most)
    if dry.cost_expected is not None:
        metadata["plan_credits_of_run_expected"] = float(dry.cost_expected)
    if dry.balance is not None:
        metadata["balance"] = dry.balance
        metadata["balance_after"] = float(dry.balance - dry.cost)
    return metadata
