"""Noticing that nothing changes any more."""

from __future__ import annotations


class StabilityCheck:
    """Notices that two polls in a row saw the same numbers: nothing is being created or finished."""

    def __init__(self) -> None:
        self._last: tuple[int | None, ...] | None = None

    def is_stable(self, counts: tuple[int | None, ...]) -> bool:
        """Whether ``counts`` are those of the last poll."""
        was, self._last = self._last, counts
        return was == counts
