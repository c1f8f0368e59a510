"""One run of this project in a process of its own: ``python -m benchmarks.one_run BASE_URL DATA_DIR LIST OUT [buy]``.

With ``buy`` it buys and does not wait. What it says goes to ``OUT`` as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.contenders.ours import run, timed_run


def main() -> None:
    """See above."""
    base_url, data_dir, list_name, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    if "buy" in sys.argv[5:]:
        reported = {"accounts": str(run(base_url, data_dir, list_name, max_wait_minutes=0).outcomes)}
    else:
        reported = timed_run(base_url, data_dir, list_name)
    reported["heavy_modules"] = ", ".join(name for name in ("pandas", "pyarrow", "matplotlib") if name in sys.modules)
    out.write_text(json.dumps(reported))


if __name__ == "__main__":
    main()
