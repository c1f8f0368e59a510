"""What is to be said about LinkedIn: pairs that wait until Saber is connected to it, contacts who are elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.errors import ApiError, SettingsError
from saber_pipeline.inputs.other_profiles import CONTRADICTION
from saber_pipeline.ledger.linkedin_connection import LinkedInSeen, note_linkedin
from saber_pipeline.planning.failed_pairs import LINKEDIN_REQUIRED, waits_for_linkedin

if TYPE_CHECKING:
    import duckdb

    from saber_pipeline.api.client import SaberClient
    from saber_pipeline.ledger.store import Ledger
    from saber_pipeline.planning.plan import Plan
    from saber_pipeline.runs.run_state import RunState

logger = logging.getLogger(__name__)

REQUIRED = LINKEDIN_REQUIRED
LOOK_SECONDS = 5.0
"""How long the look-up may take while other runs wait for the warehouse: nothing depends on it."""

TO_DO = "Connect LinkedIn Sales Navigator at Saber (its settings, Connectors)"


async def look_whether_linkedin_is_connected(api: SaberClient, ledger: Ledger) -> LinkedInSeen | None:
    """Ask the API, for nothing, and note what it tells; None where it does not tell. Never raises an ApiError."""
    import asyncio  # noqa: PLC0415 - the sentences below are for commands that ask nothing

    try:
        is_connected = await asyncio.wait_for(api.is_linkedin_connected(), LOOK_SECONDS)
    except (ApiError, TimeoutError) as error:
        logger.warning("Whether Saber is connected to LinkedIn could not be read: %s", error)
        return None
    if is_connected is None:
        return None
    with ledger.transaction() as connection:
        return note_linkedin(connection, is_connected=is_connected, at=api.server_clock.now().timestamp())


async def plan_by_linkedin(
    run: RunState,
    stack: AsyncExitStack,
    con: duckdb.DuckDBPyConnection,
    make: Callable[[duckdb.DuckDBPyConnection], Plan],
) -> Plan:
    """The plan that ``make`` makes; where pairs wait for LinkedIn, the API is asked once, and its reply decides.

    What still waits, and contacts who are elsewhere, are told in the log.
    """
    from saber_pipeline.planning.list_members import profiles_elsewhere  # noqa: PLC0415 - the sentences do not need it

    plan = make(con)
    waiting = waits_for_linkedin(con)
    if waiting and not run.has_looked_at_linkedin and not run.request.collect_only:
        run.has_looked_at_linkedin = True
        with suppress(SettingsError):  # without a key; where something is due, that stops the run
            await look_whether_linkedin_is_connected(await run.open_api(stack), run.ledger)
        plan = make(con)
        waiting = waits_for_linkedin(con)
    if waiting:
        logger.warning("%s", waiting_for_linkedin(waiting))
    if plan.selection.kind is CONTACTS and (elsewhere := profiles_elsewhere(con)):
        logger.warning("%s", about_profiles_elsewhere(elsewhere))
    return plan


def about_profiles_elsewhere(contacts: int) -> str:
    """A warning for people: what the documents say of profiles that are not on LinkedIn."""
    are = "is 1 profile" if contacts == 1 else f"are {contacts:,} profiles"
    return (
        f"Among the contacts {are} on other sites than LinkedIn. {CONTRADICTION}. "
        "SABER_OTHER_PROFILES=no leaves them out."
    )


def waiting_for_linkedin(pairs: int) -> str:
    """A sentence for people: what waits, and what to do."""
    return (
        f"{pairs:,} pairs wait for LinkedIn: their research failed with {REQUIRED}, and a retry before Saber is "
        f"connected would waste credits. {TO_DO}; the next run checks, and retries them. If the API does not say, "
        "they wait 30 days, or for --force-refresh."
    )
