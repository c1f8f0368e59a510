"""SQL that gives a property of an object answer its column's type. A value that does not fit is NULL, never bent.

DuckDB's own json_transform rounds 2.5 to an integer, takes 2 for true, and makes NaN of a text: here the JSON kind of
a value decides. The expressions stand in published views, so they use nothing but DuckDB's own functions.
"""

from __future__ import annotations

import json
from typing import Any

from saber_pipeline.warehouse.sql import identifier, json_pointer, literal

BENT_TYPES = ("BIGINT", "DOUBLE", "BOOLEAN")


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
