"""The finding of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from saber_pipeline.errors import PipelineError
from saber_pipeline.storage_failures import as_storage_error, last_cause


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"  # runs work, but somebody should look at the finding
    PROBLEM = "problem"  # a run would fail


@dataclass(frozen=True)
class Finding:
    """One subject of a check: what was found, and what to do if it is not ok."""

    subject: str
    verdict: Verdict
    found: str
    to_do: str = ""


def looked_at(subject: str, check: Callable[[], Finding | Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of ``check``; if the check itself fails, that is a problem, and the other checks continue."""
    try:
        found = check()
        yield from (found,) if isinstance(found, Finding) else found
    except Exception as error:  # noqa: BLE001 - whatever it is: doctor is asked because something is wrong
        storage = as_storage_error(error)
        if storage is not None or isinstance(error, PipelineError):
            yield problem(subject, str(storage or error), "Check this path; the other checks may say more.")
        else:
            yield problem(subject, f"it cannot be checked: {last_cause(error)}", "This is a bug: please report it.")


def ok(subject: str, found: str) -> Finding:
    return Finding(subject, Verdict.OK, found)


def warning(subject: str, found: str, to_do: str) -> Finding:
    return Finding(subject, Verdict.WARNING, found, to_do)


def clock_apart(subject: str, seconds_ahead: float, whose: str) -> Finding:
    """This machine's clock differs from that of a service."""
    off = f"{abs(seconds_ahead):,.0f} seconds {'ahead of' if seconds_ahead > 0 else 'behind'}"
    return warning(subject, f"this machine's clock is {off} {whose}", "Keep the clocks of all machines in step (NTP).")


def problem(subject: str, found: str, to_do: str) -> Finding:
    return Finding(subject, Verdict.PROBLEM, found, to_do)
