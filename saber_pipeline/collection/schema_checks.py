"""Checks values against output schemas, a thousand answers in milliseconds.

The keywords that the API documents are checked here, with the same results as jsonschema. A schema with any other
keyword goes to jsonschema itself, which takes 60 microseconds for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any], bool]

_KNOWN = frozenset(
    ("type", "properties", "required", "items", "enum", "additionalProperties", "title", "description", "default")
)
_OF_TYPE: dict[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
    ),
}


def schema_check(schema: Mapping[str, Any]) -> Check:
    """A function that checks a parsed JSON value against ``schema`` (JSON Schema 2020-12)."""
    quick = _quick_check(schema)
    if quick is not None:
        return quick
    from saber_pipeline.collection.schema_patterns import validator_of  # noqa: PLC0415  0.1 s, mostly not needed

    validator = validator_of(schema)
    return lambda value: bool(validator.is_valid(value))


def _quick_check(schema: Any) -> Check | None:
    """A check without jsonschema; None if the schema has keywords that are not supported here."""
    if not isinstance(schema, Mapping) or not _KNOWN.issuperset(schema):
        return None
    checks: list[Check] = []
    for keyword in ("type", "enum", "required", "properties", "items"):
        if keyword in schema:
            check = _MAKERS[keyword](schema[keyword], schema)
            if check is None:
                return None
            checks.append(check)
    if schema.get("additionalProperties", True) is not True and "properties" not in schema:
        return None
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _type_check(types: Any, _schema: Mapping[str, Any]) -> Check | None:
    names = [types] if isinstance(types, str) else types
    if not isinstance(names, Sequence) or not all(isinstance(name, str) and name in _OF_TYPE for name in names):
        return None
    checks = [_OF_TYPE[name] for name in names]
    return checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)


def _enum_check(allowed: Any, _schema: Mapping[str, Any]) -> Check | None:
    if not all(item is None or isinstance(item, str | int | float) for item in allowed):
        return None
    # In JSON, true differs from 1, unlike in Python; 1 equals 1.0 in both.
    known = frozenset((isinstance(item, bool), item) for item in allowed)
    return lambda value: not isinstance(value, dict | list) and (isinstance(value, bool), value) in known


def _required_check(names: Any, _schema: Mapping[str, Any]) -> Check:
    required = frozenset(names)
    return lambda value: not isinstance(value, dict) or value.keys() >= required


def _properties_check(properties: Any, schema: Mapping[str, Any]) -> Check | None:
    others = schema.get("additionalProperties", True)
    checks = {name: _quick_check(each) for name, each in properties.items()}
    known = {name: check for name, check in checks.items() if check is not None}
    if len(known) < len(checks) or not isinstance(others, bool):
        return None

    def check(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        return all(known[name](item) if name in known else others for name, item in value.items())

    return check


def _items_check(items: Any, _schema: Mapping[str, Any]) -> Check | None:
    each = _quick_check(items)
    if each is None:
        return None
    return lambda value: not isinstance(value, list) or all(each(item) for item in value)


_MAKERS: dict[str, Callable[[Any, Mapping[str, Any]], Check | None]] = {
    "type": _type_check,
    "enum": _enum_check,
    "required": _required_check,
    "properties": _properties_check,
    "items": _items_check,
}
