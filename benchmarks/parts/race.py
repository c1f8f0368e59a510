"""The race: every way over the same signals in turn, several times, and the best of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.course import Course, Finish
from benchmarks.target import Target

FLOORS = ("http_floor", "duckdb_floor")
PEERS = ("aiohttp_arrow", "httpx_pandas", "dlt_tuned", "dlt_plain")
LATENCY_MILLISECONDS = 50
CONNECTIONS = 64
SLOW = {"dlt_plain", "httpx_pandas", "dlt_tuned"}
"""Peers that run once for each signal count: they are so far away that a second try changes nothing."""


def race(
    folder: Path, signals: int, *, repeats: int, peers: tuple[str, ...] = PEERS
) -> tuple[list[Target], dict[str, Any]]:
    """All ways without latency; ours and the floors with it too; Dagster's command against dlt."""
    course = Course(folder, signals)
    best: dict[tuple[str, float], Finish] = {}
    for latency in (0.0, float(LATENCY_MILLISECONDS)):
        ways = (*FLOORS, "ours", "dagster", *peers) if latency == 0 else ("ours",)
        for turn in range(repeats):
            for way in ways:
                if turn and way in SLOW:
                    continue
                finish = _run(course, way, latency, checked=turn == 0)
                key = (way, latency)
                if key not in best or _seconds(finish) < _seconds(best[key]):
                    best[key] = finish
                print(f"  {way:14} {latency:3.0f} ms  {_seconds(finish):7.2f} s  {finish.cost.seconds:7.2f} s whole  "
                      f"{finish.cost.cpu_seconds:6.2f} s CPU  {finish.cost.peak_megabytes:6.0f} MB  "
                      f"{finish.requests:5} requests", flush=True)  # fmt: skip
    return _targets(best, signals), {"finishes": [finish.record for finish in best.values()]}


def _run(course: Course, way: str, latency: float, *, checked: bool) -> Finish:
    if way == "dagster":
        return course.materialize(latency_milliseconds=latency)
    return course.race(way, latency_milliseconds=latency, checked=checked)


def _seconds(finish: Finish) -> float:
    """Seconds of the work itself where the way tells them, else of its process."""
    return float(finish.told.get("seconds_inside", finish.cost.seconds))


def _cpu(finish: Finish) -> float:
    return float(finish.told.get("cpu_seconds_inside", finish.cost.cpu_seconds))


def _targets(best: dict[tuple[str, float], Finish], signals: int) -> list[Target]:
    ours, slow = best["ours", 0.0], best["ours", float(LATENCY_MILLISECONDS)]
    dagster = best["dagster", 0.0]
    floor = sum(_seconds(best[way, 0.0]) for way in FLOORS)
    floor_cpu = sum(_cpu(best[way, 0.0]) for way in FLOORS)
    apart, apart_cpu = _apart(ours), _apart(ours, "cpu_")
    waiting = signals / 25 * LATENCY_MILLISECONDS / 1000 / CONNECTIONS
    targets = [
        Target(
            f"collect and load {signals:,}, over both floors, without landing and publishing",
            (_seconds(ours) - apart) / floor,
            1.5,
            "times",
            how=f"{_seconds(ours):.2f} s; floors {floor:.2f} s; landing and publishing {apart:.2f} s; "
            f"of CPU {(_cpu(ours) - apart_cpu) / floor_cpu:.2f} times",
        ),
        Target(
            f"the same with {LATENCY_MILLISECONDS} ms latency, over both floors and the waiting",
            (_seconds(slow) - _apart(slow)) / (floor + waiting),
            1.5,
            "times",
            how=f"{_seconds(slow):.2f} s; the waiting {waiting:.2f} s",
        ),
        Target(f"peak memory, Dagster included, {signals:,} signals", dagster.cost.peak_megabytes, 550, "MB"),
        Target("reads per signal", ours.requests / signals, 0.045, "reads"),
    ]
    for peer, factor in (("dlt_tuned", 5.0), ("dlt_plain", 12.0)):
        if (peer, 0.0) in best:
            cost = best[peer, 0.0].cost
            targets.append(
                Target(
                    f"{peer} over dagster asset materialize, {signals:,} signals",
                    cost.seconds / dagster.cost.seconds,
                    factor,
                    "times",
                    at_least=True,
                    how=f"{cost.seconds:.1f} s and {dagster.cost.seconds:.1f} s; "
                    f"of CPU {cost.cpu_seconds / dagster.cost.cpu_seconds:.1f} times",
                )
            )
    return targets


def _apart(finish: Finish, of: str = "") -> float:
    return float(finish.told[f"landing_{of}seconds"]) + float(finish.told[f"publish_{of}seconds"])
