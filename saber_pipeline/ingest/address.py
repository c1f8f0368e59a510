"""A data directory belongs to one API address, even if nothing is bought."""

from __future__ import annotations

from contextlib import closing

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger.store import Ledger, check_address


def check_own_address(paths: DataPaths, base_url: str) -> None:
    """Raises OtherAddressError where the data directory belongs to another address than ``base_url``."""
    with closing(Ledger.open_to_read(paths.ledger)) as ledger, ledger.reading() as connection:
        check_address(connection, base_url)
