"""The status of every person of a plan: what the ledger's newest purchase means for a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from saber_pipeline.ledger.research import OPEN, ClaimRules, Purchase
from saber_pipeline.ledger.tables import ResearchState


class PersonStatus(StrEnum):
    """What a plan says of a person."""

    OWNED = "owned"
    FAILED = "failed"  # researched without a result; purchased again only by force
    UNKNOWN = "unknown"  # may have been paid; purchased again only if the user says so
    IN_FLIGHT = "in_flight"
    DUE = "due"


@dataclass(frozen=True)
class PersonStatuses:
    """Each person of a selection with the purchase that counts; ``in_flight`` may still bring a result."""

    of: Mapping[str, PersonStatus]
    purchases: Mapping[str, Purchase]
    in_flight: Sequence[Purchase] = ()

    @property
    def counts(self) -> Counter[PersonStatus]:
        """People by status."""
        return Counter(self.of.values())

    def those(self, status: PersonStatus) -> list[str]:
        """The ids of the people with this status."""
        return [person_id for person_id, found in self.of.items() if found is status]


def statuses_of(
    purchases: Mapping[str, Purchase],
    people: Mapping[str, object],
    rules: ClaimRules,
    in_flight: Sequence[Purchase] = (),
) -> PersonStatuses:
    """The status of each of ``people`` for a run by these rules."""
    found = {person_id: _status(purchases.get(person_id), rules) for person_id in people}
    return PersonStatuses(found, {key: purchases[key] for key in people if key in purchases}, in_flight)


def _status(purchase: Purchase | None, rules: ClaimRules) -> PersonStatus:
    if purchase is None or rules.wants(purchase):
        return PersonStatus.DUE
    if purchase.state is ResearchState.UNKNOWN:
        return PersonStatus.UNKNOWN
    if purchase.state in OPEN:
        return PersonStatus.IN_FLIGHT
    return PersonStatus.OWNED if purchase.result == "completed" else PersonStatus.FAILED
