"""``saber-pipeline schemas``."""

from __future__ import annotations

import click

from saber_pipeline.cli.exit_codes import Stopped


@click.command(short_help="Write the schemas that editors use to check YAML.")
def schemas() -> None:
    """Write the schemas that an editor uses to complete and check questions.yaml, sources.yaml and lists.yaml.

    The schemas are in schemas/ of the data directory. `init` writes them too; run this command after an upgrade. An
    editor finds the schema through the first line of a file: `# yaml-language-server: $schema=schemas/questions.json`
    (or sources.json, lists.json). Asks and spends nothing.
    """
    from saber_pipeline.config.settings import load_settings
    from saber_pipeline.ingest.editor_schemas import write_editor_schemas

    try:
        written = write_editor_schemas(load_settings().data_dir)
    except OSError as error:
        raise Stopped(f"{error.filename} cannot be written: {error.strerror}. Nothing was spent.") from None
    for file in written:
        click.echo(f"wrote  {file}")
