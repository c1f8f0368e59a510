"""Partitions: one per list, registered in sorted order because ranges follow the order of registration."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

DOMAIN_LISTS = dg.DynamicPartitionsDefinition(name="domain_lists")


def register(instance: dg.DagsterInstance, names: Iterable[str]) -> list[str]:
    """Register the lists that are not yet, keeping all in sorted order; returns the new ones."""
    assert DOMAIN_LISTS.name  # noqa: S101 - it is named above; for the type checker
    known = list(instance.get_dynamic_partitions(DOMAIN_LISTS.name))
    wanted = sorted({*known, *names})
    is_in_order = wanted[: len(known)] == known
    if not is_in_order:
        # A partition is its name: registering it again keeps its history.
        for name in known:
            instance.delete_dynamic_partition(DOMAIN_LISTS.name, name)
    instance.add_dynamic_partitions(DOMAIN_LISTS.name, wanted[len(known) :] if is_in_order else wanted)
    return [name for name in wanted if name not in known]


def registered_lists(instance: dg.DagsterInstance) -> list[str]:
    """The lists that Dagster knows as partitions, in their order."""
    return list(instance.get_dynamic_partitions(str(DOMAIN_LISTS.name)))
