"""Reads the batch status. Its shape is not documented, so it is only a hint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

DONE = frozenset({"completed", "complete", "done", "finished", "failed", "succeeded"})


def all_ended(reply: dict[str, Any] | None) -> bool:
    """Whether a reply reports every batch it names as ended; False for a reply that is not understood."""
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
