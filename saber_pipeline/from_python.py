"""``plan``, ``run`` and ``read_answers``: the commands of these names as Python functions, without Dagster.

Like the commands, they work in a project's folder, with its ``.env``, data directory and ledger. Every purchase is
recorded in the ledger first, so later runs from Python, the command line or Dagster do not repeat it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from saber_pipeline.cli.plan_text import priced_plan
from saber_pipeline.cli.selection import chosen_kind, chosen_questions, open_folder, select
from saber_pipeline.errors import ListError
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.clients import client_for_run
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline.warehouse.list_answers import open_list_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    import pandas as pd


T = TypeVar("T")


@dataclass(frozen=True)
class RunPlan:
    """What a run would buy. As text it is a sentence with pairs, price and balance.

    A pair is one question about one company or contact. A pair in two lists counts once.

    Attributes:
        pairs: the number of selected pairs.
        by_status: the number of pairs by status: ``owned``, ``due``, ``in_flight`` and so on.
        due: the number of due pairs by list and question; a pair in two lists counts in both.
        credits: the cost of the due pairs.
        credits_at_most: the same, plus the pairs that wait for answers of the run (``ask_if``, ``fallback``).
        balance: the credit balance; None without a key, or if the API does not answer. The text then says so.
        broken_lists: the reason why a list cannot be read, by its name; the other lists are planned.
    """

    pairs: int
    by_status: Mapping[str, int]
    due: Mapping[tuple[str, str], int]
    credits: Decimal
    credits_at_most: Decimal
    balance: int | None
    broken_lists: Mapping[str, str]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class RunOutcome:
    """The result of a complete run. As text it is a sentence with the pairs by outcome.

    Attributes:
        pairs: the number of selected pairs.
        by_outcome: the number of pairs by outcome: ``owned``, ``answered``, ``not_known``, ``failed``,
            ``not_finished`` and so on.
        signals_bought: the number of signals that were paid for.
        credits_spent: by how much the balance fell, including other spending; None if it was not read.
        answers_file: the published DuckDB file.
    """

    pairs: int
    by_outcome: Mapping[str, int]
    signals_bought: int
    credits_spent: int | None
    answers_file: Path
    text: str

    def __str__(self) -> str:
        return self.text


def plan(
    *lists: str,
    questions: Sequence[str] = (),
    about_contacts: bool = False,
    force_refresh: bool = False,
    sample: int | None = None,
    root: Path | None = None,
) -> RunPlan:
    """Show what a run with the same arguments would buy, and the cost. Spends nothing and writes nothing.

    Args:
        lists: names of lists; all of the kind, if none is named.
        questions: keys of questions; all about the kind, if none is named.
        about_contacts: plan contact questions, even if neither lists nor questions say so.
        force_refresh: plan to buy every pair again, including fresh ones.
        sample: plan only this many companies (contacts), the same for all questions and runs.
        root: the project's folder; the current one, if not given.

    Raises:
        PipelineError: a setting, question or list has mistakes, or the data directory belongs to another address; the
            text says what to do.
    """
    folder = open_folder(root)
    selection = select(
        folder, lists, questions, about_contacts=about_contacts, force_refresh=force_refresh, sample=sample
    )
    priced = _outside_any_loop(lambda: priced_plan(selection, folder.settings, folder.catalog.questions))
    dry = priced.dry
    due: Counter[tuple[str, str]] = Counter()
    for row in dry.plan.rows:
        due[row.list_name, row.question_key] += row.pairs if row.status is Status.DUE else 0
    return RunPlan(
        pairs=dry.plan.asked,
        by_status={status.value: dry.plan.totals[status] for status in Status},
        due=due,
        credits=dry.cost,
        credits_at_most=dry.cost_at_most,
        balance=dry.balance,
        broken_lists=dry.lists.broken,
        text=priced.summary(),
    )


def run(
    *lists: str,
    max_credits: int | None,
    questions: Sequence[str] = (),
    about_contacts: bool = False,
    force_refresh: bool = False,
    sample: int | None = None,
    max_wait_minutes: float = 120.0,
    collect_only: bool = False,
    root: Path | None = None,
) -> RunOutcome:
    """Buy the pairs that are due, collect the answers, and publish them. Spends credits.

    Answers that are owned or in flight are not bought again. After any error, call it again to continue.
    The run logs to the logger ``saber_pipeline``. Dagster's pages do not show it.

    Args:
        lists: names of lists; all of the kind, if none is named.
        max_credits: a run that would cost more stops before it buys; None: only SABER_MAX_CREDITS_PER_RUN applies.
        questions: keys of questions; all about the kind, if none is named.
        about_contacts: ask contact questions, even if neither lists nor questions say so.
        force_refresh: buy every pair again, including fresh ones.
        sample: buy for only this many companies (contacts), the same for all questions and runs.
        max_wait_minutes: how long to wait for answers; the next run collects the rest.
        collect_only: buy nothing, and collect answers that are in flight.
        root: the project's folder; the current one, if not given.

    Raises:
        SpendingError: the balance or a limit does not cover the cost.
        ListError: a list cannot be read; the run continued with the others.
        PipelineError: the run is incomplete; everything bought so far is published.
    """
    folder = open_folder(root)
    selection = select(
        folder, lists, questions, about_contacts=about_contacts, force_refresh=force_refresh, sample=sample
    )
    request = RunRequest(
        run_id=str(uuid.uuid4()),
        selection=selection,
        max_credits=max_credits,
        max_wait_minutes=max_wait_minutes,
        collect_only=collect_only,
    )
    result = _outside_any_loop(
        lambda: run_answers(
            request,
            folder.settings,
            folder.catalog.questions,
            new_client=lambda: client_for_run(folder.settings),
            report=lambda _: None,
        )
    )
    if result.stopped_by is not None:
        result.stopped_by.args = (result.stopped_because,)
        raise result.stopped_by
    if result.broken_lists:
        described = "\n".join(result.broken_lists.values())
        raise ListError(
            f"A list of this run cannot be read; the run continued with the others and published them.\n{described}"
        )
    return RunOutcome(
        pairs=result.outcomes.asked,
        by_outcome={outcome.value: number for outcome, number in result.outcomes.totals.items()},
        signals_bought=result.spending.signals_bought,
        credits_spent=result.spending.credits_spent,
        answers_file=result.answers_file,
        text=f"{result.outcomes}.",
    )


def read_answers(
    list_name: str, questions: Sequence[str] = (), *, about_contacts: bool = False, root: Path | None = None
) -> pd.DataFrame:
    """The answers of a list: one row for each company (contact), in the order of the view ``accounts``.

    Args:
        list_name: the list.
        questions: keys of questions; all about the kind, if none is named.
        about_contacts: read a contact list, even if neither list nor questions say so.
        root: the project's folder; the current one, if not given.

    Returns:
        A column for the domain (profile URL), then the columns of the questions as in ``accounts`` (``contacts``).
        Missing values follow pandas. A question that was never asked has no column, and neither has one that changed
        since answers.duckdb was published.

    Raises:
        StorageError: no run has published answers yet, or the file cannot be read.
        ListError: the file has no such list.
    """
    folder = open_folder(root)
    kind = chosen_kind(folder, [list_name], questions, about_contacts=about_contacts)
    with open_list_answers(folder.paths, kind, list_name, chosen_questions(folder, kind, questions)) as found:
        return found.frame()


def _outside_any_loop(work: Callable[[], T]) -> T:
    """Run ``work``, which starts an asyncio loop; in another thread if this one has a loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()
