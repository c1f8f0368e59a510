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
from saber_pipeline.collection.match import companies_named
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ApiError, ApiRefusedError
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

PAGE_ROWS = 100
DOMAINS_AT_ONCE = 128
LOOKS = 3
LOOK_AGAIN_SECONDS = 2.0

State = tuple[str, str | None]
"""Status and time of the last change, as JSON has it: what tells a changed summary."""


def state_of(summary: Summary) -> State:
    """What tells whether a summary has changed."""
    return summary.status, None if summary.updated_at is None else summary.updated_at.isoformat()


@dataclass
class KnownSummaries:
    """The summaries that have landed: the company and the last known state of each."""

    domains: dict[str, str] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    def is_news(self, summary: Summary) -> bool:
        """Whether it is new, or not as it was."""
        return self.states.get(summary.id) != state_of(summary)

    def take(self, domain: str, summary: Summary) -> None:
        """Remember a summary that has landed."""
        self.domains[summary.id] = domain
        self.states[summary.id] = state_of(summary)


@dataclass
class _Look:
    """One company's pages as read once. ``doubt`` says why they prove nothing; None: they were read whole."""

    summaries: list[Summary]
    doubt: str | None = None
    is_final: bool = False


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
            self._land(
                [
                    (domain, summary)
                    for domain, reply in zip(some, replies, strict=True)
                    for summary in ([] if isinstance(reply, ApiError) else reply)
                    if self.known.is_news(summary)
                ]
            )
            problem = next((reply for reply in replies if isinstance(reply, ApiError)), None)
            if problem is not None:
                raise problem
            tell(start + len(some))

    async def _of_domain(self, domain: str) -> list[Summary] | ApiError:
        """Everything seen of the company, whether it was proven whole or not; or why nothing could be read."""
        found: dict[str, Summary] = {}
        for look_number in range(1, LOOKS + 1):
            try:
                look = await self._look_at(domain)
            except ApiError as error:
                return error
            found |= {summary.id: summary for summary in look.summaries}
            if look.doubt is None:
                self.unproven.pop(domain, None)
                break
            self.unproven[domain] = look.doubt
            if look.is_final:
                break
            if look_number < LOOKS:
                await self.clock.sleep(LOOK_AGAIN_SECONDS * look_number)
        return list(found.values())

    async def _look_at(self, domain: str) -> _Look:
        """Read the company's pages once. The proof: one total on each page, and as many distinct ids."""
        found: dict[str, Summary] = {}
        rows = unreadable = 0
        total: int | None = None
        while total is None or rows < total:
            try:
                page = await self.client.list_summaries(domain=domain, limit=PAGE_ROWS, offset=rows)
            except ApiRefusedError as error:
                if error.status not in (400, 404, 422):
                    raise
                return _Look(_of(domain, found), f"the API does not list them: {error}", is_final=True)
            if total is not None and page.total != total:
                return _Look(_of(domain, found), f"the total went from {total:,} to {page.total:,} between pages")
            total = page.total
            before = len(found)
            found |= {summary.id: summary for summary in page.items}
            unreadable += len(page.unreadable)
            rows += len(page.items) + len(page.unreadable)
            if len(found) == before and not page.unreadable:
                break
        if unreadable:
            return _Look(_of(domain, found), f"{unreadable:,} of {total:,} could not be read")
        if len(found) != total:
            return _Look(_of(domain, found), f"the pages hold {len(found):,} summaries, their total says {total:,}")
        own = _of(domain, found)
        if found and not own:
            names = ", ".join(sorted({summary.domain for summary in found.values() if summary.domain})[:3])
            return _Look(own, f"its summaries name another company: {names}", is_final=True)
        return _Look(own)

    def land_made(self, domain: str, made: Mapping[str, object]) -> None:
        """Land the reply of a POST as it came. The listing shows the same with an id, sooner or later."""
        self._land_records([({"domain": domain, "requested": True}, made)])

    def _land(self, found: Sequence[tuple[str, Summary]]) -> None:
        self._land_records([({"domain": domain}, summary.details) for domain, summary in found])
        for domain, summary in found:
            self.known.take(domain, summary)
        self.read += len(found)

    def _land_records(self, records: Iterable[tuple[dict[str, object], Mapping[str, object]]]) -> None:
        raw = [(about, json.dumps(dict(record), ensure_ascii=False).encode()) for about, record in records]
        if raw:
            land_records(self.paths, RecordKind(SUMMARIES.landed_as), raw, run_id=self.run_id)


def _of(domain: str, found: Mapping[str, Summary]) -> list[Summary]:
    """Those of ``found`` that do not say that they are about another company, however they spell it."""
    return [summary for summary in found.values() if not summary.domain or domain in companies_named(summary.domain)]
