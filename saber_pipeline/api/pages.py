"""Reads the pages of listings, whose envelopes have four forms.

``{results, total, limit, offset, count}``, ``{items, total, limit, offset, hasMore}``, the same with
``salesNavConnected`` (contact search), and summaries.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from saber_pipeline.api.broken_json import decoded, elements, is_closed, members, mended
from saber_pipeline.api.decode import UnreadableReplyError, json_value, strict_json, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class PageEnvelope(msgspec.Struct, rename="camel", gc=False):
    """A page whose elements are not decoded yet."""

    results: list[msgspec.Raw] | None = None
    items: list[msgspec.Raw] | None = None
    total: Any = None
    limit: Any = None
    offset: Any = None
    count: Any = None
    has_more: Any = None
    sales_nav_connected: Any = None

    @property
    def elements(self) -> list[msgspec.Raw]:
        """The rows. Raises UnreadableReplyError if there is no list, and no number says that the page is empty."""
        found = self.results if self.results is not None else self.items
        if found is None and self._says_that_it_is_empty():
            return []
        if found is None:
            raise UnreadableReplyError("the reply holds neither results nor items")
        return found

    def _says_that_it_is_empty(self) -> bool:
        """Whether count or total rule rows out: some services write an empty list as null, or leave it out."""
        total, offset = whole_number(self.total), whole_number(self.offset) or 0
        return whole_number(self.count) == 0 or (total is not None and total <= offset)


@dataclass(frozen=True)
class PageBounds:
    """The position of a page. Without ``total_is_exact`` the total is a lower bound."""

    total: int
    offset: int
    total_is_exact: bool = True


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of anything but signals. ``unreadable``: elements that could not be read."""

    items: tuple[T, ...]
    total: int
    has_more: bool = False
    total_is_exact: bool = True
    unreadable: tuple[bytes, ...] = ()


_decoder = msgspec.json.Decoder(PageEnvelope)


def read_envelope(body: bytes, *, closed: bool = False) -> PageEnvelope:
    """Split a page into its elements; a page that no parser accepts is cut row by row. Raises UnreadableReplyError.

    Elements may contain invalid UTF-8, which their readers must check: most elements are ASCII, and checking the whole
    page would decode all of it. ``closed``: refuse a page with unbalanced brackets, in which a row may have swallowed
    later ones.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _decoder.decode(strict_json(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnreadableReplyError):
        return _cut_envelope(decoded(body), closed=closed)


def _cut_envelope(text: str, *, closed: bool) -> PageEnvelope:
    """Cut a page with a broken row into rows. An unreadable row stays as it came."""
    if not text.rstrip().endswith("}") or (closed and not is_closed(text)):
        raise UnreadableReplyError("the reply is not JSON, or was cut off")
    found = members(text)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(PageEnvelope):
        written = found.get(field.encode_name, "")
        if field.name not in ("results", "items"):
            with suppress(ValueError, RecursionError):
                values[field.name] = json.loads(mended(written))
        elif written.startswith("["):
            rows = (mended(element).encode("utf-8", errors="replace") for element in elements(written))
            values[field.name] = [msgspec.Raw(row) for row in rows]
    if values.keys().isdisjoint(("results", "items")):
        raise UnreadableReplyError("the reply is not a page")
    return PageEnvelope(**values)


def bounds(envelope: PageEnvelope, *, limit: int, offset: int) -> PageBounds:
    """Total and offset. Values missing in the reply come from the request.

    A missing total is derived. If more rows are expected, it is one more than seen, so that a loop over pages goes on.
    """
    rows = len(envelope.elements)
    found_limit = whole_number(envelope.limit)
    found_offset = whole_number(envelope.offset)
    limit = limit if found_limit is None else found_limit
    offset = offset if found_offset is None else found_offset
    total = whole_number(envelope.total)
    if total is not None:
        return PageBounds(total, offset)
    is_more = envelope.has_more is True or (envelope.has_more is not False and 0 < limit <= rows)
    return PageBounds(offset + rows + is_more, offset, total_is_exact=False)


def read_page(body: bytes, read_item: Callable[[dict[str, Any]], T | None], *, limit: int, offset: int) -> Page[T]:
    """A page with elements read by ``read_item``, which returns None for an unreadable one."""
    envelope = read_envelope(body)
    where = bounds(envelope, limit=limit, offset=offset)
    items: list[T] = []
    unreadable: list[bytes] = []
    for raw in envelope.elements:
        item = _read(raw, read_item)
        if item is None:
            unreadable.append(bytes(raw))
        else:
            items.append(item)
    rows = len(envelope.elements)
    has_more = envelope.has_more if isinstance(envelope.has_more, bool) else where.offset + rows < where.total
    return Page(tuple(items), where.total, has_more, where.total_is_exact, tuple(unreadable))


def _read(raw: msgspec.Raw, read_item: Callable[[dict[str, Any]], T | None]) -> T | None:
    try:
        value = json_value(bytes(raw))
    except (msgspec.DecodeError, RecursionError, UnreadableReplyError):
        return None
    return read_item(value) if isinstance(value, dict) else None
