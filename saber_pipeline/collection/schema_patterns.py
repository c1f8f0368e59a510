"""Matches the patterns of output schemas in linear time, so that no answer can stall a run.

Python's own engine backtracks almost without end in some patterns. RE2 reads every text once. Patterns that RE2 cannot
express (look-around, back-references, a thousand repetitions) are not checked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema
import re2

logger = logging.getLogger(__name__)

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # it would write to stderr by itself


@lru_cache(maxsize=500)
def linear_pattern(pattern: str) -> Any:
    """``pattern`` compiled by RE2, whose ``search`` takes linear time; None if RE2 cannot express it."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error:
        logger.warning("A schema's pattern is not checked, because it cannot be matched in linear time (%s).", pattern)
        return None


def validator_of(schema: Mapping[str, Any]) -> Any:
    """jsonschema's validator (2020-12) of ``schema``, with every pattern in RE2."""
    return _Validator(dict(schema))


def _pattern(_validator: Any, pattern: Any, value: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, str) and not _matches(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for pattern, inner in patterns.items():
            compiled = linear_pattern(pattern)
            for name, item in value.items():
                if compiled is not None and compiled.search(name):
                    yield from validator.descend(item, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, others: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in value.items():
        if name in known or any(_matches(pattern, name) for pattern in patterns):
            continue
        if others is False:
            yield jsonschema.ValidationError(f"{name!r} is not expected")
        elif isinstance(others, dict):
            yield from validator.descend(item, others, path=name)


def _matches(pattern: Any, text: str) -> bool:
    compiled = linear_pattern(pattern) if isinstance(pattern, str) else None
    return compiled is None or compiled.search(text) is not None


_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "unevaluatedProperties": lambda *_: (),  # it would match patterns by itself
    },
)
