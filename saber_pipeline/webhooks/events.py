"""Finds the ids in a webhook's body, in any envelope.

The envelope is not documented. An event usually has an id of its own, so there may be several ids. Only reading them
from the API shows which one is the signal's.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from saber_pipeline.ledger.pending_firmographics import PendingCompany
from saber_pipeline.webhooks.firmographics import OPAQUE, find_company

MOST_IDS = 6
DEEPEST = 6
LONGEST_ID = 200
NO_SIGNALS = OPAQUE | {"company"}
"""Members of a signal whose ids belong to other objects."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_EVENT_NAMES = ("event", "type", "eventType", "event_type", "eventName", "name")
_ENDED = re.compile(r"\b(completed|failed)\b")


@dataclass(frozen=True)
class Event:
    """A webhook about an ended signal or research. ``object_ids``: candidates for its id, the likeliest first.

    ``company``: the firmographics in the webhook.
    """

    name: str
    object_ids: tuple[str, ...]
    company: PendingCompany | None = None


def read_event(body: bytes, *, received_at: float | None = None) -> Event | None:
    """The event in a webhook's body; None without an event or an id. Never raises."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return None
    ranked = sorted(_ids(whole), key=lambda found: found[0])
    ids = tuple(dict.fromkeys(object_id for _, object_id in ranked))[:MOST_IDS]
    company = find_company(whole, ids[0] if ids else "", time.time() if received_at is None else received_at)
    return Event(_name_of(whole), ids, company) if ids or company is not None else None


def _name_of(whole: Any) -> str:
    """The event's name if known, otherwise ``unknown``. It is for information only."""
    if isinstance(whole, dict):
        for key in _EVENT_NAMES:
            if isinstance(whole.get(key), str) and _ENDED.search(whole[key]):
                return str(whole[key])[:100]
    return "unknown"


def _ids(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[int, str]]:
    """``(rank, id)`` of every id below ``value``; an id with a smaller rank is likelier to be the signal's."""
    if len(path) > DEEPEST:
        return
    if isinstance(value, list):
        for item in value[:100]:
            yield from _ids(item, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and _is_id(inner):
                rank = _rank(str(key), path)
                if rank is not None:
                    yield rank, inner
            elif str(key).lower().replace("_", "") not in NO_SIGNALS:
                yield from _ids(inner, (*path, str(key).lower()))


def _rank(key: str, path: tuple[str, ...]) -> int | None:
    plain = key.lower().replace("_", "").replace("-", "")
    if plain in ("signalid", "researchid"):
        return 0
    if plain in ("signal", "research"):
        return 1
    if plain == "id":
        if path and path[-1] in ("signal", "research"):
            return 2
        return 3 if path else 5  # an id at the top is usually the event's own
    return 4 if plain in ("objectid", "resourceid", "entityid") else None


def _is_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None
