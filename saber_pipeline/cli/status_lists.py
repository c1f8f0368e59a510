"""What ``saber-pipeline status`` says about lists that Dagster knows and that have no file any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from saber_pipeline.cli.selecting import Folder


def lists_without_file(folder: Folder) -> dict[str, list[str]]:
    """Their names by the folder they belong into (domain_lists, contact_lists); only folders that miss some.

    Partition, answers and history of such a list stay, and schedules leave it out.

    Raises:
        SettingsError: there is no Dagster instance here.
        ListError: a folder of lists cannot be read.
    """
    from saber_pipeline.cli.run_history import registered_lists
    from saber_pipeline.config.questions.subject_kinds import KINDS

    found = {}
    for kind, names in zip(KINDS, registered_lists(KINDS), strict=True):
        there = folder.list_files(kind)
        found[kind.lists] = [name for name in names if name not in there]
    return {name: gone for name, gone in found.items() if gone}


def print_lists_without_file(gone: dict[str, list[str]]) -> None:
    """A line for each folder, with what to do."""
    for place, names in gone.items():
        click.echo(
            f"Without a file in {place}/, or with two: {', '.join(names)}. No schedule asks for them; their answers "
            "and their history stay. Put the file back to go on, also under its old name after a renaming."
        )
