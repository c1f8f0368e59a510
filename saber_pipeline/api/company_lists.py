"""Companies in a list at the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.decode import text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ListedCompany:
    """A company of a list. ``details`` is the API's whole object."""

    id: str | None
    name: str | None
    domain: str | None
    details: Mapping[str, Any]


def listed_company(found: dict[str, Any]) -> ListedCompany:
    """Read a company from a page of a list."""
    return ListedCompany(text(found.get("id")), text(found.get("name")), text(found.get("domain")), found)
