"""Worlds to buy in, each with a sandbox of its own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.testbed.object_server import ObjectServer, running_object_server, why_no_object_server
from saber_pipeline_tests.testbed.postgres import PostgresServer, running_postgres, why_no_postgres
from saber_pipeline_tests.testbed.world import World, start_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StartWorld(Protocol):
    def __call__(self, **sandbox: Any) -> World: ...


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A Postgres of its own; the test is skipped where none is installed."""
    if why := why_no_postgres():
        pytest.skip(why)
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def new_address(postgres_server: PostgresServer) -> LedgerAddress:
    """The address of a new ledger on Postgres: a schema of its own."""
    return postgres_server.new_schema()


@pytest.fixture(scope="session")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """An object store of its own; the test is skipped where none is installed."""
    if why := why_no_object_server():
        pytest.skip(why)
    with running_object_server(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture
def store_address(object_server: ObjectServer) -> StoreAddress:
    """The address of an empty store: a prefix of its own."""
    return object_server.new_prefix()


@pytest.fixture
def world_ledger(request: pytest.FixtureRequest) -> LedgerAddress | None:
    """Where worlds have their ledger: in a file, unless the tests run with ``--ledger postgres``."""
    if request.config.getoption("--ledger") == "sqlite":
        return None
    if marker := request.node.get_closest_marker("ledger_in_a_file"):
        pytest.skip(f"The ledger has to be in a file: {marker.args[0]}")
    address: LedgerAddress = request.getfixturevalue("new_address")
    return address


@pytest.fixture
def start(tmp_path: Path, world_ledger: LedgerAddress | None) -> Iterator[StartWorld]:
    """Start a world whose sandbox has these settings; see ``start_world``."""
    with ExitStack() as stack:

        def started(**sandbox: Any) -> World:
            started_world = start_world(stack.enter_context, tmp_path, **sandbox)
            started_world.ledger_address = world_ledger
            return started_world

        yield started


@pytest.fixture
def world(start: StartWorld) -> World:
    """A world where everything is answered."""
    return start()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_place(tmp_path: Path, request: pytest.FixtureRequest) -> Path | LedgerAddress:
    """Where a new ledger may be: a file, and a schema of a database."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    address: LedgerAddress = request.getfixturevalue("new_address")
    return address


@pytest.fixture
def ledger(ledger_place: Path | LedgerAddress) -> Iterator[Ledger]:
    """A new ledger in a file of its own, and in a schema of its own."""
    opened = Ledger.open(ledger_place)
    yield opened
    opened.close()
