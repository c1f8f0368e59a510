"""``saber-pipeline run``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from saber_pipeline.cli.exit_codes import Interrupted, NotConfirmed, Stopped, StoppedForCredits, stopped
from saber_pipeline.cli.json_output import JsonValue, note_so_far, print_json
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.shell_completion import list_names, question_option
from saber_pipeline.config.questions.subject_kinds import CONTACTS

if TYPE_CHECKING:
    from saber_pipeline.cli.plan_text import PricedPlan
    from saber_pipeline.cli.selection import Folder
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.definitions.dagster_instance import Instance
    from saber_pipeline.definitions.run_launcher import LaunchResult
    from saber_pipeline.planning.plan import Selection
    from saber_pipeline.runs.dry_run import DryRun


@click.command(short_help="Buy the answers that are due, and collect them.")
@click.argument("lists", metavar="[LIST]...", nargs=-1, shell_complete=list_names)
@question_option
@click.option("--contacts", "about_contacts", is_flag=True, help="Use contact lists and contact questions.")
@click.option("--force-refresh", is_flag=True, help="Buy every pair again, including fresh ones.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only N companies; every question and run uses the same ones.",
)
@click.option("--max-credits", type=click.IntRange(min=0), metavar="N", help="Spend at most N credits in all.")
@click.option(
    "--max-wait-minutes",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    metavar="M",
    help="How long to wait for answers in each run; the next run collects the rest.",
)
@click.option("--yes", "-y", "is_agreed", is_flag=True, help="Do not ask for confirmation of the price.")
@click.option("--collect-only", is_flag=True, help="Buy nothing; collect answers that are in flight.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; all other output goes to stderr.")
def run(
    lists: tuple[str, ...],
    questions: tuple[str, ...],
    *,
    about_contacts: bool,
    force_refresh: bool,
    sample: int | None,
    max_credits: int | None,
    max_wait_minutes: float,
    is_agreed: bool,
    collect_only: bool,
    as_json: bool,
) -> None:
    """Buy the answers that are due for the lists, and collect them.

    Shows the plan, asks for confirmation of the price, then runs in Dagster, so that the UI shows the same run.
    Without LIST, runs all lists. Adjacent lists share a run; other lists follow one after another. Answers that are
    owned or in flight are not bought again. The confirmed price is also the limit of the run. To ask about contacts,
    use --contacts or name a contact list or contact question: one run is about either companies or contacts.
    """
    if force_refresh and collect_only:
        raise click.UsageError("--force-refresh buys, and --collect-only buys nothing: choose one of them.")
    from saber_pipeline.cli.selection import open_folder, select

    folder = open_folder()
    selection = select(
        folder, lists, questions, about_contacts=about_contacts, force_refresh=force_refresh, sample=sample
    )
    budget = None if max_credits is None else Decimal(max_credits)
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        shown = None
        if not collect_only:
            budget, shown = _agreed_budget(folder, selection, budget, is_agreed=is_agreed)
            selection = replace(selection, lists=shown.plan.selection.lists)
        from saber_pipeline.definitions.dagster_instance import current_instance

        with current_instance() as instance:
            ends = _execute_order(_Order(folder, selection, budget, max_wait_minutes, collect_only, shown), instance)
    _print_results(ends, as_json=as_json)


def _print_results(ends: Sequence[LaunchResult], *, as_json: bool) -> None:
    """Print the result of all runs of the command. The last run has seen the whole sample."""
    if as_json:
        print_json(_as_json(ends))
    elif ends and ends[-1].sample_page is not None:
        print_sample(ends[-1].sample_page)


def _as_json(ends: Sequence[LaunchResult]) -> dict[str, JsonValue]:
    """Of a run that failed, only its id is known here: what it bought is in the ledger."""
    done = [end for end in ends if end.failure is None and not end.was_interrupted]
    runs = [
        {"run_id": end.run_id, "signals_bought": end.signals_bought, "balance_fall": end.balance_fall} for end in done
    ]
    failed = {} if len(done) == len(ends) else {"failed_run": ends[-1].run_id}
    return {"runs": runs, **failed, "sample": ends[-1].sample_page if ends else None}


@dataclass(frozen=True)
class _Order:
    """The confirmed request. ``budget`` is for all runs together. ``shown``: its plan; None if it only collects."""

    folder: Folder
    selection: Selection
    budget: Decimal | None
    max_wait_minutes: float
    collect_only: bool
    shown: DryRun | None

    def again(self, lists: Sequence[str]) -> str:
        """The command that continues with the unfinished ``lists``: forcing finished ones would buy them again."""
        keys = [question.key for question in self.selection.questions]
        asked = (
            ""
            if len(keys) == len(self.folder.catalog.about(self.selection.kind.about))
            else "".join(f" -q {key}" for key in keys)
        )
        forced = " --force-refresh" if self.selection.force_refresh else ""
        collecting = " --collect-only" if self.collect_only else ""
        contacts = " --contacts" if self.selection.kind is CONTACTS else ""
        sampled = f" --sample {self.selection.sample}" if self.selection.sample is not None else ""
        if sampled and not forced:  # fewer lists would give another sample; finished lists are owned
            lists = self.selection.lists
        return f"saber-pipeline run {' '.join(lists)}{contacts}{asked}{sampled}{forced}{collecting}"


def _agreed_budget(
    folder: Folder, selection: Selection, budget: Decimal | None, *, is_agreed: bool
) -> tuple[Decimal | None, DryRun]:
    """Show the plan of the readable lists and ask to confirm its price; returns the spending limit and the plan."""
    from saber_pipeline.cli.plan_text import priced_plan, print_plan
    from saber_pipeline.planning.plan import Status

    priced = priced_plan(selection, folder.settings, folder.catalog.questions, is_for_run=True)
    print_plan(priced)
    if priced.dry.plan.needs_api:
        folder.settings.require_api_key()
        if priced.balance_missing is not None:
            raise Stopped(f"{priced.balance_missing} Nothing was bought.")
    _check_price(priced, budget)
    most = priced.dry.cost_at_most
    if is_agreed:
        return budget, priced.dry
    if not most:
        # Nobody has confirmed a price, so pairs that become due before the run looks (a list that grew) are not bought.
        # Pairs in flight were confirmed when they were bought.
        return budget if priced.dry.plan.needs_api else Decimal(0), priced.dry
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NotConfirmed(
            f"This is not a terminal, so the cost of {most:,f} credits cannot be confirmed. Nothing was bought. Add "
            "--yes to confirm in advance, best with --max-credits N."
        )
    at_most = "at most " if priced.dry.plan.totals[Status.WAITING] else ""
    signals = priced.dry.plan.at_most_due
    if not click.confirm(f"Buy {at_most}{signals:,} signals for {at_most}{most:,f} credits?"):
        raise NotConfirmed("Nothing was bought.")
    # The confirmation does not cover pairs that become due after the plan, for example in a list that grew.
    return Decimal(math.ceil(most)), priced.dry


def _check_price(priced: PricedPlan, budget: Decimal | None) -> None:
    """Refuse before a run is started: one that Dagster knows as failed for credits is started again by a sensor."""
    cost = priced.dry.cost
    if budget is not None and cost > budget:
        raise StoppedForCredits(
            f"This would cost {cost:,f} credits, more than --max-credits {budget:,f}. Nothing was bought. Raise the "
            "limit, or name fewer lists or questions."
        )
    beyond_month = priced.dry.beyond_month()
    if beyond_month:
        raise StoppedForCredits(
            f"This would cost {cost:,f} credits.{beyond_month} Nothing was bought. Raise SABER_MONTHLY_CREDITS, wait "
            "for the next month, or name fewer lists or questions."
        )
    if priced.is_affordable is False:
        raise StoppedForCredits(
            f"Not enough credits: {cost:,f} needed, {priced.dry.balance:,} available. Nothing was bought. Add credits "
            "at Saber, or name fewer lists or questions."
        )


def _execute_order(order: _Order, instance: Instance) -> list[LaunchResult]:
    from saber_pipeline.cli.run_progress import show_run
    from saber_pipeline.definitions.run_launcher import launch_run

    _register(order, instance)
    left, waiting = order.budget, list(order.selection.lists)
    began = datetime.now(tz=UTC)  # all runs of the command are one refresh, and draw one sample
    shared = order.selection.lists if order.selection.sample is not None else ()
    ends: list[LaunchResult] = []
    while waiting:
        part = _next_part(instance, order.selection.kind, waiting)
        with show_run(", ".join(part), "" if left is None else f"at most {left:,f} credits") as listener:
            end = launch_run(
                instance,
                replace(
                    order.selection,
                    lists=tuple(part),
                    forced_since=began,
                    sample_lists=shared if len(shared) > len(part) else (),
                ),
                listener,
                max_credits=None if left is None else max(0, math.floor(left)),
                max_wait_minutes=order.max_wait_minutes,
                collect_only=order.collect_only,
                shown=order.shown,
            )
        ends.append(end)
        note_so_far(_as_json(ends))
        _end_if_it_failed(order, end, waiting, part)
        waiting = [name for name in waiting if name not in part]
        if left is not None:
            bought = end.signals_bought * order.folder.settings.credits_per_signal
            left -= max(bought, Decimal(end.balance_fall))
        say(f"Run {end.run_id} is done. Show its answers: saber-pipeline answers {part[0]}")
    return ends


def _next_part(instance: Instance, kind: SubjectKind, waiting: Sequence[str]) -> list[str]:
    """The first neighbours among the lists, by the partitions as they are now.

    A list that was registered meanwhile may stand between two of ours, and nobody agreed to its price.
    """
    from saber_pipeline.definitions.partitions import registered
    from saber_pipeline.definitions.run_launcher import neighbours

    return neighbours(waiting, registered(instance, kind))[0]


def _register(order: _Order, instance: Instance) -> None:
    """Read the lists if Dagster does not know one of the lists yet."""
    from saber_pipeline.cli.run_progress import show_run
    from saber_pipeline.definitions.partitions import registered
    from saber_pipeline.definitions.run_launcher import read_lists

    wanted = set(order.selection.lists)
    if wanted <= set(registered(instance, order.selection.kind)):
        return
    with show_run("reading the lists") as listener:
        end = read_lists(instance, order.selection.kind, listener)
    if end.was_interrupted or not wanted <= set(registered(instance, order.selection.kind)):
        _end_if_it_failed(order, end, order.selection.lists, ())
    elif end.failure is not None:
        say(f"Warning: a list outside this run cannot be read: {end.failure}", err=True)


def _end_if_it_failed(order: _Order, end: LaunchResult, waiting: Sequence[str], part: Sequence[str]) -> None:
    """``waiting`` are the lists that are not done, ``part`` those of them that this run was about."""
    if end.was_interrupted:
        from saber_pipeline.runs.run_frame import BOUGHT_NOTHING, has_bought

        # A second Ctrl-C may cut off the run's own message about the interruption.
        said = "Saber continues what was bought; it is not bought again."
        if not part or not has_bought(order.folder.settings, end.run_id):
            said = BOUGHT_NOTHING
        elif order.selection.force_refresh:  # what was collected meanwhile is free to be forced again
            collecting = replace(order, collect_only=True, selection=replace(order.selection, force_refresh=False))
            said += f" Collect it with: {collecting.again(part)}. Forced again, what has been collected is bought anew."
        raise Interrupted(f"Interrupted. {said} Continue with: {order.again(waiting)}")
    if end.failure is not None:
        if end.sample_page is not None:
            print_sample(end.sample_page)  # the sample was paid for, and shows whether to go on
        not_begun = [name for name in waiting if part and name not in part]
        rest = f"\nNot started: {', '.join(not_begun)}." if not_begun else ""
        if end.is_about_credits and order.budget == 0:
            rest += "\nThese pairs became due after the plan was shown. Repeat the command to see their price."
        raise stopped(f"{end.failure}{rest}", is_about_credits=end.is_about_credits)


_COLUMNS = {
    "question": "question",
    "asked": "asked",
    "answered": "answered",
    "not_known": "not known",
    "failed": "failed",
    "without_outcome": "no outcome yet",
    "degraded": "degraded",
    "confidence": "confidence",
    "credits_per_answer": "credits per answer",
    "rest_pairs": "rest: pairs",
    "rest_credits": "rest: credits",
    "rest_answers": "rest: answers (estimate)",
}
_SHOWN_WHERE_THERE = ("failed", "without_outcome", "degraded")
"""Columns that are left out if they are 0 for every question."""


def print_sample(page: dict[str, Any]) -> None:
    """A row for each question, then what the sample is and what the rest would cost."""
    from saber_pipeline.cli.terminal import is_terminal, print_table

    questions = page["questions"]
    names = [
        name
        for name in _COLUMNS
        if not is_terminal() or name not in _SHOWN_WHERE_THERE or any(question[name] for question in questions)
    ]
    say("\nWhat the sample showed:")
    print_table([_COLUMNS[name] for name in names], [[question[name] for name in names] for question in questions])
    say(f"\n{page['summary']}")
