"""The assets that write files about answers: ``exports``, a file for each list, and ``report``, one HTML file."""

from collections.abc import Sequence

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.failures import as_dagster_failure
from saber_pipeline.definitions.resources import SaberResource


def exports_asset(saber: SaberResource, about: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The files, downstream of the answers they are ``about``; partitioned by domain list."""

    asset_key = saber.names.asset("exports")

    @dg.asset(
        key=asset_key,
        group_name=saber.names.group("exports"),
        deps=list(about) or [saber.names.lists(COMPANIES)],
        partitions_def=saber.names.partitions(COMPANIES),
        kinds={"csv", "duckdb"},
        description=(
            "Writes `exports/<list>.csv` in the data directory: every row and column of the list's file, then for each "
            "question its value, status, confidence, source and age. `exports/<list>.changes.csv` has only the rows "
            "whose answers, score or tier changed since the last export. SABER_EXPORT_FORMATS adds .xlsx and .parquet. "
            "Reads answers.duckdb only; spends nothing."
        ),
    )
    def exports(context: dg.AssetExecutionContext) -> None:
        from saber_pipeline.runs.exports import export_everything

        with as_dagster_failure(context.log):
            settings = saber.settings()
            for list_name in context.partition_keys:
                endings = [f".{name}" for name in settings.export_formats]
                written, changes = export_everything(DataPaths.of(settings), list_name, saber.questions(), endings)
                for exported in (*written, changes):
                    context.log.info(str(exported))
                context.add_asset_metadata(
                    {
                        "rows": written[0].rows,
                        "rows_changed": changes.rows,
                        "file": dg.MetadataValue.path(str(written[0].file.resolve())),
                        "changes": dg.MetadataValue.path(str(changes.file.resolve())),
                    },
                    asset_key=asset_key,
                    partition_key=list_name,
                )

    return exports


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
