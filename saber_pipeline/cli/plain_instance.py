"""A dagster.yaml that differs from that of ``init`` in folders, numbers and switches alone: Dagster is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FOLDER = "base_dir"
WHOLE = frozenset({"storage", "sqlite", "local_artifact_storage", "compute_logs", "config"})
"""Mappings that need each of their keys. In the others each may be left out."""


def is_plain(told: object, ours: object, name: str = "") -> bool:
    """Whether Dagster takes each value of ``told``, since it takes those of ``ours``, the file of ``init``.

    Keys are the same or fewer. A folder may be any that is written out, a number any from 1, and a switch on or off;
    other texts are the same.
    """
    match ours:
        case Mapping():
            return _is_plain_mapping(told, ours, name)
        case bool():
            return isinstance(told, bool)
        case int():
            return isinstance(told, int) and not isinstance(told, bool) and told > 0
        case _ if name == FOLDER:
            return isinstance(told, str) and bool(told)
        case _:
            return told == ours


def _is_plain_mapping(told: object, ours: Mapping[str, Any], name: str) -> bool:
    if not isinstance(told, Mapping) or not told.keys() <= ours.keys():
        return False
    if name in WHOLE and told.keys() != ours.keys():
        return False
    return all(is_plain(value, ours[key], key) for key, value in told.items())
