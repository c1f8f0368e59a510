"""Typed columns for the properties of a json_schema question's output schema.

A value that does not fit its column is NULL, never bent. DuckDB's own json_transform rounds 2.5 to an integer, takes 2
for true, and makes NaN of a text: here the JSON kind of a value decides. The expressions stand in published views, so
they use nothing but DuckDB's own functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saber_pipeline.warehouse.sql import identifier, json_pointer, literal

RESERVED = ("subject", "confidence", "completed_at", "signal_id")
PLAIN_TYPES = {"string": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN"}
BENT_TYPES = ("BIGINT", "DOUBLE", "BOOLEAN")


@dataclass(frozen=True)
class PropertyColumn:
    """One property as a column. ``structure`` is what DuckDB's json_transform takes."""

    name: str
    property_name: str
    structure: Any


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
        columns.append(PropertyColumn(name, str(property_name), _structure(part)))
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


def column_value(part: str, structure: Any, depth: int = 0) -> str:
    """SQL for the JSON ``part`` as ``structure`` (what json_transform takes) says; ``depth`` lists are around it."""
    if not _holds_bent_types(structure):
        return f"json_transform({part}, {literal(json.dumps(structure))})"
    if isinstance(structure, list):
        item = f"item_{depth}"
        inner = column_value(item, structure[0], depth + 1)
        return (
            f"CASE WHEN json_type({part}) = 'ARRAY' THEN "
            f"list_transform(json_extract({part}, '$[*]'), lambda {item}: {inner}) END"
        )
    if isinstance(structure, dict):
        fields = ", ".join(
            f"{identifier(name)} := {column_value(_member(part, name), inner, depth)}"
            for name, inner in structure.items()
        )
        return f"CASE WHEN json_type({part}) = 'OBJECT' THEN struct_pack({fields}) END"
    return _scalar(part, structure)


def _scalar(part: str, kind: str) -> str:
    text = f"({part} ->> '$')"
    is_number = f"json_type({part}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')"
    if kind == "BOOLEAN":
        return (
            f"CASE WHEN json_type({part}) = 'BOOLEAN' OR {text} IN ('true', 'false') "
            f"THEN TRY_CAST({text} AS BOOLEAN) END"
        )
    if kind == "BIGINT":
        # 2.0 and 2e3 are whole numbers in JSON; a DOUBLE would lose digits of those written without a point.
        whole = rf"regexp_full_match({text}, '\s*[+-]?[0-9]+\s*')"
        from_double = f"TRY_CAST({text} AS DOUBLE)"
        return (
            f"CASE WHEN {whole} THEN TRY_CAST({text} AS BIGINT) "
            f"WHEN {is_number} AND {from_double} = trunc({from_double}) THEN TRY_CAST({from_double} AS BIGINT) END"
        )
    number = rf"regexp_full_match({text}, '\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*')"
    cast = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN {number} AND isfinite({cast}) THEN {cast} END"


def _member(part: str, name: str) -> str:
    return f"json_extract({part}, {literal(json_pointer(name))})"


def _holds_bent_types(structure: Any) -> bool:
    if isinstance(structure, list):
        return any(_holds_bent_types(item) for item in structure)
    if isinstance(structure, dict):
        return any(_holds_bent_types(item) for item in structure.values())
    return structure in BENT_TYPES
