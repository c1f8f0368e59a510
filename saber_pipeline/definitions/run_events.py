"""What a run is about to do and what came of it: two events, with which its page begins and ends.

Dagster keeps an event of ours with an asset, and a run has none of its own: both stand with the first question of
the run, whichever others it asks. The page shows the metadata of such an event and not its description, so the
sentence is in both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.definitions.metadata import MOST_TABLE_ROWS, coverage_table

if TYPE_CHECKING:
    from saber_pipeline.planning.plan import Plan
    from saber_pipeline.runs.planned import PlannedRun
    from saber_pipeline.runs.requests import RunResult


def tell_plan_to(context: dg.AssetExecutionContext) -> Callable[[PlannedRun], None]:
    """Says what the run is about to buy, and for how much, before it does."""

    def tell(planned: PlannedRun) -> None:
        from saber_pipeline.planning.plan import Status

        totals = planned.plan.totals
        metadata: dict[str, Any] = {
            "plan": str(planned),
            "asked": planned.plan.asked,
            "to_buy": planned.buys,
            "credits": float(planned.credits),
            "credits_per_pair": float(planned.price),
            "owned": totals[Status.OWNED],
            **{s.value: totals[s] for s in Status if totals[s] and s not in (Status.OWNED, Status.DUE)},
            "by_list_and_question": _plan_table(planned.plan),
        }
        if totals[Status.WAITING]:
            metadata["credits_at_most"] = float(planned.credits_at_most)
        if planned.balance is not None:
            metadata["balance"] = planned.balance
        _tell(context, f"Plan: {planned}", metadata)

    return tell


def tell_outcome(context: dg.AssetExecutionContext, result: RunResult, description: str) -> None:
    """Says what became of the pairs, and what the run has cost."""
    spending = result.spending
    metadata: dict[str, Any] = {
        "outcome": description,
        "asked": result.accounts.asked,
        **{outcome.value: pairs for outcome, pairs in result.accounts.totals.items() if pairs},
        "bought": spending.signals_bought,
        "seconds": round(result.seconds, 1),
        "answers_version": result.publication.number,
        "by_list_and_question": coverage_table(result),
    }
    known = {"credits_spent": spending.credits_spent, "balance": spending.balance_after}
    metadata |= {name: number for name, number in known.items() if number is not None}
    _tell(context, f"Outcome: {description}", metadata)


def _tell(context: dg.AssetExecutionContext, description: str, metadata: dict[str, Any]) -> None:
    first = min(context.selected_asset_keys)
    context.log_event(dg.AssetObservation(asset_key=first, description=description, metadata=metadata))


def _plan_table(plan: Plan) -> dg.TableMetadataValue:
    """One row for each list and question: how many pairs have which status, without those that none has."""
    by_place: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in plan.rows:
        by_place[row.list_name, row.question_key][row.status.value] += row.pairs
    occurring = [status.value for status in plan.statuses if any(counts[status] for counts in by_place.values())]
    records = [
        dg.TableRecord(
            {"list": place[0], "question": place[1], "asked": counts.total(), **{s: counts[s] for s in occurring}}
        )
        for place, counts in sorted(by_place.items())[:MOST_TABLE_ROWS]
    ]
    names = ("list", "question", "asked", *occurring)
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name) for name in names]))
