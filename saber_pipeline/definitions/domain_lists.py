"""The asset ``domain_lists``: files in, partitions and two tables out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.definitions.failing import failure, one_failure
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.run_logging import package_log
from saber_pipeline.definitions.saber import Saber
from saber_pipeline.errors import ListError
from saber_pipeline.warehouse.paths import DataPaths

if TYPE_CHECKING:
    from saber_pipeline.inputs.snapshots import ListSnapshot

_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("list", "VARCHAR", "The list: the file's name without its ending."),
        dg.TableColumn("domain", "VARCHAR", "The domain, lower case, ASCII."),
        dg.TableColumn("row_number", "BIGINT", "Its row in the file; data rows count from 1."),
        dg.TableColumn("raw_value", "VARCHAR", "What the file holds in that row."),
        dg.TableColumn("attributes", "JSON", "The file's other columns."),
    ]
)


@dg.asset(
    group_name="inputs",
    kinds={"csv", "parquet", "duckdb"},
    metadata={"dagster/column_schema": _SCHEMA, "dagster/table_name": "answers.main.domains"},
    description=(
        "Every CSV or Parquet file in `domain_lists/`, read and normalised to company domains. Each file is a "
        "list, and each list a partition of the answers. Fills the tables `domains` and `rejected_inputs`. "
        "Spends nothing. Run it once before the first use of a new list."
    ),
)
def domain_lists(context: dg.AssetExecutionContext, saber: Saber) -> dg.MaterializeResult[None]:
    """Read every list, register its partition, load and publish ``domains`` and ``rejected_inputs``."""
    from saber_pipeline.buying.publishing import publish_pending
    from saber_pipeline.inputs.list_files import find_list_files
    from saber_pipeline.inputs.snapshots import drop_vanished

    with package_log(context.log), one_failure(context.log):
        settings = saber.settings()
        paths = DataPaths(settings.data_dir)
        files = find_list_files(paths.domain_lists)
        snapshots, broken = _read_all(files, paths.landed_lists)
        gone = drop_vanished(files, paths.landed_lists)
        publish_pending(settings, saber.questions())
    new = register(context.instance, [snapshot.list_name for snapshot in snapshots])
    for name in gone:
        context.log.warning(f"The file of the list {name} is gone: its rows left `domains`, its answers stay.")
    if broken:
        raise failure("\n".join(broken))
    if not files:
        context.log.warning(f"There is no list in {paths.domain_lists}: put a CSV or Parquet file there.")
    return dg.MaterializeResult(metadata=_metadata(snapshots, new, gone))


@dg.asset_check(asset=domain_lists, description="Inputs that cannot be used are data: counted, kept, shown.")
def rejected_inputs(saber: Saber) -> dg.AssetCheckResult:
    """Warns with the number of rejected inputs and the most frequent reasons."""
    from saber_pipeline.inputs.list_files import find_list_files
    from saber_pipeline.inputs.snapshots import read_snapshot

    paths = DataPaths(saber.settings().data_dir)
    counts = {}
    for name in find_list_files(paths.domain_lists):
        snapshot = read_snapshot(name, paths.landed_lists)
        if snapshot is not None and snapshot.rejected:
            counts[name] = snapshot.rejected
    total = sum(counts.values())
    return dg.AssetCheckResult(
        passed=total == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{total:,} inputs cannot be used; the table rejected_inputs says which and why."
            if total
            else "Every input is a usable domain."
        ),
        metadata={"rejected": total, "by_list": dg.MetadataValue.json(counts)},
    )


def _read_all(files: Mapping[str, Path], folder: Path) -> tuple[list["ListSnapshot"], list[str]]:
    from saber_pipeline.inputs.snapshots import snapshot_list

    snapshots, broken = [], []
    for name, path in files.items():
        try:
            snapshots.append(snapshot_list(path, name, folder))
        except ListError as error:
            broken.append(str(error))
    return snapshots, broken


def _metadata(snapshots: list["ListSnapshot"], new: list[str], gone: list[str]) -> dict[str, Any]:
    records = [
        dg.TableRecord(
            {
                "list": snapshot.list_name,
                "rows": snapshot.rows,
                "domains": snapshot.domains,
                "duplicates": snapshot.duplicates,
                "rejected": snapshot.rejected,
                "reread": snapshot.was_reread,
            }
        )
        for snapshot in snapshots
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(snapshot.domains for snapshot in snapshots),
        "duplicates": sum(snapshot.duplicates for snapshot in snapshots),
        "rejected": sum(snapshot.rejected for snapshot in snapshots),
        "new_lists": ", ".join(new) or "none",
        "vanished_lists": ", ".join(gone) or "none",
    }
    if records:
        metadata["lists"] = dg.MetadataValue.table(records)
    return metadata
