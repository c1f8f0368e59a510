"""What a materialised partition says about itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.questions.question import Question

if TYPE_CHECKING:
    from saber_pipeline.buying.requests import RunResult


def add_metadata(
    context: dg.AssetExecutionContext, asset_key: dg.AssetKey, question: Question, result: RunResult
) -> None:
    """Counts of each partition, and what the whole run cost."""
    from saber_pipeline.buying.accounts import Outcome

    columns = [dg.TableColumn(*column) for column in result.columns.get(question.key, ())]
    for list_name in result.plan.selection.lists:
        counts = result.accounts.by_partition.get((list_name, question.key), Counter())
        metadata: dict[str, Any] = {
            "asked": sum(counts.values()),
            **{outcome.value: counts.get(outcome, 0) for outcome in Outcome if outcome is not Outcome.UNACCOUNTED},
            "untyped": result.accounts.untyped[list_name, question.key],
            "dagster/partition_row_count": counts.get(Outcome.OWNED, 0) + counts.get(Outcome.ANSWERED, 0),
            "dagster/column_schema": dg.TableSchema(columns=columns),
            **_of_run(result),
        }
        context.add_asset_metadata(metadata, asset_key=asset_key, partition_key=list_name)


def _of_run(result: RunResult) -> dict[str, Any]:
    spending, requests = result.spending, result.requests.total()
    bought = spending.signals_bought
    metadata: dict[str, Any] = {
        "force_refresh": result.plan.selection.force_refresh,
        "run_credits_planned": float(spending.estimate.cost) if spending.estimate else 0.0,
        "run_signals_bought": bought,
        "run_requests": requests,
        "run_polling_requests": result.polling_requests,
        "run_seconds": round(result.seconds, 1),
        "answers_version": result.publication.number,
    }
    if spending.credits_spent is not None:
        metadata["run_credits_spent"] = spending.credits_spent
    if spending.balance_after is not None:
        metadata["balance_after"] = spending.balance_after
    if result.signals_received:
        metadata["run_requests_per_signal"] = round(requests / result.signals_received, 4)
    return metadata
