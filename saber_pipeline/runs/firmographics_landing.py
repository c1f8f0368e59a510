"""Firmographics that webhooks told land with the next publication, whoever makes it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger.pending_firmographics import forget_landed, pending_companies
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.warehouse.landed_records import RecordKind, land_records


def land_told_companies(ledger: Ledger, paths: DataPaths) -> None:
    """Land what waits in the ledger. After a crash between the two some land twice.

    Raises StorageError when the folder cannot be written; they wait on.
    """
    while True:
        with ledger.reading() as connection:
            some = pending_companies(connection)
        if not some:
            return
        records = (
            (
                {
                    "source": "webhook",
                    "domain": one.domain,
                    "signal_id": one.signal_id or None,
                    "observed_at": datetime.fromtimestamp(one.observed_at, UTC).isoformat(),
                },
                one.company.encode(),
            )
            for one in some
        )
        land_records(paths, RecordKind.COMPANIES, records, run_id=uuid.uuid4().hex)
        with ledger.transaction() as connection:
            forget_landed(connection, some)
