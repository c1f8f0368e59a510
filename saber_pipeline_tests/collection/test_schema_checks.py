"""Objects against output schemas: the quick check and jsonschema agree."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.collection.schema_checks import schema_check

NAMES = st.sampled_from(["name", "stage", "amount"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 1.0, 1.5]), st.sampled_from(["", "1", "seed"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3))
)
TYPES = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])


def _with_parts(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=2, unique=True)),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "items": inner,
            "additionalProperties": st.booleans(),
            "description": st.just("what it is"),
            "minimum": st.integers(-1, 1),  # of the keywords that the quick check leaves to jsonschema
        },
    )


SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(st.builds(dict, type=TYPES), _with_parts, max_leaves=6)


@given(SCHEMAS, VALUES)
def test_agrees_with_jsonschema(schema: dict[str, Any], value: object) -> None:
    """Whatever the schema says, the verdict is jsonschema's."""
    assert schema_check(schema)(value) == jsonschema.Draft202012Validator(schema).is_valid(value)


def test_documented_keywords_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema made of the keywords that the API documents needs no jsonschema."""
    monkeypatch.delattr(jsonschema, "Draft202012Validator")
    schema = {
        "type": "object",
        "required": ["stage"],
        "properties": {
            "stage": {"type": "string", "enum": ["seed", "public"]},
            "investors": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        },
    }
    check = schema_check(schema)
    assert check({"stage": "seed", "investors": [{"name": "Ada"}]})
    assert not check({"stage": "seed", "investors": [{"name": 1}]})
