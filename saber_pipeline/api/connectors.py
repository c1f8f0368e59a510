"""Whether the account is connected to LinkedIn, if the API reports it.

The documents do not mention this operation, but the vendor's own clients list connectors by it, for free. So its reply
is read if it is understood, and nothing depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import Call, Reply
from saber_pipeline.api.decode import UnreadableReplyError, json_object, mapping, text
from saber_pipeline.api.operations import Operations
from saber_pipeline.errors import ApiKeyRefusedError, ApiRateLimitedError, ApiRefusedError, ApiReplyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECTORS = "/v1/connectors"
_LINKEDIN = frozenset({"salesnavigator", "linkedin", "linkedinsalesnavigator"})
_CONNECTED = frozenset({"connected", "active", "ok", "enabled", "ready", "healthy"})
_NAMES = ("source", "connector", "type", "provider", "key", "name", "id")
_LISTS = ("connectors", "items", "results", "data")


class ConnectorOperations(Operations):
    """``/v1/connectors``."""

    async def is_linkedin_connected(self) -> bool | None:
        """Whether a LinkedIn connector is connected; None if the API does not report it in a form that is understood.

        Raises the kinds of ApiError that concern every request: the key, the rate limit, an unreachable API.
        """
        call = Call("list_connectors", "GET", CONNECTORS)
        try:
            return await self._client.call(call, read_connectors)
        except (ApiKeyRefusedError, ApiRateLimitedError) as error:
            if error.status == 403:  # noqa: PLR2004 - the key is valid, but not allowed to do this
                return None
            raise
        except (ApiRefusedError, ApiReplyError):
            return None


def read_connectors(reply: Reply) -> bool | None:
    """LinkedIn's state in a list of connectors: ``{"connectors": [{"source": "salesNavigator", "status": …}]}``."""
    try:
        whole = json_object(reply.body)
    except UnreadableReplyError:
        return None
    is_connected = whole.get("salesNavConnected")
    if isinstance(is_connected, bool):
        return is_connected
    found = _connectors(whole)
    if found is None:
        return None
    about_linkedin = [state for name, state in found if _plain(name) in _LINKEDIN]
    if any(about_linkedin):
        return True
    return None if None in about_linkedin else False


def _connectors(whole: Mapping[str, Any]) -> list[tuple[str, bool | None]] | None:
    """``(name, is_connected)`` of each connector; None if the reply has no list in a known form."""
    listed = next((whole[name] for name in _LISTS if isinstance(whole.get(name), list)), None)
    if listed is not None:
        rows = [row for row in listed if isinstance(row, dict)]
        return [(name, _state(row)) for row in rows for name in _names(row)]
    by_name = mapping(whole.get("connectors")) or whole
    found = [
        (name, _state(row)) for name, row in by_name.items() if isinstance(row, dict) and _plain(name) in _LINKEDIN
    ]
    return found or None


def _names(row: Mapping[str, Any]) -> Iterator[str]:
    for name in _NAMES:
        found = text(row.get(name))
        if found is not None:
            yield found


def _state(row: Mapping[str, Any]) -> bool | None:
    for name in ("connected", "isConnected", "active"):
        if isinstance(row.get(name), bool):
            return bool(row[name])
    status = text(row.get("status")) or text(row.get("state"))
    return None if status is None else status.lower() in _CONNECTED


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
