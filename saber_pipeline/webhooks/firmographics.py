"""Finds the firmographics in a webhook. No other reply of the API has them.

The envelope is not documented, so the object ``company`` is searched at every depth. Its signal is the object that
contains it, or a neighbour with a domain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from saber_pipeline.api.decode import moment
from saber_pipeline.inputs.cells import Found
from saber_pipeline.inputs.domains import normalise_domain
from saber_pipeline.ledger.pending_firmographics import PendingCompany

DEEPEST = 6
OPAQUE = frozenset(("answer", "metadata", "sources", "changecontext"))
"""Members with research results, which may contain anything, even an object named company."""


def find_company(whole: Any, signal_id: str, received_at: float) -> PendingCompany | None:
    """The company in a webhook's body; None without one. Never raises.

    ``signal_id``: the likeliest id, or "". A time in the future counts as ``received_at``.
    """
    for holder, company in _companies(whole, DEEPEST):
        about = _about(holder)
        is_contact = "contactProfileUrl" in about or str(about.get("signalType", "")).upper() == "CONTACT"
        domain = _domain(about.get("domain")) or _domain(company.get("domain")) or _domain(company.get("website"))
        if domain is None or is_contact:
            continue
        completed_at = moment(about.get("completedAt"))
        observed_at = received_at if completed_at is None else min(completed_at.timestamp(), received_at)
        own_id = about.get("id") or about.get("signalId")
        named = own_id if isinstance(own_id, str) else signal_id
        return PendingCompany(domain, named, json.dumps(company), observed_at, received_at)
    return None


def _companies(value: Any, depth: int) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """``(holder, company)`` for each object named ``company``."""
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value[:100]:
            yield from _companies(item, depth - 1)
    elif isinstance(value, dict):
        if isinstance(value.get("company"), dict) and value["company"]:
            yield value, value["company"]
        for key, inner in value.items():
            if key != "company" and key.lower().replace("_", "") not in OPAQUE:
                yield from _companies(inner, depth - 1)


def _about(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The signal: the holder itself, or the object beside the company that has a domain."""
    if "domain" in holder or "contactProfileUrl" in holder:
        return holder
    beside = [value for key, value in holder.items() if key != "company" and isinstance(value, dict)]
    return next((one for one in beside if "domain" in one or "contactProfileUrl" in one), holder)


def _domain(text: Any) -> str | None:
    """The domain in the text, normalised as in lists; None unless there is exactly one."""
    found = normalise_domain(text) if isinstance(text, str) else ()
    return found[0].subject if len(found) == 1 and isinstance(found[0], Found) else None
