"""``saber-pipeline share``."""

from __future__ import annotations

import click

from saber_pipeline.cli.sentences import say


@click.command(short_help="Put questions and lists into the object store.")
def share() -> None:
    """Put questions, lists, truth and reviews of this folder into the object store, for all machines.

    Every command and run on another machine fetches them at its start. A file that was shared and then deleted here
    is also removed there. Needs SABER_STORE_URL. Spends nothing.
    """
    from saber_pipeline.cli.pull_command import require_store
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.store.shared_inputs import share_inputs

    settings = load_settings()
    address = require_store(settings)
    put, removed = share_inputs(DataPaths.of(settings))
    for name in put:
        say(f"put      {name}")
    for name in removed:
        say(f"removed  {name}")
    say(f"{len(put):,} files were put into {address}, {len(removed):,} removed." if put or removed else "Nothing new.")
