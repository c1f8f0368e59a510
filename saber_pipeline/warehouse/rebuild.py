"""Rebuild: builds the warehouse again from landing, without a request and without credits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.advisory_lock import warehouse_held
from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import make_durable, private_files
from saber_pipeline.storage_failures import as_storage_failures
from saber_pipeline.warehouse.file_copy import log_of, remove_database
from saber_pipeline.warehouse.ledger_tables import replace_rows
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.load import LoadSummary, load_landed
from saber_pipeline.warehouse.schema import create_tables
from saber_pipeline.warehouse.session import bring_shared, connect_warehouse, keep_catalog, locked
from saber_pipeline.warehouse.views import apply_questions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question


def rebuild(
    paths: DataPaths,
    questions: Sequence[Question],
    batches: Sequence[tuple[Any, ...]] = (),
    credit_balances: Sequence[tuple[Any, ...]] = (),
) -> LoadSummary:
    """Build a new warehouse from landing and put it in place of the old one.

    The old one stays when anything fails, a damaged landed file included (DamagedLandingError).
    ``batches`` and ``credit_balances`` come from the ledger. Analysts see it after the next publish.
    """
    make_folder(paths.warehouse_folder)
    fresh = paths.warehouse_folder / "rebuilt.duckdb"
    with (
        as_storage_failures(f"The warehouse {fresh}"),
        private_files(paths.warehouse_folder),
        locked(paths.warehouse_lock),
        warehouse_held(paths.ledger_address) as hold,
    ):
        bring_shared(paths, puts=True)  # what it says of questions that are no more is kept
        remove_database(fresh)
        try:
            con = connect_warehouse(fresh)
            try:
                create_tables(con)
                keep_catalog(con, paths.warehouse_file)
                apply_questions(con, questions)
                load_lists(con, paths)
                summary = load_landed(con, paths, hold)
                replace_rows(con, "batches", batches)
                replace_rows(con, "credit_balances", credit_balances)
                con.execute("CHECKPOINT")
            finally:
                con.close()
            hold.check()
            _swap(fresh, paths.warehouse_file)
        finally:
            remove_database(fresh)
    return summary


def _swap(fresh: Path, old: Path) -> None:
    try:
        log_of(old).unlink(missing_ok=True)
        fresh.replace(old)
        make_durable(old.parent)
    except OSError as error:
        raise cannot_write(old, error) from error
