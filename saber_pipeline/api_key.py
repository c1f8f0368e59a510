"""The API key, wrapped so that printing it by accident shows only its ends."""

from __future__ import annotations

from typing import Any, NoReturn

_SHOWN_AT_START = 8
_SHOWN_AT_END = 4


class ApiKey:
    """A key for the Saber API. Printing it in any way is masked; ``reveal`` gives the key itself.

    Not a dataclass: ``dataclasses.asdict`` of what holds it would lay the key bare.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """The key as it goes into the Authorization header, and nowhere else."""
        return self._secret

    @property
    def masked(self) -> str:
        """First 8 and last 4 characters; nothing of a key too short to keep its middle secret."""
        if len(self._secret) < 2 * (_SHOWN_AT_START + _SHOWN_AT_END):
            return "…"
        return f"{self._secret[:_SHOWN_AT_START]}…{self._secret[-_SHOWN_AT_END:]}"

    def __repr__(self) -> str:
        return f"ApiKey({self.masked})"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, format_spec: str) -> str:
        return format(self.masked, format_spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._secret)

    def __deepcopy__(self, memo: dict[int, Any]) -> ApiKey:
        return self  # nothing in it changes

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled: it must appear in no file")
