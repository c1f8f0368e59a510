"""Contact research in ``saber-pipeline status``: what is in flight, and what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.status_text import section, short_id, utc
from saber_pipeline.ledger.run_ids import orchestrator_id

if TYPE_CHECKING:
    from saber_pipeline.ledger.research_status import ResearchStatus

SHOWN_UNKNOWN = 20
"""On a terminal; ``--json`` has everybody."""


def researches_as_json(status: ResearchStatus) -> dict[str, Any]:
    """Contact research in flight and unknown, with every person. The list is null if no list names the people now."""
    return {
        "researches_in_flight": [
            {"list": name or None, "followed": followed, "left": left} for name, followed, left in _rows(status)
        ],
        "researches_unknown": [
            {
                "person": str(each.person),
                "lists": list(each.lists),
                "since": utc(each.intended_at),
                "credits_at_most": each.credits,
                "run_id": orchestrator_id(each.run_id),
                "reason": each.reason,
            }
            for each in status.unknown
        ],
    }


def print_researches(status: ResearchStatus) -> None:
    """Prints nothing if nothing is in flight or unknown."""
    section(
        "Contact research in flight: bought, not collected yet",
        ["research list", "tracked by a run", "orphaned"],
        [[name or "no longer in a list", followed, left] for name, followed, left in _rows(status)],
    )
    if status.orphaned:
        say("The next run of contact_research, or the sensor in_flight, collects orphaned research.\n")
    section(
        "Contact research with an unknown outcome: sent, and the reply was lost",
        ["person", "lists", "since (UTC)", "credits at most", "run"],
        [
            [
                str(each.person),
                ", ".join(each.lists),
                utc(each.intended_at),
                f"{each.credits:g}",
                short_id(orchestrator_id(each.run_id)),
            ]
            for each in status.unknown[:SHOWN_UNKNOWN]
        ],
    )
    if status.unknown:
        more = len(status.unknown) - SHOWN_UNKNOWN
        say(
            f"{f'{more:,} more are in --json. ' if more > 0 else ''}Together they may have cost "
            f"{status.credits_unknown:g} credits. Only a run with retry_unknown repeats them.\n"
        )


def _rows(status: ResearchStatus) -> list[tuple[str, int, int]]:
    names = sorted({*status.tracked, *status.orphaned})
    return [(name, status.tracked.get(name, 0), status.orphaned.get(name, 0)) for name in names]
