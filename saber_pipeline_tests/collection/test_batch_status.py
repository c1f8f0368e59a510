"""The batch status is a hint, whatever shape it has."""

from __future__ import annotations

from typing import Any

import pytest

from saber_pipeline.collection.company_reader import all_ended


@pytest.mark.parametrize(
    ("reply", "is_done"),
    [
        (None, False),
        ({}, False),
        ({"results": []}, False),
        ({"status": "completed"}, True),
        ({"batches": [{"state": "COMPLETED"}, {"state": "Failed"}]}, True),
        ({"batches": [{"status": "completed"}, {"status": "processing"}]}, False),
        ({"status": "something new"}, False),
        ({"status": 3, "signals": [{"status": {"code": "done"}}]}, False),
    ],
)
def test_only_what_is_understood_counts(reply: dict[str, Any] | None, is_done: bool) -> None:
    """A reply hints at the end only when everything it names has ended in words that are known."""
    assert all_ended(reply) is is_done
