"""The API key and other secrets, in wrappers that show only the ends of a secret if they are printed by accident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from saber_pipeline.secret_ends import secret_ends


class Secret:
    """A secret. Printing it in any way shows a masked text; ``reveal`` returns the value.

    The class is no dataclass, because ``dataclasses.asdict`` of its holder would reveal the secret.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """The secret itself, only for its actual use."""
        return self._secret

    @property
    def masked(self) -> str:
        """Its ends alone."""
        return secret_ends(self._secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, format_spec: str) -> str:
        return format(self.masked, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self  # a secret never changes

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: it must appear in no file")


class ApiKey(Secret):
    """A key for the Saber API, as in the Authorization header."""

    __slots__ = ()


class WebhookSecret(Secret):
    """The secret with which Saber signs webhooks."""

    __slots__ = ()


class AlertAddress(Secret):
    """The address for alerts: anyone who knows it may post there."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        """The host alone."""
        parts = urlsplit(self._secret)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


class ProxyAddress(Secret):
    """The address of a proxy, which may hold a password."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        """Without user and password."""
        return _without_login(self._secret)


class LedgerAddress(Secret):
    """The address of the database with the ledger, which may hold a password."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        """Without user, password and options."""
        return f"{_without_login(self._secret)}{urlsplit(self._secret).path}"


class StoreAddress(Secret):
    """Bucket and prefix of an object store, and the store's login from ``.env``: ``AWS_SECRET_ACCESS_KEY`` …"""

    __slots__ = ("options",)

    def __init__(self, address: str, options: Mapping[str, str] | None = None) -> None:
        super().__init__(address)
        self.options = dict(options or {})

    @property
    def masked(self) -> str:
        """The whole address: ``read_store_url`` takes no address with a login."""
        return self._secret


def _without_login(address: str) -> str:
    """Scheme, host and port; a user and password show as ``…``."""
    parts = urlsplit(address)
    login, _, place = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{'…@' if login else ''}{place}"
