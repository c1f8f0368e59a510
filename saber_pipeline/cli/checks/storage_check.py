"""The checks of the places of data: the data directory, the ledger, the warehouse, and the object store."""

from __future__ import annotations

import os
import shlex
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from saber_pipeline.cli.checks.finding import Finding, clock_apart, ok, problem, warning
from saber_pipeline.cli.checks.ledger_place_check import check_ledger_place
from saber_pipeline.cli.terminal import display_path
from saber_pipeline.config.paths import DataPaths, check_writable
from saber_pipeline.config.private_files import OTHERS
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ObjectStoreError, StorageError
from saber_pipeline.ledger.research_status import ResearchStatus
from saber_pipeline.ledger.store import check_free
from saber_pipeline.runs.status import LedgerStatus
from saber_pipeline.storage_failures import Trouble, trouble_of
from saber_pipeline.warehouse.in_use import WarehouseState, read_warehouse_state

_GROUP = 0o070
_ENTERED_BY_OTHERS = 0o011

_RESTORE = "Close other programs that have it open, or restore it from your backup."
_SAID = {
    WarehouseState.MISSING: "there is none yet; the first run creates it",
    WarehouseState.IN_USE: "a run is loading into it",
    WarehouseState.OUTDATED: "another version made it; the next run rebuilds it without a request",
    WarehouseState.FREE: "no program holds it, and every block can be read",
    WarehouseState.FREE_PARTLY_READ: "no program holds it; it is large, so only a part was read",
}


def check_data_dir(settings: Settings) -> Finding:
    """Creates no folder: if it does not exist, its parent must be writable."""
    data_dir = settings.data_dir
    if data_dir.exists():
        try:
            check_writable(data_dir)
        except StorageError as error:
            return problem("data directory", str(error), "Make it writable, or set SABER_DATA_DIR.")
        return ok("data directory", f"{data_dir} is writable")
    parent = next(path for path in data_dir.resolve().parents if path.exists())
    if os.access(parent, os.W_OK):
        return warning("data directory", f"{data_dir} does not exist yet", "Create it with `saber-pipeline init`.")
    return problem("data directory", f"{parent} is not writable", "Make it writable, or set SABER_DATA_DIR.")


def check_privacy(paths: DataPaths, folder: Path) -> Iterator[Finding]:
    """Whether other users of this machine can read purchased answers, or Dagster's logs.

    Published versions may be open to a group, because somebody chose that. A closed folder protects its contents.
    """
    ours = (paths.ledger_file.parent, paths.landing, paths.warehouse_folder, paths.data_dir / "fetched_lists")
    published = (paths.versions, paths.report_file.parent, paths.data_dir / "exports")
    can_be_reached = _is_open(paths.data_dir, _ENTERED_BY_OTHERS)
    open_folders = [each for each in ours if can_be_reached and _is_open(each, OTHERS)]
    open_folders += [each for each in published if can_be_reached and _is_open(each, OTHERS & ~_GROUP)]
    open_folders += [each for each in (folder / ".dagster",) if _is_open(each, OTHERS)]
    if open_folders:
        names = [display_path(each) for each in open_folders]
        yield warning(
            "privacy",
            f"other users of this machine can read {', '.join(names)}",
            f"chmod -R go-rwx {shlex.join(names)}",
        )


def _is_open(folder: Path, bits: int) -> bool:
    return folder.is_dir() and bool(folder.stat().st_mode & bits)


def check_ledger(settings: Settings, read: Callable[[], LedgerStatus]) -> Iterator[Finding]:
    """The API address of this data, and undecided purchases, from the ledger's status that ``read`` gives."""
    in_database = f"in the database {settings.ledger_url}, which answers: " if settings.ledger_url else ""
    try:
        check_free(DataPaths.of(settings).ledger)
        status = read()
    except StorageError as error:
        to_do = "Start the database, or correct SABER_LEDGER_URL." if settings.ledger_url else _RESTORE
        yield problem("ledger", str(error), to_do)
        return
    yield from check_ledger_place(settings)
    if status.address is None:
        yield ok("ledger", f"{in_database}nothing was bought yet")
        return
    if status.address != settings.base_url:
        yield problem(
            "ledger",
            f"{display_path(settings.data_dir)} belongs to {status.address}, and SABER_BASE_URL is {settings.base_url}",
            "Set SABER_BASE_URL back, or use another SABER_DATA_DIR.",
        )
    else:
        yield ok("ledger", f"{in_database}belongs to {status.address}")
    if status.undecided:
        yield warning(
            "purchases",
            f"{status.signals_undecided:,} signals were sent, but the reply was lost",
            "Run their lists again. The run checks with Saber before it buys them again.",
        )
    yield from _researches(status.researches)
    if status.deferrals:
        needed = sum(deferral.credits_needed for deferral in status.deferrals)
        yield warning(
            "purchases",
            f"{needed:,} credits are missing for runs that wait",
            "Add credits, then run again or use the sensor `credits`.",
        )


def _researches(status: ResearchStatus) -> Iterator[Finding]:
    left = sum(status.orphaned.values())
    if left:
        yield warning(
            "researches",
            f"{left:,} were purchased, but no run follows them",
            "Materialise contact_research, or use the sensor in_flight.",
        )
    if status.unknown:
        yield warning(
            "researches",
            f"{len(status.unknown):,} have an unknown outcome and may have cost {status.credits_unknown:,g} credits",
            "`saber-pipeline status` names the people. Only a run with retry_unknown repeats the purchases.",
        )


def check_warehouse(paths: DataPaths) -> Finding:
    """A program that opens the pipeline's own file blocks every run."""
    try:
        return ok("warehouse", _SAID[read_warehouse_state(paths)])
    except StorageError as error:
        if trouble_of(error) is Trouble.DAMAGED:
            return problem("warehouse", str(error), "Rebuild it with `saber-pipeline rebuild`; this sends no request.")
        return problem("warehouse", str(error), "Close it there, and open answers.duckdb instead.")


APART_SECONDS = 300.0
"""A store refuses requests of a clock that is 15 minutes off."""
PATIENCE_SECONDS = 5.0


def check_store(settings: Settings) -> Finding:
    """Write an object of its own, and remove it again."""
    assert settings.store_url is not None  # noqa: S101 - its callers see to it
    from saber_pipeline.store.object_store import ObjectStore

    name = f"doctor/{uuid.uuid4().hex}"
    try:
        store = ObjectStore(settings.store_url, patience_seconds=PATIENCE_SECONDS)
        is_conditional = store.put_new(name, b"one") and not store.put_new(name, b"another")
        found = store.read(name)
        is_conditional &= found is not None and store.replace(name, b"two", {"e_tag": '"other"'}) is None
        written = next((each.modified for each in store.list("doctor") if each.name == name), None)
        store.delete([name])
    except ObjectStoreError as error:
        return problem(
            "store", str(error), "Correct SABER_STORE_URL, the variables with its login, or the login's permissions."
        )
    if not is_conditional:
        return problem(
            "store",
            f"{settings.store_url} ignores conditional writes (If-None-Match, If-Match), so one machine could "
            "overwrite another's files",
            "Use a store that supports conditional writes, such as Amazon S3, Google Cloud Storage or Azure Blob "
            "Storage.",
        )
    apart = 0.0 if written is None else (datetime.now(UTC) - written).total_seconds()
    if abs(apart) > APART_SECONDS:
        return clock_apart("store", apart, "the store's")
    return ok("store", f"{settings.store_url} can be read and written, and supports conditional writes")
