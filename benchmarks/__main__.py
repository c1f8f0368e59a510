"""``make bench``: us, the peers and the floors in turn on one machine, and the targets.

Without arguments it takes some minutes. ``make bench ARGS="--full"`` goes up to 1,000,000 signals and takes some ten
minutes on two quiet cores; ``--only race growth`` runs some parts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.parts.economy import economy
from benchmarks.parts.growth import growth
from benchmarks.parts.overhead import overhead
from benchmarks.parts.planning import FULL, Sizes, planning
from benchmarks.parts.race import PEERS, race
from benchmarks.parts.report import report
from benchmarks.target import Target

PARTS = ("race", "growth", "planning", "overhead", "economy", "report")
RESULTS = Path(__file__).with_name("results")
QUICK_PLAN = Sizes(domains=100_000, owned=500_000, in_flight=20_000, messy_rows=100_000)
VERSIONS = ("duckdb", "aiohttp", "httpx", "dagster", "pyarrow", "pandas", "dlt")


def main() -> None:
    """Run the parts, print what was measured against the targets, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 signals")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-plots", action="store_true")
    arguments = parser.parse_args()
    record: dict[str, Any] = _surroundings()
    targets: list[Target] = []
    with tempfile.TemporaryDirectory(prefix="saber-bench-") as folder:
        for part in arguments.only:
            print(f"\n{part}: ", flush=True)
            found, measured = _run(part, Path(folder) / part, full=arguments.full, repeats=arguments.repeats)
            for target in found:
                print(f"  {target}", flush=True)
            targets += found
            record[part] = measured
    record["targets"] = [{**vars(target), "is_met": target.is_met} for target in targets]
    file = _keep(record, full=arguments.full)
    print(f"\n{sum(t.is_met for t in targets)} of {len(targets)} targets met. Kept in {file}.")
    if not arguments.no_plots:
        from benchmarks.plots import draw  # noqa: PLC0415 - matplotlib takes its time

        draw(record)


def _run(part: str, folder: Path, *, full: bool, repeats: int) -> tuple[list[Target], dict[str, Any]]:
    folder.mkdir(parents=True)
    match part:
        case "race":
            peers = tuple(peer for peer in PEERS if find_spec("dlt") or not peer.startswith("dlt"))
            if peers != PEERS:
                print("  dlt is not installed: .venv/bin/python -m pip install -c constraints.txt -e '.[bench]'")
            targets, measured = race(folder, 20_000, repeats=repeats, peers=peers)
            if full and "dlt_tuned" in peers:
                more, large = race(folder / "large", 100_000, repeats=1, peers=("dlt_tuned",))
                targets, measured = targets + more, {"finishes": measured["finishes"] + large["finishes"]}
            return targets, measured
        case "growth":
            return growth(folder, [2_000, 20_000, 100_000, *([1_000_000] if full else [])])
        case "planning":
            return planning(folder, FULL if full else QUICK_PLAN)
        case "report":
            return report(folder)
        case "overhead":
            return overhead(folder, repeats=repeats)
        case _:
            return economy(folder, (500, 2_000, 20_000) if full else (500, 2_000))


def _surroundings() -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    dirty = subprocess.run(["git", "status", "--porcelain", "-uno"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.strip() + ("+" if dirty.strip() else ""),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(memory, 1),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS if find_spec(name)},
    }


def _keep(record: dict[str, Any], *, full: bool) -> Path:
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{record['at'][:10]}-{record['commit']}{'-full' if full else ''}.json"
    file.write_text(json.dumps(record, indent=1, default=str) + "\n")
    return file


if __name__ == "__main__":
    main()
