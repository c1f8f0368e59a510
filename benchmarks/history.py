"""What was measured at which commit, one line for each run: ``python -m benchmarks.history RESULT.json …`` adds runs.

``benchmarks/history.jsonl`` holds for each run the value of every target by its key. Keys name the size, so values of
one key are of the same work. ``make bench`` says beside each target what it was the last time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.target import Target, format_figures

HISTORY = Path(__file__).with_name("history.jsonl")
WORSE_BY = 0.15
"""What differs by less is the machine's doing as often as the code's."""

Entry = dict[str, Any]


@dataclass(frozen=True)
class Before:
    """The last value of a target, and the commit that it is of."""

    measured: float
    commit: str


def entries(file: Path = HISTORY) -> list[Entry]:
    """All runs, oldest first."""
    if not file.exists():
        return []
    return sorted((json.loads(line) for line in file.read_text("utf-8").splitlines()), key=lambda entry: entry["at"])


def add(record: dict[str, Any], file: Path = HISTORY) -> None:
    """Note a run's record; one that is there (the same moment) is replaced."""
    kept = [entry for entry in entries(file) if entry["at"] != record["at"]]
    kept.append(
        {
            "at": record["at"],
            "commit": record["commit"],
            "scale": record["scale"],
            "cores": record["cores"],
            "load": round(record["load_average"][0], 1),
            "measured": {target["key"]: float(f"{target['measured']:.4g}") for target in record["targets"]},
        }
    )
    lines = [json.dumps(entry) + "\n" for entry in sorted(kept, key=lambda entry: entry["at"])]
    file.write_text("".join(lines), "utf-8")


def before(key: str, runs: Sequence[Entry]) -> Before | None:
    """What the newest of ``runs`` that measured ``key`` says of it."""
    found = [Before(entry["measured"][key], entry["commit"]) for entry in runs if key in entry["measured"]]
    return found[-1] if found else None


def compared(target: Target, runs: Sequence[Entry]) -> str:
    """A sentence beside a target: what it was before, and whether it is clearly worse now. Empty where it is new."""
    last = before(target.key, runs)
    if last is None:
        return ""
    ahead = last.measured - target.measured if target.at_least else target.measured - last.measured
    is_worse = ahead > WORSE_BY * abs(last.measured)
    return f"{'WORSE than' if is_worse else 'before'} {format_figures(last.measured)} at {last.commit}"


if __name__ == "__main__":
    for result in sys.argv[1:]:
        add(json.loads(Path(result).read_text("utf-8")))
