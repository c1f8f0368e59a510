"""Run ids in the ledger: the orchestrator's id with a suffix, because a repeated run is a new attempt."""

from __future__ import annotations

import uuid


def attempt_id(run_id: str) -> str:
    """A new ledger id for the orchestrator's run ``run_id``."""
    return f"{run_id}.{uuid.uuid4().hex[:6]}"


def orchestrator_id(attempt: str) -> str:
    """The orchestrator's id for the ledger id ``attempt``."""
    return attempt.rpartition(".")[0] or attempt
