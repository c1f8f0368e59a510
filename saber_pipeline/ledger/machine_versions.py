"""With which versions each machine made its last run, where several machines share the ledger.

Machines that differ buy nothing twice: what purchases depend on is in the ledger, and a ledger with newer tables is
refused. But an older one may plan, match and load as was corrected since. So ``doctor`` tells them apart.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import suppress

import sqlalchemy as sa

from saber_pipeline.ledger.dialect import clock, is_postgres
from saber_pipeline.ledger.store import get_value, set_value

VERSIONS_KEY = "versions_of_machines"
PACKAGES = ("saber-pipeline", "duckdb", "dagster")
"""What computes, what reads and writes the warehouse, and what starts runs."""

REMEMBERED_SECONDS = 7 * 86_400.0
MOST_MACHINES = 50
"""Where each run is in a container of its own, there is a new name for each."""


def versions_here() -> str:
    """Of this machine, in words."""
    from importlib.metadata import version  # noqa: PLC0415 - where a file is used nobody asks

    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def this_machines_name() -> str:
    """As it is told to people; what tells machines of one name apart is left out."""
    return socket.gethostname()


def note_versions(connection: sa.Connection) -> None:
    """A run begins here. Does nothing where the ledger is in a file."""
    if not is_postgres(connection):
        return
    here = [clock(connection), versions_here()]
    others = {name: each for name, each in _noted(connection).items() if name != this_machines_name()}
    newest = sorted(others.items(), key=lambda item: item[1][0])[-(MOST_MACHINES - 1) :]
    set_value(connection, VERSIONS_KEY, json.dumps({**dict(newest), this_machines_name(): here}))


def versions_of_others(connection: sa.Connection) -> dict[str, str]:
    """By machine, of those that have run something lately; this one is left out."""
    since = clock(connection) - REMEMBERED_SECONDS
    noted = _noted(connection).items()
    return {name: told for name, (at, told) in noted if at >= since and name != this_machines_name()}


def _noted(connection: sa.Connection) -> Mapping[str, tuple[float, str]]:
    noted: dict[str, tuple[float, str]] = {}
    with suppress(ValueError, TypeError):  # as a later version may write it
        for name, (at, told) in json.loads(get_value(connection, VERSIONS_KEY) or "{}").items():
            noted[name] = (float(at), str(told))
    return noted
