"""One request over HTTP, without any second thought: a complete reply, or why there is none."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import httpx

from saber_pipeline import __version__
from saber_pipeline.api.masking import mask_key, without_key
from saber_pipeline.api.replies import Call, NoReply, Reply
from saber_pipeline.errors import SettingsError

CONNECTIONS_PER_POOL = 8
"""httpx's pool costs the square of its connections for each request, so several small ones are used."""


@dataclass(frozen=True)
class RequestLimits:
    """Bounds on every request; seconds.

    ``reply_seconds`` is the longest silence, ``total_seconds`` the longest request as a whole; a sync
    create has the time it asks the API to wait on top of both. ``rate_limit_patience_seconds`` bounds
    what rate limits may add to one request.
    """

    max_concurrent: int = 64
    connect_seconds: float = 10.0
    reply_seconds: float = 60.0
    total_seconds: float = 180.0
    rate_limit_patience_seconds: float = 600.0


@dataclass
class _Pool:
    http: httpx.AsyncClient
    under_way: int = 0


class Exchanger:
    """Sends requests to one base URL with one key. Nothing it raises or returns shows the key."""

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None,
        limits: RequestLimits,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._key = checked_key(api_key)
        self._limits = limits
        self._reads, self._writes = _http_pools(self._key, transport, limits)

    @property
    def shown_key(self) -> str:
        """The key as it may be shown."""
        return mask_key(self._key)

    def masked(self, body: bytes) -> bytes:
        """A body as it may be kept in an error."""
        return without_key(body, self._key)

    async def exchange(self, call: Call) -> Reply | NoReply:
        """Send once. Failures are returned, not raised: an exception would carry the request's headers."""
        pools = self._writes if call.is_write else self._reads
        pool = min(pools, key=lambda candidate: candidate.under_way)
        pool.under_way += 1
        try:
            return await self._exchange(pool.http, call)
        finally:
            pool.under_way -= 1

    async def _exchange(self, http: httpx.AsyncClient, call: Call) -> Reply | NoReply:
        headers = dict(call.headers)
        content = call.content
        if content is not None:
            headers["Content-Type"] = "application/json"
        reply_seconds = self._limits.reply_seconds + call.wait_seconds
        try:
            async with asyncio.timeout(self._limits.total_seconds + call.wait_seconds):
                response = await http.request(
                    call.method,
                    self.base_url + call.path,
                    params=list(call.query),
                    content=content,
                    headers=headers,
                    timeout=httpx.Timeout(reply_seconds, connect=self._limits.connect_seconds),
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NoReply(self._words(error), was_never_sent=True)
        except (httpx.TransportError, httpx.DecodingError) as error:
            return NoReply(self._words(error), was_never_sent=False)
        except TimeoutError:
            return NoReply("it took too long", was_never_sent=False)
        body = response.content
        is_success = response.is_success
        return Reply(response.status_code, response.headers, body if is_success else self.masked(body))

    def _words(self, error: Exception) -> str:
        said = str(error).strip().rstrip(".").replace(self._key, self.shown_key)
        name = type(error).__name__
        return f"{name}: {said}" if said else name

    async def close(self) -> None:
        """Close all connections."""
        for pool in (*self._reads, *self._writes):
            await pool.http.aclose()


def checked_key(api_key: str) -> str:
    """The key without surrounding space. Raises SettingsError where it cannot be sent in a header."""
    key = api_key.strip()
    if not key:
        raise SettingsError("SABER_API_KEY is not set: put your Saber API key there, or in .env.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError("SABER_API_KEY holds spaces or special characters: copy the key again.")
    return key


def checked_base_url(base_url: str) -> str:
    """The base URL without a trailing slash. Raises SettingsError where it is no HTTP address."""
    try:
        url = httpx.URL(base_url.strip())
        is_usable = url.scheme in ("http", "https") and bool(url.host) and not url.query and not url.fragment
    except (httpx.InvalidURL, ValueError):
        is_usable = False
    if not is_usable or url.userinfo:
        raise SettingsError("SABER_BASE_URL must be an address such as https://api.saber.app, with a path at most.")
    return base_url.strip().rstrip("/")


def _http_pools(
    key: str, transport: httpx.AsyncBaseTransport | None, limits: RequestLimits
) -> tuple[list[_Pool], list[_Pool]]:
    """The pools for reads and those for writes; with an injected transport one for both."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "User-Agent": f"saber-pipeline/{__version__}",
    }
    if transport is not None:
        shared = [_Pool(httpx.AsyncClient(transport=transport, headers=headers, trust_env=False))]
        return shared, shared
    context = httpx.create_ssl_context(trust_env=False)

    def pools(*, keepalive_connections: int) -> list[_Pool]:
        sizes = httpx.Limits(max_connections=CONNECTIONS_PER_POOL, max_keepalive_connections=keepalive_connections)
        return [
            _Pool(httpx.AsyncClient(headers=headers, verify=context, trust_env=False, limits=sizes))
            for _ in range(math.ceil(limits.max_concurrent / CONNECTIONS_PER_POOL))
        ]

    # A write never takes a connection that the server may be closing just now: a reset on one
    # would leave open whether the purchase arrived.
    return pools(keepalive_connections=CONNECTIONS_PER_POOL), pools(keepalive_connections=0)
