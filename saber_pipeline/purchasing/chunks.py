"""Cutting claimed pairs into batches that buy exactly those pairs.

The API buys the full product of a batch's questions and domains. Pairs that are missing here and there
are therefore grouped by domain: domains that need the same set of questions go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from saber_pipeline.config.questions.question import Question
from saber_pipeline.ledger.claims import ClaimedPair
from saber_pipeline.products.product import ANSWERS, Route

MAX_ASYNC_SIGNALS = 20_000
MAX_SYNC_SIGNALS = 100
MAX_SYNC_DOMAINS = 100


def ids_of_singles(questions: Iterable[Question]) -> set[str]:
    """The identities of the questions that are bought one by one: no batch carries them, or their product has none."""
    return {each.question_id for each in questions if not each.fits_batches or not ANSWERS[each.about].has_batches}


@dataclass(frozen=True)
class Chunk:
    """A product of questions and subjects that is bought by one POST."""

    question_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    force_refresh: bool
    written_out: bool = False  # a template's question goes in its words, as a refusal has asked for

    @property
    def signals(self) -> int:
        """How many signals the chunk makes, and so how many prices it costs."""
        return len(self.question_ids) * len(self.subjects)

    @property
    def route(self) -> Route:
        """Small chunks go in sync mode, which names the ids of the signals at once."""
        is_small = self.signals <= MAX_SYNC_SIGNALS and len(self.subjects) <= MAX_SYNC_DOMAINS
        return Route.SYNC if is_small else Route.ASYNC

    def pairs(self) -> list[ClaimedPair]:
        """The chunk's pairs, subject by subject."""
        return [
            ClaimedPair(question_id, subject, self.force_refresh)
            for subject in self.subjects
            for question_id in self.question_ids
        ]

    def first(self, most: int | None) -> tuple[Chunk, ...]:
        """The chunk in parts, of which the first has no more than ``most`` signals; None: it stays whole."""
        if most is None or self.signals <= most:
            return (self,)
        subjects = max(1, most // len(self.question_ids))
        head, tail = replace(self, subjects=self.subjects[:subjects]), replace(self, subjects=self.subjects[subjects:])
        parts = [tail] if tail.subjects else []
        if head.signals > most:  # one subject, about which more is asked than that
            parts.insert(0, replace(head, question_ids=self.question_ids[most:]))
            head = replace(head, question_ids=self.question_ids[:most])
        return (head, *parts)

    def halves(self) -> tuple[Chunk, ...]:
        """The chunk in two, by subject and else by question; a single pair stays whole."""
        if len(self.subjects) > 1:
            middle = len(self.subjects) // 2
            return (replace(self, subjects=self.subjects[:middle]), replace(self, subjects=self.subjects[middle:]))
        if len(self.question_ids) > 1:
            middle = len(self.question_ids) // 2
            return (
                replace(self, question_ids=self.question_ids[:middle]),
                replace(self, question_ids=self.question_ids[middle:]),
            )
        return (self,)


def cut(pairs: Iterable[ClaimedPair], *, max_domains: int) -> list[Chunk]:
    """``pairs`` as chunks within the API's limits, each pair in exactly one of them.

    Of the two exact ways, by the set of questions a domain needs and by single questions, the one that
    takes fewer requests is used; full products always come out of the first.
    """
    questions_of: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for question_id, subject, force_refresh in pairs:
        questions_of[subject, force_refresh].add(question_id)
    by_set: dict[tuple[tuple[str, ...], bool], list[str]] = defaultdict(list)
    by_question: dict[tuple[tuple[str, ...], bool], list[str]] = defaultdict(list)
    for (subject, force_refresh), question_ids in questions_of.items():
        by_set[tuple(sorted(question_ids)), force_refresh].append(subject)
        for question_id in question_ids:
            by_question[(question_id,), force_refresh].append(subject)
    ways = (list(_chunks(by_set, max_domains)), list(_chunks(by_question, max_domains)))
    return min(ways, key=len)


def _chunks(groups: dict[tuple[tuple[str, ...], bool], list[str]], max_domains: int) -> Iterator[Chunk]:
    for (question_ids, force_refresh), subjects in groups.items():
        some_ids = [question_ids[i : i + MAX_ASYNC_SIGNALS] for i in range(0, len(question_ids), MAX_ASYNC_SIGNALS)]
        for ids in some_ids:
            size = max(1, min(max_domains, MAX_ASYNC_SIGNALS // len(ids)))
            for start in range(0, len(subjects), size):
                yield Chunk(ids, tuple(subjects[start : start + size]), force_refresh)
