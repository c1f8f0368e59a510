"""``saber-pipeline answers export``."""

from __future__ import annotations

import click

from saber_pipeline.cli.sentences import say


@click.command("export")
def export_tables() -> None:
    """Write every table of the newest answers.duckdb as Parquet into the object store.

    Only what has changed since the last time is written; exports/manifest.json then names the files that together are
    one version. With SABER_STORE_EXPORTS=parquet every publication does so by itself, and this command looks whether
    all files are there. Needs SABER_STORE_URL. Spends nothing.
    """
    from saber_pipeline.cli.pull_command import require_store
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.runs.parquet_tables import export_newest

    settings = load_settings()
    require_store(settings)
    say(str(export_newest(settings)))
