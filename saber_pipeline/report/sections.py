"""The sections of the report: each has a sentence, figures, a table, and the query behind them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from saber_pipeline.report import figures
from saber_pipeline.report.report_queries import Answers, Table
from saber_pipeline.runs.forecast import BalanceSeen, Forecast, forecast

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.report.wording import Wording

BARS_DRAWN = 60
CURRENCIES_DRAWN = 3


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


def sections_of(answers: Answers, wording: Wording, now: datetime) -> list[Section]:
    """The sections for which the database has data, the most actionable first; ``now`` is in UTC."""
    made: list[tuple[str, Callable[[], Section]]] = [
        ("account_fit", lambda: _accounts(answers)),
        ("account_fit", lambda: _tiers(answers)),
        ("account_fit", lambda: _disqualified(answers)),
        ("answer_changes", lambda: _changes(answers)),
        ("answer_values", lambda: _values(answers, wording)),
        ("question_quality", lambda: _quality(answers)),
        ("review_queue", lambda: _review(answers)),
        ("spending", lambda: _spending(answers)),
        ("credit_balances", lambda: _credits(answers, now)),
        ("signals", lambda: _coverage(answers, wording)),
        ("signals", lambda: _failed(answers)),
        ("refusals", lambda: _refused(answers)),
    ]
    return [make() for view, make in made if answers.has(view)]


def _accounts(answers: Answers) -> Section:
    text = (
        "Who to call first, and why. A missing answer lowers the known share, never the score. Click a name to see "
        "everything about the account."
    )
    empty = "No account is scored. Add qualification_criteria to questions in questions.yaml."
    return Section("accounts", "Best accounts", text, answers.ask("accounts"), empty=empty)


def _tiers(answers: Answers) -> Section:
    table = answers.ask("tiers")
    shown = (Shown("Accounts by tier", figures.bars_figure(table.rows, "accounts")),) if table.rows else ()
    text = "A from a score of 80, B from 60, C from 40, D below; one disqualifying answer disqualifies the account."
    return Section("tiers", "Tiers", text, table, shown)


def _disqualified(answers: Answers) -> Section:
    text = "Conditions that disqualified accounts. An account that met two of them counts in both rows."
    table = answers.ask("disqualified")
    return Section("disqualified", "What disqualified", text, table, empty="No account is disqualified.")


def _changes(answers: Answers) -> Section:
    text = "Answers that the last run with purchases changed."
    return Section("changes", "Changes", text, answers.ask("changes"), empty="The last run changed no answer.")


def _values(answers: Answers, wording: Wording) -> Section:
    table = answers.ask("answers_by_value")
    bars: dict[tuple[str, str | None], list[tuple[str, int]]] = defaultdict(list)
    for key, unit, value, count, _ in table.rows:
        bars[key, unit].append((value, count))
    drawn: Counter[str] = Counter()
    shown = []
    for (key, unit), values in sorted(bars.items(), key=lambda pair: (pair[0][0], -sum(n for _, n in pair[1]))):
        if max(count for _, count in values) > 1 and drawn[key] < CURRENCIES_DRAWN:
            drawn[key] += 1
            caption = wording.question(key) + (f" In {unit}" if unit else "")
            shown.append(Shown(caption, figures.bars_figure(values, "answers")))
    text = (
        "The newest answers, counted by value. A question whose answers all differ has no figure. A band includes "
        f"its lower end. A question with many currencies has figures for the {CURRENCIES_DRAWN} most frequent ones."
    )
    return Section("values", "Answers by value", text, table, tuple(shown))


def _quality(answers: Answers) -> Section:
    text = (
        "The known share of each question, and how many of the answers that truth/*.csv covers are correct. The view "
        "answer_checks lists them."
    )
    return Section("quality", "Accuracy", text, answers.ask("quality"), empty="No question is asked about companies.")


def _review(answers: Answers) -> Section:
    text = "Answers that a person should review, with the reason."
    empty = "No answer needs a review."
    return Section("review", "To review", text, answers.ask("review"), empty=empty)


def _spending(answers: Answers) -> Section:
    text = "What each question cost on each list, by month. Refused pairs and answers from Saber's cache cost nothing."
    return Section("spending", "Spending", text, answers.ask("spending"), empty="Nothing was spent yet.")


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


def _coverage(answers: Answers, wording: Wording) -> Section:
    table = answers.ask("coverage")
    by_list: dict[str, list[tuple[str, int, int, int, int, int]]] = defaultdict(list)
    for row in table.rows[:BARS_DRAWN]:
        by_list[row[0]].append((wording.question(row[1]), *row[2:7]))
    first = f", the first {BARS_DRAWN} rows of the table" if len(table.rows) > BARS_DRAWN else ""
    shown = tuple(
        Shown(f"{name}: share of the list by outcome, for each question{first}", figures.coverage_figure(rows))
        for name, rows in by_list.items()
    )
    text = (
        "How much of each list is answered, question by question. Missing pairs were not asked yet or are in flight. "
        "Degraded answers were researched without LinkedIn, because it was limited or not connected at Saber."
    )
    return Section("coverage", "Coverage", text, table, shown)


def _failed(answers: Answers) -> Section:
    text = "Pairs whose research failed. The command saber-pipeline status shows when each is retried."
    return Section("failed", "Failed pairs", text, answers.ask("failed"), empty="No pair failed.")


def _refused(answers: Answers) -> Section:
    text = "Pairs that Saber refused, or that the credits did not cover. They cost nothing."
    return Section("refused", "Refused pairs", text, answers.ask("refused"), empty="No pair was refused.")
