"""The plan with its price, as printed by ``plan`` and by ``run`` before it asks for confirmation."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from saber_pipeline.cli.failed_pairs_text import failed_as_json, print_failed
from saber_pipeline.cli.json_output import JsonValue
from saber_pipeline.cli.list_text import counts_as_json, in_short, not_lists
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.terminal import is_terminal, print_table
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiError, ApiKeyRefusedError, SettingsError
from saber_pipeline.planning.monthly_budget import Allowance, MonthBudget
from saber_pipeline.planning.plan import Selection, Status
from saber_pipeline.runs.clients import ask_for_balance, client_for_sensor
from saber_pipeline.runs.dry_run import DryRun, plan_only
from saber_pipeline.runs.outdated_warehouse import with_warehouse_of_this_version
from saber_pipeline.runs.template_versions import SeenTemplates, templates_now

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PricedPlan:
    """A dry run; ``balance_missing`` says why its balance is not known, where it is not."""

    dry: DryRun
    balance_missing: str | None = None
    is_key_refused: bool = False

    @property
    def is_affordable(self) -> bool | None:
        """Whether the balance covers it; None where that is not known."""
        return None if self.dry.balance is None else self.dry.cost <= self.dry.balance

    def summary(self) -> str:
        """Sentences: pairs, price, balance after."""
        return self.dry.summary(self.balance_missing)


@dataclass
class _Row:
    counts: Counter[Status] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)


def priced_plan(
    selection: Selection, settings: Settings, questions: tuple[Question, ...], *, is_for_run: bool = False
) -> PricedPlan:
    """Plan ``selection``, and read the balance if that can be done in seconds. Spends nothing, and writes
    nothing but the warehouse, if another version made it.

    ``questions`` are all of questions.yaml. ``is_for_run``: a run with nothing to do needs no balance.

    Raises PipelineError if a list cannot be read, or the data directory belongs to another API.
    """
    templates = _templates(selection, settings)
    make = partial(plan_only, selection, settings, new_client=None, questions=questions, templates=templates)
    dry = with_warehouse_of_this_version(settings, questions, make)
    if is_for_run and dry.plan.leaves_nothing_to_do:
        return PricedPlan(dry)
    try:
        return PricedPlan(replace(dry, balance=asyncio.run(ask_for_balance(lambda: client_for_sensor(settings)))))
    except SettingsError:
        return PricedPlan(dry)  # the summary says that there is no key
    except ApiError as error:
        return PricedPlan(dry, balance_missing=str(error), is_key_refused=isinstance(error, ApiKeyRefusedError))


def _templates(selection: Selection, settings: Settings) -> SeenTemplates | None:
    """What the API says about the templates of the questions, if that can be read in seconds; None if not."""
    try:
        return templates_now(selection.questions, lambda: client_for_sensor(settings))
    except SettingsError:
        return None  # the summary says that there is no key
    except ApiError as error:
        logger.warning("The plan takes the templates as a run saw them last, because they could not be read: %s", error)
        return None


def print_plan(priced: PricedPlan) -> None:
    """The plan by list and question, then its price in a sentence."""
    dry = priced.dry
    # A terminal is narrow, so columns that are 0 everywhere are left out. In a pipe the columns are always the same.
    statuses = [s for s in dry.plan.statuses if s is Status.DUE or dry.plan.totals[s] or not is_terminal()]
    rows = []
    for list_name, by_question in _by_list(dry).items():
        shown = {key: (row, _reasons(row)) for key, row in by_question.items()}
        if len(by_question) > 1:
            shown[f"all {len(by_question)}"] = (_sum(by_question.values()), "")
        for name, (row, reasons) in shown.items():
            credits_needed = row.counts[Status.DUE] * dry.price
            rows.append([list_name, name, *(row.counts[status] for status in statuses), credits_needed, reasons])
    because = "due or held back because" if dry.plan.held_reasons else "due because"
    header = ["list", "question", *(status.value.replace("_", " ") for status in statuses), "credits", because]
    if is_terminal() and not any(row[-1] for row in rows):  # an empty column, as above
        header, rows = header[:-1], [row[:-1] for row in rows]
    print_table(header, rows)
    if dry.failed:
        say()
        print_failed(dry.failed)
    for condition in dry.plan.conditions:
        say(f"{condition}.")
    for line in _about_lists(dry):
        say(line)
    say(f"\n{priced.summary()}")
    if dry.month is not None and (dry.month.total.limit is not None or dry.month.questions):
        say(f"{dry.month}.")


_MOST_NAMED = 10


def _about_lists(dry: DryRun) -> Iterator[str]:
    """Lines about each list's rows and how it was understood, and about files that are no lists or unreadable."""
    for snapshot in dry.lists.snapshots:
        yield from in_short(snapshot, dry.plan.selection.kind)
    for list_name, domain, parent in dry.subdomains[:_MOST_NAMED]:
        yield f"{list_name}: {domain} is a subdomain of {parent}, which is planned too. Each is a separate company."
    if len(dry.subdomains) > _MOST_NAMED:
        yield f"So are {len(dry.subdomains) - _MOST_NAMED:,} more domains."
    for name, problem in dry.lists.broken.items():
        yield f"Not planned: the list {name}. {problem}"
    for message in dry.folder.messages:
        yield f"Not planned: {message}"
    yield from dry.folder.unmatched
    yield from dry.warnings()
    if dry.folder.others:
        yield not_lists(dry.folder.others)


def plan_as_json(priced: PricedPlan) -> JsonValue:
    """The plan as ``plan --json`` prints it. Totals count each pair once, even if several lists have it."""
    dry, lists = priced.dry, _by_list(priced.dry)
    return {
        "force_refresh": dry.plan.selection.force_refresh,
        "rows": [
            {
                "list": list_name,
                "question": key,
                **{status.value: row.counts[status] for status in Status},
                "due_because": row.reasons,
                "held_back_because": row.held,
                "credits": row.counts[Status.DUE] * dry.price,
            }
            for list_name, by_question in lists.items()
            for key, row in by_question.items()
        ],
        "list_totals": {
            list_name: {
                "asked": sum(row.counts.values()),
                **{status.value: row.counts[status] for status in Status},
                "credits": row.counts[Status.DUE] * dry.price,
            }
            for list_name, row in ((name, _sum(rows.values())) for name, rows in lists.items())
        },
        "failed": failed_as_json(dry.failed),
        "totals": {"asked": dry.plan.asked, **{status.value: dry.plan.totals[status] for status in Status}},
        "credits_per_signal": dry.price,
        "credits": dry.cost,
        "credits_at_most": dry.cost_at_most,
        "credits_expected": dry.cost_expected,
        "conditions": [
            {
                "question": each.question_key,
                "ask_if": each.ask_if,
                "fallback_of": list(each.stands_in_for),
                "true": each.is_true,
                "false": each.is_false,
                "unknown": each.is_unknown,
                "waiting": each.waiting,
            }
            for each in dry.plan.conditions
        ],
        "balance": dry.balance,
        "balance_after": None if dry.balance is None else dry.balance - dry.cost,
        "balance_missing": priced.balance_missing,
        "limit_per_run": dry.limit,
        "month": None if dry.month is None else month_as_json(dry.month),
        "held_back": dict(dry.held_back),
        "sample": None if dry.plan.sampled is None else len(dry.plan.sampled),
        "not_in_sample": dry.plan.left_out,
        "is_affordable": priced.is_affordable,
        "lists": {
            snapshot.list_name: counts_as_json(snapshot, dry.plan.selection.kind) for snapshot in dry.lists.snapshots
        },
        "subdomains": [{"list": name, "domain": domain, "of": parent} for name, domain, parent in dry.subdomains],
        "not_planned": [*dry.lists.broken.values(), *dry.folder.messages],
        "wait_for_linkedin": dry.wait_for_linkedin,
        "other_profiles": dry.other_profiles,
        "warnings": list(dry.warnings()),
        "no_lists": [str(path) for path in dry.folder.others],
        "entries_without_list": dry.folder.unmatched,
    }


def month_as_json(budget: MonthBudget) -> JsonValue:
    """A month's budgets: ``total`` of everything, ``questions`` those that have one of their own. In credits."""
    return {
        "month": budget.month.name,
        "total": _allowance_as_json(budget.total),
        "questions": {key: _allowance_as_json(allowance) for key, allowance in budget.questions.items()},
    }


def _allowance_as_json(allowance: Allowance) -> JsonValue:
    return {"limit": allowance.limit, "spent": allowance.spent, "reserved": allowance.reserved, "left": allowance.left}


def _by_list(dry: DryRun) -> dict[str, dict[str, _Row]]:
    """List → question → its counts, in the order of the plan, which is that of its lists."""
    by_list: dict[str, dict[str, _Row]] = defaultdict(lambda: defaultdict(_Row))
    for each in dry.plan.rows:
        row = by_list[each.list_name][each.question_key]
        row.counts[each.status] += each.pairs
        if each.due_because is not None:
            row.reasons[each.due_because] += each.pairs
        if each.held_because is not None:
            row.held[each.held_because] += each.pairs
    return by_list


def _sum(rows: Iterable[_Row]) -> _Row:
    """All questions of a list together."""
    return _Row(sum((row.counts for row in rows), Counter[Status]()))


def _reasons(row: _Row) -> str:
    return ", ".join(f"{pairs:,} {reason}" for reason, pairs in (*row.reasons.items(), *row.held.items()))
