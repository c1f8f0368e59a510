"""The plots of docs/performance.md, from one run's results; ``python -m benchmarks.plots RESULT.json`` draws them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

PICTURES = Path(__file__).parent.parent / "docs" / "performance"
OURS, PEER, FLOOR = "#1f6f8b", "#c9a227", "#9aa5ab"
COLOURS = {"ours": OURS, "dagster": OURS, "http_floor": FLOOR, "duckdb_floor": FLOOR}
NAMES = {
    "ours": "this project, in process",
    "dagster": "this project, dagster asset materialize",
    "http_floor": "floor: bytes over HTTP",
    "duckdb_floor": "floor: DuckDB loads lines",
    "aiohttp_arrow": "aiohttp, Arrow",
    "httpx_pandas": "httpx, pandas",
    "dlt_tuned": "dlt, tuned",
    "dlt_plain": "dlt as it comes",
}


def draw(record: dict[str, Any]) -> None:
    """Whatever the record holds."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "saber"  # the same record draws the same file
    if "race" in record:
        _race(record)
    if "growth" in record:
        _growth(record)


def _race(record: dict[str, Any]) -> None:
    finishes = [f for f in record["race"]["finishes"] if f["signals"] == 20_000 and not f["latency_milliseconds"]]  # noqa: PLR2004
    finishes.sort(key=lambda finish: -finish["cost"]["seconds"])
    names = [NAMES[finish["way"]] for finish in finishes]
    colours = [COLOURS.get(finish["way"], PEER) for finish in finishes]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
    for axes, values, title in (
        (left, [f["cost"]["seconds"] for f in finishes], "seconds, whole process"),
        (right, [f["cost"]["peak_megabytes"] for f in finishes], "peak memory, MB (PSS)"),
    ):
        bars = axes.barh(names, values, color=colours)
        axes.bar_label(bars, fmt="{:,.1f}" if axes is left else "{:,.0f}", padding=3, fontsize=8)
        axes.set_title(title, fontsize=10)
        axes.margins(x=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "race", f"20,000 completed signals, commit {record['commit']}")


def _growth(record: dict[str, Any]) -> None:
    points = record["growth"]["points"]
    signals = [point["signals"] for point in points]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4))
    left.loglog(signals, [p["run_seconds"] for p in points], "o-", color=OURS, label="collect and load")
    left.loglog(signals, [p["rerun_seconds"] for p in points], "s--", color=PEER, label="rerun, all owned")
    left.set_title("seconds, in process", fontsize=10)
    left.legend(frameon=False, fontsize=8)
    right.semilogx(signals, [p["peak_megabytes"] for p in points], "o-", color=OURS)
    right.axhline(550, color=FLOOR, linestyle=":")
    right.set_ylim(0, 600)
    right.set_title("peak memory, MB (PSS); dotted: the target", fontsize=10)
    for axes in (left, right):
        axes.set_xlabel("signals")
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "growth", f"commit {record['commit']}")


def _save(figure: Any, name: str, title: str) -> None:
    figure.suptitle(title, fontsize=9, x=0.01, ha="left")
    figure.tight_layout()
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()))
