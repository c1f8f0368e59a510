"""Where a run can be killed: names for the moments between which a crash may tear something apart."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "saber_pipeline"

REQUEST_POINTS = (
    "before a POST",
    "a POST under way",
    "after a POST's reply",
    "before a GET",
    "after a GET's reply",
)
"""Struck by the transport."""

FUNCTION_POINTS = {
    "planned": (f"{PACKAGE}.runs.rounds:_plan", "after"),
    "claiming": (f"{PACKAGE}.runs.rounds:_claim", "after"),
    "intending": (f"{PACKAGE}.purchasing.batch_purchases:BatchSender.intend", "after"),
    "reply being written": (f"{PACKAGE}.purchasing.batch_purchases:accept", "after"),
    "reply written": (f"{PACKAGE}.purchasing.batch_purchases:BatchSender.purchase", "after"),
    "intending a single": (f"{PACKAGE}.purchasing.single_creates:SingleSender.intend", "after"),
    "single's reply being written": (f"{PACKAGE}.purchasing.single_creates:accept", "after"),
    "single's reply written": (f"{PACKAGE}.purchasing.single_creates:SingleSender.purchase", "after"),
    "all sent": (f"{PACKAGE}.purchasing.pair_routes:Submitter.send_some", "after"),
    "before landing": (f"{PACKAGE}.warehouse.landing:LandingWriter.commit", "before"),
    "landed, not settled": (f"{PACKAGE}.collection.signal_sink:mark_landed", "before"),
    "settled": (f"{PACKAGE}.collection.signal_sink:SinkBatch.commit", "after"),
    "before the watermark": (f"{PACKAGE}.collection.company_reader:advance_watermark", "before"),
    "orphans adopted": (f"{PACKAGE}.collection.unknown_submissions:adopt_orphans", "after"),
    "resolved": (f"{PACKAGE}.collection.unknown_submissions:resolve_without_effect", "after"),
    "submissions closed": (f"{PACKAGE}.collection.collector:close_submissions", "after"),
    "following over": (f"{PACKAGE}.runs.rounds:_buy_and_follow", "after"),
    "loading": (f"{PACKAGE}.warehouse.load:load_piece", "after"),
    "loaded ahead": (f"{PACKAGE}.warehouse.background_loader:load_arriving", "after"),
    "loaded": (f"{PACKAGE}.runs.publication:load_everything", "after"),
    "outcomes counted": (f"{PACKAGE}.runs.publication:count_outcomes", "after"),
    "before the checkpoint": (f"{PACKAGE}.warehouse.session:WarehouseSession.close_connection", "before"),
    "version copied": (f"{PACKAGE}.warehouse.publish:_copy_version", "after"),
    "version half copied": (f"{PACKAGE}.warehouse.publish:copy_file", "after"),
    "switched": (f"{PACKAGE}.warehouse.publish:switch", "after"),
    "switching": (f"{PACKAGE}.warehouse.publish:log_of", "after"),
    "noted": (f"{PACKAGE}.warehouse.publish:note", "after"),
    "old versions dropped": (f"{PACKAGE}.warehouse.publish:drop_old", "after"),
    "published, not pruned": (f"{PACKAGE}.runs.publication:prune_published", "before"),
    "pruning": (f"{PACKAGE}.runs.publication:prune_published", "after"),
    "pruned": (f"{PACKAGE}.runs.answers:publish_run", "after"),
    "no longer waiting": (f"{PACKAGE}.runs.answers:stop_waiting", "after"),
}
"""``module:function`` and whether death comes before or after it."""

RESEARCH_FUNCTION_POINTS = {
    "lists remembered": (f"{PACKAGE}.runs.research.research_run:_remember_lists", "after"),
    "people claimed": (f"{PACKAGE}.runs.research.research_rounds:_claim", "after"),
    "intending a research": (f"{PACKAGE}.runs.research.research_purchases:intend_research", "after"),
    "research's reply written down": (f"{PACKAGE}.runs.research.research_purchases:accept", "after"),
    "research sent": (f"{PACKAGE}.runs.research.research_purchases:ResearchSender.purchase", "after"),
    "people sent": (f"{PACKAGE}.runs.research.research_purchases:ResearchSender.send", "after"),
    "researches read": (f"{PACKAGE}.runs.research.research_reader:ResearchReader._settle", "before"),
    "researches landed": (f"{PACKAGE}.runs.research.research_reader:end_researches", "before"),
    "researches settled": (f"{PACKAGE}.runs.research.research_reader:ResearchReader._settle", "after"),
    "people followed": (f"{PACKAGE}.runs.research.research_rounds:_send_and_follow", "after"),
    "research published": (f"{PACKAGE}.runs.research.research_run:publish_pending", "after"),
    "research requests closed": (f"{PACKAGE}.runs.research.research_run:close_research_requests", "after"),
}
"""The same for contact research, beside what it shares with answers."""

WORKER_FUNCTION_POINTS = {
    "taking claims over": (f"{PACKAGE}.runs.block_taker:take_over", "after"),
    "claims taken over": (f"{PACKAGE}.runs.block_taker:Taker._move", "after"),
}
"""The same where runs buy one list together."""

RECURRING = {
    *REQUEST_POINTS,
    "intending",
    "reply being written",
    "reply written",
    "intending a single",
    "single's reply being written",
    "single's reply written",
    "before landing",
    "landed, not settled",
    "settled",
    "orphans adopted",
    "intending a research",
    "research's reply written down",
    "research sent",
    "researches read",
    "researches landed",
    "researches settled",
}
"""Points that one run passes more than once as a rule."""

WHILE_IT_WAITS = "while it waits"
"""Struck when the run's clock sleeps: between an intent and its transmission as well."""

A_MOMENT = "a random moment"
"""Struck from outside, ``number`` milliseconds after the start."""

POINTS = (*REQUEST_POINTS, *FUNCTION_POINTS, A_MOMENT)
"""Those of runs that ask questions."""

RESEARCH_POINTS = (
    *REQUEST_POINTS,
    *RESEARCH_FUNCTION_POINTS,
    "loaded",
    "before the checkpoint",
    "version copied",
    "version half copied",
    "switched",
    "switching",
    "noted",
    "old versions dropped",
    "published, not pruned",
    A_MOMENT,
)
"""Those of runs of contact research."""

ALL_FUNCTION_POINTS = {**FUNCTION_POINTS, **RESEARCH_FUNCTION_POINTS, **WORKER_FUNCTION_POINTS}


WAKE = "import os, signal, sys, time; time.sleep(float(sys.argv[2])); os.kill(int(sys.argv[1]), signal.SIGCONT)"


@dataclass(frozen=True)
class Kill:
    """Die the ``number``-th time that ``point`` is passed; with ``pause_seconds``, stand still so long instead.

    Of several processes with one ``mark``, a file that is not there yet, only the first one dies.
    """

    point: str
    number: int
    pause_seconds: float = 0.0
    mark: Path | None = None

    @property
    def is_pause(self) -> bool:
        """Whether the process goes on later."""
        return self.pause_seconds > 0

    def __str__(self) -> str:
        return f"{self.point} #{self.number}{f', {self.pause_seconds:.1f} s' if self.is_pause else ''}"

    def is_first(self) -> bool:
        """Whether nobody has died of it before; from now on somebody has."""
        assert self.mark is not None  # noqa: S101 - only those that share a mark ask
        try:
            os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        return True

    def strike(self) -> None:
        """Do it now."""
        if self.mark and not self.is_first():
            return
        if not self.is_pause:
            die()
            return
        # Whoever wakes it must not depend on it: a process that is stopped runs no timer.
        waker = [sys.executable, "-c", WAKE, str(os.getpid()), str(self.pause_seconds)]
        subprocess.Popen(waker, start_new_session=True)  # noqa: S603 - our own words
        os.kill(os.getpid(), signal.SIGSTOP)


def die() -> None:
    """Gone, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kill: Kill) -> None:
    """Make this process die at a point of ``ALL_FUNCTION_POINTS``; no effect for other points."""
    if kill.point not in ALL_FUNCTION_POINTS:
        return
    owner, name = function_at(kill.point)
    when = ALL_FUNCTION_POINTS[kill.point][1]
    setattr(owner, name, _deadly(getattr(owner, name), when, Countdown(kill)))


def function_at(point: str) -> tuple[Any, str]:
    """The module or class that holds the function of a point of ``ALL_FUNCTION_POINTS``, and the function's name."""
    module_name, _, path = ALL_FUNCTION_POINTS[point][0].partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, name


class Countdown:
    """Strikes at the last of so many strokes."""

    def __init__(self, kill: Kill) -> None:
        self._kill = kill
        self._left = kill.number

    def strike(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._kill.strike()


def _deadly(function: Callable[..., Any], when: str, countdown: Countdown) -> Callable[..., Any]:
    @functools.wraps(function)
    def dying(*args: Any, **given: Any) -> Any:
        if when == "before":
            countdown.strike()
        result = function(*args, **given)
        if when == "after":
            countdown.strike()
        return result

    @functools.wraps(function)
    async def dying_later(*args: Any, **given: Any) -> Any:
        if when == "before":
            countdown.strike()
        result = await function(*args, **given)
        if when == "after":
            countdown.strike()
        return result

    return dying_later if inspect.iscoroutinefunction(function) else dying
