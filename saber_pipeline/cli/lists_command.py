"""``saber-pipeline lists``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.exit_codes import Stopped
from saber_pipeline.cli.json_output import print_json
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.shell_completion import list_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.runs.list_preview import ListPreview
    from saber_pipeline.runs.lists import ListFolder


@click.command(short_help="Show how the lists are understood. Buys nothing.")
@click.argument("names", metavar="[LIST]...", nargs=-1, shell_complete=list_names)
@click.option("--rejected", "with_rejected", is_flag=True, help="Show every rejected row with its reason.")
@click.option("--contacts", "about_contacts", is_flag=True, help="Only lists of contacts.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lists(names: tuple[str, ...], *, with_rejected: bool, about_contacts: bool, as_json: bool) -> None:
    """Show how the lists are understood: file, format, header, column, counts and first rows.

    Without LIST, shows all lists, including contact lists. Reads every file as it is now. Buys nothing, writes nothing
    and needs no key. If a list cannot be used, it is named with its cure, the others are shown, and the exit code is
    1.
    """
    from saber_pipeline.cli.list_text import not_lists, preview_as_json, print_preview
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import CONTACTS, KINDS
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.runs.configuration import bring_inputs
    from saber_pipeline.runs.lists import list_folder

    settings = load_settings()
    paths = DataPaths.of(settings)
    bring_inputs(paths)
    folders = {kind: list_folder(paths, kind) for kind in ((CONTACTS,) if about_contacts else KINDS)}
    chosen = _chosen(paths, folders, names)
    messages = [] if names else [message for folder in folders.values() for message in folder.messages]
    others = [] if names else [path for folder in folders.values() for path in folder.others]
    unmatched = [] if names else [message for folder in folders.values() for message in folder.unmatched]
    previews = []
    for preview in _previews(paths, folders, chosen, other_profiles=settings.other_profiles):
        previews.append(preview)
        if not as_json:
            print_preview(preview, with_rejected=with_rejected)
    if as_json:
        print_json(
            {
                "lists": [preview_as_json(preview, with_rejected=with_rejected) for preview in previews],
                "not_usable": messages,
                "no_lists": [str(path) for path in others],
                "entries_without_list": unmatched,
            }
        )
    else:
        for message in messages:
            say(f"Not usable: {message}")
        for message in unmatched:
            say(message)
        if others:
            say(not_lists(others))
    unusable = [preview.list_name for preview in previews if preview.problem is not None]
    if unusable or messages:
        raise Stopped(
            f"Not every list can be used: {', '.join(unusable) or 'see above'}. Nothing was spent. The problem is "
            "shown with each list. A run continues with the other lists."
        )


def _chosen(
    paths: DataPaths, folders: dict[SubjectKind, ListFolder], names: Sequence[str]
) -> list[tuple[SubjectKind, str]]:
    """The lists of these names, by kind; all where none is named. One name may be a list of each kind."""
    from saber_pipeline.cli.selection import named_lists
    from saber_pipeline.errors import ListError

    there = [(kind, name) for kind, folder in folders.items() for name in folder.files]
    if not there and not any(folder.problems for folder in folders.values()):
        raise ListError(
            f"There is no list in {' or '.join(str(paths.lists(kind)) for kind in folders)}. Nothing was spent. "
            "Add one with `saber-pipeline add FILE`."
        )
    if not names:
        return there
    found = [each for name in names for each in named_lists(paths, folders, name)]
    return list(dict.fromkeys(found))


def _previews(
    paths: DataPaths,
    folders: dict[SubjectKind, ListFolder],
    chosen: Sequence[tuple[SubjectKind, str]],
    *,
    other_profiles: bool,
) -> Iterator[ListPreview]:
    """Preview one list after another, each in a temporary folder, so that only one list's rows are kept at a time."""
    import tempfile
    from pathlib import Path

    from saber_pipeline.runs.list_preview import preview_list

    for kind, name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            yield preview_list(
                paths, kind, name, folders[kind].files[name], Path(folder), other_profiles=other_profiles
            )
