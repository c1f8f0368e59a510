"""Objects of the API that are no signals: landed by kind, and loaded by that kind's SQL.

Each kind has a folder below landing and two files here in ``records/``: ``<kind>_schema.sql`` makes its
tables, with their comments as remarks, ``<kind>_load.sql`` fills them from the temp table
``landed_records(landed_at TIMESTAMP, about JSON, record JSON, landed_file VARCHAR)``, a row for each line
that is new. A file may be loaded again after a crash, so a load must not add what is there already.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.advisory_lock import ALONE
from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landed_files import check_landed, list_all_landed, not_loaded, read_pieces
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now
from saber_pipeline.warehouse.load_piece import spooled
from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.sql import read_sql
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from saber_pipeline.advisory_lock import WarehouseHold
    from saber_pipeline.config.paths import DataPaths


class RecordKind(StrEnum):
    """What lands besides signals; the value names the folder and the SQL files."""

    TEMPLATES = "templates"
    CONTACT_RESEARCH = "contact_research"
    SUMMARIES = "summaries"
    FOUND_CONTACTS = "found_contacts"
    SUBSCRIPTION_LOGS = "subscription_logs"
    COMPANIES = "companies"
    UNREADABLE_SIGNALS = "unreadable_signals"


def land_records(
    paths: DataPaths, kind: RecordKind, records: Iterable[tuple[Mapping[str, Any], bytes]], *, run_id: str
) -> int:
    """Land some objects of the API, each with what it does not say itself; returns how many.

    They are durable when this returns. Raises StorageError when the folder cannot be written.
    """
    landed = 0
    stem = landing_stem(utc_now(), run_id, 0)
    with LandingWriter(paths.landed_records(kind), stem, store=paths.store_address) as writer:
        for about, raw in records:
            writer.add_record(about, raw)
            landed += 1
        writer.commit()
    return landed


def load_records(
    con: duckdb.DuckDBPyConnection, paths: DataPaths, hold: WarehouseHold = ALONE
) -> list[DamagedLandingError]:
    """Load every landed file of every kind that was not loaded yet; returns what could not be."""
    damage: list[DamagedLandingError] = []
    known = {name for (name,) in con.execute("SELECT name FROM internal.landed_files").fetchall()}
    for kind in RecordKind:
        folder = paths.landed_records(kind)
        of_kind = {name.partition("/")[2] for name in known if name.startswith(f"{kind}/")}
        for path in list_all_landed(folder, paths.store_address, of_kind, keeps_loaded=True):
            if path.name in of_kind:
                continue
            try:
                check_landed(path)
                _load_file(con, paths, kind, path, hold)
            except DamagedLandingError as error:
                damage.append(error)
            except duckdb.Error as error:
                damage.append(not_loaded(path, error))
    return damage


def record_schemas() -> list[str]:
    """The statements that make the tables of every kind, with comments as remarks."""
    return [read_sql(f"records/{kind}_schema") for kind in RecordKind]


def _load_file(
    con: duckdb.DuckDBPyConnection, paths: DataPaths, kind: RecordKind, path: Path, hold: WarehouseHold
) -> None:
    con.execute(load_sql("load_macros"))
    with transaction(con):
        lines = 0
        for piece in read_pieces([path]):
            with spooled(paths.warehouse_folder, piece) as parameters:
                con.execute(read_sql("records_stage"), parameters)
            con.execute(read_sql(f"records/{kind}_load"))
            lines += sum(piece.lines.values())
        con.execute("DROP TABLE IF EXISTS temp.landed_records")
        con.execute(
            "INSERT INTO internal.landed_files VALUES (?, current_timestamp AT TIME ZONE 'UTC', ?, 0)",
            [f"{kind}/{path.name}", lines],
        )
        hold.check()
