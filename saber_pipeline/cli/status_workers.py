"""Active runs in ``saber-pipeline status``, on this machine and on others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.cli.status_text import section, short_id, utc
from saber_pipeline.ledger.run_ids import orchestrator_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.ledger.workers import Worker


def workers_as_json(workers: Sequence[Worker]) -> dict[str, Any]:
    """Each with its machine, its sign of life and its pairs."""
    return {
        "workers": [
            {
                "run_id": orchestrator_id(worker.run_id),
                "host": worker.host,
                "process_id": worker.process_id,
                "started_at": utc(worker.started_at),
                "last_sign_of_life_seconds": round(worker.silent_seconds, 1),
                "claimed": worker.claimed,
                "in_flight": worker.in_flight,
            }
            for worker in workers
        ]
    }


def print_workers(workers: Sequence[Worker]) -> None:
    """Nothing where no run is alive."""
    section(
        "At work",
        ["run", "machine", "process", "since (UTC)", "last sign of life", "pairs to buy", "pairs in flight"],
        [
            [
                short_id(orchestrator_id(worker.run_id)),
                worker.host,
                str(worker.process_id),
                utc(worker.started_at),
                f"{worker.silent_seconds:.0f} s ago",
                worker.claimed,
                worker.in_flight,
            ]
            for worker in workers
        ],
    )
