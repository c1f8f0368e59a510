"""The payload of an answer is found under every spelling of its key."""

from __future__ import annotations

from typing import Any

import pytest

from saber_pipeline.api.decode import answer_payload


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"type": "open_text", "open_text": {"value": "x"}}, ("open_text", {"value": "x"})),
        ({"type": "open_text", "openText": {"value": "x"}}, ("open_text", {"value": "x"})),
        ({"type": "contactPosts", "contact_posts": {"value": []}}, ("contactPosts", {"value": []})),
        ({"type": "json_schema", "result": {"a": 1}}, ("json_schema", {"a": 1})),
        ({"type": "number", "a": {"value": 1}, "b": {"value": 2}}, None),
        ({"type": "number", "number": None}, None),
        ({"type": "type"}, None),
        ({"number": {"value": 1}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_payload(answer: dict[str, Any] | None, found: tuple[str, Any] | None) -> None:
    """As given, camelCase, snake_case, then the only other key; what is ambiguous is not guessed."""
    assert answer_payload(answer) == found
