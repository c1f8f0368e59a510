"""The package versions of each machine's last run, if several machines share the ledger.

Different versions buy nothing twice: purchases depend on the ledger, and a version refuses a ledger with newer tables.
But an older version may plan, match or load with mistakes that were corrected since, so ``doctor`` reports differences.
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
"""The packages that compute, that read and write the warehouse, and that start runs."""

REMEMBERED_SECONDS = 7 * 86_400.0
MOST_MACHINES = 50
"""If each run has its own container, each has a new machine name."""


def versions_here() -> str:
    """This machine's versions, as one text."""
    from importlib.metadata import version  # noqa: PLC0415 - not needed for a ledger in a file

    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def this_machines_name() -> str:
    """The host name, as messages show it. Machines may share one."""
    return socket.gethostname()


def note_versions(connection: sa.Connection) -> None:
    """Record this machine's versions at the start of a run. Does nothing if the ledger is a file."""
    if not is_postgres(connection):
        return
    here = [clock(connection), versions_here()]
    others = {name: each for name, each in _noted(connection).items() if name != this_machines_name()}
    newest = sorted(others.items(), key=lambda item: item[1][0])[-(MOST_MACHINES - 1) :]
    set_value(connection, VERSIONS_KEY, json.dumps({**dict(newest), this_machines_name(): here}))


def versions_of_others(connection: sa.Connection) -> dict[str, str]:
    """The versions of other machines that had a run in the last week, by machine name."""
    since = clock(connection) - REMEMBERED_SECONDS
    noted = _noted(connection).items()
    return {name: versions for name, (at, versions) in noted if at >= since and name != this_machines_name()}


def _noted(connection: sa.Connection) -> Mapping[str, tuple[float, str]]:
    noted: dict[str, tuple[float, str]] = {}
    with suppress(ValueError, TypeError):  # a later version may use another format
        for name, (at, versions) in json.loads(get_value(connection, VERSIONS_KEY) or "{}").items():
            noted[name] = (float(at), str(versions))
    return noted
