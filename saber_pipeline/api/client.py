"""The client of the Saber API: every operation of its interface as a typed method.

It does not depend on questions, ledgers or tables. Facts behind it: shared/saber_api.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Self

from saber_pipeline.api.account import AccountOperations
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.api.company_signals import CompanySignalOperations
from saber_pipeline.api.connectors import ConnectorOperations
from saber_pipeline.api.contact_operations import ContactOperations
from saber_pipeline.api.proxy import Way
from saber_pipeline.api.retry import RetryingClient, RetrySettings
from saber_pipeline.api.transport import RequestLimits, Transport

if TYPE_CHECKING:
    from collections import Counter
    from types import TracebackType

    import httpx

    from saber_pipeline.api.server_clock import ServerClock
    from saber_pipeline.api.stopwatch import Stopwatch


class SaberClient(CompanySignalOperations, ContactOperations, AccountOperations, ConnectorOperations):
    """An async context manager around one key at one address.

    Share one client in a process, because it keeps the rate limits. ``base_url`` may have a path prefix and a trailing
    slash. Raises SettingsError for an unusable key or address.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rng: random.Random | None = None,
        retry: RetrySettings = RetrySettings(),  # noqa: B008 - frozen, so one instance for all is safe
        limits: RequestLimits = RequestLimits(),  # noqa: B008 - frozen, so one instance for all is safe
        way: Way = Way(),  # noqa: B008 - frozen, so one instance for all is safe
    ) -> None:
        self._transport = Transport(api_key, base_url, transport=transport, limits=limits, way=way)
        rng = rng or random.Random()  # noqa: S311 - spreads waits, guards nothing
        self._client = RetryingClient(self._transport, clock=clock, rng=rng, retry=retry, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"SaberClient({self._transport.masked_key!r}, {self.base_url!r})"

    @property
    def base_url(self) -> str:
        """The address, without a trailing slash."""
        return self._transport.base_url

    @property
    def server_clock(self) -> ServerClock:
        """The API's time; the machine's time before the first reply."""
        return self._client.server_clock

    @property
    def stopwatch(self) -> Stopwatch:
        """Measures waits by this machine's time."""
        return self._client.stopwatch

    @property
    def request_counts(self) -> Counter[str]:
        """The number of requests by operation, including retries."""
        return self._client.request_counts

    @property
    def reads(self) -> int:
        """The number of requests without effect."""
        return self._client.reads

    @property
    def writes(self) -> int:
        """The number of requests that may buy or change something."""
        return self._client.writes

    async def close(self) -> None:
        await self._transport.close()
