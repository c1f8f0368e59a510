"""The id of what has ended is found in any envelope."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.webhooks.events import MOST_IDS, read_event

ID = "0b9f6f0e-6a4e-4e3c-9b6c-0d5b9f6f0e11"


@pytest.mark.parametrize(
    "envelope",
    [
        {"event": "signal.completed", "data": {"id": ID, "status": "completed"}},
        {"id": "evt_1", "type": "signal.failed", "signal": {"id": ID}},
        {"eventType": "signal.completed", "signalId": ID},
        {"event_type": "signal.completed", "id": "evt_1", "payload": {"signal_id": ID, "id": "p1"}},
        {"type": "signal.completed", "id": ID},
        {"type": "signal.completed", "data": {"object": {"id": ID}}},
        {"events": [{"name": "signal.completed", "data": {"signal": ID}}]},
        [{"type": "signal.completed", "id": ID}],
    ],
)
def test_the_likeliest_id_comes_first(envelope: Any) -> None:
    """Nested or flat, camel or snake case, beside an id of the event: the signal's id is the first candidate."""
    event = read_event(json.dumps(envelope).encode())
    assert event is not None
    assert event.object_ids[0] == ID


def test_the_name_is_kept_where_it_is_one() -> None:
    """The event's name is that of something that ended, or unknown; a long list names few ids."""
    named = read_event(json.dumps({"type": "signal.failed", "id": ID}).encode())
    assert named is not None
    assert named.name == "signal.failed"
    many = read_event(json.dumps({"type": "x", "data": [{"id": f"s{n}"} for n in range(50)]}).encode())
    assert many is not None
    assert (many.name, len(many.object_ids)) == ("unknown", MOST_IDS)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"12", b'"x"', b"[]", b"{}", b'{"id": 5}', b'{"id": "a b"}'])
def test_what_names_nothing(body: bytes) -> None:
    """Garbage is no event."""
    assert read_event(body) is None


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(repr).map(str.encode))
def test_no_body_raises(body: bytes) -> None:
    """Whatever arrives, reading it raises nothing."""
    read_event(body)
    read_event(b"[" * 100_000)
