"""The published tables as Parquet in the object store: after each publication where that is set, or when asked for."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.publish import newest_version, version_file
from saber_pipeline.warehouse.session import take_newest_answers

if TYPE_CHECKING:
    from saber_pipeline.config.settings import Settings
    from saber_pipeline.warehouse.publish import PublishSummary
    from saber_pipeline.warehouse.shared_exports import ExportSummary

logger = logging.getLogger(__name__)


def export_after(settings: Settings, publication: PublishSummary) -> None:
    """Export what was just published, where SABER_STORE_EXPORTS asks for it; call it without the warehouse's lock.

    Answers are published, so a failure is a warning: the next export writes what this one has not.
    """
    if settings.store_exports is None or settings.store_url is None:
        return
    from saber_pipeline.warehouse.shared_exports import export_tables  # noqa: PLC0415 - not without a store

    version = version_file(DataPaths.of(settings), publication.number)
    if not version.is_file():
        return  # two newer ones were published here meanwhile, and are exported
    try:
        done = export_tables(settings.store_url, version, publication.number, now=datetime.now(UTC))
    except StorageError as error:
        logger.warning(
            "The answers are published, but the Parquet tables in the store still have an earlier version. The next "
            "publication writes them, and so does `saber-pipeline answers export`. %s",
            error,
        )
    else:
        if done.written:
            logger.info("%s", done)


def export_newest(settings: Settings) -> ExportSummary:
    """Export the newest version that any machine published, and see that every file of it is in the store.

    Raises:
        StorageError: nothing was published yet, or the store does not respond as it should.
    """
    from saber_pipeline.warehouse.shared_exports import export_tables  # noqa: PLC0415 - not without a store

    assert settings.store_url is not None  # noqa: S101 - its callers see to it
    paths = DataPaths.of(settings)
    take_newest_answers(paths)
    newest = newest_version(paths)
    if newest is None:
        raise StorageError(
            f"Nothing was published in {settings.store_url} yet, so there are no tables to export. "
            "`saber-pipeline run` on a machine of the project publishes."
        )
    version = version_file(paths, newest.number)
    return export_tables(settings.store_url, version, newest.number, now=datetime.now(UTC), checks_files=True)
