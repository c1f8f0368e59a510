"""``saber-pipeline move-ledger``."""

from __future__ import annotations

import sys

import click

from saber_pipeline.cli.sentences import say


@click.command("move-ledger", short_help="Move the ledger into a database, or back into its file.")
@click.argument("place", type=click.Choice(["database", "file"]))
@click.option(
    "--dry-run", is_flag=True, help="Check whether the ledger can be moved, and show the rows. Changes nothing."
)
def move_ledger(*, place: str, dry_run: bool) -> None:
    """Move the ledger from its file into the database of SABER_LEDGER_URL, or from there back into the file.

    Writes everything in one transaction and compares it row by row. Moves nothing while a run is alive, or if the
    other place holds another ledger. Sends no request and spends nothing.
    """
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import SettingsError
    from saber_pipeline.runs import ledger_move

    settings = load_settings()
    paths = DataPaths.of(settings)
    if settings.ledger_url is None:
        raise SettingsError(
            "SABER_LEDGER_URL is not set, so there is no database to move the ledger to or from. Nothing was moved or "
            "spent. Set it in .env; remove it after a move into the file."
        )
    target = settings.ledger_url if place == "database" else paths.ledger_file
    planned = ledger_move.plan_move(paths, target, lease_seconds=settings.lease_seconds)
    rows = sum(planned.rows.values())
    if not dry_run:
        with click.progressbar(length=2 * rows, label="Writing and comparing", file=sys.stderr) as bar:
            planned = ledger_move.move_ledger(paths, target, lease_seconds=settings.lease_seconds, told=bar.update)
        rows = sum(planned.rows.values())
    for table, count in planned.rows.items():
        if count:
            say(f"{count:>12,}  {table}")
    if dry_run:
        say(f"{rows:,} rows would be moved from {planned.source} to {planned.target}. Nothing was changed.")
        return
    say(f"{rows:,} rows were moved from {planned.source} to {planned.target}, and compared.")
    say(
        "Set SABER_LEDGER_URL to this database on every machine."
        if place == "database"
        else "Remove SABER_LEDGER_URL on every machine now: the database refuses further runs."
    )
