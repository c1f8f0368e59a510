"""What stands around the rounds of every run that buys: its ledger, how an interruption is taken, and how it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths, check_writable
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ObjectStoreError, PipelineError, StorageError, StorageLockedError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import awaited_submission_ids, forget_awaited
from saber_pipeline.ledger.claims import release
from saber_pipeline.ledger.purchase_rows import RESEARCHES
from saber_pipeline.ledger.purchases import submissions_in
from saber_pipeline.ledger.research import release_people
from saber_pipeline.ledger.store import Ledger, check_address
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.products.product import Product
from saber_pipeline.runs.credit_shortage import note_end
from saber_pipeline.runs.directory_marks import open_to_spend
from saber_pipeline.runs.interruptible_work import finish_work_in_progress
from saber_pipeline.runs.interruptions import run_interruptible
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.runs.purchase_run import LimitedRun, PurchaseRun
from saber_pipeline.storage_failures import as_storage_failures

logger = logging.getLogger(__name__)

T = TypeVar("T")

BOUGHT_NOTHING = "This run bought nothing."


@contextmanager
def ledger_to_spend(settings: Settings, product: Product) -> Iterator[Ledger]:
    """The ledger, open for a run that buys ``product``; the run can write where that lands and is published.

    Raises:
        OtherAddressError, OtherLedgerError: it does not belong to this API, or to this data directory.
        StorageError: the data directory cannot be written.
    """
    paths = DataPaths.of(settings)
    for folder in (paths.landed_records(product.landed_as), paths.versions):
        check_writable(folder)
    ledger = open_to_spend(paths)
    try:
        with ledger.reading() as connection:
            check_address(connection, settings.base_url)
        yield ledger
    finally:
        with suppress(StorageError):
            ledger.checkpoint()
        ledger.close()


def carry_out(run: PurchaseRun, rounds: Coroutine[Any, Any, T], *, close: Callable[[], None] = lambda: None) -> T:
    """What ``rounds`` returns. However it ends, claims that were not sent are given back.

    ``close`` ends what the run does beside it, before an error is noted and what has landed is published.

    Raises:
        PipelineError: the run stopped before its first purchase.
    """
    try:
        with as_storage_failures():
            if run.product.can_be_looked_up:
                return run_interruptible(rounds)
            return finish_work_in_progress(lambda: asyncio.run(rounds), run.stop)
    except PipelineError as error:
        close()
        with suppress(StorageError):  # where the storage is what stopped the run, it says so itself
            if not isinstance(error, StorageLockedError | ObjectStoreError):  # another wait would only take longer
                if isinstance(run, LimitedRun):
                    note_end(run, error)
                publish_pending(run.settings, run.questions)
        raise
    except BaseException as error:
        batches: tuple[str, ...] = ()
        with suppress(StorageError):  # it must not take the place of what ended the run; a dead run waits for nothing
            batches = stop_waiting(run)
        logger.warning(
            "%s %s",
            "The run ended by an error in its own code." if isinstance(error, Exception) else "Interrupted.",
            _what_goes_on(run, batches),
        )
        raise
    finally:
        with suppress(StorageError), run.ledger.transaction() as connection:  # a dead run's claims end by themselves
            release(connection, run.run_id)
            release_people(connection, run.run_id)


def stop_waiting(run: PurchaseRun) -> tuple[str, ...]:
    """Wait no longer; returns the ids of the batches that hold pairs this run has waited for."""
    with run.ledger.transaction() as connection:
        ids = awaited_submission_ids(connection, run.run_id)
        still_open = submissions_in(connection, list(SubmissionState), ids=ids)
        forget_awaited(connection, run.run_id)
    return tuple(submission.batch_id or submission.submission_id for submission in still_open)


def _what_goes_on(run: PurchaseRun, batches: Sequence[str]) -> str:
    """What becomes of the purchases of a run that ends early, in a sentence. ``batches``: what it has waited for."""
    if not batches and not has_bought(run.settings, run.run_id):
        return BOUGHT_NOTHING
    in_flight = f" (in flight: {', '.join(batches)})" if batches else ""
    return (
        f"Saber continues what was bought, and nothing is lost{in_flight}: the next run collects it and does not buy "
        "it again."
    )


def has_bought(settings: Settings, run_id: str) -> bool:
    """Whether a run has bought anything, or may have: also where the ledger cannot tell.

    ``run_id``: an attempt's id in the ledger, or the orchestrator's, which those of all its attempts begin with.
    """
    s, r = t.spending.c, t.researches.c
    paid_for = sa.and_(RESEARCHES.may_be_paid, r.is_adopted.is_(False))
    with (
        suppress(StorageError),
        closing(Ledger.open_to_read(DataPaths.of(settings).ledger)) as ledger,
        ledger.reading() as connection,
    ):
        its = (
            sa.select(s.run_id).where(s.run_id.startswith(run_id, autoescape=True)),
            sa.select(r.run_id).where(r.run_id.startswith(run_id, autoescape=True), paid_for),
        )
        return any(connection.execute(each.limit(1)).first() is not None for each in its)
    return True
