"""Reading summaries: the whole listing where that takes fewer requests, else company by company.

A listed summary does not say which company it is about, as a rule. So the whole listing shows what is new or has
changed, and whose it is is known from before, or from reading companies one by one until nothing new is left.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.summaries import Summary
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ApiRefusedError
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

PAGE_ROWS = 100
DOMAINS_AT_ONCE = 128

State = tuple[str, str | None]
"""Status and time of the last change, as JSON has it: what tells a changed summary."""


def state_of(summary: Summary) -> State:
    """What tells whether a summary has changed."""
    return summary.status, None if summary.updated_at is None else summary.updated_at.isoformat()


@dataclass
class KnownSummaries:
    """The summaries that have landed: whose each is, and in which state it was seen last."""

    domains: dict[str, str] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    def is_news(self, summary: Summary) -> bool:
        """Whether it is new, or not as it was."""
        return self.states.get(summary.id) != state_of(summary)

    def domains_with(self, *, done: bool) -> set[str]:
        """The companies that have a summary; with ``done`` those that have a completed one."""
        return {
            domain
            for summary_id, domain in self.domains.items()
            if not done or self.states[summary_id][0] == "completed"
        }

    def take(self, domain: str, summary: Summary) -> None:
        """It has landed."""
        self.domains[summary.id] = domain
        self.states[summary.id] = state_of(summary)


class SummaryReader:
    """Reads what is new of some companies' summaries, lands it, and knows what has landed."""

    def __init__(self, client: SaberClient, paths: DataPaths, known: KnownSummaries, *, run_id: str) -> None:
        self._client = client
        self._paths = paths
        self._run_id = run_id
        self.known = known
        self.read = 0

    async def read_all(self, domains: Sequence[str]) -> None:
        """Read everything about ``domains``, by the way that takes fewer requests.

        Raises:
            ApiError: the API is out of reach or refuses the key; what was read has landed.
        """
        if not domains:
            return
        first = await self._client.list_summaries(limit=PAGE_ROWS)
        if math.ceil(first.total / PAGE_ROWS) > len(domains):
            await self.read_domains(domains)
            return
        listed = {summary.id: summary for summary in first.items}
        rows = len(first.items) + len(first.unreadable)
        while rows < first.total:
            page = await self._client.list_summaries(limit=PAGE_ROWS, offset=rows)
            known = len(listed)
            listed |= {summary.id: summary for summary in page.items}
            if len(listed) == known and not page.unreadable:
                break  # nothing new: a listing may give its last page for ever
            rows += len(page.items) + len(page.unreadable)
        await self._read_news(listed, domains)

    async def _read_news(self, listed: Mapping[str, Summary], domains: Sequence[str]) -> None:
        wanted = set(domains)
        news = [summary for summary in listed.values() if self.known.is_news(summary)]
        owners = {summary.id: self.known.domains.get(summary.id) or summary.domain for summary in news}
        self._land([(owner, summary) for summary in news if (owner := owners[summary.id]) in wanted and owner])
        strangers = {summary.id for summary in news if owners[summary.id] is None}
        have = self.known.domains_with(done=False)
        in_order = [domain for domain in domains if domain not in have] + [d for d in domains if d in have]
        for start in range(0, len(in_order), DOMAINS_AT_ONCE):
            if not strangers:
                return
            await self.read_domains(in_order[start : start + DOMAINS_AT_ONCE])
            strangers -= self.known.domains.keys()

    async def read_domains(self, domains: Sequence[str]) -> None:
        """Read company by company."""
        for start in range(0, len(domains), DOMAINS_AT_ONCE):
            some = domains[start : start + DOMAINS_AT_ONCE]
            found = await asyncio.gather(*(self._of_domain(domain) for domain in some))
            self._land(
                [
                    (domain, summary)
                    for domain, summaries in zip(some, found, strict=True)
                    for summary in summaries
                    if self.known.is_news(summary)
                ]
            )

    async def _of_domain(self, domain: str) -> list[Summary]:
        found: dict[str, Summary] = {}
        rows = 0
        while True:
            try:
                page = await self._client.list_summaries(domain=domain, limit=PAGE_ROWS, offset=rows)
            except ApiRefusedError as error:
                if error.status not in (400, 404, 422):
                    raise
                logger.warning("The API does not list the summaries of %s: %s", domain, error)
                break
            known = len(found)
            found |= {summary.id: summary for summary in page.items}
            rows += len(page.items) + len(page.unreadable)
            if rows >= page.total or (len(found) == known and not page.unreadable):
                break
        return list(found.values())

    def land_made(self, domain: str, made: Mapping[str, object]) -> None:
        """Land the reply of a POST as it came; the listing shows the same with an id."""
        self._land_records([({"domain": domain, "requested": True}, made)])

    def _land(self, found: Sequence[tuple[str, Summary]]) -> None:
        self._land_records([({"domain": domain}, summary.details) for domain, summary in found])
        for domain, summary in found:
            self.known.take(domain, summary)
        self.read += len(found)

    def _land_records(self, records: Iterable[tuple[dict[str, object], Mapping[str, object]]]) -> None:
        raw = [(about, json.dumps(dict(record), ensure_ascii=False).encode()) for about, record in records]
        if raw:
            land_records(self._paths, RecordKind.SUMMARIES, raw, run_id=self._run_id)
