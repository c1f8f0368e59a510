"""How large ``make bench`` makes each of its parts: quick, usual, full."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.earlier_build import unpack_earlier
from benchmarks.parts import planning as sizes
from benchmarks.parts.beside import beside
from benchmarks.parts.commands import commands
from benchmarks.parts.economy import Case, burst, economy, slow
from benchmarks.parts.growth import growth
from benchmarks.parts.overhead import overhead
from benchmarks.parts.planning import planning
from benchmarks.parts.race import LARGE_PEERS, PEERS, race
from benchmarks.parts.report import report
from benchmarks.target import Target

Part = Callable[[Path, int], tuple[list[Target], dict[str, Any]]]
"""Runs in a folder, comparing so many pairs; returns the targets and what was measured."""


@dataclass(frozen=True)
class Scale:
    """``parts`` in the order of their weight. None begins when ``begins_within_seconds`` have gone."""

    name: str
    parts: Mapping[str, Part]
    repeats: int
    begins_within_seconds: float = math.inf


def _race(folder: Path, repeats: int, *, signals: int, peers: tuple[str, ...], with_latency: bool = False) -> Any:
    here = tuple(peer for peer in peers if find_spec("dlt") or not peer.startswith("dlt"))
    earlier = unpack_earlier(folder)
    return race(folder, signals, repeats=repeats, peers=here, earlier=earlier, with_latency=with_latency)


def _growth(folder: Path, _repeats: int, *, signals: tuple[int, ...]) -> Any:
    return growth(folder, list(signals))


def _overhead(folder: Path, repeats: int) -> Any:
    return overhead(folder, repeats=repeats)


def _beside(folder: Path, repeats: int, *, owned: tuple[int, ...]) -> Any:
    targets, measured = [], {}
    for each, same_day in ((owned[0], True), *((each, False) for each in owned)):
        name = f"{each}_same_day" if same_day else str(each)
        found, measured[name] = beside(folder / name, each, repeats=repeats, same_day=same_day)
        targets += found
    return targets, measured


def _commands(folder: Path, repeats: int) -> Any:
    return commands(folder, repeats=repeats, earlier=unpack_earlier(folder))


def _planning(folder: Path, _repeats: int, *, of: sizes.Sizes) -> Any:
    return planning(folder, of)


def _economy(folder: Path, _repeats: int, *, cases: tuple[Case, ...]) -> Any:
    return economy(folder, cases)


def _report(folder: Path, _repeats: int) -> Any:
    return report(folder)


SMALL_PLAN = sizes.Sizes(domains=100_000, owned=500_000, in_flight=20_000, messy_rows=100_000)
QUICK = Scale(
    "quick",
    {
        "race": partial(_race, signals=5_000, peers=("raw_pages", "dlt_arrow")),
        "overhead": _overhead,
        "commands": _commands,
        "economy": partial(_economy, cases=(slow(500),)),
    },
    repeats=1,
    begins_within_seconds=100,
)
USUAL = Scale(
    "usual",
    {
        "race": partial(_race, signals=20_000, peers=PEERS, with_latency=True),
        "overhead": _overhead,
        "commands": _commands,
        "beside": partial(_beside, owned=(1_000_000,)),
        "growth": partial(_growth, signals=(2_000, 20_000, 100_000)),
        "economy": partial(_economy, cases=(slow(500), slow(2_000), burst(20_000))),
        "planning": partial(_planning, of=SMALL_PLAN),
        "report": _report,
    },
    repeats=5,
)
FULL = Scale(
    "full",
    {
        **USUAL.parts,
        "large": partial(_race, signals=100_000, peers=LARGE_PEERS),
        "growth": partial(_growth, signals=(2_000, 20_000, 100_000, 1_000_000)),
        "beside": partial(_beside, owned=(1_000_000, 10_000_000)),
        "economy": partial(_economy, cases=(slow(500), slow(2_000), slow(20_000), burst(20_000))),
        "planning": partial(_planning, of=sizes.FULL),
    },
    repeats=5,
)
