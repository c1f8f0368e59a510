"""The command ``saber-pipeline``. Imports stay inside the commands, so that each starts fast."""

from __future__ import annotations

from pathlib import Path

import click

SANDBOX_KEY = "sk_sandbox_local"


@click.group()
@click.version_option(package_name="saber-pipeline")
def main() -> None:
    """AI research about accounts, as typed DuckDB tables."""


@main.command()
@click.option("--port", default=8787, show_default=True, help="Port on this machine; 0 takes a free one.")
@click.option("--credits", "credits_", default=100_000, show_default=True, help="Balance of a new state.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps the state over restarts.",
)
@click.option("--seconds", default=3.0, show_default=True, help="A signal takes up to so many seconds.")
@click.option("--creation-seconds", default=1.0, show_default=True, help="How long an async batch goes on creating.")
@click.option("--async-domain-cap", type=int, help="Refuse async batches with more domains than this.")
@click.option("--price", default=1, show_default=True, help="Credits for each signal.")
@click.option("--not-known-share", default=0.08, show_default=True, help="Share of completed signals without answer.")
@click.option("--failed-share", default=0.03, show_default=True, help="Share of signals that fail.")
@click.option("--seed", default=1, show_default=True, help="Another seed gives other answers.")
@click.option(
    "--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Gets the base URL once it listens."
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
    """Run a local stand-in for the Saber API: made-up answers, nothing is paid."""
    from saber_pipeline.sandbox.running import serve
    from saber_pipeline.sandbox.settings import SandboxSettings

    def announce(base_url: str) -> None:
        click.echo(f"export SABER_BASE_URL={base_url}")
        click.echo(f"export SABER_API_KEY={SANDBOX_KEY}")
        if ready_file is not None:
            unfinished = ready_file.with_name(ready_file.name + ".new")
            unfinished.write_text(base_url)
            unfinished.replace(ready_file)

    settings = SandboxSettings(
        seed=seed,
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


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8790, show_default=True, help="Port; 0 takes a free one.")
@click.option("--unsigned", is_flag=True, help="Take webhooks without checking their signature.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Gets the address once it listens.")
def webhooks(host: str, port: int, *, unsigned: bool, ready_file: Path | None) -> None:
    """Receive Saber's webhooks and read what has ended at once. Never buys anything."""
    from saber_pipeline.webhooks.command import receive_webhooks

    receive_webhooks(host, port, unsigned=unsigned, ready_file=ready_file)


@main.command()
def rebuild() -> None:
    """Build answers.duckdb anew from ledger and landing. Sends no request and spends nothing."""
    from saber_pipeline.buying.configured import configured_questions
    from saber_pipeline.buying.rebuilding import rebuild_answers
    from saber_pipeline.errors import PipelineError
    from saber_pipeline.settings import load_settings
    from saber_pipeline.warehouse.paths import DataPaths

    try:
        settings = load_settings()
        paths = DataPaths(settings.data_dir)
        rebuilt = rebuild_answers(settings, configured_questions(paths).questions)
    except PipelineError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"Rebuilt {paths.answers_file} from {rebuilt.loaded.files:,} landed files: "
        f"{rebuilt.loaded.signals_new:,} signals, version {rebuilt.publication.number}."
    )
