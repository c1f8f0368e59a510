"""What all contenders have in common: its arguments, and what it says about itself.

A contender is a module in ``benchmarks/contenders/`` with a ``collect(base_url, folder)`` that reads every completed
signal of the API and leaves them in ``folder/out.duckdb``. It runs in a process of its own:
``python -m benchmarks.contender NAME …``.
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
    """``NAME BASE_URL FOLDER``: run one contender, and write what it says to ``FOLDER/out.json``."""
    name, base_url, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    contender = importlib.import_module(f"benchmarks.contenders.{name}")
    began, worked = time.perf_counter(), time.process_time()
    reported = contender.collect(base_url, folder) or {}
    inside = {"seconds_inside": time.perf_counter() - began, "cpu_seconds_inside": time.process_time() - worked}
    (folder / "out.json").write_text(json.dumps({**inside, **reported}))


if __name__ == "__main__":
    main()
