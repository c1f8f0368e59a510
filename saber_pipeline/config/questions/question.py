"""Questions, and the identity of a question."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.answer_types.record import AnswerType
from saber_pipeline.config.questions.choices import CHOICE_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WEIGHTS", "AnswerType", "Question", "SubjectType", "VerificationMode"]


class SubjectType(StrEnum):
    COMPANY = "company"
    CONTACT = "contact"


WEIGHTS = ("important", "nice_to_have", "not_important")


class VerificationMode(StrEnum):
    """How strictly the API checks an answer. ``strict`` is the API's default."""

    STRICT = "strict"
    LENIENT = "lenient"


class TemplateProblem(NamedTuple):
    """Why nobody can ask a template's question: ``what`` follows the template's name, ``cure`` is a sentence."""

    what: str
    cure: str


@dataclass(frozen=True)
class Question:
    """One validated entry of questions.yaml, with the meanings of fields that CONTRACT gives.

    With a ``template_id`` and no ``template_version``, no run has seen the template yet. The first run asks for it.
    """

    key: str
    text: str
    answer_type: AnswerType = AnswerType.OPEN_TEXT
    about: SubjectType = SubjectType.COMPANY
    verification_mode: VerificationMode = VerificationMode.STRICT
    max_age_days: float = 30
    max_age_days_degraded: float | None = None  # for answers researched without LinkedIn; None: the same age
    min_confidence: float | None = None  # answers with less are in review_queue
    expected_accuracy: float | None = None  # a check warns of less
    tolerance: float = 0.05  # how far a number may be from the truth, as a part of the truth
    max_credits_per_month: int | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    output_schema: Mapping[str, Any] | None = None
    connectors: Mapping[str, Any] | None = None
    template_id: str | None = None
    template_version: int | None = None
    left_to_template: frozenset[str] = frozenset()  # "text" and "answer_type", where questions.yaml does not say
    template_problem: TemplateProblem | None = None  # as a run saw the template last
    ask_if: str | None = None  # SQL over the wide view; `warehouse/ask_if.py` says what it may be
    fallback: str | None = None  # key of the question that is asked if the answer is not known

    @property
    def title(self) -> str:
        """The question's text for people."""
        return self.text or f"(the question of template {self.template_id}, which no run has asked for yet)"

    @property
    def sent_as(self) -> AnswerType:
        """The API's answer type in the request."""
        return ANSWER_KINDS[self.answer_type].asked_as or self.answer_type

    @property
    def choices(self) -> tuple[str, ...]:
        """The possible answers of the type ``choice``, sorted. Empty for other types."""
        if self.answer_type is not AnswerType.CHOICE or self.output_schema is None:
            return ()
        return tuple(self.output_schema["properties"][CHOICE_PROPERTY]["enum"])

    @property
    def max_age_days_if_degraded(self) -> float:
        """Days after which an answer researched without LinkedIn is due. Never later than another answer."""
        return self.max_age_days if self.max_age_days_degraded is None else self.max_age_days_degraded

    @property
    def is_asked_by_template(self) -> bool:
        """Whether the template asks the question, without a text or type of the question's own.

        If a request names a template, the template's text and type win over those in the request.
        """
        return self.template_id is not None and {"text", "answer_type"} <= self.left_to_template

    @property
    def fits_batches(self) -> bool:
        """Whether a batch can carry the question, if its product has batches. Batches silently drop some settings."""
        return (
            self.verification_mode is VerificationMode.STRICT
            and self.connectors is None
            and ANSWER_KINDS[self.answer_type].fits_batches
        )

    @cached_property
    def question_id(self) -> str:
        """The identity: 32 hex digits over everything that decides the meaning of the answer.

        Key, weight, qualification criteria, maximum age, ask_if, fallback, min_confidence, expected_accuracy and
        tolerance are left out on purpose: changing them buys nothing.
        """
        parts = {
            "about": self.about.value,
            "text": self.text,
            "answer_type": self.answer_type.value,
            "verification_mode": self.verification_mode.value,
            "output_schema": self.output_schema,
            "connectors": self.connectors,
            "template_id": self.template_id,
            "template_version": self.template_version,
        }
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:32]
