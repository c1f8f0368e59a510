"""Output schemas are held to the API's limits before anything is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline_tests.config.questions.reports import load, report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}


def _questions(schema: Any) -> str:
    body = schema if isinstance(schema, str) else json.dumps(schema)
    return f"questions:\n  a:\n    question: A?\n    answer_type: json_schema\n    output_schema: {body}\n"


def _nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = TEXT
    for _ in range(levels):
        inner = {"type": "object", "properties": {"p": inner}}
    return inner


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": TEXT}, "required": ["a"], "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"enum": ["x", 1, None]}}},
        {
            "type": "object",
            "properties": {"a": {"type": "array"}, "type": {"type": "integer", "enum": [1, 2]}},
        },
        {"type": "object", "properties": {f"p{n}": TEXT for n in range(100)}},
        _nested(5),
        {"type": "object", "properties": {"list": {"type": "array", "items": _nested(4)}}},
    ],
)
def test_allowed_schemas(tmp_path: Path, schema: dict[str, Any]) -> None:
    """Schemas up to the limits pass through as they were written."""
    assert load(tmp_path, _questions(schema)).by_key("a").output_schema == schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("text", ": found 'text'; allowed is a JSON schema, a mapping"),
        ({"type": "array", "items": TEXT}, ".type: the root is not an object; allowed is `type: object`"),
        ({"type": "object"}, ".properties: the root has no properties; give at least one"),
        ({"type": "object", "properties": {}}, ".properties: the root has no properties; give at least one"),
        (
            {"type": "object", "properties": {"x": {"type": "text"}}},
            ".properties.x.type: 'text' is not a type; allowed",
        ),
        (
            {"type": "object", "properties": {"x": {"type": "strin"}}},
            (
                ".properties.x.type: 'strin' is not a type (did you mean 'string'?); allowed is "
                "object, array, string, number, integer, boolean or null"
            ),
        ),
        (
            "{type: object, properties: {x: {type: null}}}",
            ".properties.x.type: null without quotes is not a type",
        ),
        (
            {"type": "object", "properties": {"x": {"type": ["string", "number"]}}},
            ".properties.x.type: several types make no column; allowed is one type, or one type and null",
        ),
        ({"type": "object", "properties": {"x": {}}}, ".properties.x.type: it is missing; allowed is object"),
        (
            {"type": "object", "properties": {"x": "string"}},
            ".properties.x: found 'string'; allowed is a schema",
        ),
        (
            {"type": "object", "properties": [1]},
            ".properties: found a list; allowed is a mapping of names to",
        ),
        (
            {"type": "object", "properties": {"x": TEXT}, "anyOf": []},
            ".anyOf: not allowed: the API takes no alter",
        ),
        ({"type": "object", "properties": {"x": TEXT}, "oneOf": []}, ".oneOf: not allowed"),
        ({"type": "object", "properties": {"x": TEXT}, "allOf": []}, ".allOf: not allowed"),
        (
            {"type": "object", "properties": {"x": {"type": "string", "$ref": "#"}}},
            ".properties.x.$ref: not allowed: references are not safe",
        ),
        (
            {"type": "object", "properties": {"x": {"type": "string", "descripton": "d"}}},
            ".properties.x.descripton: unknown keyword (did you mean 'description'?); allowed is",
        ),
        (
            {"type": "object", "properties": {"name": TEXT}, "required": ["nam"]},
            ".required: 'nam' is not a property of this object (did you mean 'name'?)",
        ),
        (
            {"type": "object", "properties": {"x": TEXT}, "required": True},
            ".required: allowed is a list of prop",
        ),
        (
            {"type": "object", "properties": {"x": {"type": "string", "enum": []}}},
            ".x.enum: allowed is a list of at",
        ),
        (
            {"type": "object", "properties": {"x": {"type": "string", "enum": ["a", 5]}}},
            ".x.enum: 5 is not of type string; quote a value that is meant as text",
        ),
        (
            {"type": "object", "properties": {"x": {"type": "string", "items": TEXT}}},
            ".properties.x.items: only an array has items, this is of type string",
        ),
        (
            {"type": "object", "properties": {"x": TEXT}, "additionalProperties": TEXT},
            ".additionalProperties: a schema is not allowed here; allowed is true or false",
        ),
        (_nested(6), ".properties.p" * 5 + ": this object is on level 6; allowed are 5 levels"),
        (
            {"type": "object", "properties": {f"p{n}": TEXT for n in range(101)}},
            ": found 101 properties in all; allowed are 100",
        ),
        (
            {
                "type": "object",
                "properties": {"x": {"type": "array", "items": {"type": "object", "$ref": "#"}}},
            },
            ".properties.x.items.$ref: not allowed",
        ),
    ],
)
def test_refused_schemas(tmp_path: Path, schema: Any, expected: str) -> None:
    """What the API would not take is told with its path inside the schema."""
    lines = report(tmp_path, _questions(schema))
    assert any(expected in line and line.startswith("5: a.output_schema") for line in lines), lines


def test_lines_inside_a_schema(tmp_path: Path) -> None:
    """A mistake deep in a schema carries its own line."""
    schema = "\n      type: object\n      properties:\n        x:\n          type: strin"
    (line,) = report(tmp_path, _questions(schema))
    assert line.startswith("9: a.output_schema.properties.x.type: ")
