"""``saber-pipeline plan``."""

from __future__ import annotations

import click

from saber_pipeline.cli.exit_codes import Stopped
from saber_pipeline.cli.json_output import print_json
from saber_pipeline.cli.shell_completion import list_names, question_option


@click.command(short_help="Show what a run would buy, and the cost.")
@click.argument("lists", metavar="[LIST]...", nargs=-1, shell_complete=list_names)
@question_option
@click.option("--contacts", "about_contacts", is_flag=True, help="Use contact lists and contact questions.")
@click.option("--force-refresh", is_flag=True, help="Plan to buy every pair again, including fresh ones.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only N companies; every question and run uses the same ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(
    lists: tuple[str, ...],
    questions: tuple[str, ...],
    *,
    about_contacts: bool,
    force_refresh: bool,
    sample: int | None,
    as_json: bool,
) -> None:
    """Show what a run would buy and what it would cost.

    Shows for each list and question the pairs that are owned, in flight, not known, failed, and due with the reason.
    Without LIST, plans all lists. Writes nothing and spends nothing. A pair is one company and one question. A company
    in two lists counts in both rows and is bought once. To plan for contacts, use --contacts or name a contact list
    or contact question.
    """
    from saber_pipeline.cli.plan_text import plan_as_json, priced_plan, print_plan
    from saber_pipeline.cli.selection import open_folder, select

    folder = open_folder()
    selection = select(
        folder, lists, questions, about_contacts=about_contacts, force_refresh=force_refresh, sample=sample
    )
    priced = priced_plan(selection, folder.settings, folder.catalog.questions)
    if as_json:
        print_json(plan_as_json(priced))
    else:
        print_plan(priced)
    if priced.is_key_refused:  # a run would fail too; an unreachable API may be back by then
        raise Stopped(f"{priced.balance_missing} Nothing was bought.")
