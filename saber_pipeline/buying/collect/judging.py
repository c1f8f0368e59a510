"""Is this signal what a submission bought, and is its pair's life over?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from saber_pipeline.api.signals import Signal
from saber_pipeline.buying.collect.matching import fits_schema
from saber_pipeline.buying.ledger.claims import Pair
from saber_pipeline.buying.ledger.submissions import Submission
from saber_pipeline.questions.question import Question

CLOCK_SLACK_SECONDS = 2.0
"""How far the clocks behind the API may differ from its ``Date`` header, which has whole seconds."""


@dataclass(frozen=True)
class Judge:
    """The rules by which a signal settles a pair. ``now`` gives the API's time."""

    questions: Mapping[str, Question]
    cache: timedelta
    stuck_after: timedelta
    now: Callable[[], datetime]

    def answers(self, signal: Signal, pair: Pair, submission: Submission, known_signal_id: str | None) -> bool:
        """Whether ``signal`` is what ``submission`` bought, or what the API serves for it from its cache."""
        if signal.id == known_signal_id or proves(signal, submission):
            return True
        if submission.force_refresh:
            return False
        return self._may_be_served_from_cache(signal, submission) and fits_schema(
            signal, self.questions[pair.question_id]
        )

    def is_over(self, signal: Signal) -> bool:
        """Whether nothing more is to be expected: done, or processing for too long."""
        return signal.is_done or (signal.created_at is not None and self.now() - signal.created_at > self.stuck_after)

    def _may_be_served_from_cache(self, signal: Signal, submission: Submission) -> bool:
        ended_at = signal.completed_at or signal.created_at
        if ended_at is None or not signal.is_done:
            return True
        intended_at = datetime.fromtimestamp(submission.intended_at, tz=UTC)
        return ended_at >= intended_at - self.cache - timedelta(seconds=CLOCK_SLACK_SECONDS)


def proves(signal: Signal, submission: Submission) -> bool:
    """Whether ``signal``, which matches a pair of ``submission``, shows that its POST had its effect."""
    return (
        signal.created_at is not None and signal.created_at.timestamp() >= submission.intended_at - CLOCK_SLACK_SECONDS
    )
