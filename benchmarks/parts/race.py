"""The race: every contender over the same signals in turn, several times. What is compared is compared turn by turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark, Finish
from benchmarks.target import Target
from benchmarks.turns import (
    Entrant,
    Turn,
    cpu_seconds,
    median_of,
    ran,
    ratio,
    seconds,
    whole_cpu_seconds,
    whole_seconds,
)

FLOORS = ("http_alone", "duckdb_plain")
"""What the plain ratio is over: both in sum, and nothing subtracted from ours."""

FASTEST = "duckdb_fastest"
PEERS = ("raw_pages", "dlt_arrow", "aiohttp_arrow", "httpx_pandas", "dlt_tuned", "dlt_plain")
LARGE_PEERS = ("raw_pages", "dlt_arrow", "dlt_tuned")
LATENCY_MILLISECONDS = 50
CONNECTIONS = 64
ONCE = ("dlt_plain", "httpx_pandas", "dlt_tuned")
"""Peers that run once: they are so far away that a second try changes nothing."""

OVER_FLOORS = {20_000: 1.6, 100_000: 1.7}
OURS, DAGSTER, EARLIER = ("ours", 0.0), ("dagster", 0.0), ("earlier", 0.0)


def race(
    folder: Path,
    signals: int,
    *,
    repeats: int,
    peers: tuple[str, ...] = PEERS,
    earlier: Path | None = None,
    with_latency: bool = True,
) -> tuple[list[Target], dict[str, Any]]:
    """All contenders without latency, ours with it too. ``earlier``: the code of 0.1.0's build, where there is one."""
    benchmark = Benchmark(folder, signals, earlier)
    contenders: list[Entrant] = [(contender, 0.0) for contender in (*FLOORS, FASTEST, "ours")]
    contenders += [EARLIER] if earlier else []
    contenders += [DAGSTER, *((peer, 0.0) for peer in peers)]
    contenders += [("ours", float(LATENCY_MILLISECONDS))] if with_latency else []
    turns: list[Turn] = []
    for number in range(repeats):
        order = contenders if number % 2 == 0 else contenders[::-1]
        turns.append({})
        for contender, latency in order:
            if number and contender in ONCE:
                continue
            finish = _run(benchmark, contender, latency, checked=number == 0)
            turns[-1][contender, latency] = finish
            print(f"  {contender:14} {latency:3.0f} ms  {seconds(finish):7.2f} s  {finish.cost.seconds:7.2f} s whole  "
                  f"{finish.cost.cpu_seconds:6.2f} s CPU  {finish.cost.peak_megabytes:6.0f} MB  "
                  f"{finish.requests:5} requests", flush=True)  # fmt: skip
    finishes = [{"turn": number, **finish.record} for number, turn in enumerate(turns) for finish in turn.values()]
    return _targets(turns, signals), {"finishes": finishes}


def _run(benchmark: Benchmark, contender: str, latency: float, *, checked: bool) -> Finish:
    if contender == "dagster":
        return benchmark.materialize(latency_milliseconds=latency)
    return benchmark.run(contender, latency_milliseconds=latency, checked=checked)


def _targets(turns: list[Turn], signals: int) -> list[Target]:
    floors: list[Entrant] = [(contender, 0.0) for contender in FLOORS]
    fastest: list[Entrant] = [("http_alone", 0.0), (FASTEST, 0.0)]
    slow: Entrant = ("ours", float(LATENCY_MILLISECONDS))
    most = OVER_FLOORS.get(signals, OVER_FLOORS[20_000])
    targets = [
        Target(
            f"race_{signals}_over_floors",
            f"collect, load and publish {signals:,}, over HTTP alone and DuckDB alone, plainly written",
            ratio(turns, [OURS], floors),
            most,
            "times",
            how=f"{median_of(turns, OURS):.2f} s, {ran(turns, OURS)} pairs; "
            f"of CPU {ratio(turns, [OURS], floors, cpu_seconds):.2f} times; "
            f"over the fastest load found {ratio(turns, [OURS], fastest):.2f} times",
        ),
        Target(
            f"race_{signals}_peak_megabytes",
            f"peak memory in process, {signals:,} signals",
            max(turn[OURS].cost.peak_megabytes for turn in turns),
            300,
            "MB",
        ),
        Target(
            f"race_{signals}_peak_megabytes_dagster",
            f"peak memory, Dagster included, {signals:,} signals",
            max(turn[DAGSTER].cost.peak_megabytes for turn in turns),
            550,
            "MB",
        ),
        Target(
            f"race_{signals}_reads_per_signal",
            f"reads per signal of a finished list, {signals:,} signals",
            median_of(turns, OURS, lambda finish: finish.requests / finish.signals),
            0.041,
            "reads",
        ),
    ]
    if ran(turns, slow):
        waiting = signals / 25 * LATENCY_MILLISECONDS / 1000 / CONNECTIONS
        targets.append(
            Target(
                f"race_{signals}_over_floors_with_latency",
                f"the same {signals:,} with {LATENCY_MILLISECONDS} ms latency, over both floors and the waiting",
                ratio(turns, [slow], floors, plus=waiting),
                most,
                "times",
                how=f"{median_of(turns, slow):.2f} s; the waiting {waiting:.2f} s",
            )
        )
    if ran(turns, EARLIER):
        targets.append(
            Target(
                f"race_{signals}_cpu_of_earlier",
                f"CPU seconds of 0.1.0's build, run in turn, {signals:,}",
                ratio(turns, [OURS], [EARLIER], cpu_seconds),
                0.7,
                "times",
                how=f"{median_of(turns, OURS, cpu_seconds):.2f} and {median_of(turns, EARLIER, cpu_seconds):.2f} s; "
                f"of the clock {ratio(turns, [OURS], [EARLIER]):.2f} times; "
                f"start and imports included {ratio(turns, [OURS], [EARLIER], whole_cpu_seconds):.2f} times",
            )
        )
    return targets + _peers(turns, signals)


def _peers(turns: list[Turn], signals: int) -> list[Target]:
    targets = []
    if ran(turns, ("raw_pages", 0.0)):
        raw: Entrant = ("raw_pages", 0.0)
        targets.append(
            Target(
                f"race_{signals}_raw_pages",
                f"raw pages, which guarantee nothing, over ours in process, {signals:,}",
                ratio(turns, [raw], [OURS]),
                0.7,
                "times",
                at_least=True,
                how=f"{median_of(turns, raw):.2f} and {median_of(turns, OURS):.2f} s; "
                f"of CPU {ratio(turns, [raw], [OURS], cpu_seconds):.2f} times",
            )
        )
    for peer, factor in (("dlt_arrow", 2.0), ("dlt_tuned", 5.0), ("dlt_plain", 12.0)):
        contender: Entrant = (peer, 0.0)
        if ran(turns, contender):
            targets.append(
                Target(
                    f"race_{signals}_{peer}",
                    f"{peer} over dagster asset materialize, {signals:,}",
                    ratio(turns, [contender], [DAGSTER], whole_seconds),
                    factor,
                    "times",
                    at_least=True,
                    how=f"{median_of(turns, contender, whole_seconds):.1f} and "
                    f"{median_of(turns, DAGSTER, whole_seconds):.1f} s; "
                    f"of CPU {ratio(turns, [contender], [DAGSTER], whole_cpu_seconds):.2f} times",
                )
            )
    return targets
