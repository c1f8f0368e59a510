"""``python -m benchmarks.planning_run plan DATA_DIR OUT`` or ``… normalise LIST_FILE OUT``: the measured part alone."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.questions import QUESTIONS


def main() -> None:
    """See above."""
    what, source, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    told = plan(source) if what == "plan" else normalise(source)
    out.write_text(json.dumps(told))


def plan(data_dir: Path) -> dict[str, Any]:
    """As a run plans: open the warehouse, ask the ledger, decide about every pair, keep the candidates."""
    from saber_pipeline.config.paths import DataPaths  # noqa: PLC0415 - likewise
    from saber_pipeline.ledger.store import Ledger  # noqa: PLC0415 - only one of the two is wanted
    from saber_pipeline.planning.plan import PlanRules, Selection, keep_candidates, make_plan  # noqa: PLC0415 - likewise
    from saber_pipeline.warehouse.session import warehouse_session  # noqa: PLC0415 - likewise

    paths = DataPaths(data_dir)
    began, worked = time.perf_counter(), time.process_time()
    ledger = Ledger.open(paths.ledger_file)
    rules = PlanRules(datetime.now(UTC), cache_hours=12, stuck_after_hours=24)
    with warehouse_session(paths) as session, ledger.reading() as connection:
        made = make_plan(session.con, connection, Selection(("bench",), QUESTIONS), rules, live_runs=())
        keep_candidates(session.con, data_dir / "candidates.parquet")
    ledger.close()
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "totals": {status.value: pairs for status, pairs in made.totals.items()},
    }


def normalise(list_file: Path) -> dict[str, Any]:
    """A list as the asset domain_lists reads it."""
    from saber_pipeline.inputs.list_normalisation import normalise_list  # noqa: PLC0415 - only one of the two is wanted
    from saber_pipeline.inputs.list_rules import DOMAIN_LISTS  # noqa: PLC0415 - likewise

    began, worked = time.perf_counter(), time.process_time()
    folder = list_file.parent
    summary = normalise_list(
        list_file,
        "messy",
        DOMAIN_LISTS,
        accepted_path=folder / "accepted.parquet",
        rejected_path=folder / "rejected.parquet",
    )
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "rows": summary.rows,
        "domains": summary.subjects,
        "rejected": summary.rejected,
    }


if __name__ == "__main__":
    main()
