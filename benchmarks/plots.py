"""The plots of docs/performance.md: ``python -m benchmarks.plots [RESULT.json …]`` draws what the results hold.

The history is drawn every time. ``python -m benchmarks.tables`` draws them too.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.contender_names import NAMES
from benchmarks.history import entries

mpl.use("svg")
from matplotlib import pyplot as plt

HISTORY = {
    "race_20000_over_floors": "20,000, over both floors",
    "race_100000_over_floors": "100,000, over both floors",
    "race_20000_cpu_of_earlier": "20,000, CPU of 0.1.0's build",
    "race_100000_cpu_of_earlier": "100,000, CPU of 0.1.0's build",
    "more_beside_1000000": "20,000 more beside 1,000,000, of alone",
    "command_over_empty": "our command over an empty one, s of CPU",
    "race_20000_peak_megabytes": "peak memory, 20,000, MB",
    "race_20000_reads_per_signal": "reads per signal, 20,000",
}
PICTURES = Path(__file__).parent.parent / "docs" / "performance"
OURS, PEER, FLOOR = "#1f6f8b", "#c9a227", "#9aa5ab"
COLOURS = {"ours": OURS, "dagster": OURS, "http_alone": FLOOR, "duckdb_plain": FLOOR, "duckdb_fastest": FLOOR}


def draw(record: dict[str, Any]) -> None:
    """Whatever the record holds."""
    if "race" in record:
        _race(record)
    if "growth" in record:
        _growth(record)


def draw_history() -> None:
    """Every target of HISTORY over all runs that measured it, oldest first; each run is named by its commit."""
    runs = entries()
    figure, places = plt.subplots(2, 4, figsize=(12, 5))
    for axes, (key, title) in zip(places.flat, HISTORY.items(), strict=True):
        found = [(run["commit"], run["measured"][key]) for run in runs if key in run["measured"]]
        axes.plot(range(len(found)), [value for _, value in found], "o-", color=OURS)
        axes.set_xticks(range(len(found)), [commit for commit, _ in found], rotation=60, fontsize=6)
        axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "history", "by commit; lower is better")


def _race(record: dict[str, Any]) -> None:
    finishes = [f for f in record["race"]["finishes"] if not f["latency_milliseconds"]]
    costs: dict[str, list[dict[str, float]]] = {}
    for finish in finishes:
        costs.setdefault(finish["contender"], []).append(finish["cost"])
    medians = {
        contender: {name: statistics.median(cost[name] for cost in each) for name in each[0]}
        for contender, each in costs.items()
    }
    contenders = sorted(medians, key=lambda contender: -medians[contender]["seconds"])
    names = [NAMES[contender].replace("`", "") for contender in contenders]
    colours = [COLOURS.get(contender, PEER) for contender in contenders]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    for axes, values, title in (
        (left, [medians[contender]["seconds"] for contender in contenders], "seconds, whole process, median"),
        (right, [medians[contender]["peak_megabytes"] for contender in contenders], "peak memory, MB (PSS)"),
    ):
        bars = axes.barh(names, values, color=colours)
        axes.bar_label(bars, fmt="{:,.1f}" if axes is left else "{:,.0f}", padding=3, fontsize=8)
        axes.set_title(title, fontsize=10)
        axes.margins(x=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "race", f"{finishes[0]['signals']:,} completed signals, commit {record['commit']}")


def _growth(record: dict[str, Any]) -> None:
    points = record["growth"]["points"]
    signals = [point["signals"] for point in points]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4))
    left.loglog(signals, [p["run_seconds"] for p in points], "o-", color=OURS, label="collect and load")
    left.loglog(signals, [p["rerun_seconds"] for p in points], "s--", color=PEER, label="rerun, all owned")
    left.set_title("seconds, in process", fontsize=10)
    left.legend(frameon=False, fontsize=8)
    right.semilogx(signals, [p["peak_megabytes"] for p in points], "o-", color=OURS)
    right.axhline(300, color=FLOOR, linestyle=":")
    right.set_ylim(0, 600)
    right.set_title("peak memory, MB (PSS); dotted: the target", fontsize=10)
    for axes in (left, right):
        axes.set_xlabel("signals")
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "growth", f"commit {record['commit']}")


def _save(figure: Any, name: str, title: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "saber"  # the same record draws the same file
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    figure.tight_layout()
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    for result in sys.argv[1:]:
        draw(json.loads(Path(result).read_text("utf-8")))
    draw_history()
