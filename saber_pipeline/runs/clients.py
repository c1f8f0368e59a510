"""Clients of the configured API: a patient one for runs, an impatient one for looks."""

from __future__ import annotations

from collections.abc import Callable

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.proxy import Way
from saber_pipeline.api.retry import RetrySettings
from saber_pipeline.api.transport import RequestLimits
from saber_pipeline.config.settings import Settings


def way_to_api(settings: Settings) -> Way:
    """The proxy and the certificates that the settings name."""
    return Way(None if settings.proxy is None else settings.proxy.reveal(), settings.ca_file)


def client_for_run(settings: Settings) -> SaberClient:
    """For a run: it repeats what may be repeated. Raises SettingsError where there is no key."""
    limits = RequestLimits(max_concurrent=settings.concurrency)
    return SaberClient(settings.require_api_key().reveal(), settings.base_url, limits=limits, way=way_to_api(settings))


def client_for_sensor(settings: Settings) -> SaberClient:
    """For a look that somebody waits for: it tries once and gives up in seconds. Raises SettingsError without a key."""
    limits = RequestLimits(
        max_concurrent=1, connect_seconds=3.0, reply_seconds=5.0, total_seconds=10.0, rate_limit_patience_seconds=5.0
    )
    key = settings.require_api_key().reveal()
    retry = RetrySettings(attempts=1)
    return SaberClient(key, settings.base_url, retry=retry, limits=limits, way=way_to_api(settings))


async def ask_for_balance(new_client: Callable[[], SaberClient]) -> int:
    """The balance at the API now, for a look outside of any run. Raises SettingsError without a key, and ApiError."""
    async with new_client() as api:
        return await api.get_credits()
