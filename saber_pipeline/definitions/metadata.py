"""The metadata of a materialised partition: numbers, tables to read, and a small picture."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import ALWAYS
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import kind_of
from saber_pipeline.definitions.failures import SAMPLE_PAGE
from saber_pipeline.foreign_text import code_span, one_line

if TYPE_CHECKING:
    from saber_pipeline.runs.requests import RunResult


MOST_TABLE_ROWS = 100
VALUE_CHARACTERS = 44  # ten of them stay below the 1,000 characters of markdown that Dagster shows at once
BAR_CHARACTERS = 12
GROUPING = frozenset(kind.type for kind in TABLES if kind.counted and kind.counted_if == ALWAYS)
"""Types whose answers many companies share. Of texts, only short ones are counted."""


def add_metadata(
    context: dg.AssetExecutionContext, asset_key: dg.AssetKey, question: Question, result: RunResult, *, price: float
) -> None:
    """Counts of each partition and its cost, what its answers say, what has none, and what the whole run cost.

    ``price``: credits for one pair.
    """
    from saber_pipeline.runs.outcomes import Outcome

    columns = [dg.TableColumn(*column) for column in result.columns.get(question.key, ())]
    of_run = _of_run(result)
    for list_name in result.plan.selection.lists:
        partition = (list_name, question.key)
        counts = result.outcomes.by_partition.get(partition, Counter())
        metadata: dict[str, Any] = {
            kind_of(question.about).nouns: result.subjects.get(list_name, 0),
            "bought": result.bought_of(partition),
            "credits": result.bought_of(partition) * price,
            "credits_per_pair": price,
            **(answer_values(question, result.highlights.values.get(partition, ()))),
            **_completion(result),
            **_unanswered(result, partition),
            "asked": sum(counts.values()),
            **{outcome.value: counts.get(outcome, 0) for outcome in Outcome if outcome is not Outcome.UNACCOUNTED},
            "untyped": result.outcomes.untyped[partition],
            "degraded": result.outcomes.degraded[partition],
            "mismatches": result.outcomes.mismatches[partition],
            "dagster/partition_row_count": counts.get(Outcome.OWNED, 0) + counts.get(Outcome.ANSWERED, 0),
            "dagster/column_schema": dg.TableSchema(columns=columns),
            **sample_metadata(result, question.key),
            **of_run,
        }
        context.add_asset_metadata(metadata, asset_key=asset_key, partition_key=list_name)


def coverage_table(result: RunResult) -> dg.TableMetadataValue:
    """One row for each list and question of the run: how many pairs are answered, and how many have which outcome.

    An outcome that no pair has gets no column: Dagster cuts a wide table off.
    """
    from saber_pipeline.runs.outcomes import Outcome

    occurring = [o for o in Outcome if any(counts[o] for counts in result.outcomes.by_partition.values())]
    records = []
    for (list_name, key), counts in sorted(result.outcomes.by_partition.items())[:MOST_TABLE_ROWS]:
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
                    **{outcome.value: counts[outcome] for outcome in occurring},
                }
            )
        )
    if not records:  # a run that only collects may have nothing to count; Dagster makes no columns of no rows
        names = ("list", "question", "asked", "with_answer", "percent")
        return dg.MetadataValue.table([], schema=dg.TableSchema([dg.TableColumn(name) for name in names]))
    return dg.MetadataValue.table(records)


def answer_values(question: Question, values: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The most frequent answers and their numbers, as a table in Markdown; nothing where there is nothing to count.

    Texts and addresses are each company's own, and a bar for each says nothing. Numbers and amounts come in bands. The
    elements of lists may be anything: they are counted where at least one stands in two lists.
    """
    most = max((count for _, count in values), default=0)
    if question.answer_type not in GROUPING or most < (2 if question.answer_type is AnswerType.LIST else 1):
        return {}
    lines = ["| answer | number | |", "|---|---:|---|"]
    for value, count in values:
        shown = code_span(value, VALUE_CHARACTERS)  # an answer may hold a link or an image: neither comes to life
        lines.append(f"| {shown} | {count:,} | {'█' * max(1, round(BAR_CHARACTERS * count / most))} |")
    return {"answers_by_value": dg.MetadataValue.md("\n".join(lines))}


def sample_metadata(result: RunResult, key: str) -> dict[str, Any]:
    """The results of the run's sample: this question's numbers, and a table of all. Empty without a sample."""
    page = result.sample_page
    if page is None:
        return {}
    records = [question.as_record() for question in page.questions]
    own = next((record for record in records if record["question"] == key), {})
    numbers = {f"sample_{name}": value for name, value in own.items() if name != "question" and value is not None}
    table = [dg.TableRecord({n: "" if v is None else v for n, v in record.items()}) for record in records]
    return {**numbers, "sample_of_run": dg.MetadataValue.table(table), SAMPLE_PAGE: page.as_record()}


def _unanswered(result: RunResult, partition: tuple[str, str]) -> dict[str, Any]:
    """Some of the failed and refused pairs, and the query that gives all of them."""
    pairs = result.highlights.unanswered.get(partition, ())
    if not pairs:
        return {}
    records = [
        dg.TableRecord({"subject": one_line(p.subject), "outcome": p.outcome, "reason": one_line(p.reason)})
        for p in pairs
    ]
    query = (
        "```sql\nSELECT subject, status, error_code, error, signal_id FROM signals\n"
        f"WHERE question_key = '{partition[1]}' AND status <> 'completed';\n"
        f"SELECT subject, reason, refused_at FROM refusals WHERE question_key = '{partition[1]}';\n```"
    )
    return {"without_answer": dg.MetadataValue.table(records), "find_them_all": dg.MetadataValue.md(query)}


def _of_run(result: RunResult) -> dict[str, Any]:
    spending, requests = result.spending, result.requests
    price, received = spending.price_seen, result.signals_received
    return {
        "force_refresh": result.plan.selection.force_refresh,
        "coverage_of_run": coverage_table(result),
        "run_credits_planned": float(spending.estimate.cost) if spending.estimate else 0.0,
        "run_signals_bought": spending.signals_bought,
        "run_requests": requests.total(),
        "run_polling_requests": result.polling_requests,
        "run_seconds": round(result.seconds, 1),
        "answers_version": result.publication.number,
        "answers_file": dg.MetadataValue.path(str(result.answers_file)),
        **known(
            balance_before=spending.balance_before,
            run_credits_spent=spending.credits_spent,
            run_credits_per_signal=None if price is None else round(float(price), 4),
            balance_after=spending.balance_after,
            run_requests_per_signal=round(requests.total() / received, 4) if received else None,
        ),
    }


def known(**numbers: float | None) -> dict[str, float]:
    """The numbers that are not None."""
    return {name: number for name, number in numbers.items() if number is not None}


def _completion(result: RunResult) -> dict[str, Any]:
    """The number of answers by the time they completed, drawn; nothing where the run got none."""

    if not result.highlights.completed:
        return {}
    encoded = base64.b64encode(completion_picture(result.highlights.completed).encode()).decode()
    picture = dg.MetadataValue.md(f"![answers completed over time](data:image/svg+xml;base64,{encoded})")
    return {"run_answers_over_time": picture}


WIDTH, HEIGHT = 320, 70  # pixels, without the labels
STEPS = 24
GREEN, GREY = "#2a9d6f", "#808090"  # both stand out from a light and from a dark page


def completion_picture(completed: Sequence[tuple[datetime, int]]) -> str:
    """An SVG from ``(second, answers)``, at least one: how many answers had completed by when.

    Below 720 bytes whatever the run: Dagster shows markdown of up to 1,000 characters at once, and hides more
    behind a link.
    """
    first, last = completed[0][0], completed[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    in_step = [0] * (STEPS + 1)
    for when, answers in completed:
        in_step[round(STEPS * (when - first).total_seconds() / span)] += answers
    total = sum(in_step)
    by_then = [round(HEIGHT - (HEIGHT - 10) * amount / total) for amount in accumulate(in_step)]
    x = [round(WIDTH * step / STEPS) for step in range(STEPS + 1)]
    line = "".join(
        f"H{here}V{height}"
        for here, height, before in zip(x, by_then, [HEIGHT, *by_then], strict=False)
        if height != before
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 60}" height="{HEIGHT + 16}" font-size="11" '
        f'font-family="sans-serif" fill="{GREY}">'
        f'<path d="M0 {HEIGHT}{line}H{WIDTH}V{HEIGHT}z" fill="{GREEN}"/>'
        f'<text x="{WIDTH + 6}" y="14">{total:,}</text>'
        f'<text y="{HEIGHT + 13}">{first:%H:%M:%S}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 13}" text-anchor="end">{last:%H:%M:%S} UTC</text></svg>'
    )
