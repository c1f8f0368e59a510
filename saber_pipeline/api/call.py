"""A call to the API, and its reply or failure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from saber_pipeline.api.decode import camel_case


@dataclass(frozen=True)
class Call:
    """One request. ``operation`` names it in counts and errors.

    ``is_write`` is about the effect, not the HTTP method: a write may buy or change something, and is retried only if
    it certainly had no effect. ``wait_seconds``: how long the API may wait before it replies. ``also_decoded``:
    statuses beside 2xx whose replies the decoder reads. ``plain_statuses``: statuses that decide about a write whatever
    the body says.
    """

    operation: str
    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_write: bool = False
    wait_seconds: float = 0.0
    also_decoded: frozenset[int] = frozenset()
    plain_statuses: frozenset[int] = frozenset()

    @property
    def content(self) -> bytes | None:
        if self.body is None:
            return None
        return json.dumps(self.body, default=_plain, allow_nan=False, separators=(",", ":")).encode()

    @property
    def title(self) -> str:
        """The operation's name in words."""
        return self.operation.replace("_", " ")


@dataclass(frozen=True)
class Reply:
    """A complete reply, with the key masked."""

    status: int
    headers: Mapping[str, str]  # names are case-insensitive
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own classes


@dataclass(frozen=True)
class NoReply:
    """A request without a complete reply. ``was_never_sent``: the request certainly did not arrive."""

    reason: str
    was_never_sent: bool


class RequestBody:
    """The base of dataclasses whose fields are the members of a request's body, under the API's spelling."""

    def body(self) -> dict[str, Any]:
        """Only fields that are set: neither None nor false, and no empty list."""
        return {camel_case(name): value for name, value in vars(self).items() if value not in (None, False, (), [])}


def query_pairs(**values: object) -> list[tuple[str, str]]:
    """Query parameters; None is left out, a tuple is repeated, a datetime is ISO 8601 in UTC."""
    return [
        (name, _query_text(item))
        for name, value in values.items()
        for item in (value if isinstance(value, tuple) else (value,))
        if item is not None
    ]


def query_string(pairs: Sequence[tuple[str, str]]) -> str:
    return "&".join([_encoded(pair) for pair in pairs])


@lru_cache(maxsize=500)  # pages of a listing differ only in their offset
def _encoded(pair: tuple[str, str]) -> str:
    return urlencode([pair])


def path_part(value: str) -> str:
    """One segment of a path. Raises ValueError for a value that would change the path."""
    if value in ("", ".", ".."):
        raise ValueError(f"an id of the API cannot be {value!r}")
    return quote(value, safe="")


def _query_text(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
