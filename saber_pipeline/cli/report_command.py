"""``saber-pipeline report``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from saber_pipeline.cli.json_output import begin_json
from saber_pipeline.cli.sentences import say


@click.command(short_help="Write the HTML report about the answers.")
@click.option("--open", "is_opened", is_flag=True, help="Open it in the browser.")
@click.option(
    "--output",
    "-o",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this .html file instead.",
)
@click.option("--json", "as_json", is_flag=True, help="Print path, size and key figures as JSON.")
def report(*, is_opened: bool, file: Path | None, as_json: bool) -> None:
    """Write report/index.html in the data directory, and print its path.

    The report is one file that opens offline and sends no request. Reads answers.duckdb only, so it works during a
    run.
    """
    import webbrowser

    from saber_pipeline.cli.selection import open_folder
    from saber_pipeline.report.report_file import write_report
    from saber_pipeline.runs.exports import check_ending

    if file is not None:
        check_ending(file, (".html",), noun="a report")
    written = write_report(open_folder().paths, file=file)
    address = written.path.resolve().as_uri()
    if as_json:
        begin_json()
        click.echo(json.dumps({"report": str(written.path), "bytes": written.bytes, **written.headline}, default=str))
    else:
        say(f"Wrote {written.path} ({written.bytes / 1e6:.1f} MB): {address}")
    if is_opened and not webbrowser.open(address):
        say("No browser was found. Open this address in a browser.", err=True)
