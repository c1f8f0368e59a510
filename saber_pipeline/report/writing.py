"""Writing ``report/index.html``: whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import private_files
from saber_pipeline.report.reading import Answers
from saber_pipeline.report.sections import Section, sections_of

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths

ROWS_SHOWN = 200
CELL_CHARACTERS = 300


@dataclass(frozen=True)
class Report:
    """A written report: where it is, its size, and the numbers at its top by name."""

    path: Path
    bytes: int
    headline: dict[str, object]
    sections: tuple[str, ...]


def write_report(paths: DataPaths, *, now: datetime | None = None) -> Report:
    """Write the report about the answers that analysts see now.

    Raises:
        StorageError: there are no answers yet, or the folder cannot be written; an older report stays.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    answers = Answers.open(paths.answers_file)
    try:
        headline = answers.ask("headline")
        sections = sections_of(answers, moment)
    finally:
        answers.close()
    numbers = dict(zip(headline.columns, headline.rows[0], strict=True))
    page = _render(numbers, headline.sql, sections, moment)
    make_folder(paths.report_file.parent)
    unfinished = paths.report_file.with_suffix(".new")
    try:
        with private_files(unfinished.parent):
            unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(paths.report_file)
    except OSError as error:
        raise cannot_write(paths.report_file, error) from error
    return Report(paths.report_file, len(page.encode()), numbers, tuple(section.anchor for section in sections))


def _render(numbers: dict[str, object], headline_sql: str, sections: list[Section], moment: datetime) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"words": _words, "cell": _cell, "drawn": Markup}  # figures are ours, and SVG
    template = environment.from_string(files("saber_pipeline.report").joinpath("page.html").read_text("utf-8"))
    return template.render(
        numbers=numbers,
        headline_sql=headline_sql,
        sections=sections,
        written_at=f"{moment:%Y-%m-%d %H:%M} UTC",
        rows_shown=ROWS_SHOWN,
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace(" utc", " (UTC)")


def _cell(value: object) -> str:
    match value:
        case None | []:
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case float():
            text = f"{value:,.1f}".removesuffix(".0")
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M}"
        case list():
            text = ", ".join(_cell(item) for item in value)
        case _:
            text = str(value)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"
