"""What must be true after a case of contact research, besides the books: unknown is shown, and explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.ledger.store import Ledger
from saber_pipeline.purchasing.purchaser import UNKNOWN_IN_A_ROW
from saber_pipeline.runs.research.research_purchases import SENT_AT_ONCE

if TYPE_CHECKING:
    from torture.case_project import CaseProject
    from torture.case_run import Verdict

LEDGER_ROWS = (
    "SELECT lower((person ->> '$.first_name') || ' ' || (person ->> '$.last_name') || ', ' || "
    "(person ->> '$.company_domain')), state, research_id FROM researches JOIN research_people USING (person_id)"
)
"""People as the sandbox's books name them."""

SHOWN_UNKNOWN = (
    "SELECT lower(first_name || ' ' || last_name || ', ' || company_domain) FROM contact_research "
    "WHERE status = 'unknown'"
)


@dataclass(frozen=True)
class Ledgered:
    """What the ledger says: people whose newest purchase is unknown, ids it has got, and what is still open."""

    unknown: frozenset[str]
    unknown_purchases: int
    research_ids: frozenset[str]
    still_open: int


def ledgered(project: CaseProject) -> Ledgered:
    """Empty where there is no ledger yet."""
    if not project.paths.ledger_file.exists():
        return Ledgered(frozenset(), 0, frozenset(), 0)
    ledger = Ledger.open(project.paths.ledger_file)
    try:
        with ledger.reading() as connection:
            rows = connection.exec_driver_sql(LEDGER_ROWS).fetchall()
    finally:
        ledger.close()
    unknown = [person for person, state, _ in rows if state == "unknown"]
    return Ledgered(
        frozenset(unknown),
        len(unknown),
        frozenset(research_id for _, state, research_id in rows if research_id and state in ("accepted", "ended")),
        sum(state in ("claimed", "intended", "accepted", "due") for _, state, _ in rows),
    )


def check_research(project: CaseProject, verdict: Verdict) -> None:
    """Nothing that was paid for is lost but for purchases that are shown as unknown; and those are explained."""
    book = ledgered(project)
    verdict.unknown = book.unknown_purchases
    if book.still_open:
        verdict.lost.append(f"{book.still_open} purchases of the ledger are still open")
    with duckdb.connect(str(project.paths.answers_file.resolve()), read_only=True) as con:
        landed = {each for (each,) in con.execute("SELECT research_id FROM contact_research_profiles").fetchall()}
        shown = {person for (person,) in con.execute(SHOWN_UNKNOWN).fetchall()}
    verdict.lost += [f"research {each} is not in answers.duckdb" for each in sorted(book.research_ids - landed)]
    if shown != book.unknown:
        verdict.other.append(f"unknown in the ledger are {sorted(book.unknown)}, in the tables {sorted(shown)}")
    _explain(project, book, verdict)


def _explain(project: CaseProject, book: Ledgered, verdict: Verdict) -> None:
    """Each paid research that no reply told of belongs to somebody unknown, and the balance fell by no more."""
    paid = {(person, each["id"]) for (person, _), made in project.books().items() for each in made}
    untold = [person for person, research_id in paid if research_id not in book.research_ids]
    for person in set(untold):
        if person not in book.unknown or untold.count(person) > 1:
            verdict.lost.append(f"{person}: {untold.count(person)} researches were paid, and no table shows it")
    price = project.case.sandbox["credits_per_signal"]
    least, spent = price * sum(research_id in book.research_ids for _, research_id in paid), project.spent()
    if not least <= spent <= least + price * book.unknown_purchases:
        verdict.other.append(
            f"the balance fell by {spent}, but {least} are known and {book.unknown_purchases} purchases unknown"
        )
    if book.unknown_purchases > _most_unknown(project, verdict):
        verdict.other.append(f"{book.unknown_purchases} purchases are unknown, more than its kills and faults explain")


def _most_unknown(project: CaseProject, verdict: Verdict) -> int:
    """What was under way when a run was killed, and what faults can have hidden."""
    at_once = min(SENT_AT_ONCE, project.case.at_once)
    most = verdict.killed.total() * at_once
    faults = project.case.faults or {}
    rules = [*project.case.trouble.rules, *faults.get("rules", ())]
    most += sum(int(rule["times"]) for rule in rules if rule["method"] == "POST")
    if "outage_seconds" in faults:
        most += verdict.launches * (at_once + UNKNOWN_IN_A_ROW)
    return most
