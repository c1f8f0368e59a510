"""Turns at reading in bulk: of the runs that share a ledger in a database, one at a time reads for all of them.

A listing of completed signals holds the answers of all runs and cannot be filtered by run. If each of eight runs read
it, every answer would be fetched and parsed eight times. So one run reads, settles all pairs it finds, and advances the
watermark of every purchase that it can recognise. The other runs see their pairs settle.

A turn only saves requests: losing it, or reading without it, does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from saber_pipeline.ledger.awaited_pairs import awaited_submission_ids
from saber_pipeline.ledger.claims import newest_landed_seq
from saber_pipeline.ledger.purchases import Submission, submissions_in
from saber_pipeline.ledger.questions import asked_questions
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.ledger.tables import SubmissionState

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.collection.signal_sink import SignalSink
    from saber_pipeline.ledger.store import Ledger

READING_KEY = "reads_in_bulk"
"""The key of the run that has the turn; the value is empty if none has."""

PATIENCE_SECONDS = 60.0
"""If no pair of any run settles for this long while another run has the turn, a run reads for itself."""


class Others(NamedTuple):
    """All open submissions (``followed``), and those of them that a live run waits for (``awaited``)."""

    followed: list[Submission]
    awaited: list[Submission]


@dataclass
class ReadingTurn:
    """Turns for one run. Once ``is_over`` returns True, the run reads even if another run has the turn.

    ``monotonic`` is the run's clock, in seconds.
    """

    ledger: Ledger
    run_id: str
    lease_seconds: float
    monotonic: Callable[[], float]
    is_over: Callable[[], bool] = lambda: False
    _seen: int | None = None  # the newest landed_seq when another run last had the turn
    _seen_at: float = 0.0

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Whether this run reads now. With a ledger in a file it always does, and nothing is recorded."""
        if not self.ledger.is_in_a_database:
            yield True
            return
        is_mine = self._take()
        try:
            yield is_mine or self._reads_anyway()
        finally:
            if is_mine:
                self._give_back()

    def others(self, sink: SignalSink) -> Others:
        """The open submissions of all runs, if ``sink`` recognises every question ever asked; otherwise none.

        Call this before reading: signals of later purchases may be read without being recognised.
        """
        if not self.ledger.is_in_a_database:
            return Others([], [])
        with self.ledger.reading() as connection:
            if not asked_questions(connection).keys() <= sink.question_ids:
                return Others([], [])
            followed = submissions_in(connection, [SubmissionState.ACCEPTED, SubmissionState.UNKNOWN])
            live = live_runs(connection, lease_seconds=self.lease_seconds)
            awaited = awaited_submission_ids(connection, *live)
        return Others(followed, [each for each in followed if each.submission_id in awaited])

    def _take(self) -> bool:
        with self.ledger.transaction() as connection:
            holder = get_value(connection, READING_KEY)
            is_free = not holder or holder == self.run_id
            if is_free or holder not in live_runs(connection, lease_seconds=self.lease_seconds):
                set_value(connection, READING_KEY, self.run_id)
                self._seen = None
                return True
        return False

    def _give_back(self) -> None:
        with self.ledger.transaction() as connection:
            if get_value(connection, READING_KEY) == self.run_id:
                set_value(connection, READING_KEY, "")

    def _reads_anyway(self) -> bool:
        with self.ledger.reading() as connection:
            newest = newest_landed_seq(connection)
        now = self.monotonic()
        if newest != self._seen:
            self._seen, self._seen_at = newest, now
        return now - self._seen_at >= PATIENCE_SECONDS or self.is_over()
