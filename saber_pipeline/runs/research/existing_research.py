"""Researches that exist at Saber already, found by the id of another system: they cost nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactResearch
from saber_pipeline.errors import ApiNotFoundError, ApiRefusedError
from saber_pipeline.inputs.people import Person
from saber_pipeline.ledger.research import adopt_research
from saber_pipeline.runs.research.research_state import ResearchRun

logger = logging.getLogger(__name__)

LOOK_UPS_AT_ONCE = 256


async def adopt_what_exists(run: ResearchRun, api: SaberClient, person_ids: Iterable[str]) -> None:
    """Look up each person with an external id, and adopt the research that exists.

    Research that failed is not adopted. Research under the id that is about another person is not adopted either, and
    none is purchased: the row is refused.

    Raises:
        ApiError: the API is out of reach or refuses the key; nothing was spent.
    """
    people = [(key, run.selection.people[key]) for key in person_ids if run.selection.people[key].has_external_id]
    adopted = 0
    for start in range(0, len(people), LOOK_UPS_AT_ONCE):
        some = people[start : start + LOOK_UPS_AT_ONCE]
        found = await asyncio.gather(*(_look_up(api, person) for _, person in some))
        for (person_id, person), research in zip(some, found, strict=True):
            if research is None or research.is_failed:  # a failure tells nothing, and would stay
                continue
            if not _is_about(research, person):
                run.sent.refused[person_id] = reason = _mismatch(research, person)
                logger.warning("%s", reason)
                continue
            with run.ledger.transaction() as connection:
                adopted += adopt_research(
                    connection,
                    run.run_id,
                    person_id,
                    research.id,
                    intended_at=api.server_clock.now().timestamp(),
                    machine_at=api.stopwatch.wall(),
                )
    if adopted:
        logger.info("%s researches exist at Saber already. They are adopted and cost nothing.", f"{adopted:,}")


async def _look_up(api: SaberClient, person: Person) -> ContactResearch | None:
    try:
        return await api.get_contact_research_by_external_id(
            external_id=person.external_id or "", external_source=person.external_source or ""
        )
    except ApiNotFoundError:
        return None
    except ApiRefusedError as error:
        if error.status not in (400, 422):
            raise
        logger.warning("%s cannot be looked up by external id: %s", person, error)
        return None


def _is_about(research: ContactResearch, person: Person) -> bool:
    """Whether anything that it says of who it is about agrees with the row."""
    said = {name: str(research.details.get(name) or "").casefold() for name in ("lastName", "firstName")}
    domain = str(research.details.get("companyDomain") or "").casefold()
    if not any(said.values()) and not domain:
        return True
    return (
        said["lastName"] == person.last_name.casefold()
        or said["firstName"] == person.first_name.casefold()
        or domain == person.company_domain
    )


def _mismatch(research: ContactResearch, person: Person) -> str:
    details = research.details
    return (
        f"The external id {person.external_id} of {person.external_source} belongs at Saber to "
        f"{details.get('firstName')} {details.get('lastName')} ({details.get('companyDomain')}), not to {person}. "
        "No research was purchased for this person. Correct the id, or leave it out."
    )
