"""``saber-pipeline sandbox``."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

SANDBOX_KEY = "sk_sandbox_local"


@click.command(short_help="Run a local stand-in for the API.")
@click.option("--port", default=8787, show_default=True, help="Port on this machine; 0 picks a free one.")
@click.option("--credits", "credits_", default=100_000, show_default=True, help="Balance of a new state.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps the state across restarts.",
)
@click.option("--seconds", default=3.0, show_default=True, help="A signal takes up to this many seconds.")
@click.option(
    "--creation-seconds", default=1.0, show_default=True, help="How long an async batch keeps creating signals."
)
@click.option("--async-domain-cap", type=int, help="Refuse async batches with more domains than this.")
@click.option("--price", default=1, show_default=True, help="Credits for each signal.")
@click.option("--not-known-share", default=0.08, show_default=True, help="Share of completed signals without answer.")
@click.option("--failed-share", default=0.03, show_default=True, help="Share of signals that fail.")
@click.option("--seed", default=1, show_default=True, help="Another seed gives other answers.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the base URL into once it listens.",
)
def sandbox(
    port: int,
    credits_: int,
    state: Path | None,
    seconds: float,
    creation_seconds: float,
    async_domain_cap: int | None,
    price: int,
    not_known_share: float,
    failed_share: float,
    seed: int,
    ready_file: Path | None,
) -> None:
    """Run a local stand-in for the Saber API, with made-up answers and no cost.

    Runs until Ctrl-C. It prints two settings for another terminal. Set SABER_DATA_DIR there too, to a separate
    folder, because a data directory belongs to one API address.
    """
    from saber_pipeline.config.private_files import replace_private
    from saber_pipeline.sandbox.sandbox_server import serve
    from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

    def announce(base_url: str) -> None:
        click.echo(f"export SABER_BASE_URL={base_url}")
        click.echo(f"export SABER_API_KEY={SANDBOX_KEY}")
        if ready_file is not None:
            replace_private(ready_file, base_url.encode())

    settings = SandboxSettings(
        seed=seed,
        id_salt=uuid.uuid4().hex,
        credits=credits_,
        credits_per_signal=price,
        processing_seconds=(seconds / 6, seconds),
        creation_spread_seconds=creation_seconds,
        async_domain_cap=async_domain_cap,
        not_known_share=not_known_share,
        failed_share=failed_share,
    )
    try:
        serve(settings, port=port, state_file=state, on_ready=announce)
    except OSError as error:
        raise click.ClickException(f"The sandbox cannot start on port {port}: {error}. Try --port 0.") from error
    except KeyboardInterrupt:
        pass  # Ctrl-C is the usual end of the sandbox
    kept = f"its state is kept in {state}" if state else "its state is gone (--state FILE keeps it)"
    click.echo(f"The sandbox has stopped; {kept}.", err=True)
