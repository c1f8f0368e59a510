"""Reading a span of completion times: cut until each part is small, and proven part by part."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest

from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.windows import MIN_WINDOW, WindowRead, read_window
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.windows import AskedWindows
from saber_pipeline_tests.testbed.world import BATCHES, SIZE, World, domains

SIGNALS, MAX_ROWS = 200, 60


class Taking:
    """Keeps ids, by delivery."""

    def __init__(self) -> None:
        self.deliveries: list[set[str]] = []

    @contextmanager
    def deliver(self) -> Iterator[Taking]:
        """One delivery."""
        self.deliveries.append(set())
        yield self

    def take(self, signals: Iterable[Signal]) -> None:
        """Keep the ids."""
        self.deliveries[-1].update(signal.id for signal in signals)

    @property
    def ids(self) -> set[str]:
        return set().union(*self.deliveries)


def bought(start: StartWorld, seconds: float) -> tuple[World, datetime]:
    """A world whose signals have all completed within so many seconds, and when the first of them was made."""
    world = start(processing_seconds=(0.0, seconds), failed_share=0)
    began = world.clock.now()
    body = {"signals": [{"question": SIZE.text}], "domains": domains(SIGNALS), "async": True}
    headers = {"Authorization": f"Bearer {world.key}"}
    httpx.post(world.sandbox.base_url + BATCHES, json=body, headers=headers, trust_env=False).raise_for_status()
    world.clock.advance(seconds + 60)
    return world, began


def read(world: World, taking: Taking, began: datetime, expected_rows: int = 0) -> WindowRead:
    async def reading() -> WindowRead:
        async with world.new_client() as client:
            return await read_window(
                client,
                taking.deliver,
                start=began,
                end=world.clock.now(),
                max_rows=MAX_ROWS,
                expected_rows=expected_rows,
            )

    return asyncio.run(reading())


@pytest.mark.parametrize("expected_rows", [0, SIGNALS])
def test_windows_are_halved(start: StartWorld, expected_rows: int) -> None:
    """A span with more rows than one window may have is read in parts that each have fewer, and all of it arrives."""
    world, began = bought(start, 120.0)
    asked, taking = AskedWindows(), Taking()
    world.transport = asked.transport
    result = read(world, taking, began, expected_rows=expected_rows)
    assert (len(taking.ids), result.is_proven) == (SIGNALS, True)
    assert asked.read_through() >= SIGNALS // MAX_ROWS + 1
    assert max(asked.offsets) <= MAX_ROWS  # the page behind a window tells whether its total is true
    assert max(map(len, taking.deliveries)) <= MAX_ROWS
    # What is known to be too long is not asked for in one piece first.
    whole = (asked.windows[0][0], max(end for _, end in asked.windows))
    assert (asked.windows[0] == whole) is (expected_rows == 0)


def test_a_window_of_seconds_is_read_whole(start: StartWorld) -> None:
    """Everything may complete in one second: a window that short is not halved for ever."""
    world, began = bought(start, 0.0)
    taking = Taking()
    asked = AskedWindows()
    world.transport = asked.transport
    assert read(world, taking, began).is_proven
    assert len(taking.ids) == SIGNALS
    spans = [datetime.fromisoformat(end) - datetime.fromisoformat(begin) for begin, end in asked.windows]
    assert min(spans) >= MIN_WINDOW - timedelta(seconds=1)
