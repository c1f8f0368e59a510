"""``saber-pipeline add``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.sentences import say

if TYPE_CHECKING:
    from saber_pipeline.config.questions.subject_kinds import SubjectKind


@click.command(short_help="Make a file a list, and show what it would cost.")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Name of the list; without it, the file's.")
@click.option("--contacts", "about_contacts", is_flag=True, help="A list of contacts: profile addresses.")
@click.option("--replace", "may_replace", is_flag=True, help="Put it in the place of a list of this name.")
def add(file: Path, *, name: str | None, about_contacts: bool, may_replace: bool) -> None:
    """Copy FILE to the lists, show how it is understood, and what a run over it would cost.

    It is read first, and copied only if it can be used. A name that cannot be a list's is made into one: letters lose
    their accents, and every run of other characters becomes one _. Buys nothing.
    """
    from saber_pipeline.cli.terminal import shown_path
    from saber_pipeline.cli.understood import print_look
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.foreign_text import one_line
    from saber_pipeline.runs.list_intake import add_list

    kind = CONTACTS if about_contacts else COMPANIES
    settings = load_settings()
    added = add_list(
        DataPaths.of(settings),
        kind,
        file,
        name,
        may_replace=may_replace,
        other_profiles=settings.other_profiles,
    )
    key = added.look.list_name
    say(f"{'Replaced' if added.replaced else 'Added'} {shown_path(added.look.path)}")
    if added.wanted_name is not None:
        say(f"{one_line(repr(added.wanted_name))} cannot be a list's name, so the list is {key}.")
    say()
    print_look(added.look)
    _print_cost(kind, key)


def _print_cost(kind: SubjectKind, list_name: str) -> None:
    """What the list would cost. The list is there whatever becomes of this, so a mistake elsewhere is told only."""
    from saber_pipeline.cli.plan_text import priced_plan, print_plan
    from saber_pipeline.cli.selection import open_folder, select
    from saber_pipeline.config.questions.subject_kinds import CONTACTS
    from saber_pipeline.errors import PipelineError

    contacts = " --contacts" if kind is CONTACTS else ""
    try:
        folder = open_folder()
        selection = select(folder, [list_name], [], about_contacts=kind is CONTACTS)
        priced = priced_plan(selection, folder.settings, folder.catalog.questions)
    except PipelineError as error:
        say(f"What it would cost cannot be told yet: {error}")
        return
    print_plan(priced)
    say(f"Ask the questions about it: saber-pipeline run {list_name}{contacts}")
