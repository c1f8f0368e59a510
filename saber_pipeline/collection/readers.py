"""Reading in bulk what has completed since the last look, as each kind of subject allows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from saber_pipeline.ledger.purchases import Submission


@dataclass(frozen=True)
class Seen:
    """What a look saw: signals that are ``processing``, and completed ones too young to be read (``unread``).

    ``processing`` is None where nothing was counted, because answers keep coming.
    """

    processing: int | None
    unread: int


class BulkReader(Protocol):
    """Reads for one run. What it finds goes to the receiver; pairs it does not explain are looked up one by one."""

    async def look(self, followed: list[Submission]) -> Seen:
        """Read what is new of the ``followed`` submissions."""
        ...

    async def sweep(self, followed: Iterable[Submission]) -> None:
        """Read what ``look`` may have left out: failed signals."""
        ...

    async def says_done(self, subject: str) -> bool:
        """Whether the API says that everything bought about ``subject`` has ended."""
        ...
