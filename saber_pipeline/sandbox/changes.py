"""``changeContext``: how an answer differs from the previous answer, with the ten kinds of delta of the documents."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Answer = dict[str, Any] | None
Fields = tuple[list[str], list[str], list[str]]
Parts = tuple[dict[str, Any], Fields]


def payload_of(answer: Answer) -> Any:
    """The answer without its type: its value, or the object of a json_schema answer."""
    if answer is None:
        return None
    payload = _inner(answer)
    return payload if answer["type"] == "json_schema" else payload["value"]


def initial() -> dict[str, Any]:
    return _context("INITIAL", None)


def change_context(previous_id: str, before: Answer, after: Answer) -> dict[str, Any]:
    """Compare two answers of one pair. If one answer is not known, the delta is GENERIC."""
    if payload_of(before) == payload_of(after):
        return _context("NO_CHANGE", previous_id)
    if before is None or after is None:
        known = before or after
        fields = _fields_of(known) if known else []
        lists: Fields = (fields, [], []) if before is None else ([], [], fields)
        return _context("CHANGED", previous_id, _generic(before, after), lists)
    delta, lists = DELTAS.get(after["type"], _of_anything)(before, after)
    return _context(_size(after), previous_id, delta, lists)


def _inner(answer: dict[str, Any]) -> Any:
    return next(value for key, value in answer.items() if key != "type")


def _size(after: dict[str, Any]) -> str:
    if after["type"] in {"boolean", "url"}:
        return "MAJOR_CHANGE"
    return "MINOR_CHANGE" if after["type"] in {"number", "percentage", "currency"} else "CHANGED"


def _fields_of(answer: dict[str, Any]) -> list[str]:
    """The field names that are added or removed with a whole answer."""
    if answer["type"] == "json_schema":
        return list(payload_of(answer))
    return {"contacts": ["contacts"], "contact_posts": ["posts"]}.get(answer["type"], [])


def _generic(before: Answer, after: Answer) -> dict[str, Any]:
    return {"type": "GENERIC", "previous": before, "current": after}


def _of_anything(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    return _generic(before, after), ([], [], [])


def _of_object(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    old, new = payload_of(before), payload_of(after)
    added = [name for name in new if name not in old]
    updated = [name for name in new if name in old and new[name] != old[name]]
    return _generic(before, after), (added, updated, [name for name in old if name not in new])


def _of_number(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    old, new = _inner(before), _inner(after)
    kind = after["type"].upper()
    delta: dict[str, Any] = {"type": kind, "previous": old["value"], "current": new["value"]}
    if kind == "PERCENTAGE":
        delta["unit"] = new["unit"]
    if kind == "CURRENCY" and old["currency"] != new["currency"]:
        delta |= {"previous": old, "current": new}  # each amount with its own currency
    elif kind == "CURRENCY":
        delta["currency"] = new["currency"]
    return delta | {"change": round(float(new["value"]) - float(old["value"]), 10)}, ([], [], [])


def _of_boolean(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    return {"type": "BOOLEAN", "previous": payload_of(before), "current": payload_of(after)}, ([], [], [])


def _of_text(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    score = _similarity(payload_of(before), payload_of(after))
    return {"type": "SEMANTIC", "previous": before, "current": after, "similarityScore": score}, ([], [], [])


def _of_list(before: dict[str, Any], after: dict[str, Any]) -> Parts:
    """The delta is LIST if no item was kept. Otherwise it is SEMANTIC_LIST, which matches the kept items."""
    old, new = payload_of(before), payload_of(after)
    delta: dict[str, Any] = {
        "type": "LIST",
        "added": [item for item in new if item not in old],
        "removed": [item for item in old if item not in new],
    }
    kept = [item for item in new if item in old]
    if kept:
        matched = [{"previous": item, "current": item, "similarityScore": 1.0} for item in kept]
        score = round(len(kept) / len({*old, *new}), 2)
        delta |= {"type": "SEMANTIC_LIST", "matched": matched, "similarityScore": score}
    return delta, ([], [], [])


def _of_entries(kind: str, name: str, mark: str) -> Callable[[dict[str, Any], dict[str, Any]], Parts]:
    """A function that compares people or posts. The field ``mark`` identifies each entry."""

    def compare(before: dict[str, Any], after: dict[str, Any]) -> Parts:
        old = {entry[mark]: entry for entry in payload_of(before)}
        new = {entry[mark]: entry for entry in payload_of(after)}
        added = [entry for key, entry in new.items() if key not in old]
        removed = [entry for key, entry in old.items() if key not in new]
        updated = [_update(old[key], entry) for key, entry in new.items() if key in old and old[key] != entry]
        changed = dict.fromkeys(change["field"] for update in updated for change in update["fieldChanges"])
        lists: Fields = ([name] if added else [], list(changed), [name] if removed else [])
        return {"type": kind, "added": added, "removed": removed, "updated": updated}, lists

    return compare


def _update(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """One updated entry. The documents do not define a field change: here it has the field's name and both values."""
    names = [name for name in new if new[name] != old.get(name)]
    changes = [{"field": name, "previous": old.get(name), "current": new[name]} for name in names]
    return {"previous": old, "current": new, "fieldChanges": changes}


def _similarity(old: str, new: str) -> float:
    return round(SequenceMatcher(None, old, new).ratio(), 2)


DELTAS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Parts]] = {
    "open_text": _of_text,
    "number": _of_number,
    "percentage": _of_number,
    "currency": _of_number,
    "boolean": _of_boolean,
    "list": _of_list,
    "json_schema": _of_object,
    "contacts": _of_entries("CONTACTS", "contacts", "linkedInProfileUrl"),
    "contact_posts": _of_entries("CONTACT_POSTS", "posts", "postUrl"),
}


def _context(
    change_type: str,
    previous_id: str | None,
    delta: dict[str, Any] | None = None,
    fields: Sequence[Sequence[str]] = ((), (), ()),
) -> dict[str, Any]:
    added, updated, removed = (list(names) for names in fields)
    return {
        "changeType": change_type,
        "changeDelta": delta,
        "previousSignalId": previous_id,
        "changedFields": list(dict.fromkeys([*added, *updated, *removed])),
        "addedFields": added,
        "updatedFields": updated,
        "removedFields": removed,
    }
