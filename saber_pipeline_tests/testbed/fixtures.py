"""Worlds to buy in, each with a sandbox of its own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.testbed.world import World, start_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StartWorld(Protocol):
    def __call__(self, **sandbox: Any) -> World: ...


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartWorld]:
    """Start a world whose sandbox has these settings; see ``start_world``."""
    with ExitStack() as stack:

        def started(**sandbox: Any) -> World:
            return start_world(stack.enter_context, tmp_path, **sandbox)

        yield started


@pytest.fixture
def world(start: StartWorld) -> World:
    """A world where everything is answered."""
    return start()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger in a file of its own."""
    opened = Ledger.open(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()
