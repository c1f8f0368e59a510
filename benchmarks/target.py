"""A target, what was measured against it, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """``measured`` is to be at most ``most`` (or, with ``at_least``, not below it)."""

    about: str
    measured: float
    most: float
    unit: str
    at_least: bool = False
    how: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it is."""
        return self.measured >= self.most if self.at_least else self.measured <= self.most

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        verdict = "met   " if self.is_met else "MISSED"
        how = f"   {self.how}" if self.how else ""
        return f"{verdict}  {self.about}: {self.measured:,.3g} {self.unit} ({bound} {self.most:,.3g}){how}"
