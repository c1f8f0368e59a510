"""``saber-pipeline rebuild``."""

from __future__ import annotations

import click

from saber_pipeline.cli.sentences import say


@click.command(short_help="Rebuild answers.duckdb from local files.")
@click.option(
    "--accept-ledger",
    is_flag=True,
    help="Accept the present ledger after the right one was lost. Purchases that had not landed may be bought again.",
)
def rebuild(*, accept_ledger: bool) -> None:
    """Rebuild answers.duckdb from the ledger and landing. Sends no request and spends nothing."""
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.runs.configuration import bring_inputs, configured_questions
    from saber_pipeline.runs.publication import rebuild_answers

    settings = load_settings()
    paths = DataPaths.of(settings)
    bring_inputs(paths)
    if accept_ledger:
        from saber_pipeline.runs import directory_marks

        directory_marks.accept_ledger(paths)
    rebuilt = rebuild_answers(settings, configured_questions(paths).questions)
    say(
        f"Rebuilt {paths.answers_file} from {rebuilt.loaded.files:,} landed files: "
        f"{rebuilt.loaded.signals_new:,} signals, version {rebuilt.publication.number}."
    )
