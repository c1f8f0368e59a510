"""A research run in a process of its own, which may be told to die: started by tests with ``python -m``.

Arguments as one JSON object: those of ``run_in_a_process``.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchRequest
from saber_pipeline_tests.testbed.run_in_a_process import ClockOverHttp, death_of
from saber_pipeline_tests.testbed.world import InterceptingTransport


def main(given: dict[str, Any]) -> None:
    """Carry out one run over all research lists and print its outcomes."""
    clock = ClockOverHttp(given["base_url"], given["seconds"])
    death = death_of(given)
    clock.in_a_wait = death.in_a_wait
    settings = Settings(
        base_url=given["base_url"],
        data_dir=Path(given["data_dir"]),
        ledger_url=LedgerAddress(given["ledger_url"]) if given.get("ledger_url") else None,
        concurrency=4,
    )

    def new_client() -> SaberClient:
        transport = InterceptingTransport(before=death.before, after=death.after)
        rng = random.Random(1)  # noqa: S311 - repeatable waits, no secrets
        return SaberClient("sk_sandbox_0000", settings.base_url, clock=clock, rng=rng, transport=transport)

    request = ResearchRequest(
        run_id=f"process{os.getpid()}", force_refresh=bool(given.get("force")), max_wait_minutes=600
    )
    if given.get("start_at"):
        time.sleep(max(0.0, given["start_at"] - time.time()))
    result = run_research(request, settings, (), new_client=new_client, report=lambda _progress: None, clock=clock)
    totals = {outcome.value: count for outcome, count in result.outcomes.items() if count}
    print(json.dumps({"adds_up": result.adds_up, "totals": totals, "bought": len(result.sent.bought)}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
