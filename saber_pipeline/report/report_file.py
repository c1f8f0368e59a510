"""Writing ``report/index.html``: whole or not at all, and never larger than it may be."""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import replace_private
from saber_pipeline.report.accounts import AccountPage, account_pages, best_accounts, own_names
from saber_pipeline.report.report_queries import Answers
from saber_pipeline.report.sections import Section, sections_of
from saber_pipeline.report.wording import Wording, format_condition, format_number, format_value, link, links, short
from saber_pipeline.warehouse.session import take_newest_answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths

ROWS_SHOWN = (200, 100, 40, 10)  # fewer where foreign text is so long that the file would grow too large
LARGEST_BYTES = 5_000_000
WITHOUT_PAGES_BYTES = 4_000_000
EVIDENCE_CHARACTERS = 180
VERDICTS = ("excellent", "good", "neutral", "poor", "disqualified")


@dataclass(frozen=True)
class Report:
    """A written report: where it is, its size, and the numbers at its top by name."""

    path: Path
    bytes: int
    headline: dict[str, object]
    sections: tuple[str, ...]


@dataclass(frozen=True)
class _Content:
    numbers: dict[str, object]
    headline_sql: str
    sections: list[Section]
    wording: Wording
    pages: list[AccountPage]
    moment: datetime


def write_report(paths: DataPaths, *, file: Path | None = None, now: datetime | None = None) -> Report:
    """Write the report about the answers that analysts see now to ``file``, or to its place in the data directory.

    Raises StorageError if there are no answers yet, or the folder cannot be written; an older report stays.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    take_newest_answers(paths)
    with closing(Answers.open(paths.answers_file)) as answers:
        headline = answers.ask("headline")
        wording = Wording.read(answers)
        sections = sections_of(answers, wording, moment)
        pages = account_pages(answers, wording)
    numbers = dict(zip(headline.columns, headline.rows[0], strict=True))
    page = _render(_Content(numbers, headline.sql, sections, wording, pages, moment))
    if file is None:
        file = paths.report_file
        make_folder(file.parent)
    try:
        replace_private(file, page.encode())
    except OSError as error:
        raise cannot_write(file, error) from error
    return Report(file, len(page.encode()), numbers, tuple(section.anchor for section in sections))


def _render(content: _Content) -> str:
    """The page with as many accounts' pages as there is room for."""
    environment = _environment()
    account = environment.get_template("account.html")
    wording = content.wording
    wording.pages = {page.domain for page in content.pages}  # links for all of them: what the page may come to
    for rows_shown in ROWS_SHOWN:
        room = LARGEST_BYTES - len(_page(environment, content, [], rows_shown).encode())
        if room > LARGEST_BYTES - WITHOUT_PAGES_BYTES:
            break
    drawn: list[Markup] = []
    wording.pages = set()
    for page in content.pages:
        text = Markup(account.render(account=page, wording=wording))  # noqa: S704 - the template escaped it
        room -= len(text.encode()) + 1
        if room < 0:
            break
        drawn.append(text)
        wording.pages.add(page.domain)
    return _page(environment, content, drawn, rows_shown)


def _page(environment: Environment, content: _Content, pages: Sequence[Markup], rows_shown: int) -> str:
    style, script = _part("style.css"), _part("script.js")
    companies = content.numbers.get("companies") or 0
    best = next((section.table for section in content.sections if section.anchor == "accounts"), None)
    accounts = best_accounts(best, content.wording) if best else []
    more = rows_shown < ROWS_SHOWN[0]
    return environment.get_template("page.html").render(
        numbers=content.numbers,
        headline_sql=content.headline_sql,
        sections=content.sections,
        wording=content.wording,
        lists=content.wording.lists,
        accounts=accounts[: 3 * rows_shown] if more else accounts,
        accounts_total=best.rows[0][best.columns.index("of_accounts")] if best and best.rows else 0,
        own_names=own_names(accounts),
        pages=pages,
        pages_text=_pages_text(len(pages), int(str(companies))),
        written_at=f"{content.moment:%Y-%m-%d %H:%M} UTC",
        rows_shown=rows_shown,
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
            "form-action 'none'"
        ),
    )


def _pages_text(pages: int, companies: int) -> str:
    if pages >= companies:
        return ""
    return (
        f"{pages:,} of {companies:,} accounts have a page here, the best ones first. For any other account, run FROM "
        "account_answers WHERE domain = '…' in answers.duckdb."
    )


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_part),
    )
    environment.filters |= {
        "words": _words,
        "format_value": format_value,
        "ours": Markup,  # figures, style and script
        "of_lists": _of_lists,
        "verdict": _verdict,
        "met": _met,
        "sentence": lambda text: short(" ".join(str(text or "").split()), EVIDENCE_CHARACTERS),
    }
    environment.globals |= {"link": link, "links": links}
    return environment


def _part(name: str) -> str:
    return files("saber_pipeline.report").joinpath("page", name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _words(name: str) -> str:
    return name.replace("_key", "").replace("_", " ").replace(" utc", " (UTC)")


def _verdict(text: object) -> str:
    """The class of a verdict; own words of questions.yaml have none of their own."""
    return str(text) if text in VERDICTS else "neutral"


def _met(reason: dict[str, Any]) -> Markup:
    """The answer, and the condition that it met where that is no repetition; else the reason as it is."""
    value, condition = reason["value"], reason["condition"]
    if not value:
        return Markup("<strong>{}</strong>").format(short(reason["reason"] or "", 120))
    if not condition or condition.casefold() == value.casefold():
        return Markup("<strong>{}</strong>").format(short(format_number(value), 120))
    return Markup("<strong>{}</strong> ({})").format(
        short(format_number(value), 120), short(format_condition(condition), 60)
    )


def _of_lists(row: tuple[Any, ...], columns: tuple[str, ...]) -> Markup:
    """The lists of a row as the page's script reads them, where the query tells them."""
    told = dict(zip(columns, row, strict=True))
    if "lists" not in told and "list" not in told:
        return Markup("")
    lists = told["lists"] or [] if "lists" in told else [told["list"] or ""]
    return Markup(' data-lists="{}"').format(" ".join(lists))
