"""``saber-pipeline add``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.sentences import say

if TYPE_CHECKING:
    from saber_pipeline.config.questions.subject_kinds import SubjectKind


@click.command(short_help="Add a file as a list, and show the cost of a run.")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Name of the list; by default the file's name.")
@click.option("--contacts", "about_contacts", is_flag=True, help="A list of contacts: profile addresses.")
@click.option("--replace", "may_replace", is_flag=True, help="Replace an existing list of this name.")
def add(file: Path, *, name: str | None, about_contacts: bool, may_replace: bool) -> None:
    """Copy FILE to the lists, show how it is understood, and the cost of a run over it.

    The file is read first, and copied only if it can be used. A name that a list cannot have is changed: letters lose
    their accents, and other characters in a row become one _. Buys nothing.
    """
    from saber_pipeline.cli.list_text import print_preview
    from saber_pipeline.cli.terminal import display_path
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
    key = added.preview.list_name
    say(f"{'Replaced' if added.replaced else 'Added'} {display_path(added.preview.path)}")
    if added.wanted_name is not None:
        say(f"{one_line(repr(added.wanted_name))} cannot be the name of a list, so the list is called {key}.")
    say()
    print_preview(added.preview)
    _print_cost(kind, key)


def _print_cost(kind: SubjectKind, list_name: str) -> None:
    """Print the cost of a run over the list. The list is added by now, so a mistake elsewhere is only printed."""
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
        say(f"The cost of a run is not known yet: {error}")
        return
    print_plan(priced)
    say(f"To ask the questions about it: saber-pipeline run {list_name}{contacts}")
