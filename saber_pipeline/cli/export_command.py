"""``saber-pipeline export``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.shell_completion import list_names, question_option

if TYPE_CHECKING:
    Converter = click.ParamType[datetime]
else:
    Converter = click.ParamType  # before click 8.4 it takes no type


class Moment(Converter):
    """A day or a time: ``2026-11-01``, ``2026-11-01T08:00``; a time without a zone is UTC."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Naive UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day or time; write it as 2026-11-01 or 2026-11-01T08:00", param, ctx)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@click.command(short_help="Export a list's file with the answers beside its rows.")
@click.argument("list_name", metavar="LIST", shell_complete=list_names)
@click.option(
    "--output",
    "-o",
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="A .json, .csv, .xlsx or .parquet file; an existing file is replaced.",
)
@question_option
@click.option(
    "--changed-since", type=Moment(), metavar="WHEN", help="Only rows with an answer completed since this time."
)
@click.option(
    "--formulas",
    "keeps_formulas",
    is_flag=True,
    help="Do not escape texts that a spreadsheet would run as a formula.",
)
def export(
    list_name: str, file: Path, questions: tuple[str, ...], *, changed_since: datetime | None, keeps_formulas: bool
) -> None:
    """Export a list's file with the answers beside its rows.

    Keeps every row and column of the file in order, including duplicates and rejected rows. Adds for each question its
    value, status, confidence, first source and age in days. Reads answers.duckdb only, so it works during a run.
    """
    from saber_pipeline.cli.selection import chosen_questions, open_folder
    from saber_pipeline.config.questions.subject_kinds import COMPANIES
    from saber_pipeline.runs.exports import check_ending, export_list
    from saber_pipeline.runs.lists import named_key

    check_ending(file)
    folder = open_folder()
    asked = chosen_questions(folder, COMPANIES, questions)
    exported = export_list(
        folder.paths, named_key(list_name), asked, file, since=changed_since, is_escaped=not keeps_formulas
    )
    say(str(exported))
