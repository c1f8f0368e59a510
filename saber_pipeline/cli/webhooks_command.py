"""``saber-pipeline webhooks``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Receive Saber's webhooks, and read finished answers at once.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8790, show_default=True, help="Port; 0 picks a free one.")
@click.option("--unsigned", is_flag=True, help="Accept webhooks without checking their signature.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the address into once it listens.",
)
def webhooks(host: str, port: int, *, unsigned: bool, ready_file: Path | None) -> None:
    """Receive Saber's webhooks, and read finished answers at once. Never buys anything."""
    from saber_pipeline.webhooks.command import receive_webhooks

    receive_webhooks(host, port, unsigned=unsigned, ready_file=ready_file)
