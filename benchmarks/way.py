"""What every way of collecting and loading has in common: its arguments, and what it says about itself.

A way is a module in ``benchmarks/ways/`` with a ``collect(base_url, folder)`` that reads every completed signal of
the API and leaves them in ``folder/out.duckdb``. It runs in a process of its own: ``python -m benchmarks.way NAME …``.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

LISTING = "/v1/companies/signals"
PAGE_ROWS = 25
CONNECTIONS = 64


def main() -> None:
    """``NAME BASE_URL FOLDER``: run one way, and write what it says to ``FOLDER/out.json``."""
    name, base_url, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    way = importlib.import_module(f"benchmarks.ways.{name}")
    began, worked = time.perf_counter(), time.process_time()
    told = way.collect(base_url, folder) or {}
    inside = {"seconds_inside": time.perf_counter() - began, "cpu_seconds_inside": time.process_time() - worked}
    (folder / "out.json").write_text(json.dumps({**inside, **told}))


if __name__ == "__main__":
    main()
