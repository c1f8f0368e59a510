"""What ``saber-pipeline webhooks`` does."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from saber_pipeline.config.settings import load_settings
from saber_pipeline.errors import PipelineError
from saber_pipeline.webhooks.receiver_server import serve_webhooks


def receive_webhooks(host: str, port: int, *, unsigned: bool, ready_file: Path | None) -> None:
    """Serve until interrupted. Raises ClickException with what is missing, or why it cannot listen."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)

    def announce(address: str) -> None:
        click.echo(f"Receiving webhooks on {address} until Ctrl-C.")
        if settings.webhook_url is None:
            click.echo("SABER_WEBHOOK_URL is not set, so purchases do not ask Saber for webhooks.")
        if unsigned:
            click.echo(
                "Signatures are not checked: anyone who reaches this address can make the receiver read signals."
            )
        if ready_file is not None:
            unfinished = ready_file.with_name(ready_file.name + ".new")
            unfinished.write_text(address)
            unfinished.replace(ready_file)

    try:
        settings = load_settings()
        serve_webhooks(settings, host=host, port=port, unsigned=unsigned, on_ready=announce)
    except PipelineError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"Webhooks cannot be received on {host}, port {port}: {error}.") from error
