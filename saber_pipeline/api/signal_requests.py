"""The request of a single create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.call import present

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class SignalRequest:
    """One question about one company (``domain``) or one contact (``contact_profile_url``).

    Only fields that are set are sent; ``force_refresh`` only if true. Unlike batches, single creates accept
    ``verification_mode`` and ``connectors``, and the answer types contacts_generation and contact_engagements.
    """

    question: str
    domain: str | None = None
    contact_profile_url: str | None = None
    answer_type: str | None = None
    output_schema: Mapping[str, Any] | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    signal_template_id: str | None = None
    verification_mode: str | None = None
    connectors: Mapping[str, Any] | None = None
    webhook_url: str | None = None
    force_refresh: bool = False

    def body(self) -> dict[str, Any]:
        """The JSON object the API takes."""
        return present(
            domain=self.domain,
            contactProfileUrl=self.contact_profile_url,
            question=self.question,
            answerType=self.answer_type,
            outputSchema=self.output_schema,
            weight=self.weight,
            qualificationCriteria=self.qualification_criteria,
            signalTemplateId=self.signal_template_id,
            verificationMode=self.verification_mode,
            connectors=self.connectors,
            webhookUrl=self.webhook_url,
            forceRefresh=self.force_refresh or None,
        )
