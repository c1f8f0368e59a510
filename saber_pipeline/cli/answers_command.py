"""``saber-pipeline answers``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saber_pipeline.cli.export_tables_command import export_tables
from saber_pipeline.cli.json_output import begin_json
from saber_pipeline.cli.pull_command import pull
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.shell_completion import list_names, question_option
from saber_pipeline.foreign_text import json_for_terminals

if TYPE_CHECKING:
    from saber_pipeline.warehouse.list_answers import ListAnswers

FILE = click.Path(dir_okay=False, path_type=Path)
CELL_CHARACTERS = 40
FEWEST_COLUMNS = 2


class ListOrStore(click.Command):
    """``answers LIST``, ``answers pull`` and ``answers export``; for a list named pull, use ``answers -- pull``."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of ``pull`` or ``export``, if one of them is called."""
        for command in (pull, export_tables):
            if args[:1] == [command.name]:
                return command.make_context(f"{info_name} {command.name}", args[1:], parent=parent, **extra)
        return super().make_context(info_name, args, parent=parent, **extra)


@click.command(cls=ListOrStore, short_help="Show a list's answers, or export them.")
@click.argument("list_name", metavar="LIST", shell_complete=list_names)
@question_option
@click.option("--contacts", "about_contacts", is_flag=True, help="A list of contacts.")
@click.option(
    "--output",
    "-o",
    "output_file",
    type=FILE,
    metavar="FILE",
    help="Write all rows and columns to FILE. Its ending sets the format: .json, .csv, .xlsx or .parquet.",
)
@click.option("--csv", "csv_file", type=FILE, metavar="FILE", hidden=True, help="Like --output, with any ending.")
@click.option("--parquet", "parquet_file", type=FILE, metavar="FILE", hidden=True, help="Likewise.")
@click.option("--xlsx", "xlsx_file", type=FILE, metavar="FILE", hidden=True, help="Likewise.")
@click.option(
    "--formulas", "keeps_formulas", is_flag=True, help="In a CSV: do not escape texts that look like formulas."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an array with an object for each company.")
@click.option(
    "--rows", type=click.IntRange(min=1), default=50, show_default=True, help="Number of companies in the table."
)
@click.option("--all-columns", is_flag=True, help="In the table: include columns without any answer.")
def answers(
    list_name: str,
    questions: tuple[str, ...],
    *,
    about_contacts: bool,
    csv_file: Path | None,
    parquet_file: Path | None,
    xlsx_file: Path | None,
    output_file: Path | None,
    keeps_formulas: bool,
    as_json: bool,
    rows: int,
    all_columns: bool,
) -> None:
    """Show a list's answers, or export them.

    One row for each company (or contact) and a column for each question, as in the view accounts (or contacts).
    The table leaves out columns without any answer in the list, and says so; a question named with -q always has its
    column. Files and JSON have every column; nested values are JSON text in .csv and .xlsx. Reads answers.duckdb
    only, so it works during a run. An existing file is replaced.

    With an object store, `saber-pipeline answers pull` downloads answers.duckdb from it, and `saber-pipeline answers
    export` writes every table there as Parquet; each has a --help.
    """
    named = {".csv": csv_file, ".parquet": parquet_file, ".xlsx": xlsx_file, "": output_file}
    wanted = {ending: file for ending, file in named.items() if file is not None}
    if len(wanted) + as_json > 1:
        raise click.UsageError("--csv, --parquet, --xlsx, --output and --json exclude each other.")
    ending, file = next(iter(wanted.items()), ("", None))
    if file is not None and not ending:
        from saber_pipeline.runs.exports import check_ending

        ending = check_ending(file)
    from saber_pipeline.cli.selection import chosen_kind, chosen_questions, open_folder
    from saber_pipeline.runs.lists import named_key
    from saber_pipeline.warehouse.list_answers import open_list_answers

    folder = open_folder()
    list_name = named_key(list_name)
    kind = chosen_kind(folder, [list_name], questions, about_contacts=about_contacts)
    asked = chosen_questions(folder, kind, questions)
    with open_list_answers(folder.paths, kind, list_name, asked) as found:
        if found.changed:
            say(
                f"No column, because questions.yaml changed after answers.duckdb was published: "
                f"{', '.join(found.changed)}. `saber-pipeline rebuild` publishes it anew and spends nothing; so does "
                "the next run.",
                err=True,
            )
        if found.not_asked_yet:
            say(f"No column, because not asked yet: {', '.join(found.not_asked_yet)}.", err=True)
        if file is not None:
            _write(found, file, ending, is_escaped=not keeps_formulas)
        elif as_json:
            _print_objects(found)
        else:
            print_rows(found, rows, found.columns if all_columns else questions)


def _write(found: ListAnswers, file: Path, ending: str, *, is_escaped: bool) -> None:
    if ending == ".csv":
        found.write_csv(file, is_escaped=is_escaped)
    elif ending == ".parquet":
        found.write_parquet(file)
    elif ending == ".json":
        found.write_json(file)
    else:
        from saber_pipeline.warehouse.workbook import write_workbook

        write_workbook(file, found.columns, found.rows(), found.list_name)
    say(f"Wrote {found.subjects:,} {found.kind.nouns} with {found.answer_columns} columns of answers to {file}.")


def _print_objects(found: ListAnswers) -> None:
    """Print one object on each line, so that a list of any length is printed while it is read."""
    from saber_pipeline.warehouse.json_file import array_of_rows

    begin_json()
    for part in array_of_rows(found.objects()):
        click.echo(json_for_terminals(part), nl=False)


def print_rows(found: ListAnswers, rows: int, kept: Sequence[str]) -> None:
    """``kept``: questions whose columns are shown even if they are empty."""
    from saber_pipeline.cli.terminal import console, is_terminal, print_table

    head = found.head(rows)
    left_out = found.empty_columns(head, except_of=kept)
    places = [i for i, name in enumerate(found.columns) if name not in left_out and name not in found.unicode_column]
    columns = [found.columns[i] for i in places]
    cells = [[cell(row[i]) for i in places] for row in head]
    for name in found.unicode_column:
        for shown, row in zip(cells, head, strict=True):
            shown[0] = both_names(str(row[0]), row[found.columns.index(name)])
    fitting = _fitting(columns, cells, console().width) if is_terminal() else len(columns)
    print_table(columns[:fitting], [row[:fitting] for row in cells])
    if fitting < len(columns):
        missing = len(columns) - fitting
        say(
            f"\nNo room for {missing} more {_columns(missing)} ({', '.join(columns[fitting:])}): choose columns with "
            "-q, or use --output FILE."
        )
    if left_out:
        say(
            f"\nLeft out, because the list has no answer there: {len(left_out)} {_columns(len(left_out))} "
            f"({', '.join(left_out)}). --all-columns shows {'it' if len(left_out) == 1 else 'them'}."
        )
    if found.subjects > len(cells):
        say(f"\n{len(cells):,} of {found.subjects:,} {found.kind.nouns}. --rows shows more; --output FILE writes all.")


def both_names(domain: str, name: str) -> str:
    """The domain, and its readable name if that differs: ``xn--mnchen-3ya.de (münchen.de)``."""
    return domain if name == domain else f"{domain} ({name})"


def _columns(number: int) -> str:
    return "column" if number == 1 else "columns"


def _fitting(columns: Sequence[str], cells: Sequence[Sequence[object]], room: int) -> int:
    """The number of columns that fit without being cut: at least the domain and one answer."""
    from saber_pipeline.cli.table_widths import GAP_CHARACTERS, natural_widths
    from saber_pipeline.cli.terminal import format_cell

    used = 0
    for i, width in enumerate(natural_widths(columns, [[format_cell(value) for value in row] for row in cells])):
        used += width + (GAP_CHARACTERS if i else 0)
        if used > room and i >= FEWEST_COLUMNS:
            return i
    return len(columns)


def cell(value: Any) -> object:
    """A database value as a table cell: texts are cut, nested values counted, nulls empty."""
    if isinstance(value, list):
        texts = [str(item) for item in value if not isinstance(item, dict)]
        entries = "none" if not len(value) else "1 entry" if len(value) == 1 else f"{len(value)} entries"
        return _cut("; ".join(texts)) if texts else entries
    if isinstance(value, dict):
        from saber_pipeline.cli.terminal import format_cell

        told = {name: part for name, part in value.items() if part is not None}
        return _cut(", ".join(f"{name}: {format_cell(cell(part))}" for name, part in told.items()))
    if isinstance(value, str):
        return _cut(" ".join(value.split()))
    if isinstance(value, Decimal):
        value = float(value)  # without the zeros that a column's scale adds
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value


def _cut(text: str) -> str:
    return text if len(text) <= CELL_CHARACTERS else f"{text[: CELL_CHARACTERS - 1]}…"
