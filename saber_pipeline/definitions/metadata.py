"""What a materialised partition says about itself: numbers, tables to read, and a small picture."""

from __future__ import annotations

import base64
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.questions.question import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.buying.requests import RunResult

MOST_TABLE_ROWS = 100
BAR_CHARACTERS = 20


def add_metadata(
    context: dg.AssetExecutionContext, asset_key: dg.AssetKey, question: Question, result: RunResult
) -> None:
    """Counts of each partition, what its answers say, what has none, and what the whole run cost."""
    from saber_pipeline.buying.accounts import Outcome

    columns = [dg.TableColumn(*column) for column in result.columns.get(question.key, ())]
    of_run = _of_run(result)
    for list_name in result.plan.selection.lists:
        place = (list_name, question.key)
        counts = result.accounts.by_partition.get(place, Counter())
        metadata: dict[str, Any] = {
            "asked": sum(counts.values()),
            **{outcome.value: counts.get(outcome, 0) for outcome in Outcome if outcome is not Outcome.UNACCOUNTED},
            "untyped": result.accounts.untyped[place],
            "dagster/partition_row_count": counts.get(Outcome.OWNED, 0) + counts.get(Outcome.ANSWERED, 0),
            "dagster/column_schema": dg.TableSchema(columns=columns),
            **_values(result.highlights.values.get(place, ())),
            **_unanswered(result, place),
            **of_run,
        }
        context.add_asset_metadata(metadata, asset_key=asset_key, partition_key=list_name)


def coverage_table(result: RunResult) -> dg.TableMetadataValue:
    """One row for each list and question of the run: how many pairs have which outcome, and how many are answered."""
    from saber_pipeline.buying.accounts import Outcome

    records = []
    for (list_name, key), counts in sorted(result.accounts.by_partition.items())[:MOST_TABLE_ROWS]:
        asked = sum(counts.values())
        answered = counts[Outcome.OWNED] + counts[Outcome.ANSWERED]
        records.append(
            dg.TableRecord(
                {
                    "list": list_name,
                    "question": key,
                    "asked": asked,
                    "with_answer": answered,
                    "percent": round(100 * answered / asked, 1) if asked else 0.0,
                    **{o.value: counts[o] for o in Outcome if o is not Outcome.UNACCOUNTED},
                }
            )
        )
    return dg.MetadataValue.table(records)


def _values(values: Sequence[tuple[str, int]]) -> dict[str, Any]:
    if not values:
        return {}
    most = max(count for _, count in values)
    lines = ["| answer | number | |", "|---|---:|---|"]
    for value, count in values:
        shown = value.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {shown} | {count:,} | {'█' * max(1, round(BAR_CHARACTERS * count / most))} |")
    return {"answers_by_value": dg.MetadataValue.md("\n".join(lines))}


def _unanswered(result: RunResult, place: tuple[str, str]) -> dict[str, Any]:
    """Some of the failed and refused pairs, and the query that gives all of them."""
    pairs = result.highlights.unanswered.get(place, ())
    if not pairs:
        return {}
    records = [dg.TableRecord({"subject": p.subject, "outcome": p.outcome, "reason": p.reason}) for p in pairs]
    query = (
        "```sql\nSELECT subject, status, error_code, error, signal_id FROM signals\n"
        f"WHERE question_key = '{place[1]}' AND status <> 'completed';\n"
        f"SELECT subject, reason, refused_at FROM refusals WHERE question_key = '{place[1]}';\n```"
    )
    return {"without_answer": dg.MetadataValue.table(records), "find_them_all": dg.MetadataValue.md(query)}


def _of_run(result: RunResult) -> dict[str, Any]:
    spending, requests = result.spending, result.requests
    bought = spending.signals_bought
    metadata: dict[str, Any] = {
        "force_refresh": result.plan.selection.force_refresh,
        "coverage_of_run": coverage_table(result),
        "run_credits_planned": float(spending.estimate.cost) if spending.estimate else 0.0,
        "run_signals_bought": bought,
        "run_requests": requests.total(),
        "run_polling_requests": result.polling_requests,
        "run_seconds": round(result.seconds, 1),
        "answers_version": result.publication.number,
        "answers_file": dg.MetadataValue.path(str(result.answers_file)),
    }
    if spending.balance_before is not None:
        metadata["balance_before"] = spending.balance_before
    if spending.credits_spent is not None:
        metadata["run_credits_spent"] = spending.credits_spent
    if spending.balance_after is not None:
        metadata["balance_after"] = spending.balance_after
    if result.signals_received:
        metadata["run_requests_per_signal"] = round(requests.total() / result.signals_received, 4)
    picture = _completion(result)
    if picture is not None:
        metadata["answers_over_time"] = picture
    return metadata


def _completion(result: RunResult) -> dg.MarkdownMetadataValue | None:
    """The number of answers by the time they completed, drawn; None where the run got none."""
    if not result.highlights.completed:
        return None
    encoded = _drawn(tuple(result.highlights.completed))
    return dg.MetadataValue.md(f"![answers completed over time](data:image/png;base64,{encoded})")


@cache
def _drawn(completed: tuple[Any, ...]) -> str:
    from saber_pipeline.report.figures import completion_picture

    return base64.b64encode(completion_picture(completed)).decode()
