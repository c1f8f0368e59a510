"""Which question does a signal of a listing answer?

Listings name neither batch nor template nor output schema, so a signal is recognised by what a question
*is*: its text, answer type, verification mode and kind of subject.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from saber_pipeline.api.answer_payload import answer_payload, snake_case
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
"""Nearly every domain comes as it was sent, and needs no closer look: a run reads tens of thousands."""

REMEMBERED_DOMAINS = 2_000

REMEMBERED_WORDINGS = 10_000
"""A run's signals have as many wordings as it has questions; foreign ones must not fill the memory."""


class Matcher:
    """Finds the pair that a signal answers, among a set of questions."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._by_text: dict[tuple[SubjectType, str], list[Question]] = defaultdict(list)
        self._by_id: dict[str, Question] = {}
        for question in questions:
            self._by_text[question.about, folded(question.text)].append(question)
            self._by_id[question.question_id] = question
        self._known: dict[tuple[bool, str, str | None, str | None], list[str]] = {}

    def pairs_of(self, signal: Signal) -> list[Pair]:
        """The pairs ``signal`` may answer; more than one where only the output schema tells them apart."""
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
        if len(question_ids) == len(subjects) == 1:  # of a run's signals nearly all
            return [Pair(question_ids[0], subjects[0])]
        return [Pair(question_id, subject) for question_id in question_ids for subject in subjects]

    def _questions_of(self, signal: Signal, text: str) -> list[str]:
        about = SubjectType.CONTACT if signal.is_about_contact else SubjectType.COMPANY
        same_text = self._by_text.get((about, folded(text)), [])
        return [q.question_id for q in same_text if _is_asked_by(signal, q, among=same_text)]

    def difference(self, signal: Signal, pair: Pair) -> str | None:
        """What ``signal`` is about as against ``pair``: the fields that differ, in a fixed order; None where none does.

        It is asked of signals that are known to be the pair's by their id, whatever they say.
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
    """What a listing shows of the question behind a signal."""
    return (question.about, folded(question.text), question.sent_as, question.verification_mode)


def fits_schema(signal: Signal, question: Question) -> bool:
    """Whether an answer fits the question's output schema as it is now; true where there is none."""
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
        # A reply that leaves the mode out is taken as the default's, unless nothing else has this text.
        return all(q.verification_mode is question.verification_mode for q in among)
    named = _type(signal)
    if named not in set(AnswerType):
        # Left out, or a name this version does not know: the text decides, where only one question has it.
        return len({q.answer_type for q in among}) == 1
    return named in (question.answer_type, ANSWER_KINDS[question.answer_type].replied_as)


def _type(signal: Signal) -> str:
    """The answer type it names, as this version spells types; maybe one that it does not know."""
    named = (signal.answer_type or "").strip()
    return named.lower() if named.isupper() else snake_case(named)


def _mode(signal: Signal) -> VerificationMode | None:
    """The mode it names, in any case; None where it names none, or one that this version does not know."""
    named = (signal.verification_mode or "").strip().lower()
    return VerificationMode(named) if named in set(VerificationMode) else None


def subjects_of(signal: Signal) -> tuple[str, ...]:
    """Whom ``signal`` is about as lists have it, however the API spells it, and where that differs as it is spelled."""
    if not signal.is_about_contact:
        return companies_named(signal.domain)
    normal = normalise_profile_url(signal.contact_profile_url or "", other_sites=True)
    subject = normal if isinstance(normal, str) else signal.contact_profile_url
    return () if subject is None else (subject,)


@lru_cache(maxsize=REMEMBERED_DOMAINS)  # a company's answers come together
def companies_named(domain: str | None) -> tuple[str, ...]:
    """A domain as lists have it, whatever scheme, ``www.`` or letters it has, and as it is where that differs."""
    as_it_is = (domain or "").strip().lower()
    if PLAIN_DOMAIN.fullmatch(as_it_is) or not as_it_is:
        return (as_it_is,) if as_it_is else ()
    found = [each.subject for each in normalise_domain(as_it_is) if isinstance(each, Found)]
    return tuple(dict.fromkeys([*found, as_it_is])) if len(found) == 1 else (as_it_is,)


def folded(text: str) -> str:
    """A question's text without differences in white space."""
    return " ".join(text.split())


def _bare(text: str) -> str:
    """A text without what an API may change of it and leave its meaning: case, white space, punctuation."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold())) or folded(text)
