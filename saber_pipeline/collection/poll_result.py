"""Reading in bulk what has completed since the last poll, as each kind of subject allows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from saber_pipeline.ledger.purchases import Submission


@dataclass(frozen=True)
class PollResult:
    """What a poll saw: signals that are ``processing``, and completed ones too young to be read (``unread``).

    ``processing`` is None where nothing was counted, because answers keep coming.
    """

    processing: int | None
    unread: int


class ListingReader(Protocol):
    """Reads for one run. What it finds goes to the sink; pairs it does not explain are looked up one by one."""

    async def poll(self, followed: list[Submission]) -> PollResult:
        """Read what is new of the ``followed`` submissions."""
        ...

    async def poll_failed(self, followed: Iterable[Submission]) -> None:
        """Read what ``poll`` may have left out: failed signals."""
        ...

    async def batch_is_done(self, subject: str) -> bool:
        """Whether the API says that everything bought about ``subject`` has ended."""
        ...
