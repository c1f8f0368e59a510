"""``make bench``: us, the peers and the floors in turn on one machine, and the targets.

Without arguments it takes some ten minutes. ``--quick`` takes at most three, ``--full`` goes up to 1,000,000 signals
collected and 10,000,000 owned; ``--only race growth`` runs some parts. Every result is kept in ``benchmarks/results``,
and that of a commit, with nothing changed, in ``benchmarks/history.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.bytecode import compile_as_installed
from benchmarks.local_api import ROOT
from benchmarks.scale import FULL, QUICK, USUAL, Scale
from benchmarks.surroundings import surroundings
from benchmarks.target import Target

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Run the parts, print what was measured against the targets, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="up to 1,000,000 signals collected, 10,000,000 owned")
    size.add_argument("--quick", action="store_true", help="small sizes, at most three minutes")
    parser.add_argument("--only", nargs="+", choices=tuple(FULL.parts), help="these parts, in this order")
    parser.add_argument("--repeats", type=int, help="so many pairs of what is compared in turn")
    parser.add_argument("--no-history", action="store_true", help="do not add the run to benchmarks/history.jsonl")
    arguments = parser.parse_args()
    scale = FULL if arguments.full else QUICK if arguments.quick else USUAL
    if not find_spec("dlt"):
        print("dlt is not installed: .venv/bin/python -m pip install -c constraints.txt -e '.[bench]'")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # tidies up on its way
    compile_as_installed(ROOT)
    record, runs = surroundings(scale.name), history.entries()
    targets: list[Target] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="saber-bench-", ignore_cleanup_errors=True) as folder:
        for part in arguments.only or scale.parts:
            if time.monotonic() - began > scale.begins_within_seconds:
                print(f"\n{part}: left out, {time.monotonic() - began:.0f} s have gone", flush=True)
                continue
            print(f"\n{part}: ", flush=True)
            place = Path(folder) / part
            place.mkdir()
            run = scale.parts.get(part) or FULL.parts[part]
            found, measured = run(place, arguments.repeats or scale.repeats)
            for target in found:
                print(f"  {target}   {history.compared(target, runs)}".rstrip(), flush=True)
            targets += found
            record[part] = measured
            record["targets"] = [target.record for target in targets]
            _keep(record, scale)  # after each part: what an interrupted run has measured is not lost
            if not arguments.no_history and not record["commit"].endswith("+"):
                history.add(record)
    print(f"\n{sum(t.is_met for t in targets)} of {len(targets)} targets met. Kept in {_file(record, scale)}.")


def _keep(record: dict[str, Any], scale: Scale) -> None:
    RESULTS.mkdir(exist_ok=True)
    _file(record, scale).write_text(json.dumps(record, indent=1, default=str) + "\n", "utf-8")


def _file(record: dict[str, Any], scale: Scale) -> Path:
    moment = record["at"][:16].replace(":", "")
    return RESULTS / f"{moment}-{record['commit'].replace('+', '-changed')}-{scale.name}.json"


if __name__ == "__main__":
    main()
