"""Decides whether a signal is the one that a submission bought, and whether it settles its pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeAlias

from saber_pipeline.api.signals import Signal
from saber_pipeline.api.stopwatch import Stopwatch
from saber_pipeline.collection.match import fits_schema, listed_as
from saber_pipeline.config.questions.question import Question
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.pairs_in_flight import PairInFlight
from saber_pipeline.ledger.purchases import Submission

CLOCK_SLACK_SECONDS = 5.0
"""How far the API's clocks may differ from the time of a purchase, which has whole seconds.

A larger value would accept other people's signals as ours; a smaller one would take our signals for older ones.
"""

RECENT_SECONDS = 900.0
"""At the last look-up before a pair is bought again, how much older than its purchase a signal may look if it is newer
than all known signals of the pair. Clocks sometimes differ this far, and a new signal would be hardly newer."""


Match: TypeAlias = "tuple[Pair, Signal, PairInFlight, str | None]"
"""A pair in flight, a signal that may answer it, the pair's data, and the fields in which the signal differs."""


@dataclass(frozen=True)
class AcceptanceRules:
    """The rules by which a signal settles a pair. ``now`` gives the API's time, never ahead of it."""

    questions: Mapping[str, Question]
    cache: timedelta
    stuck_after: timedelta
    now: Callable[[], datetime]
    stopwatch: Stopwatch

    def accepts(
        self, signal: Signal, pair: Pair, submission: Submission, in_flight: PairInFlight, *, nothing_newer: bool
    ) -> bool:
        """Whether ``signal`` is the one named for the pair, or one that the API serves for it from its cache.

        A signal that ``proves_submission`` is accepted anyway. The signal known before (a failed one, say) counts as
        served from the cache only if there is ``nothing_newer``. The cache compares schemas, but a listing does not
        show them, so a signal that may answer the same text with another schema is not accepted.
        """
        if signal.id == in_flight.signal_id:
            return True
        if submission.force_refresh or (in_flight.knows(signal.id) and not nothing_newer):
            return False
        return (
            self._may_be_served_from_cache(signal, submission)
            and fits_schema(signal, self.questions[pair.question_id])
            and not any(fits_schema(signal, other) for other in self._same_but_schema[pair.question_id])
        )

    @cached_property
    def _same_but_schema(self) -> Mapping[str, Sequence[Question]]:
        """By question: all questions ever asked that differ from it in the schema only, which no listing shows."""
        by_listing: dict[tuple[str, ...], list[Question]] = defaultdict(list)
        for question in self.questions.values():
            by_listing[listed_as(question)].append(question)
        return {
            question.question_id: [each for each in alike if each.output_schema != question.output_schema]
            for alike in by_listing.values()
            for question in alike
        }

    def one_question_each(
        self, matches: Sequence[Match], submissions: Mapping[str, Submission], given: dict[Pair, str]
    ) -> tuple[Sequence[Match], Collection[tuple[Pair, str]]]:
        """The matches, each signal left to one question; and the pairs of other questions, with the signals they lost.

        Questions in flight together may look alike in a listing, such as two versions of a template or of a schema, so
        that a signal may be the purchase of either. It goes to the pair for which the API named it; else to one that
        was given no other, whose schema it fits, and that was bought last before the signal was made. ``given`` tells
        what was given so far, and is added to.
        """
        if len({signal.id for _, signal, _, _ in matches}) == len(matches):  # as in nearly every run
            return matches, ()
        questions_of: dict[str, set[str]] = defaultdict(set)
        for pair, signal, _, _ in matches:
            questions_of[signal.id].add(pair.question_id)
        rivals: dict[str, list[Match]] = defaultdict(list)
        for match in matches:
            pair, signal, known, _ = match
            submission = submissions.get(known.submission_id)
            if len(questions_of[signal.id]) == 1 or submission is None:
                continue
            if signal.id == known.signal_id or proves_submission(signal, submission, known):
                rivals[signal.id].append(match)

        def fits(match: Match) -> bool:
            return fits_schema(match[1], self.questions[match[0].question_id])

        def fitness(match: Match) -> tuple[bool, bool, bool, float]:
            pair, signal, known, _ = match
            return (
                signal.id == known.signal_id,
                given.get(pair, known.signal_id or signal.id) == signal.id,
                fits(match),
                submissions[known.submission_id].bought_since,
            )

        owner: dict[str, str] = {}
        # First the signals that fit one question only: another that fits several is then left to the others.
        for signal_id, claiming in sorted(rivals.items(), key=lambda rival: sum(map(fits, rival[1]))):
            best = max(claiming, key=fitness)[0]
            owner[signal_id] = best.question_id
            given[best] = signal_id
        kept = [match for match in matches if owner.get(match[1].id, match[0].question_id) == match[0].question_id]
        lost = {
            (pair, signal_id)
            for signal_id, claiming in rivals.items()
            for pair, *_ in claiming
            if pair.question_id != owner[signal_id]
        }
        return kept, lost

    def is_final(self, signal: Signal, submission: Submission) -> bool:
        """Whether the signal will not change any more: it is done, or has been processing for too long."""
        if signal.is_done:
            return True
        # With a wrong clock, either measure may be too short, but neither is too long.
        waited = seconds_since_sent(self.stopwatch, submission)
        since_made = timedelta() if signal.created_at is None else self.now() - signal.created_at
        return max(timedelta(seconds=waited), since_made) > self.stuck_after

    def is_in_cache(self, signal: Signal) -> bool:
        """Whether the API may serve ``signal`` again now."""
        ended_at = signal.completed_at or signal.created_at
        return ended_at is None or self.now() - ended_at < self.cache + timedelta(seconds=CLOCK_SLACK_SECONDS)

    def _may_be_served_from_cache(self, signal: Signal, submission: Submission) -> bool:
        ended_at = signal.completed_at or signal.created_at
        if ended_at is None or not signal.is_done:
            return True
        bought_since = datetime.fromtimestamp(submission.bought_since, tz=UTC)
        return ended_at >= bought_since - self.cache - timedelta(seconds=CLOCK_SLACK_SECONDS)


def seconds_since_sent(stopwatch: Stopwatch, submission: Submission) -> float:
    """Seconds since the intent of ``submission``."""
    name, at_api = f"sent {submission.submission_id}", submission.intended_at
    return stopwatch.seconds_since(name, at_api=at_api, on_machine=submission.machine_intended_at)


def proves_submission(
    signal: Signal, submission: Submission, in_flight: PairInFlight, *, is_last_lookup: bool = False
) -> bool:
    """Whether ``signal``, of a pair of ``submission``, proves that the POST had its effect.

    ``is_last_lookup``: without a proof now, the POST counts as never arrived. A signal that does not tell when it was
    created proves by its end, and one without any time at the last look-up: it may be the purchase, so it is not bought
    again.
    """
    made = signal.created_at or signal.completed_at
    if in_flight.knows(signal.id):
        return False
    if made is None:
        return is_last_lookup
    created_at, known_until = made.timestamp(), in_flight.known_created_at
    if known_until is not None and known_until > submission.bought_by + CLOCK_SLACK_SECONDS:
        known_until = None  # the API's clock has been set back since
    if known_until is not None and created_at < known_until:
        return False  # older than the pair's known signals, by the same clock
    is_recent = is_last_lookup and known_until is not None
    return created_at >= submission.bought_since - (RECENT_SECONDS if is_recent else CLOCK_SLACK_SECONDS)
