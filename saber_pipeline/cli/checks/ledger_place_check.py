"""The check of the ledger's place: whether it was moved, and the state of its database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing

from saber_pipeline.cli.checks.finding import Finding, clock_apart, ok, problem, warning
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.ledger.machine_versions import versions_here, versions_of_others
from saber_pipeline.ledger.migrations import steps_missing
from saber_pipeline.ledger.moved import check_is_here
from saber_pipeline.ledger.store import Ledger

APART_SECONDS = 30.0
"""Waits for what a lost reply did are minutes long; clocks that are kept in step are some milliseconds apart."""


def check_ledger_place(settings: Settings) -> Iterator[Finding]:
    """Whether the ledger is here, and of a version that this one reads; of a database also its clock and its machines.

    Raises StorageError if it cannot be read.
    """
    with closing(Ledger.open_to_read(DataPaths.of(settings).ledger)) as ledger, ledger.reading() as connection:
        try:
            check_is_here(connection)
        except OtherLedgerError as error:
            yield problem("ledger", str(error), "Correct SABER_LEDGER_URL in .env.")
        if steps_missing(connection) < 0:
            yield problem(
                "ledger",
                "a newer version of saber-pipeline made its tables. A run with this version stops before it buys "
                "anything",
                "Install the newer version here too: `pip install -c constraints.txt .` in a clone of it.",
            )
        others = versions_of_others(connection) if settings.ledger_url is not None else {}
    if settings.ledger_url is not None:
        yield _clock(settings.ledger_url)
    if others:
        yield _versions(others)


def _versions(others: Mapping[str, str]) -> Finding:
    here = versions_here()
    differing = {name: told for name, told in others.items() if told != here}
    if not differing:
        machines = "one other machine" if len(others) == 1 else f"{len(others)} other machines"
        return ok("versions", f"{here}, as on {machines} that ran something during the last week")
    told = "; ".join(f"{name}: {versions}" for name, versions in sorted(differing.items()))
    return warning(
        "versions",
        f"this machine has {here}; other machines had different versions at their last run: {told}",
        "Install the same versions on all machines. Each machine reports its versions at its next run.",
    )


def _clock(address: LedgerAddress) -> Finding:
    from saber_pipeline.ledger.postgres import PostgresLedger

    with closing(PostgresLedger(address)) as ledger:
        ledger.now()  # connecting takes time
        began = time.time()
        there = ledger.now()
        here = (began + time.time()) / 2
    apart = there - here
    if abs(apart) > APART_SECONDS:
        return clock_apart("clock", -apart, "the database's")
    return ok("clock", f"it agrees with the database's clock ({apart:+.1f} seconds)")
