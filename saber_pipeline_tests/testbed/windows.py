"""Which windows of completion times were asked for, seen from the requests themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from saber_pipeline_tests.testbed.world import InterceptingTransport


@dataclass
class AskedWindows:
    """Listings with a time of completion at both ends: their windows, and the offsets of their pages."""

    windows: list[tuple[str, str]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Real HTTP; each request is noted."""
        return InterceptingTransport(after=self._note)

    def read_through(self) -> int:
        """How many windows were read beyond their first page."""
        return len({window for window, offset in zip(self.windows, self.offsets, strict=True) if offset})

    def _note(self, request: httpx.Request) -> None:
        asked = request.url.params
        if "fromDate" in asked and "toDate" in asked:
            self.windows.append((asked["fromDate"], asked["toDate"]))
            self.offsets.append(int(asked.get("offset", 0)))
