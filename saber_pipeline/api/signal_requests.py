"""The request of a single create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import RequestBody

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class SignalRequest(RequestBody):
    """One question about one company (``domain``) or one contact (``contact_profile_url``).

    Unlike batches, single creates accept ``verification_mode`` and ``connectors``, and the answer types
    contacts_generation and contact_engagements.
    """

    domain: str | None = None
    contact_profile_url: str | None = None
    question: str
    answer_type: str | None = None
    output_schema: Mapping[str, Any] | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    signal_template_id: str | None = None
    verification_mode: str | None = None
    connectors: Mapping[str, Any] | None = None
    webhook_url: str | None = None
    force_refresh: bool = False
