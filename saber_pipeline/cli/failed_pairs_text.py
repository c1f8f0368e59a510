"""Failed pairs in ``plan`` and ``status``: the reasons, and the next attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.cli.status_text import section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from saber_pipeline.cli.json_output import JsonValue
    from saber_pipeline.planning.failed_pairs import FailedPairs


def print_failed(failed: Sequence[FailedPairs]) -> None:
    """A row for each question and reason; nothing where nothing failed."""
    section(
        "Failed at the last attempt, and when they are tried again",
        ["question", "pairs", "tried again", "why"],
        [[each.question_key, each.pairs, each.tried_again, _why(each)] for each in failed],
    )


def failed_as_json(failed: Sequence[FailedPairs]) -> JsonValue:
    """The failed pairs as JSON. The next run asks ``due`` pairs again; the others are asked again between
    ``tried_again_from`` and ``tried_again_by``.
    """
    return [
        {
            "question": each.question_key,
            "reason": each.reason,
            "message": each.message,
            "error_action": each.error_action,
            "pairs": each.pairs,
            "due": each.due,
            "tried_again_from": _time(each.first_retry),
            "tried_again_by": _time(each.last_retry),
            "not_tried_again": each.never,
            "tried_again": each.tried_again,
        }
        for each in failed
    ]


def _why(each: FailedPairs) -> str:
    """The code, then what the API says and advises."""
    said = " ".join(f"{part.rstrip('.')}." for part in (each.message, each.error_action) if part)
    return f"{each.reason}: {said}" if said else each.reason


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat(sep=' ', timespec='seconds')}Z"
