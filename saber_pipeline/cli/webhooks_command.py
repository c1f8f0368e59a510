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
    import logging

    from saber_pipeline.config.private_files import replace_private
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.errors import PipelineError
    from saber_pipeline.webhooks.receiver_server import serve_webhooks

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
            replace_private(ready_file, address.encode())

    try:
        settings = load_settings()
        serve_webhooks(settings, host=host, port=port, unsigned=unsigned, on_ready=announce)
    except PipelineError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"Webhooks cannot be received on {host}, port {port}: {error}.") from error
