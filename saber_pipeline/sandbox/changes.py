"""``changeContext``: how an answer differs from the one before it."""

from __future__ import annotations

from typing import Any

Answer = dict[str, Any] | None


def payload_of(answer: Answer) -> Any:
    """What an answer says, without its type: the value, or the object of json_schema."""
    if answer is None:
        return None
    payload = next(value for key, value in answer.items() if key != "type")
    return payload if answer["type"] == "json_schema" else payload["value"]


def initial() -> dict[str, Any]:
    return _context("INITIAL", None)


def change_context(previous_id: str, before: Answer, after: Answer) -> dict[str, Any]:
    """Compare two answers of one pair; the fields are ``value``, or an object's own properties."""
    old, new = payload_of(before), payload_of(after)
    if old == new:
        return _context("NO_CHANGE", previous_id)
    if not isinstance(old, dict) or not isinstance(new, dict):
        old, new = _as_fields(old), _as_fields(new)
    added = tuple(name for name in new if name not in old)
    removed = tuple(name for name in old if name not in new)
    updated = tuple(name for name in new if name in old and new[name] != old[name])
    delta = {name: {"from": old.get(name), "to": new.get(name)} for name in (*added, *updated, *removed)}
    return _context(_size(before, after), previous_id, delta=delta, added=added, updated=updated, removed=removed)


def _as_fields(payload: Any) -> dict[str, Any]:
    if isinstance(payload, dict):
        return payload
    return {} if payload is None else {"value": payload}


def _size(before: Answer, after: Answer) -> str:
    if before is None or after is None:
        return "CHANGED"
    if after["type"] in {"boolean", "url"}:
        return "MAJOR_CHANGE"
    return "MINOR_CHANGE" if after["type"] in {"number", "percentage", "currency"} else "CHANGED"


def _context(
    change_type: str,
    previous_id: str | None,
    *,
    delta: dict[str, Any] | None = None,
    added: tuple[str, ...] = (),
    updated: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "changeType": change_type,
        "changeDelta": delta,
        "previousSignalId": previous_id,
        "changedFields": [*added, *updated, *removed],
        "addedFields": list(added),
        "updatedFields": list(updated),
        "removedFields": list(removed),
    }
