"""The asset ``report``: one HTML file about all answers."""

from collections.abc import Sequence

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.definitions.failures import as_dagster_failure
from saber_pipeline.definitions.resources import SaberResource


def report_asset(saber: SaberResource, about: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The report, downstream of the assets it is ``about``."""

    @dg.asset(
        key=saber.names.asset("report"),
        group_name=saber.names.group("report"),
        deps=list(about),
        kinds={"html", "duckdb"},
        description=(
            "Writes `report/index.html` in the data directory: the best accounts with reasons and sources and a page "
            "for each, tiers, changes, answers by value, accuracy, spending and credits, coverage, failed and refused "
            "pairs, each with the query behind it. One file that opens offline. Reads answers.duckdb only; spends "
            "nothing."
        ),
    )
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        from saber_pipeline.report.report_file import write_report

        with as_dagster_failure(context.log):
            written = write_report(DataPaths.of(saber.settings()))
        address = written.path.resolve().as_uri()
        context.log.info(f"The report is {written.path} ({written.bytes:,} bytes). Open {address} in a browser.")
        return dg.MaterializeResult(
            metadata={
                "report": dg.MetadataValue.path(str(written.path.resolve())),
                "bytes": written.bytes,
                **{name: str(value) for name, value in written.headline.items() if value is not None},
            }
        )

    return report
