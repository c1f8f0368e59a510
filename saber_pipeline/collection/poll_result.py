"""The interface for reading completed signals in bulk, which each kind of subject implements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from saber_pipeline.ledger.purchases import Submission


@dataclass(frozen=True)
class PollResult:
    """The number of signals that are ``processing``, and of completed ones that are too young to be read (``unread``).

    ``processing`` is None if it was not counted, because answers keep coming.
    """

    processing: int | None
    unread: int


class ListingReader(Protocol):
    """Reads for one run and passes signals to the sink. Pairs without a signal are looked up one by one afterwards."""

    async def poll(self, followed: list[Submission]) -> PollResult:
        """Read new signals of the ``followed`` submissions."""
        ...

    async def poll_failed(self, followed: Iterable[Submission]) -> None:
        """Read failed signals, which ``poll`` may leave out."""
        ...

    async def batch_is_done(self, subject: str) -> bool:
        """Whether the API reports every batch about ``subject`` as ended."""
        ...
