"""The tables of docs/performance.md: ``python -m benchmarks.tables RESULT.json …`` writes them, and draws the plots.

A table stands between ``<!-- measured:NAME -->`` and ``<!-- /measured:NAME -->``. What the results hold replaces it;
everything else stays as it is. Of several results the later ones win.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contender_names import NAMES
from benchmarks.local_api import ROOT
from benchmarks.target import Target
from saber_pipeline_tests.documents.marked import replace_marked

PAGE = ROOT / "docs" / "performance.md"
Record = dict[str, Any]


def write_tables(records: Sequence[Record], page: Path = PAGE) -> list[str]:
    """Write what ``records`` hold into ``page``; returns the names of the tables written.

    ValueError where the page lacks a table's place.
    """
    text = page.read_text("utf-8")
    written = []
    for name, table in TABLES.items():
        held = [record for record in records if name in record]
        if not held:
            continue
        said = table(held) if name == "targets" else f"{_where(held[-1])}\n\n{table(held)}"
        text = replace_marked(text, f"measured:{name}", said)
        written.append(name)
    page.write_text(text, "utf-8")
    return written


def _where(record: Record) -> str:
    day, load = record["at"][:10], record["load_average"][0]
    return f"Commit `{record['commit']}`, {day}, {record['cores']} cores, a load of {load:.1f} then."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    first, *others = ("| " + " | ".join(row) + " |" for row in (head, *rows))
    return "\n".join((first, "|---|" + "---:|" * (len(head) - 1), *others))


def _race(records: Sequence[Record], part: str) -> str:
    finishes = records[-1][part]["finishes"]
    contenders: dict[tuple[str, float], list[Record]] = {}
    for finish in finishes:
        contenders.setdefault((finish["contender"], finish["latency_milliseconds"]), []).append(finish)
    ours = _median(contenders["ours", 0.0], lambda finish: finish["cost"]["cpu_seconds"])
    rows = []
    for (contender, latency), found in sorted(
        contenders.items(), key=lambda item: (list(NAMES).index(item[0][0]), item[0][1])
    ):
        cpu = _median(found, lambda finish: finish["cost"]["cpu_seconds"])
        rows.append(
            (
                NAMES[contender] + (f", {latency:.0f} ms latency" if latency else ""),
                str(len(found)),
                f"{_median(found, lambda f: f['reported'].get('seconds_inside', f['cost']['seconds'])):.2f}",
                f"{_median(found, lambda f: f['reported'].get('cpu_seconds_inside', f['cost']['cpu_seconds'])):.2f}",
                f"{_median(found, lambda f: f['cost']['seconds']):.2f}",
                f"{cpu:.2f}",
                f"{cpu / ours:.2f}",
                f"{max(f['cost']['peak_megabytes'] for f in found):,.0f} MB",
                f"{found[-1]['requests']:,}",
            )
        )
    head = (f"{finishes[0]['signals']:,} finished signals, medians", "runs", "seconds", "CPU", "whole process",
            "its CPU", "CPU, to ours", "peak memory", "requests")  # fmt: skip
    return _table(head, rows)


def _growth(records: Sequence[Record]) -> str:
    rows = [
        (
            f"{point['signals']:,}",
            f"{point['run_seconds']:.1f} s",
            f"{point['run_cpu_seconds']:.1f} s",
            f"{point['peak_megabytes']:,.0f} MB",
            f"{point['published_bytes'] / 1e6:,.0f} MB",
            f"{point['publish_seconds']:.2f} s",
            f"{point['rerun_seconds']:.1f} s",
            str(point["early_checkpoints"]),
        )
        for point in records[-1]["growth"]["points"]
    ]
    head = ("signals", "collect and load", "CPU", "peak memory", "published", "copying it", "rerun, all owned",
            "checkpoints before the last")  # fmt: skip
    return _table(head, rows)


def _beside(records: Sequence[Record]) -> str:
    rows = []
    for found in records[-1]["beside"].values():
        pairs = found["pairs"]
        sides = {side: _median(pairs, lambda p, s=side: p[s]["run_cpu_seconds"]) for side in ("beside", "alone")}  # type: ignore[misc]
        rows.append(
            (
                f"{found['owned']:,}{' of the same day' if found.get('same_day') else ''}",
                str(len(pairs)),
                f"{sides['beside']:.2f} s",
                f"{sides['alone']:.2f} s",
                f"{_median(pairs, lambda p: p['beside']['run_cpu_seconds'] / p['alone']['run_cpu_seconds']):.2f}",
                f"{_median(pairs, lambda p: p['beside']['publish_cpu_seconds']):.3f} s",
                f"{_median(pairs, lambda p: p['copy']['cpu_seconds']):.3f} s",
            )
        )
    head = ("owned", "pairs", "CPU of 20,000 more", "alone", "times", "of it publishing", "copying the file")
    return _table(head, rows)


def _commands(records: Sequence[Record]) -> str:
    rows = []
    for words, pairs in records[-1]["commands"].items():
        now = _median(pairs, lambda pair: pair["now"]["cpu_seconds"])
        cells = [f"`saber-pipeline {words}`", str(len(pairs)), f"{now:.2f} s", "-", "-"]
        if "earlier" in pairs[0]:
            cells[3] = f"{_median(pairs, lambda pair: pair['earlier']['cpu_seconds']):.2f} s"
            cells[4] = f"{_median(pairs, lambda p: p['now']['cpu_seconds'] / p['earlier']['cpu_seconds']):.2f}"
        rows.append(cells)
    return _table(("20,000 pairs owned", "pairs", "CPU", "0.1.0's build", "times"), rows)


def _economy(records: Sequence[Record]) -> str:
    rows = [
        (
            f"{case['signals']:,}",
            case["over"],
            f"{case['reads'] / case['signals']:.3f}",
            f"{case['polling_requests'] / case['reads']:.0%}",
            f"{case['median_delay_seconds']:.0f} s",
            f"{case['longest_delay_seconds']:.0f} s",
        )
        for case in records[-1]["economy"].values()
    ]
    head = ("signals", "completing over", "reads per signal", "of them only polling", "median answer lands after",
            "latest")  # fmt: skip
    return _table(head, rows)


def _million(records: Sequence[Record]) -> str:
    told = records[-1]["million"]
    rows = [
        (
            f"{work['domains']:,}",
            str(work["starts"]),
            "; ".join(f"{kill['requests']:,}" for kill in work["kills"]) or "-",
            f"{work['seconds']:,.0f} s",
            f"{work['cpu_seconds']:,.0f} s",
            f"{work['peak_megabytes']:,.0f} MB",
        )
        for work in (told["whole"], told["more"])
    ]
    head = (
        "domains x 1 question",
        "starts",
        "killed after so many requests",
        "in all",
        "CPU",
        "peak of the last start",
    )
    bought, published = told["bought"], told["published"]
    return _table(head, rows) + (
        f"\n\nThe server counted {bought['signals']:,} signals bought about {bought['pairs']:,} pairs; "
        f"{published['newest answers']:,} of them have their answer in the published file."
    )


def _targets(records: Sequence[Record]) -> str:
    newest: dict[str, tuple[Target, str]] = {}
    for record in records:
        for found in record["targets"]:
            target = Target(**{name: value for name, value in found.items() if name != "is_met"})
            newest[target.key] = (target, record["commit"])
    rows = [
        (
            target.about,
            f"{target.formatted} {target.unit}",
            target.bound,
            "yes" if target.is_met else "**no**",
            target.how or "-",
            f"`{commit}`",
        )
        for target, commit in newest.values()
    ]
    met = sum(target.is_met for target, _ in newest.values())
    table = _table(("target", "measured", "asked for", "met", "how", "commit"), rows)
    return f"{met} of {len(newest)} are met.\n\n{table}"


def _median(found: Iterable[Any], of: Callable[[Any], float]) -> float:
    return statistics.median(of(each) for each in found)


TABLES: Mapping[str, Callable[[Sequence[Record]], str]] = {
    "race": lambda records: _race(records, "race"),
    "large": lambda records: _race(records, "large"),
    "growth": _growth,
    "beside": _beside,
    "commands": _commands,
    "economy": _economy,
    "million": _million,
    "targets": _targets,
}


if __name__ == "__main__":
    from benchmarks.plots import draw, draw_history

    results = [json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:]]
    print("written: " + ", ".join(write_tables(results)))
    for result in results:
        draw(result)
    draw_history()
