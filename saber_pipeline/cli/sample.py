"""The table at the end of ``saber-pipeline run --sample``."""

from __future__ import annotations

from typing import Any

from saber_pipeline.cli.sentences import say

_COLUMNS = {
    "question": "question",
    "asked": "asked",
    "answered": "answered",
    "not_known": "not known",
    "failed": "failed",
    "without_outcome": "no outcome yet",
    "degraded": "degraded",
    "confidence": "confidence",
    "credits_per_answer": "credits per answer",
    "rest_pairs": "rest: pairs",
    "rest_credits": "rest: credits",
    "rest_answers": "rest: answers (estimate)",
}
_SHOWN_WHERE_THERE = ("failed", "without_outcome", "degraded")
"""Columns that say nothing where every question has 0."""


def print_sample(page: dict[str, Any]) -> None:
    """A row for each question, then what the sample is and what the rest would cost."""
    from saber_pipeline.cli.terminal import is_terminal, print_table

    questions = page["questions"]
    names = [
        name
        for name in _COLUMNS
        if not is_terminal() or name not in _SHOWN_WHERE_THERE or any(question[name] for question in questions)
    ]
    say("\nWhat the sample showed:")
    print_table([_COLUMNS[name] for name in names], [[question[name] for name in names] for question in questions])
    say(f"\n{page['summary']}")
