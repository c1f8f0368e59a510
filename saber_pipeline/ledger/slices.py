"""Slices of long sequences, so that statements stay small and memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

SLICE_ROWS = 5_000

T = TypeVar("T")


def batched(rows: Iterable[T], size: int = SLICE_ROWS) -> Iterator[list[T]]:
    """``rows`` in lists of at most ``size``."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk
