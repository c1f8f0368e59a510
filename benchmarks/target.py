"""A target, what was measured against it, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """``measured`` is to be at most ``most`` (or, with ``at_least``, not below it).

    ``key`` names it for good, in the history and in docs/performance.md; ``about`` says it to people.
    """

    key: str
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

    @property
    def record(self) -> dict[str, Any]:
        """As it is kept in the results."""
        return {**vars(self), "is_met": self.is_met}

    def __str__(self) -> str:
        verdict = "met   " if self.is_met else "MISSED"
        how = f"   {self.how}" if self.how else ""
        return f"{verdict}  {self.about}: {self.formatted} {self.unit} ({self.bound}){how}"

    @property
    def formatted(self) -> str:
        """What was measured, in figures."""
        return format_figures(self.measured)

    @property
    def bound(self) -> str:
        """What is asked for, in words."""
        return f"{'at least' if self.at_least else 'at most'} {format_figures(self.most)}"


def format_figures(number: float) -> str:
    """Three figures that count."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"  # noqa: PLR2004 - as many as count
