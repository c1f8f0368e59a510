"""The balance, read outside of a run."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiUnreachableError, SettingsError
from saber_pipeline.runs.clients import ask_for_balance, client_for_sensor
from saber_pipeline_tests.testbed.world import World


def test_the_balance_is_read_by_one_request(world: World) -> None:
    """The number that Saber has, for one request."""
    world.sandbox.set_credits(1_234)
    assert asyncio.run(ask_for_balance(world.new_client)) == 1_234
    assert sum(world.sandbox.books(pairs=False)["requests"].values()) == 1


class UnreachableClient:
    is_closed = False

    async def __aenter__(self) -> UnreachableClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_closed = True

    async def get_credits(self) -> int:
        raise ApiUnreachableError("no connection")


def test_the_connections_are_closed_however_it_ends() -> None:
    """A sensor looks every minute for months: a look that fails leaves no connection open, and its error is told."""
    client = UnreachableClient()
    with pytest.raises(ApiUnreachableError):
        asyncio.run(ask_for_balance(lambda: cast("SaberClient", client)))
    assert client.is_closed


def test_without_a_key_no_request_is_sent() -> None:
    """The error of the missing key is raised where the client is made."""
    with pytest.raises(SettingsError, match="SABER_API_KEY"):
        asyncio.run(ask_for_balance(lambda: client_for_sensor(Settings())))
