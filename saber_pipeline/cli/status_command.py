"""``saber-pipeline status``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from saber_pipeline.cli.json_output import print_json
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.status_linkedin import linkedin_as_json, print_waiting_for_linkedin, waiting_among
from saber_pipeline.cli.status_lists import lists_without_file, print_lists_without_file, print_totals, totals_as_json
from saber_pipeline.cli.status_researches import print_researches, researches_as_json
from saber_pipeline.cli.status_text import section, short_id, utc
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.config.questions.template_questions import held_back_by_templates
from saber_pipeline.errors import StorageError
from saber_pipeline.ledger.run_ids import orchestrator_id

if TYPE_CHECKING:
    from saber_pipeline.cli.json_output import JsonValue
    from saber_pipeline.cli.selection import Folder
    from saber_pipeline.ledger.runs import Worker
    from saber_pipeline.runs.list_totals import ListTotals
    from saber_pipeline.runs.past_runs import PastRun
    from saber_pipeline.runs.status import ProjectStatus


START_PATIENCE_SECONDS = 60.0
"""A run that started this long ago and has no heartbeat in the ledger was killed; Dagster notices after a day."""


@click.command(short_help="Show what is in flight, and the last runs.")
@click.option("--runs", "run_count", type=click.IntRange(min=0), default=5, show_default=True, help="Last runs shown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(run_count: int, *, as_json: bool) -> None:
    """Show purchases that are in flight, undecided or waiting for credits, totals of lists, and the last runs.

    Shows failed pairs with the reason and the time of the next attempt. Sends no request to the API: the balance is
    the last one seen.
    """
    from saber_pipeline.cli.selection import open_folder
    from saber_pipeline.config.questions.subject_kinds import KINDS
    from saber_pipeline.runs.status import read_status

    folder = open_folder()
    project = read_status(folder.settings, folder.catalog.questions, {kind: folder.list_files(kind) for kind in KINDS})
    refused, waiting, totals = _published(folder)
    runs = _runs(run_count, project)
    gone, unusable = lists_without_file(folder), _unusable_lists(folder)
    if as_json:
        printed = _as_json(folder, project, refused, runs)
        linkedin = linkedin_as_json(waiting, project.ledger.linkedin)
        more = {**linkedin, **totals_as_json(totals)}
        print_json({**printed, **more, "lists_without_file": gone, "unusable_lists": unusable})
    else:
        print_totals(totals)
        _print(folder, project, refused, waiting, runs)
        print_lists_without_file(gone)
        for message in unusable:
            say(f"Unusable list: {message}")


def _unusable_lists(folder: Folder) -> list[str]:
    """Why files in the folders are not lists or cannot be read, each with its fix."""
    from saber_pipeline.config.questions.subject_kinds import KINDS
    from saber_pipeline.runs.lists import list_folder, unusable_lists

    return [
        message
        for kind in KINDS
        for message in (
            *list_folder(folder.paths, kind).messages,
            *dict.fromkeys(unusable_lists(folder.paths, kind, other_profiles=folder.settings.other_profiles).values()),
        )
    ]


def _published(folder: Folder) -> tuple[list[dict[str, Any]], list[dict[str, Any]], ListTotals]:
    """From the published answers: pairs refused at their last attempt, those that wait for LinkedIn, and totals."""
    from saber_pipeline.report.report_queries import Answers
    from saber_pipeline.runs.list_totals import ListTotals, newest_answers, read_list_totals

    with ExitStack() as held:
        try:
            con = held.enter_context(newest_answers(folder.settings))
        except StorageError:
            if folder.paths.answers_file.exists():
                Answers.open(folder.paths.answers_file).close()  # the error of this call says what to do about the file
            raise
        if con is None:
            return [], [], ListTotals()
        answers = Answers(con)
        found, waiting = answers.ask("refused"), waiting_among(answers)
        totals = read_list_totals(con, folder.settings, folder.catalog.questions)
    names = ("question_key", "reason", "error_action", "pairs", "last_refused_utc")
    return [{name: row[found.columns.index(name)] for name in names} for row in found.rows], waiting, totals


def _runs(count: int, project: ProjectStatus) -> list[PastRun]:
    """The last runs; a run whose process died is marked, even if Dagster does not know yet."""
    if not count:
        return []
    from dataclasses import replace

    from saber_pipeline.cli.run_history import last_runs

    alive = {orchestrator_id(attempt) for attempt in project.ledger.live_runs}
    runs = last_runs(count)
    now = datetime.now(tz=UTC)
    return [
        replace(run, status="started, no sign of life")
        if run.status == "started"
        and run.questions
        and run.run_id not in alive
        and (now - run.started_at).total_seconds() > START_PATIENCE_SECONDS
        else run
        for run in runs
    ]


def _as_json(
    folder: Folder, project: ProjectStatus, refused: list[dict[str, Any]], runs: Sequence[PastRun]
) -> JsonValue:
    from saber_pipeline.cli.plan_text import month_as_json

    ledger, price = project.ledger, folder.settings.credits_per_signal
    return {
        "in_flight": [
            {"list": list_name, "question": key, "followed": followed, "left": left}
            for list_name, key, followed, left in _in_flight_rows(project)
        ],
        "in_flight_out_of_reach": project.out_of_reach,
        **researches_as_json(ledger.researches),
        **workers_as_json(ledger.workers),
        "undecided": [
            {
                "since": utc(purchase.intended_at),
                "signals": purchase.signals,
                "credits_at_most": purchase.signals * price,
                "run_id": orchestrator_id(purchase.run_id),
                "batch_id": purchase.batch_id,
            }
            for purchase in ledger.undecided
        ],
        "waiting_for_credits": [
            {
                "lists": list(deferral.keys_by_list),
                "questions": sorted({key for keys in deferral.keys_by_list.values() for key in keys}),
                "credits_needed": deferral.credits_needed,
                "force_refresh": deferral.force_refresh,
                "since": utc(deferral.deferred_at),
                "run_id": orchestrator_id(deferral.run_id),
            }
            for deferral in ledger.deferrals
        ],
        "held_back": held_back_by_templates(folder.catalog.questions),
        "refused": refused,
        "balance": None
        if ledger.newest_balance is None
        else {
            "credits": ledger.newest_balance.remaining_credits,
            "seen_at": utc(ledger.newest_balance.observed_at),
            "forecast": None if ledger.forecast is None else str(ledger.forecast),
        },
        "month": None if ledger.month is None else month_as_json(ledger.month),
        "runs": [
            {
                "run_id": run.run_id,
                "status": run.status,
                "started_at": run.started_at.isoformat(timespec="seconds"),
                "lists": run.lists,
                "questions": list(run.questions),
            }
            for run in runs
        ],
    }


def _print(
    folder: Folder,
    project: ProjectStatus,
    refused: list[dict[str, Any]],
    waiting: list[dict[str, Any]],
    runs: Sequence[PastRun],
) -> None:
    print_workers(project.ledger.workers)
    _print_in_flight(project)
    _print_undecided(folder, project)
    print_researches(project.ledger.researches)
    for why in held_back_by_templates(folder.catalog.questions).values():
        say(f"{why}\n")
    _print_waiting(project)
    print_waiting_for_linkedin(waiting, project.ledger.linkedin)
    section(
        "Refused at the last attempt",
        ["question", "pairs", "when (UTC)", "reason"],
        [[row["question_key"], row["pairs"], row["last_refused_utc"], row["reason"]] for row in refused],
    )
    seen = project.ledger.newest_balance
    if seen is None:
        say("No balance has been seen yet.")
    else:
        forecast = f"; {project.ledger.forecast}" if project.ledger.forecast else ""
        say(f"The balance was {seen.remaining_credits:,} credits at {utc(seen.observed_at)}{forecast}.")
    month = project.ledger.month
    if month is not None and (month.total.limit is not None or month.total.spent or month.questions):
        say(f"{month}.")
    section(
        "Last runs",
        ["run", "status", "started (UTC)", "lists", "questions"],
        [
            [short_id(run.run_id), run.status, f"{run.started_at:%Y-%m-%d %H:%M}", run.lists, _questions(folder, run)]
            for run in runs
        ],
    )


def _print_in_flight(project: ProjectStatus) -> None:
    rows = _in_flight_rows(project)
    if not rows and not project.out_of_reach:
        if not project.ledger.researches.in_flight:
            say("Nothing is in flight.")
        return
    section("In flight: bought, not collected yet", ["list", "question", "tracked by a run", "orphaned"], rows)
    if any(left for *_, left in rows):
        say("To collect orphaned pairs: saber-pipeline run --collect-only\n")
    if project.out_of_reach:
        say(
            f"{project.out_of_reach:,} more pairs belong to a list or question that was removed. Restore "
            "it to collect them.\n"
        )


def _print_undecided(folder: Folder, project: ProjectStatus) -> None:
    undecided = project.ledger.undecided
    if not undecided:
        return
    price = folder.settings.credits_per_signal
    section(
        "Undecided: sent, and the reply was lost",
        ["since (UTC)", "signals", "credits at most", "run"],
        [
            [utc(each.intended_at), each.signals, each.signals * price, short_id(orchestrator_id(each.run_id))]
            for each in undecided
        ],
    )
    say("The next run of these lists checks them with Saber before it buys them again.\n")


def _print_waiting(project: ProjectStatus) -> None:
    rows = [
        [
            ", ".join(each.keys_by_list) + (" (contact research)" if each.is_research else ""),
            each.credits_needed,
            utc(each.deferred_at),
            short_id(orchestrator_id(each.run_id)),
        ]
        for each in project.ledger.deferrals
    ]
    section("Waiting for credits", ["lists", "credits needed", "since (UTC)", "run"], rows)


def _in_flight_rows(project: ProjectStatus) -> list[tuple[str, str, int, int]]:
    rows = []
    for look in project.in_flight.values():
        tracked, orphaned = look.tracked, look.orphaned
        names = {(name, key) for those in (tracked, orphaned) for name, keys in those.items() for key in keys}
        rows += [
            (name, key, tracked.get(name, {}).get(key, 0), orphaned.get(name, {}).get(key, 0))
            for name, key in sorted(names)
        ]
    return rows


def _questions(folder: Folder, run: PastRun) -> str:
    if not run.lists:
        return ", ".join(run.questions)
    asked = set(run.questions)
    if any(asked == {each.key for each in folder.catalog.about(about)} for about in SubjectType):
        return "all"
    return ", ".join(run.questions)


def workers_as_json(workers: Sequence[Worker]) -> dict[str, Any]:
    """Each run with its machine, its last heartbeat and its pairs."""
    return {
        "workers": [
            {
                "run_id": orchestrator_id(worker.run_id),
                "host": worker.host,
                "process_id": worker.process_id,
                "started_at": utc(worker.started_at),
                "last_sign_of_life_seconds": round(worker.silent_seconds, 1),
                "claimed": worker.claimed,
                "in_flight": worker.in_flight,
            }
            for worker in workers
        ]
    }


def print_workers(workers: Sequence[Worker]) -> None:
    """Prints nothing if no run is active."""
    section(
        "At work",
        ["run", "machine", "process", "since (UTC)", "last sign of life", "pairs to buy", "pairs in flight"],
        [
            [
                short_id(orchestrator_id(worker.run_id)),
                worker.host,
                str(worker.process_id),
                utc(worker.started_at),
                f"{worker.silent_seconds:.0f} s ago",
                worker.claimed,
                worker.in_flight,
            ]
            for worker in workers
        ],
    )
