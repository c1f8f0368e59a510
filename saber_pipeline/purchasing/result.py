"""The outcomes of the purchases of a round, and whether more may be sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from saber_pipeline.purchasing.purchaser import UNKNOWN_IN_A_ROW, Tally


@dataclass
class Submitted(Tally):
    """What submitting brought, in signals; ``unknown`` by submission id."""

    sent: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    @property
    def attempted(self) -> int:
        """Signals that were bought, or may have been."""
        return self.sent + sum(self.unknown.values())

    @property
    def lost_too_many(self) -> bool:
        """Whether so many replies were lost that the rest waits until it is known what became of these."""
        return self.unknown_in_a_row >= UNKNOWN_IN_A_ROW

    @property
    def may_go_on(self) -> bool:
        """Whether more may be sent."""
        return super().may_go_on and not self.lost_too_many
