"""Reading summaries company by company: the listing needs a domain, and a listed summary names no company.

A company whose pages shift while they are read could have a summary that was on none of them. It is read again, and
if that does not help it is kept in ``SummaryReader.unproven``: to ask for a summary that is there would buy it twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.account import Summary
from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.listing_reader import read_listing
from saber_pipeline.collection.match import companies_named
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ApiError, ApiRefusedError
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

PAGE_ROWS = 100
DOMAINS_AT_ONCE = 128
LOOKS = 3
"""As often are pages read that do not add up."""
LOOK_AGAIN_SECONDS = 2.0

State = tuple[str, str | None]
"""Status and time of the last change, as JSON has it: what tells a changed summary."""


def state_of(summary: Summary) -> State:
    """What tells whether a summary has changed."""
    return summary.status, None if summary.updated_at is None else summary.updated_at.isoformat()


@dataclass
class KnownSummaries:
    """The summaries that have landed: the last known state of each, and the companies that list it.

    A summary may be listed for two domains, for instance where Saber takes both for one company.
    """

    companies: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    @property
    def domains(self) -> set[str]:
        """The companies that have a summary."""
        return set().union(*self.companies.values())

    def is_news(self, summary: Summary) -> bool:
        """Whether it is new, or not as it was."""
        return self.states.get(summary.id) != state_of(summary)

    def take(self, domain: str, summary: Summary) -> None:
        """Remember a summary that has landed."""
        self.companies.setdefault(summary.id, set()).add(domain)
        self.states[summary.id] = state_of(summary)


@dataclass
class SummaryReader:
    """Reads what is new of some companies' summaries, lands it, and knows what has landed.

    ``unproven`` maps each company whose summaries could not be read whole, when it was read last, to the reason.
    """

    client: SaberClient
    paths: DataPaths
    known: KnownSummaries
    run_id: str
    clock: Clock
    read: int = 0
    unproven: dict[str, str] = field(default_factory=dict)

    async def read_domains(self, domains: Sequence[str], tell: Callable[[int], None] = lambda _: None) -> None:
        """Read company by company, as fast as the client's pacing allows; ``tell`` hears how many have been read.

        Raises:
            ApiError: the API is out of reach or refuses the key; what could be read has landed.
        """
        for start in range(0, len(domains), DOMAINS_AT_ONCE):
            some = domains[start : start + DOMAINS_AT_ONCE]
            replies = await asyncio.gather(*(self._of_domain(domain) for domain in some))
            listed = [
                (domain, summary)
                for domain, reply in zip(some, replies, strict=True)
                for summary in ([] if isinstance(reply, ApiError) else reply)
            ]
            self._land([(domain, summary) for domain, summary in listed if self.known.is_news(summary)])
            for domain, summary in listed:
                self.known.take(domain, summary)
            problem = next((reply for reply in replies if isinstance(reply, ApiError)), None)
            if problem is not None:
                raise problem
            tell(start + len(some))

    async def _of_domain(self, domain: str) -> list[Summary] | ApiError:
        """Everything seen of the company, whether it was proven whole or not; or why nothing could be read."""
        found: dict[str, Summary] = {}
        try:
            doubt = await self._read_pages(domain, found)
        except ApiRefusedError as error:
            if error.status not in (400, 404, 422):
                return error
            doubt = f"the API does not list them: {error}"
        except ApiError as error:
            return error
        own = _of(domain, found.values())
        if doubt is None and found and not own:
            names = sorted({summary.domain for summary in found.values() if summary.domain})
            doubt = f"its summaries name another company: {', '.join(names[:3])}"
        if doubt is None:
            self.unproven.pop(domain, None)
        else:
            self.unproven[domain] = doubt
        return own

    async def _read_pages(self, domain: str, found: dict[str, Summary]) -> str | None:
        """Read the company's pages into ``found``. Returns why they prove nothing; None: they were read whole."""
        read = await read_listing(
            lambda offset: self.client.list_summaries(domain=domain, limit=PAGE_ROWS, offset=offset),
            lambda summary: summary.id,
            lambda summary: found.update({summary.id: summary}),
            attempts=LOOKS,
            pause=lambda readings: self.clock.sleep(LOOK_AGAIN_SECONDS * readings),
        )
        if read.unreadable:
            return f"{read.unreadable:,} of {read.distinct + read.unreadable:,} could not be read"
        return None if read.is_proven else f"their pages did not add up to the total in {LOOKS} readings"

    def land_made(self, domain: str, made: Mapping[str, object]) -> None:
        """Land the reply of a POST as it came. The listing shows the same with an id, sooner or later."""
        self._land_records([({"domain": domain, "requested": True}, made)])

    def _land(self, found: Sequence[tuple[str, Summary]]) -> None:
        self._land_records([({"domain": domain}, summary.details) for domain, summary in found])
        self.read += len(found)

    def _land_records(self, records: Iterable[tuple[dict[str, object], Mapping[str, object]]]) -> None:
        raw = [(about, json.dumps(dict(record), ensure_ascii=False).encode()) for about, record in records]
        if raw:
            land_records(self.paths, RecordKind(SUMMARIES.landed_as), raw, run_id=self.run_id)


def _of(domain: str, found: Iterable[Summary]) -> list[Summary]:
    """Those of ``found`` that do not say that they are about another company, however they spell it."""
    return [summary for summary in found if not summary.domain or domain in companies_named(summary.domain)]
