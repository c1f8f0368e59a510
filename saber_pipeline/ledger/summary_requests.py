"""The requests for companies' summaries, so that a killed run does not ask twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger import write_ahead
from saber_pipeline.ledger.purchase_rows import REQUESTS
from saber_pipeline.ledger.runs import live_runs, seconds_silent
from saber_pipeline.ledger.slices import batched
from saber_pipeline.ledger.tables import SummaryRequestState

LOOK_UP_DOMAINS = 400


@dataclass(frozen=True)
class SummaryRequest:
    """The newest POST about a domain; ``at`` is by the API's clock, ``machine_at`` by the machine's."""

    domain: str
    state: SummaryRequestState
    run_id: str
    at: float
    reason: str | None
    machine_at: float | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the request may still bring a summary."""
        return self.state not in (SummaryRequestState.NOTHING, SummaryRequestState.REFUSED)


@dataclass(frozen=True)
class AskAgain:
    """How long to wait, in seconds, before a domain is asked about again: after a POST without a summary in its reply,
    and after a reply that there is nothing to sum up.

    ``seconds_since`` measures the age of a request.
    """

    after_asking: float
    after_nothing: float
    seconds_since: Callable[[SummaryRequest], float]
    lease_seconds: float


def requests_about(connection: sa.Connection, domains: Iterable[str]) -> dict[str, SummaryRequest]:
    """The newest request about each of ``domains``, by domain."""
    r = t.summary_requests
    found = {}
    for chunk in batched(domains, LOOK_UP_DOMAINS):
        for row in connection.execute(sa.select(r).where(r.c.domain.in_(chunk))):
            state = SummaryRequestState(row.state)
            found[row.domain] = SummaryRequest(row.domain, state, row.run_id, row.at, row.reason, row.machine_at)
    return found


def intend_summary(
    connection: sa.Connection,
    domain: str,
    run_id: str,
    again: AskAgain,
    *,
    now: float,
    machine_now: float,
    price: Decimal = Decimal(1),
) -> bool:
    """Record the intent of the POST; False if it must not be sent. Commit before sending it.

    ``now`` is the API's time, ``machine_now`` the machine's. The request counts as spent at ``price`` until more is
    known.
    """
    if not askable(connection, [domain], again):
        return False
    key = (domain, run_id)
    write_ahead.intend(connection, REQUESTS, key, run_id, at=now, machine_at=machine_now, price=price)
    return True


def askable(connection: sa.Connection, domains: Sequence[str], again: AskAgain) -> list[str]:
    """The ``domains`` that were never asked about, or long enough ago, and whose summary has not come."""
    known = requests_about(connection, domains)
    live = live_runs(connection, lease_seconds=again.lease_seconds)

    def may_be(domain: str) -> bool:
        before = known.get(domain)
        if before is None or before.state is SummaryRequestState.REFUSED:
            return True
        if before.state is SummaryRequestState.MADE:  # its reply has landed: it is owned, whatever a listing shows
            return False
        if before.state is SummaryRequestState.INTENDED and before.run_id in live:
            return False
        waited = again.seconds_since(before)
        if before.state is SummaryRequestState.INTENDED:  # the run may have sent it long after the intent
            silent = seconds_silent(connection, before.run_id, lease_seconds=again.lease_seconds)
            waited = waited if silent is None else min(waited, silent)
        return waited >= (again.after_nothing if before.state is SummaryRequestState.NOTHING else again.after_asking)

    return [domain for domain in domains if may_be(domain)]
