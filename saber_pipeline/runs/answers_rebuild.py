"""answers.duckdb anew from ledger and landing, without a request and without a credit."""

from __future__ import annotations

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.balances import balance_rows, batch_rows
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.firmographics_landing import land_told_companies
from saber_pipeline.runs.publication import Published, publish_pending
from saber_pipeline.warehouse.rebuild import rebuild


def rebuild_answers(settings: Settings, questions: tuple[Question, ...]) -> Published:
    """Build a new warehouse from what has landed, put it in place of the old one, and publish it.

    The old one stays when anything fails.

    Raises:
        DamagedLandingError: a landed file cannot be read back; nothing was replaced.
        StorageError: the data directory cannot be written.
    """
    paths = DataPaths.of(settings)
    ledger = Ledger.open(paths.ledger)
    try:
        land_told_companies(ledger, paths)
        with ledger.reading() as connection:
            batches, balances = batch_rows(connection), balance_rows(connection)
    finally:
        ledger.close()
    summary = rebuild(paths, questions, batches, balances)
    return Published(summary, publish_pending(settings, questions).publication)
