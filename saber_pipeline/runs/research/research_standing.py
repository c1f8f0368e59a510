"""Where everybody stands: what the ledger's newest purchase means for a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from saber_pipeline.ledger.research import OPEN, ClaimRules, Purchase
from saber_pipeline.ledger.tables import ResearchState


class Standing(StrEnum):
    """What a plan says of a person."""

    OWNED = "owned"
    FAILED = "failed"  # researched without a result; bought again only by force
    UNKNOWN = "unknown"  # may have been paid; bought again only if the user says so
    IN_FLIGHT = "in_flight"
    DUE = "due"


@dataclass(frozen=True)
class Standings:
    """Everybody of a selection with the purchase that counts; ``in_flight`` may still bring a result."""

    of: Mapping[str, Standing]
    purchases: Mapping[str, Purchase]
    in_flight: Sequence[Purchase] = ()

    @property
    def counts(self) -> Counter[Standing]:
        """People by standing."""
        return Counter(self.of.values())

    def those(self, standing: Standing) -> list[str]:
        """The ids of the people who stand so."""
        return [person_id for person_id, found in self.of.items() if found is standing]


def standings(
    purchases: Mapping[str, Purchase],
    people: Mapping[str, object],
    rules: ClaimRules,
    in_flight: Sequence[Purchase] = (),
) -> Standings:
    """Where everybody in ``people`` stands for a run by these rules."""
    found = {person_id: _standing(purchases.get(person_id), rules) for person_id in people}
    return Standings(found, {key: purchases[key] for key in people if key in purchases}, in_flight)


def _standing(purchase: Purchase | None, rules: ClaimRules) -> Standing:
    if purchase is None or rules.wants(purchase):
        return Standing.DUE
    if purchase.state is ResearchState.UNKNOWN:
        return Standing.UNKNOWN
    if purchase.state in OPEN:
        return Standing.IN_FLIGHT
    return Standing.OWNED if purchase.result == "completed" else Standing.FAILED
