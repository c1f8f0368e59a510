"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # runs work, and somebody should look at it
    PROBLEM = "problem"  # a run would fail


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and what to do where it is not ok."""

    subject: str
    verdict: Verdict
    found: str
    to_do: str = ""


def ok(subject: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, Verdict.OK, found)


def warning(subject: str, found: str, to_do: str) -> Finding:
    """Runs work all the same."""
    return Finding(subject, Verdict.WARNING, found, to_do)


def problem(subject: str, found: str, to_do: str) -> Finding:
    """A run would fail."""
    return Finding(subject, Verdict.PROBLEM, found, to_do)
