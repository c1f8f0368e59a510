"""Two events of a run, at the beginning and end of its page: the plan and the outcome.

Dagster attaches such an event to an asset, because a run has no events of its own. Both events name the first asset of
the run, usually its first question. The page shows the metadata of an event, not its description, so the sentence is in
both. Every run that spends has these events: answers, contact research, summaries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.definitions.metadata import MOST_TABLE_ROWS, coverage_table, known
from saber_pipeline.definitions.resources import SaberResource

if TYPE_CHECKING:
    from saber_pipeline.planning.plan import Plan, Selection
    from saber_pipeline.runs.dry_run import DryRun
    from saber_pipeline.runs.planned_run import PlannedRun
    from saber_pipeline.runs.requests import RunResult
    from saber_pipeline.runs.research.research_planned import PlannedResearch
    from saber_pipeline.runs.research.research_run_request import ResearchResult
    from saber_pipeline.runs.summaries.summary_planned import PlannedSummaries
    from saber_pipeline.runs.summaries.summary_run_request import SummariesResult


def tell_plan(context: dg.AssetExecutionContext, planned: PlannedRun) -> None:
    """Tells what the run is about to buy, and the cost, before the first purchase."""
    from saber_pipeline.planning.plan import Status

    totals = planned.plan.totals
    _log_event(
        context,
        "Plan",
        {
            "plan": str(planned),
            "asked": planned.plan.asked,
            "to_buy": planned.buys,
            "credits": float(planned.credits),
            "credits_per_pair": float(planned.price),
            "owned": totals[Status.OWNED],
            **{s.value: totals[s] for s in Status if totals[s] and s not in (Status.OWNED, Status.DUE)},
            "by_list_and_question": _plan_table(planned.plan),
            **({"credits_at_most": float(planned.credits_at_most)} if totals[Status.WAITING] else {}),
            **known(balance=planned.balance),
        },
    )


def tell_outcome(context: dg.AssetExecutionContext, result: RunResult, description: str) -> None:
    """Tells the outcomes of the pairs, and the cost of the run."""
    spending = result.spending
    _log_event(
        context,
        "Outcome",
        {
            "outcome": description,
            "asked": result.outcomes.asked,
            **{outcome.value: pairs for outcome, pairs in result.outcomes.totals.items() if pairs},
            "bought": spending.signals_bought,
            "seconds": round(result.seconds, 1),
            "answers_version": result.publication.number,
            "by_list_and_question": coverage_table(result),
            **known(credits_spent=spending.credits_spent, balance=spending.balance_after),
        },
    )


def tell_research_plan(context: dg.AssetExecutionContext, planned: PlannedResearch) -> None:
    """Tells whose research the run is about to purchase, and the cost, before the first purchase."""
    _log_event(
        context,
        "Plan",
        {
            "plan": str(planned),
            "asked": planned.asked,
            "to_buy": planned.buys,
            "credits": float(planned.credits),
            "credits_per_person": float(planned.price),
            **planned.others,
            "by_list": _list_table(planned.by_list),
            **known(balance=planned.balance),
        },
    )


def tell_research_outcome(context: dg.AssetExecutionContext, result: ResearchResult, description: str) -> None:
    """Tells the outcomes of the people, and the cost of the run."""
    _log_event(
        context,
        "Outcome",
        {
            "outcome": description,
            "asked": result.people,
            **{outcome.value: count for outcome, count in result.outcomes.items() if count},
            "bought": len(result.sent.bought),
            "seconds": round(result.seconds, 1),
            "answers_version": result.publication.number,
            "by_list": _list_table(result.by_list),
            **known(credits_spent=result.spending.credits_spent, balance=result.spending.balance_after),
        },
    )


def tell_summaries_plan(context: dg.AssetExecutionContext, planned: PlannedSummaries) -> None:
    """Tells how many summaries the run is about to request, and the approximate cost, before the first request."""
    _log_event(
        context,
        "Plan",
        {
            "plan": str(planned),
            "companies": planned.asked,
            "to_ask_for": planned.buys,
            "credits": float(planned.credits),
            "credits_per_summary": float(planned.price),
            **planned.others,
            **known(balance=planned.balance),
        },
    )


def tell_summaries_outcome(context: dg.AssetExecutionContext, result: SummariesResult, description: str) -> None:
    """Tells how many companies have a summary now, and the cost of the requests."""
    _log_event(
        context,
        "Outcome",
        {
            "outcome": description,
            "companies": result.domains,
            "completed": result.completed,
            "processing": result.processing,
            "failed": result.failed,
            "missing": result.missing,
            "asked_for": result.asked.posts,
            "seconds": round(result.seconds, 1),
            "answers_version": result.publication.number,
            **known(credits_spent=result.asked.credits_spent, balance=result.asked.balance_after),
        },
    )


def _log_event(context: dg.AssetExecutionContext, what: str, metadata: dict[str, Any]) -> None:
    """Log one event. ``what`` is its name; the metadata has the event's sentence under this name."""
    first = min(context.selected_asset_keys)
    description = f"{what}: {metadata[what.lower()]}"
    context.log_event(dg.AssetObservation(asset_key=first, description=description, metadata=metadata))


def _list_table(by_list: Mapping[str, Counter[Any]]) -> dg.TableMetadataValue:
    """One row for each list: the number of people by status or outcome, as far as it occurs. A person may be in two."""
    occurring = sorted({each for counts in by_list.values() for each in counts if counts[each]})
    records = [
        dg.TableRecord({"list": name, "people": counts.total(), **{str(each): counts[each] for each in occurring}})
        for name, counts in sorted(by_list.items())[:MOST_TABLE_ROWS]
    ]
    return _table(("list", "people", *map(str, occurring)), records)


def _table(names: Sequence[str], records: Sequence[dg.TableRecord]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name) for name in names]))


def _plan_table(plan: Plan) -> dg.TableMetadataValue:
    """One row for each list and question: the number of pairs by status, for each status that occurs."""
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
    return _table(("list", "question", "asked", *occurring), records)


def observe_plan(context: dg.AssetExecutionContext, saber: SaberResource, selection: Selection) -> None:
    """Plan ``selection``, and report what a run would buy and cost."""
    from saber_pipeline.runs.dry_run import plan_only
    from saber_pipeline.runs.outdated_warehouse import with_warehouse_of_this_version

    settings, questions = saber.settings(), saber.questions()
    new_client = saber.new_client if settings.api_key else None
    make = partial(plan_only, selection, settings, new_client=new_client, questions=questions)
    dry = with_warehouse_of_this_version(settings, questions, make)
    context.log.info(dry.table())
    said = f"Dry run, nothing was spent. {dry.summary()}"
    context.log.info(said)
    for warning in dry.warnings():
        context.log.warning(warning)
    for question in selection.questions:
        for list_name in selection.lists:
            context.log_event(
                dg.AssetObservation(
                    asset_key=saber.names.answers(question),
                    partition=list_name,
                    description=said,
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
