"""Where a run can be killed: names for the moments between which a crash may tear something apart."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

BUYING = "saber_pipeline.buying"
WAREHOUSE = "saber_pipeline.warehouse"

REQUEST_POINTS = (
    "before a POST",
    "a POST under way",
    "after a POST's reply",
    "before a GET",
    "after a GET's reply",
)
"""Struck by the transport."""

FUNCTION_POINTS = {
    "planned": (f"{BUYING}.rounds:_plan", "after"),
    "claiming": (f"{BUYING}.rounds:_claim", "after"),
    "intending": (f"{BUYING}.batch_creates:intend", "after"),
    "reply being written": (f"{BUYING}.batch_creates:accept", "after"),
    "reply written": (f"{BUYING}.batch_creates:BatchSender._send", "after"),
    "intending a single": (f"{BUYING}.single_creates:intend", "after"),
    "single's reply being written": (f"{BUYING}.single_creates:accept", "after"),
    "single's reply written": (f"{BUYING}.single_creates:SingleSender._send", "after"),
    "all sent": (f"{BUYING}.submit:Submitter.send_some", "after"),
    "before landing": (f"{WAREHOUSE}.landing:LandingWriter.commit", "before"),
    "landed, not settled": (f"{BUYING}.collect.receiving:settle", "before"),
    "settled": (f"{BUYING}.collect.receiving:Delivery.commit", "after"),
    "before the watermark": (f"{BUYING}.collect.company_bulk:advance_watermark", "before"),
    "orphans adopted": (f"{BUYING}.collect.resolving:adopt_orphans", "after"),
    "resolved": (f"{BUYING}.collect.resolving:resolve_without_effect", "after"),
    "submissions closed": (f"{BUYING}.collect.follow:close_submissions", "after"),
    "following over": (f"{BUYING}.rounds:_buy_and_follow", "after"),
    "loading": (f"{WAREHOUSE}.load:load_piece", "after"),
    "loaded ahead": (f"{WAREHOUSE}.loading_ahead:load_arriving", "after"),
    "loaded": (f"{BUYING}.publishing:load_everything", "after"),
    "accounts taken": (f"{BUYING}.publishing:take_accounts", "after"),
    "before the checkpoint": (f"{WAREHOUSE}.session:WarehouseSession.close_connection", "before"),
    "version copied": (f"{WAREHOUSE}.publish:_copy_version", "after"),
    "version half copied": (f"{WAREHOUSE}.publish:copy_file", "after"),
    "switched": (f"{WAREHOUSE}.publish:_switch", "after"),
    "switching": (f"{WAREHOUSE}.publish:_log_of", "after"),
    "noted": (f"{WAREHOUSE}.publish:_note", "after"),
    "old versions dropped": (f"{WAREHOUSE}.publish:_drop_old", "after"),
    "published, not forgotten": (f"{BUYING}.publishing:forget_published", "before"),
    "forgetting": (f"{BUYING}.publishing:forget_published", "after"),
    "forgotten": (f"{BUYING}.answer_run:publish_run", "after"),
    "no longer waiting": (f"{BUYING}.answer_run:_stop_waiting", "after"),
}
"""``module:function`` and whether death comes before or after it."""

RESEARCH_FUNCTION_POINTS = {
    "lists remembered": (f"{BUYING}.research.run:_remember_lists", "after"),
    "people claimed": (f"{BUYING}.research.rounds:_claim", "after"),
    "intending a research": (f"{BUYING}.research.sending:intend_research", "after"),
    "research's reply written down": (f"{BUYING}.research.sending:accept_research", "after"),
    "research sent": (f"{BUYING}.research.sending:ResearchSender._send", "after"),
    "people sent": (f"{BUYING}.research.sending:ResearchSender.send", "after"),
    "researches read": (f"{BUYING}.research.collecting:ResearchReader._settle", "before"),
    "researches landed": (f"{BUYING}.research.collecting:end_researches", "before"),
    "researches settled": (f"{BUYING}.research.collecting:ResearchReader._settle", "after"),
    "people followed": (f"{BUYING}.research.rounds:_send_and_follow", "after"),
    "research published": (f"{BUYING}.research.run:publish_pending", "after"),
    "research requests closed": (f"{BUYING}.research.run:close_research_requests", "after"),
}
"""The same for contact research, beside what it shares with answers."""

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
    "published, not forgotten",
    A_MOMENT,
)
"""Those of runs of contact research."""

ALL_FUNCTION_POINTS = {**FUNCTION_POINTS, **RESEARCH_FUNCTION_POINTS}


@dataclass(frozen=True)
class Kill:
    """Die the ``number``-th time that ``point`` is passed."""

    point: str
    number: int

    def __str__(self) -> str:
        return f"{self.point} #{self.number}"


def die() -> None:
    """Gone, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kill: Kill) -> None:
    """Make this process die at a point of ``ALL_FUNCTION_POINTS``; no effect for other points."""
    if kill.point not in ALL_FUNCTION_POINTS:
        return
    owner, name = function_at(kill.point)
    when = ALL_FUNCTION_POINTS[kill.point][1]
    setattr(owner, name, _deadly(getattr(owner, name), when, Countdown(kill.number)))


def function_at(point: str) -> tuple[Any, str]:
    """The module or class that holds the function of a point of ``ALL_FUNCTION_POINTS``, and the function's name."""
    module_name, _, path = ALL_FUNCTION_POINTS[point][0].partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, name


class Countdown:
    """Kills at the last of so many strokes."""

    def __init__(self, strokes: int) -> None:
        self._left = strokes

    def strike(self) -> None:
        self._left -= 1
        if self._left == 0:
            die()


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
