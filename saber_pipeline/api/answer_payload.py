"""Finds the payload of an answer, whose key the API spells in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def answer_payload(answer: Mapping[str, Any] | None) -> tuple[str, Any] | None:
    """``(type, payload)`` of a signal's ``answer``; None for "not known" and for an answer without a payload.

    Tries the type as a key as it is, in camelCase and in snake_case, then the only other key. The returned type is
    unchanged. The payload of a json_schema answer is the object itself; other payloads have ``value``.
    """
    if not isinstance(answer, Mapping):
        return None
    answer_type = answer.get("type")
    if not isinstance(answer_type, str):
        return None
    for key in (answer_type, camel_case(answer_type), snake_case(answer_type)):
        # The key "type" is never a payload, not even in an answer of the type "type".
        if key != "type" and answer.get(key) is not None:
            return answer_type, answer[key]
    others = [key for key in answer if key != "type"]
    if len(others) == 1 and answer[others[0]] is not None:
        return answer_type, answer[others[0]]
    return None


def camel_case(name: str) -> str:
    """``open_text`` → ``openText``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake_case(name: str) -> str:
    """``openText`` → ``open_text``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
