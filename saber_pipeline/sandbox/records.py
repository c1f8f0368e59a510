"""The records that a sandbox keeps: signals, batches, templates, research and others."""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Any

import msgspec


class Outcome(IntEnum):
    """How a signal ends once its ``ready_ms`` has come."""

    ANSWERED = 0
    NOT_KNOWN = 1
    FAILED = 2
    STUCK = 3  # never ends
    UNPAID = 4  # fails because the credits ran out


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """The parts of a request that the 12-hour cache compares, besides the subject."""

    is_contact: bool
    question: str
    answer_type: str
    verification_mode: str
    output_schema: str  # canonical JSON, or "" for none

    @property
    def schema(self) -> dict[str, Any] | None:
        return msgspec.json.decode(self.output_schema, type=dict[str, Any]) if self.output_schema else None

    @property
    def schema_hash(self) -> str | None:
        return hashlib.sha256(self.output_schema.encode()).hexdigest()[:16] if self.output_schema else None


def asked(
    *,
    is_contact: bool,
    question: str,
    answer_type: str,
    verification_mode: str,
    output_schema: dict[str, Any] | None,
) -> Asked:
    canonical = msgspec.json.encode(output_schema, order="deterministic").decode() if output_schema else ""
    return Asked(is_contact, question, answer_type, verification_mode, canonical)


class Signal(msgspec.Struct, array_like=True, gc=False):  # holds no containers, so no cycles
    """One signal. The status depends on the time alone, so nothing ever updates the record."""

    id: str
    subject: str
    asked: int  # position in the store's table of Asked
    created_ms: int
    ready_ms: int
    outcome: Outcome
    revision: int  # counts the real changes of the pair's answer
    previous_id: str  # the pair's previous signal, or ""
    is_forced: bool
    batch_id: str
    credits: int
    error_code: str = ""
    subscription_id: str = ""
    degraded_reason: str = ""  # why LinkedIn was not available; "" if it was

    @property
    def is_known(self) -> bool:
        return self.outcome in {Outcome.ANSWERED, Outcome.NOT_KNOWN}

    @property
    def will_fail(self) -> bool:
        return self.outcome in {Outcome.FAILED, Outcome.UNPAID}

    def status(self, now_ms: int) -> str:
        if now_ms < self.ready_ms or self.outcome is Outcome.STUCK:
            return "processing"
        return "failed" if self.will_fail else "completed"


class Batch(msgspec.Struct, array_like=True):
    id: str
    submitted_ms: int
    signals: int
    domains: tuple[str, ...]
    wants_summary: bool


class Template(msgspec.Struct, array_like=True):
    id: str
    version: int
    name: str
    description: str | None
    question: str
    answer_type: str
    output_schema: dict[str, Any] | None
    weight: str | None
    qualification_criteria: dict[str, Any] | None
    created_ms: int
    deleted_ms: int | None = None


class Research(msgspec.Struct, array_like=True):
    id: str
    first_name: str
    last_name: str
    company_name: str
    company_domain: str
    contact_profile_url: str | None
    job_title: str | None
    created_ms: int
    ready_ms: int
    fails: bool
    is_unpaid: bool = False  # fails because the credits ran out
    external_id: str | None = None
    external_source: str | None = None
    is_foreign: bool = False  # another system made the research, so it was not bought here


class Summary(msgspec.Struct, array_like=True):
    id: str
    domain: str
    created_ms: int
    ready_ms: int


class CompanyList(msgspec.Struct, array_like=True):
    id: str
    name: str
    domains: tuple[str, ...]
    created_ms: int


class Subscription(msgspec.Struct, array_like=True):
    id: str
    asked: Asked
