"""The outcome of each person in the lists of a research run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from saber_pipeline.ledger.research import Purchase, newest_purchases
from saber_pipeline.ledger.tables import ResearchState
from saber_pipeline.runs.research.person_status import PersonStatuses
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline.runs.research.research_state import ResearchRun
from saber_pipeline.runs.research.warehouse import researches_there


def outcomes_of(run: ResearchRun, before: PersonStatuses) -> dict[str, ResearchOutcome]:
    """The outcome of each person, by the ledger and the warehouse now. ``before``: the statuses when the run began."""
    after = run.statuses()
    there = researches_there(run)
    return {
        person_id: _outcome(run, person_id, before.purchases.get(person_id), after.purchases.get(person_id), there)
        for person_id in run.selection.people
    }


def _outcome(  # noqa: PLR0911 - one return for each verdict
    run: ResearchRun, person_id: str, before: Purchase | None, after: Purchase | None, there: Collection[str]
) -> ResearchOutcome:
    if person_id in run.sent.refused:
        return ResearchOutcome.REFUSED
    if after is not None and after.state is ResearchState.UNKNOWN:
        return ResearchOutcome.UNKNOWN
    if after is None or after.state is not ResearchState.ENDED:
        return ResearchOutcome.NOT_FINISHED
    if after.research_id not in there:
        return ResearchOutcome.UNACCOUNTED
    if after.result != "completed":
        return ResearchOutcome.FAILED
    if before is not None and before.number == after.number and before.state is ResearchState.ENDED:
        return ResearchOutcome.OWNED
    return ResearchOutcome.ADOPTED if after.is_adopted else ResearchOutcome.RESEARCHED


def unknown_people(run: ResearchRun, outcomes: Mapping[str, ResearchOutcome]) -> dict[str, str]:
    """The purchases with an unknown outcome: the person in words, and why."""
    found = [person_id for person_id, outcome in outcomes.items() if outcome is ResearchOutcome.UNKNOWN]
    with run.ledger.reading() as connection:
        purchases = newest_purchases(connection, found)
    return {str(run.selection.people[key]): purchases[key].reason or "" for key in found if key in purchases}
