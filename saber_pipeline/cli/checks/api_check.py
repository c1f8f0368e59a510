"""The checks of key, address, credits, monthly budgets, rate limit and LinkedIn. Their requests spend nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning
from saber_pipeline.cli.status_linkedin import waiting_pairs
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiError, ApiKeyRefusedError, ApiUnreachableError
from saber_pipeline.planning.monthly_budget import MonthBudget
from saber_pipeline.runs.clients import client_for_sensor
from saber_pipeline.runs.linkedin_notes import TO_DO

if TYPE_CHECKING:
    from saber_pipeline.api.retry_after import RateLimits

LOCAL = {"127.0.0.1", "localhost", "::1"}


def check_api(settings: Settings) -> Iterator[Finding]:
    """Asks ``GET /v1/credits`` once, for some seconds at most."""
    address = urlsplit(settings.base_url)
    if address.scheme == "http" and address.hostname not in LOCAL:
        yield warning("address", f"{settings.base_url} sends the key unencrypted", "Use https:// in SABER_BASE_URL.")
    if settings.api_key is None:
        yield problem(
            "key",
            "SABER_API_KEY is not set, so the API was not checked",
            "Put your key into .env, or use `saber-pipeline sandbox` to try without one.",
        )
        return
    shown = settings.api_key.masked
    try:
        balance, limits = asyncio.run(_ask(settings))
    except ApiKeyRefusedError as error:
        yield problem("key", f"the key {shown} is not accepted: {error}", "Copy the key from Saber again.")
        return
    except ApiUnreachableError as error:
        yield problem(
            "address",
            str(error),
            "Check SABER_BASE_URL, the network, and whether SABER_PROXY or SABER_CA_FILE is needed.",
        )
        return
    except ApiError as error:
        yield problem("address", str(error), "Try again later; check SABER_BASE_URL.")
        return
    through = "" if settings.proxy is None else f" through the proxy {settings.proxy.masked}"
    yield ok("address", f"{settings.base_url} answers{through}")
    yield ok("key", f"the key {shown} is accepted")
    yield _credits(settings, balance)
    yield _rate(limits)


def check_linkedin(settings: Settings) -> Iterator[Finding]:
    """Yields nothing if no pair waits for LinkedIn; otherwise asks the API, for some seconds at most."""
    waiting = sum(row["pairs"] for row in waiting_pairs(DataPaths.of(settings)))
    if not waiting:
        return
    told = f"{waiting:,} pairs failed because Saber was not connected to LinkedIn"
    try:
        is_connected = asyncio.run(_ask_linkedin(settings)) if settings.api_key else None
    except ApiError:  # the API's error was reported above
        is_connected = None
    if is_connected:
        yield ok("LinkedIn", f"connected; {told}, and the next run retries them if the connection is new")
    elif is_connected is None:
        yield warning(
            "LinkedIn",
            f"{told}; the API does not say whether Saber is connected now",
            f"{TO_DO}, then run with --force-refresh for these questions. Otherwise they wait 30 days.",
        )
    else:
        yield warning(
            "LinkedIn", f"Saber is not connected; {told}, and they wait", f"{TO_DO}; the next run asks them again."
        )


def check_month(look: MonthBudget | None) -> Finding:
    """``look``: what the ledger says of this month. Sends no request."""
    if look is None or (look.total.limit is None and not look.questions):
        spent = "" if look is None else f"; {look}"
        return ok("budget", f"no monthly budget is set (SABER_MONTHLY_CREDITS){spent}")
    if look.nearly_used_up:
        names = ", ".join(name for name, _ in look.nearly_used_up)
        return warning("budget", str(look), f"80 % or more of {names} is spent. Raise it, or wait for the next month.")
    return ok("budget", str(look))


async def _ask_linkedin(settings: Settings) -> bool | None:
    async with client_for_sensor(settings) as api:
        return await api.is_linkedin_connected()


async def _ask(settings: Settings) -> tuple[int, RateLimits]:
    async with client_for_sensor(settings) as api:
        return await api.get_credits_and_limits()


def _credits(settings: Settings, balance: int) -> Finding:
    found = f"{balance:,} credits, at {settings.credits_per_signal:f} for each signal"
    if balance < settings.credits_per_signal:
        return warning("credits", found, "Add credits at Saber. Until then runs can only collect.")
    if settings.low_credits is not None and balance < settings.low_credits:
        return warning("credits", f"{found}, below SABER_LOW_CREDITS = {settings.low_credits:,}", "Add credits.")
    return ok("credits", found)


def _rate(limits: RateLimits) -> Finding:
    if limits.limit is None or limits.remaining is None:
        return ok("rate limit", "the API reports none")
    found = f"{limits.remaining:,} of {limits.limit:,} reads left"
    if limits.remaining == 0:
        return warning(
            "rate limit", found, "Other programs use this key. Runs wait until the limit allows more requests."
        )
    return ok("rate limit", found)
