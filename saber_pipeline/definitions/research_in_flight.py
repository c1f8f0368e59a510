"""Contact research for the sensor ``in_flight``: one run collects all of it, for every list."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.definitions.active_runs import find_active_runs
from saber_pipeline.definitions.contact_research_asset import JOB
from saber_pipeline.definitions.resources import SaberResource

if TYPE_CHECKING:
    from saber_pipeline.runs.in_flight import InFlight

RESEARCH = "contact_research"
"""Stands for all research lists."""


def research_in_flight(
    instance: dg.DagsterInstance, saber: SaberResource, tags: Mapping[str, str]
) -> "tuple[InFlight, frozenset[str]]":
    """What is in flight, as one list, and whether a run with these tags collects it already."""
    from saber_pipeline.runs.in_flight import InFlight, live_ledger_runs, read_researches_in_flight

    settings = saber.settings()
    status = read_researches_in_flight(settings)
    tracked, orphaned = sum(status.tracked.values()), sum(status.orphaned.values())
    found = InFlight(
        orphaned={RESEARCH: {RESEARCH: orphaned}} if orphaned else {},
        lists=frozenset({RESEARCH} if status.in_flight else ()),
        tracked={RESEARCH: {RESEARCH: tracked}} if tracked else {},
    )
    is_busy = orphaned and find_active_runs(instance, saber.names.unique(JOB), tags, live_ledger_runs(settings))
    return found, frozenset({RESEARCH} if is_busy else ())
