"""Typed columns for the properties of a json_schema question's output schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saber_pipeline.warehouse.sql import json_pointer

RESERVED = ("subject", "confidence", "completed_at", "signal_id")
PLAIN_TYPES = {"string": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN"}


@dataclass(frozen=True)
class PropertyColumn:
    """One property as a column. ``structure`` is what DuckDB's json_transform takes, as JSON text."""

    name: str
    property_name: str
    structure: str

    @property
    def pointer(self) -> str:
        """JSON pointer to the property (RFC 6901)."""
        return json_pointer(self.property_name)


def property_columns(schema: Mapping[str, Any] | None) -> list[PropertyColumn]:
    """A column for each top-level property, in the schema's order.

    A name that is taken gets ``json_schema_`` in front; of names that differ by case only, the later
    ones get a number behind, as DuckDB's names know no case.
    """
    properties = (schema or {}).get("properties")
    if not isinstance(properties, Mapping):
        return []
    taken = set(RESERVED)
    own = {str(name).lower() for name in properties}
    columns = []
    for property_name, part in properties.items():
        name = _free_name(str(property_name), taken, own)
        taken.add(name.lower())
        columns.append(PropertyColumn(name, str(property_name), json.dumps(_structure(part))))
    return columns


def _free_name(property_name: str, taken: set[str], own: set[str]) -> str:
    if property_name and property_name.lower() not in taken:
        return property_name
    base = property_name if property_name.lower() not in RESERVED else f"json_schema_{property_name}"
    base = base or "json_schema_"
    if base.lower() not in taken | own:
        return base
    number = 2
    while f"{base}_{number}".lower() in taken | own:
        number += 1
    return f"{base}_{number}"


def _structure(part: object) -> Any:
    """The json_transform structure of a schema part. What has no single plain type stays JSON."""
    if not isinstance(part, Mapping):
        return "JSON"
    kinds = part.get("type")
    names = [kinds] if isinstance(kinds, str) else list(kinds) if isinstance(kinds, list) else []
    names = [name for name in names if name != "null"]
    if not names and _holds_only_texts(part.get("enum")):
        return "VARCHAR"
    if len(names) != 1:
        return "JSON"
    if names[0] == "array":
        return [_structure(part.get("items"))]
    if names[0] == "object":
        return _object_structure(part.get("properties"))
    return PLAIN_TYPES.get(names[0], "JSON")


def _object_structure(properties: object) -> Any:
    if not isinstance(properties, Mapping) or not properties:
        return "JSON"
    names = [str(name) for name in properties]
    if "" in names or len({name.lower() for name in names}) < len(names):
        return "JSON"  # a STRUCT's fields need names, and know no case
    return {str(name): _structure(part) for name, part in properties.items()}


def _holds_only_texts(values: object) -> bool:
    return isinstance(values, list) and all(value is None or isinstance(value, str) for value in values)
