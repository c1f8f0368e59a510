"""What the report says, section by section: a sentence, figures, a table, and the query behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from saber_pipeline.report import figures
from saber_pipeline.report.reading import Answers, Table
from saber_pipeline.runs.forecast import BalanceSeen, Forecast, forecast

if TYPE_CHECKING:
    from collections.abc import Callable

BARS_DRAWN = 60


@dataclass(frozen=True)
class Shown:
    """A figure: what it shows, in words, and its SVG."""

    caption: str
    svg: str


@dataclass(frozen=True)
class Section:
    """``table`` is what every number of the section comes from; its query is shown with it."""

    anchor: str
    title: str
    text: str
    table: Table
    shown: tuple[Shown, ...] = field(default_factory=tuple)
    empty: str = "Nothing yet."


def sections_of(answers: Answers, now: datetime) -> list[Section]:
    """The sections that the database has something to say for; ``now`` is in UTC."""
    made: list[Callable[[], Section]] = [lambda: _coverage(answers)]
    if answers.has("account_fit"):
        made += [lambda: _tiers(answers), lambda: _fit(answers)]
    if answers.has("answer_changes"):
        made.append(lambda: _changes(answers))
    made += [
        *([lambda: _quality(answers)] if answers.has("question_quality") else []),
        lambda: _values(answers),
        lambda: _credits(answers, now),
        lambda: _failed(answers),
        lambda: _refused(answers),
    ]
    return [make() for make in made]


def _coverage(answers: Answers) -> Section:
    table = answers.ask("coverage")
    rows = [row[:7] for row in table.rows[:BARS_DRAWN]]
    first = f", the first {BARS_DRAWN} rows of the table" if len(table.rows) > BARS_DRAWN else ""
    caption = f"Share of each list's subjects by outcome, for each question{first}"
    shown = (Shown(caption, figures.coverage_figure(rows)),)
    text = (
        "How much of each list is answered, question by question. Missing pairs were not asked yet or are in flight. "
    )
    text += "Degraded ones were researched without LinkedIn, because it was limited or not connected at Saber."
    return Section("coverage", "Coverage", text, table, shown if rows else ())


def _tiers(answers: Answers) -> Section:
    table = answers.ask("tiers")
    shown = (Shown("Accounts by tier", figures.bars_figure(table.rows, "accounts")),) if table.rows else ()
    text = "How many accounts are in each tier of fit, from the weights and qualification criteria in questions.yaml."
    return Section("tiers", "Tiers", text, table, shown)


def _fit(answers: Answers) -> Section:
    text = "The accounts that fit best. A missing answer lowers the coverage, never the score."
    return Section("fit", "Best accounts", text, answers.ask("fit"))


def _changes(answers: Answers) -> Section:
    text = "Answers that differ from the ones before, as the last run that bought found them."
    return Section("changes", "Changes", text, answers.ask("changes"), empty="The last run changed no answer.")


def _quality(answers: Answers) -> Section:
    text = (
        "How many of the answers are right, of those that truth/*.csv knows. The view answer_checks has each of them."
    )
    empty = "Nothing is checked: there is no truth/*.csv about the companies of the lists."
    return Section("quality", "Accuracy", text, answers.ask("quality"), empty=empty)


def _values(answers: Answers) -> Section:
    table = answers.ask("answers_by_value")
    said_again = {row[0] for row in table.rows if row[2] > 1}
    rows = [row[:3] for row in table.rows if row[0] in said_again]
    shown = tuple(Shown(f"{key}: answers by value", svg) for key, svg in figures.values_figures(rows))
    text = "What the newest answers say. A question whose answers all differ has no figure."
    return Section("values", "Answers by value", text, table, shown)


def _credits(answers: Answers, now: datetime) -> Section:
    table = answers.ask("credits")
    seen = [(when, int(amount)) for when, amount in table.rows]
    balances = [BalanceSeen(when.replace(tzinfo=UTC).timestamp(), amount) for when, amount in seen]
    outlook = forecast(balances, now=now.timestamp())
    end = _end(outlook, now)
    shown = (Shown("Credit balance over time", figures.credits_figure(seen, end)),) if len(seen) > 1 else ()
    text = (
        f"The balances seen by runs and by the sensor. {str(outlook).capitalize()}."
        if outlook
        else ("The balances seen by runs and by the sensor; none in the last seven days.")
    )
    return Section("credits", "Credits", text, table, shown, empty="No balance was read yet.")


def _end(outlook: Forecast | None, now: datetime) -> datetime | None:
    if outlook is None or outlook.days_left is None or outlook.days_left > 366:  # noqa: PLR2004 - a year is out of sight
        return None
    return now.replace(tzinfo=None) + timedelta(days=outlook.days_left)


def _failed(answers: Answers) -> Section:
    text = "Pairs whose research failed. They are asked again by the rules for their reason; see the page on money."
    return Section("failed", "Failed pairs", text, answers.ask("failed"), empty="No pair is failed.")


def _refused(answers: Answers) -> Section:
    text = "Pairs that Saber refused, or for which the credits did not last. They cost nothing."
    return Section("refused", "Refused pairs", text, answers.ask("refused"), empty="No pair is refused.")
