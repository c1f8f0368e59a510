"""Reading the batch status, whose shape is not public: a hint at most, and never more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

DONE = frozenset({"completed", "complete", "done", "finished", "failed", "succeeded"})


def all_ended(reply: dict[str, Any] | None) -> bool:
    """Whether a reply says of everything it names that it has ended; false for what is not understood."""
    statuses = set(_statuses(reply))
    return bool(statuses) and statuses <= DONE


def _statuses(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and str(name).lower() in ("status", "state"):
                yield inner.lower()
            else:
                yield from _statuses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statuses(inner)
