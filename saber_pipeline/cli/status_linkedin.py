"""Pairs that wait for a connection to LinkedIn, in ``status`` and ``doctor``."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.status_text import section, utc

if TYPE_CHECKING:
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.ledger.linkedin_connection import LinkedInSeen
    from saber_pipeline.report.report_queries import Answers


def waiting_pairs(paths: DataPaths) -> list[dict[str, Any]]:
    """Pairs by question whose research failed without a connection, from the published answers."""
    from saber_pipeline.report.report_queries import Answers

    if not paths.answers_file.exists():
        return []
    with closing(Answers.open(paths.answers_file)) as answers:
        return waiting_among(answers)


def waiting_among(answers: Answers) -> list[dict[str, Any]]:
    """Pairs by question whose research failed without a connection, from open answers."""
    from saber_pipeline.runs.linkedin_notes import REQUIRED

    if not answers.has_failed_with(REQUIRED):
        return []
    found = answers.ask("failed")
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    names = ("question_key", "pairs", "message", "error_action")
    return [{name: row[name] for name in names} for row in rows if row["reason"] == REQUIRED]


def linkedin_as_json(rows: list[dict[str, Any]], seen: LinkedInSeen | None) -> dict[str, Any]:
    """The waiting pairs and the connection as JSON. ``connected`` is null if the API never reported it."""
    return {
        "waiting_for_linkedin": rows,
        "linkedin": None
        if seen is None
        else {"connected": seen.is_connected, "since": utc(seen.since), "seen_at": utc(seen.seen_at)},
    }


def print_waiting_for_linkedin(rows: list[dict[str, Any]], seen: LinkedInSeen | None) -> None:
    """Prints nothing if no pair waits."""
    from saber_pipeline.runs.linkedin_notes import waiting_for_linkedin

    if not rows:
        return
    section(
        "Waiting for LinkedIn",
        ["question", "pairs", "what Saber says", "what it advises"],
        [[row["question_key"], row["pairs"], row["message"] or "", row["error_action"] or ""] for row in rows],
    )
    if seen is not None:
        state = "connected" if seen.is_connected else "not connected"
        say(f"Saber was {state} to LinkedIn when a run last checked, at {utc(seen.seen_at)}.")
    say(f"{waiting_for_linkedin(sum(row['pairs'] for row in rows))}\n")
