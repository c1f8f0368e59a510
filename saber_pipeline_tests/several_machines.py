"""Which tests are about several machines: what ``make test-distributed`` runs.

They start the real parts: a Postgres, a redis, an object store of their own. A test that only buys in a world does so
with its ledger in a file, and with ``--ledger postgres`` in a database; no other one is worth running again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUYING = ("ledger", "purchasing", "collection", "planning", "runs", "webhooks", "alerts")
"""The folders with tests of what uses the ledger."""

PARTS = frozenset({"postgres_server", "new_address", "object_server", "store_address"})
"""Who asks for one of these fixtures starts a part in any case."""


def mark_distributed(items: Sequence[pytest.Item]) -> None:
    """Mark as ``distributed`` what needs a real part."""
    for item in items:
        if _starts_a_part(item):
            item.add_marker(pytest.mark.distributed)


def of_several_machines(items: Sequence[pytest.Item], *, share: int) -> list[pytest.Item]:
    """Those that need a real part, and of those that are others with a ledger in a database each ``share``-th."""
    needing = [item for item in items if item.get_closest_marker("distributed")]
    gaining = [item for item in items if _gains(item) and not item.get_closest_marker("distributed")]
    return needing + gaining[::share]


def _gains(item: pytest.Item) -> bool:
    return "world_ledger" in _fixtures(item) and item.path.relative_to(HERE).parts[0] in BUYING


def _starts_a_part(item: pytest.Item) -> bool:
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return bool(_fixtures(item) & PARTS) or given.get("ledger_place") == "postgres"


def _fixtures(item: pytest.Item) -> frozenset[str]:
    return frozenset(item.fixturenames) if isinstance(item, pytest.Function) else frozenset()
