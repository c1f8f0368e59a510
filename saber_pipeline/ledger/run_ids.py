"""The ids of runs in the ledger: the orchestrator's with a mark, since a run carried out again is another one."""

from __future__ import annotations

import uuid


def attempt_id(run_id: str) -> str:
    """A new id in the ledger for the orchestrator's run ``run_id``."""
    return f"{run_id}.{uuid.uuid4().hex[:6]}"


def orchestrator_id(attempt: str) -> str:
    """The orchestrator's id of the run that the ledger calls ``attempt``."""
    return attempt.rpartition(".")[0] or attempt
