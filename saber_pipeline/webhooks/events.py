"""The subject of a webhook: the ids that it names, in any envelope.

The envelope is not public. An event has an id of its own as a rule, so several ids may come out; only reading
them shows which is the signal's.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from saber_pipeline.ledger.pending_firmographics import ToldCompany
from saber_pipeline.webhooks.firmographics import OPAQUE, told_company

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
    """Something that has ended; ``object_ids`` are candidates for its id, the likeliest first.

    ``company``: the firmographics that came with it.
    """

    name: str
    object_ids: tuple[str, ...]
    company: ToldCompany | None = None


def read_event(body: bytes, *, received_at: float | None = None) -> Event | None:
    """The event in a webhook's body; None without an event or an id. Never raises."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return None
    ranked = sorted(_ids(whole), key=lambda found: found[0])
    ids = tuple(dict.fromkeys(object_id for _, object_id in ranked))[:MOST_IDS]
    company = told_company(whole, ids[0] if ids else "", time.time() if received_at is None else received_at)
    return Event(_name_of(whole), ids, company) if ids or company is not None else None


def _name_of(whole: Any) -> str:
    """The event's name where it is one that is known, else ``unknown``: it decides nothing."""
    if isinstance(whole, dict):
        for key in _EVENT_NAMES:
            if isinstance(whole.get(key), str) and _ENDED.search(whole[key]):
                return str(whole[key])[:100]
    return "unknown"


def _ids(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[int, str]]:
    """``(rank, id)`` of every id below ``value``; a smaller rank is likelier to be the signal's."""
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
        return 3 if path else 5  # an id on top is the event's own as a rule
    return 4 if plain in ("objectid", "resourceid", "entityid") else None


def _is_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None
