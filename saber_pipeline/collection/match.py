"""Matches the signals of a listing with questions.

Listings name neither batch nor template nor output schema. So a signal is matched by the question's text, answer type,
verification mode and kind of subject.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from saber_pipeline.api.decode import answer_payload, snake_case
from saber_pipeline.api.repeated_members import first_of_each, without_repeats
from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.schema_checks import schema_check
from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.questions.choices import choice_in
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.inputs.cells import Found
from saber_pipeline.inputs.domains import normalise_domain
from saber_pipeline.inputs.profile_urls import normalise_profile_url
from saber_pipeline.ledger.claims import Pair

PLAIN_DOMAIN = re.compile(r"(?!www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)+")
"""Nearly every domain comes back as it was sent and skips normalisation: a run reads tens of thousands."""

REMEMBERED_DOMAINS = 2_000

REMEMBERED_WORDINGS = 10_000
"""A limit for the cache: a run's own signals have one wording for each question, other signals may have any number."""


class Matcher:
    """Finds the pairs of a set of questions that a signal answers."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._by_text: dict[tuple[SubjectType, str], list[Question]] = defaultdict(list)
        self._by_id: dict[str, Question] = {}
        for question in questions:
            self._by_text[question.about, folded(question.text)].append(question)
            self._by_id[question.question_id] = question
        self._known: dict[tuple[bool, str, str | None, str | None], list[str]] = {}

    def pairs_of(self, signal: Signal) -> list[Pair]:
        """The pairs that ``signal`` may answer; several if the questions differ in the output schema only."""
        if signal.question is None:
            return []
        subjects = subjects_of(signal)
        wording = (
            signal.is_about_contact,
            signal.question,
            signal.answer_type,
            signal.verification_mode,
        )
        question_ids = self._known.get(wording)
        if question_ids is None:
            question_ids = self._questions_of(signal, signal.question)
            if len(self._known) < REMEMBERED_WORDINGS:
                self._known[wording] = question_ids
        if len(question_ids) == len(subjects) == 1:  # nearly all signals of a run
            return [Pair(question_ids[0], subjects[0])]
        return [Pair(question_id, subject) for question_id in question_ids for subject in subjects]

    def _questions_of(self, signal: Signal, text: str) -> list[str]:
        about = SubjectType.CONTACT if signal.is_about_contact else SubjectType.COMPANY
        same_text = self._by_text.get((about, folded(text)), [])
        return [q.question_id for q in same_text if _is_asked_by(signal, q, among=same_text)]

    def difference(self, signal: Signal, pair: Pair) -> str | None:
        """The fields in which ``signal`` differs from ``pair``, in a fixed order; None if it matches.

        Used for signals that belong to the pair by their id, whatever their fields say.
        """
        question = self._by_id[pair.question_id]
        about = SubjectType.CONTACT if signal.is_about_contact else SubjectType.COMPANY
        subjects = {subject.removeprefix("www.") for subject in subjects_of(signal)}
        named = _type(signal)
        differs = {
            "subject": bool(subjects)
            and (about is not question.about or pair.subject.removeprefix("www.") not in subjects),
            "question": _bare(signal.question or question.text) != _bare(question.text),
            "answer_type": named in set(AnswerType)
            and named not in (question.answer_type, ANSWER_KINDS[question.answer_type].replied_as),
            "verification_mode": (_mode(signal) or question.verification_mode) is not question.verification_mode,
        }
        return ", ".join(name for name, is_other in differs.items() if is_other) or None


def listed_as(question: Question) -> tuple[str, ...]:
    """The fields of a question that a listing shows."""
    return (question.about, folded(question.text), question.sent_as, question.verification_mode)


def fits_schema(signal: Signal, question: Question) -> bool:
    """Whether the signal's answer fits the question's output schema; True without a schema or an answer."""
    if question.output_schema is None or not signal.has_answer:
        return True
    raw = without_repeats(signal.raw)
    found = answer_payload(json.loads(raw, object_pairs_hook=first_of_each).get("answer"))
    if found is None:
        return False
    if question.answer_type is AnswerType.CHOICE:
        return choice_in(found[1], question.choices) is not None
    return schema_check(question.output_schema)(found[1])


def _is_asked_by(signal: Signal, question: Question, *, among: list[Question]) -> bool:
    mode = _mode(signal)
    if mode is not None and mode is not question.verification_mode:
        return False
    if mode is None and question.verification_mode is not VerificationMode.STRICT:
        # A missing mode means the default, unless all questions with this text have another mode.
        return all(q.verification_mode is question.verification_mode for q in among)
    named = _type(signal)
    if named not in set(AnswerType):
        # A missing or unknown type matches if all questions with this text have the same type.
        return len({q.answer_type for q in among}) == 1
    return named in (question.answer_type, ANSWER_KINDS[question.answer_type].replied_as)


def _type(signal: Signal) -> str:
    """The signal's answer type in this version's spelling; it may be an unknown type."""
    named = (signal.answer_type or "").strip()
    return named.lower() if named.isupper() else snake_case(named)


def _mode(signal: Signal) -> VerificationMode | None:
    """The signal's mode, in upper or lower case; None if it is missing or unknown."""
    named = (signal.verification_mode or "").strip().lower()
    return VerificationMode(named) if named in set(VerificationMode) else None


def subjects_of(signal: Signal) -> tuple[str, ...]:
    """The signal's subject, normalised as in lists, and also as spelled by the API if that differs."""
    if not signal.is_about_contact:
        return companies_named(signal.domain)
    normal = normalise_profile_url(signal.contact_profile_url or "", other_sites=True)
    subject = normal if isinstance(normal, str) else signal.contact_profile_url
    return () if subject is None else (subject,)


@lru_cache(maxsize=REMEMBERED_DOMAINS)  # a company's answers come together
def companies_named(domain: str | None) -> tuple[str, ...]:
    """A domain normalised as in lists (scheme, ``www.``, letters), and also in lower case as it is if that differs."""
    lower_case = (domain or "").strip().lower()
    if PLAIN_DOMAIN.fullmatch(lower_case) or not lower_case:
        return (lower_case,) if lower_case else ()
    found = [each.subject for each in normalise_domain(lower_case) if isinstance(each, Found)]
    return tuple(dict.fromkeys([*found, lower_case])) if len(found) == 1 else (lower_case,)


def folded(text: str) -> str:
    """A question's text with white space normalised."""
    return " ".join(text.split())


def _bare(text: str) -> str:
    """A text without case, white space and punctuation, which the API may change without changing the meaning."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold())) or folded(text)
