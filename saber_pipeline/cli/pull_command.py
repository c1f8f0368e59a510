"""``saber-pipeline answers pull``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saber_pipeline.cli.sentences import say

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import StoreAddress
    from saber_pipeline.config.settings import Settings

MEGABYTE = 1_000_000


@click.command("pull")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("answers.duckdb"),
    show_default=True,
    metavar="FILE",
    help="Where to write it. An existing file is replaced in one step.",
)
def pull(*, file: Path) -> None:
    """Download the newest answers.duckdb from the object store.

    Needs SABER_STORE_URL and a login that may read, and neither a project nor a ledger. Whoever has the old file open
    keeps it.
    """
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import StorageError
    from saber_pipeline.store.object_store import ObjectStore
    from saber_pipeline.warehouse.shared_versions import SharedVersions

    address = require_store(load_settings(only_reads=True))
    shared = SharedVersions(ObjectStore(address))
    if not shared.pull(file):
        raise StorageError(
            f"Nothing was published in {address} yet, so there is nothing to download. `saber-pipeline run` on a "
            "machine of the project publishes."
        )
    say(f"Wrote version {shared.newest.number} ({shared.newest.bytes / MEGABYTE:,.1f} MB) to {file}.")


def require_store(settings: Settings) -> StoreAddress:
    """The store's address. Raises SettingsError without one."""
    from saber_pipeline.errors import SettingsError

    if settings.store_url is None:
        raise SettingsError(
            "SABER_STORE_URL is not set, so there is no object store to use. Nothing was spent. Set it in the "
            "environment or in .env, such as s3://bucket/prefix."
        )
    return settings.store_url
