"""The assets ``domain_lists`` and ``contact_lists``: they turn files into partitions and two tables."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES, SubjectKind
from saber_pipeline.definitions.failures import as_dagster_failure, failure
from saber_pipeline.definitions.fetched_lists import bring_up_to_date, fetched_metadata, problems_of
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.run_logging import package_log
from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.inputs.table_facts import ListSnapshot


def lists_asset(
    saber: SaberResource, kind: SubjectKind, fed_by: Sequence[dg.AssetKey] = (), to_begin: str = ""
) -> dg.AssetsDefinition:
    """Reads every list of a kind, registers its partition, loads and publishes its rows and its rejected inputs.

    ``fed_by``: the assets that make some of the lists. ``to_begin``: what to do first, where there is no list yet.
    """
    fetched_too = (
        "Lists kept at Saber that `sources.yaml` declares are fetched first. "
        if kind is COMPANIES
        else "A contact search of `sources.yaml` that names a list is a list too. "
    )

    @dg.asset(
        key=saber.names.lists(kind),
        deps=list(fed_by),
        group_name=saber.names.group("inputs"),
        kinds={"csv", "parquet", "duckdb"},
        metadata={"dagster/column_schema": _schema(kind), "dagster/table_name": f"answers.main.{kind.table}"},
        description=f"{to_begin}\n\n" * bool(to_begin)
        + (
            f"Every list file (.csv, .tsv, .csv.gz, .xlsx, .parquet) in `{kind.lists}/`, read and normalised to "
            f"{kind.noun} {kind.subject_nouns}. Each file is a list, and each list is a partition of the answers about "
            f"{kind.nouns}. {fetched_too}Fills the tables `{kind.table}` and `rejected_inputs`. Spends nothing. "
            "Materialise it once before the first use of a new list."
        ),
    )
    def read_lists(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        from saber_pipeline.inputs.snapshots import drop_vanished
        from saber_pipeline.runs.lists import list_folder
        from saber_pipeline.runs.publication import publish_pending

        with package_log(context.log), as_dagster_failure(context.log):
            settings = saber.settings()
            paths = DataPaths.of(settings)
            fetched = bring_up_to_date(context.log, saber, kind)
            folder = list_folder(paths, kind)
            files = folder.files
            snapshots, broken = _read_all(files, kind, paths, other_profiles=settings.other_profiles)
            broken += folder.messages
            for path in folder.others:
                context.log.warning(
                    f"{path} is ignored: the name of a list ends in .csv, .tsv, .csv.gz, .xlsx or .parquet."
                )
            for snapshot in snapshots:
                if not snapshot.subjects:
                    context.log.warning(
                        f"The list {snapshot.list_name} has no usable row. The table rejected_inputs has the reason "
                        "for each row."
                    )
            gone = drop_vanished(files, kind, paths.landed_lists(kind))
            publish_pending(settings, saber.questions())
        new = register(context.instance, kind, [snapshot.list_name for snapshot in snapshots], saber.names)
        for name in gone:
            context.log.warning(
                f"The file of the list {name} is gone. Its rows were removed from `{kind.table}`; its answers are kept."
            )
        broken += problems_of(fetched)
        if broken:
            raise failure("\n".join(broken))
        if not files:
            context.log.warning(
                f"There is no list in {paths.lists(kind)}. Put a CSV, Excel or Parquet file there, "
                "or use `saber-pipeline add FILE`."
            )
        metadata = _metadata(snapshots, kind, new, gone) | fetched_metadata(fetched)
        if not snapshots and to_begin:
            metadata = {"what_to_do": dg.MetadataValue.md(to_begin), **metadata}
        return dg.MaterializeResult(metadata=metadata)

    return read_lists


def rejected_inputs_check(saber: SaberResource, kind: SubjectKind) -> dg.AssetChecksDefinition:
    """Warns with the number of rejected inputs, by list."""

    @dg.asset_check(
        asset=saber.names.lists(kind),
        name="rejected_inputs",
        description="Every row of the lists can be used. Rejected rows are kept in the table rejected_inputs.",
    )
    def rejected_inputs() -> dg.AssetCheckResult:
        from saber_pipeline.inputs.snapshots import read_snapshot
        from saber_pipeline.runs.lists import list_files

        paths = DataPaths.of(saber.settings())
        counts = {}
        for name in list_files(paths, kind):
            snapshot = read_snapshot(name, paths.landed_lists(kind))
            if snapshot is not None and snapshot.rejected:
                counts[name] = snapshot.rejected
        total = sum(counts.values())
        return dg.AssetCheckResult(
            passed=total == 0,
            severity=dg.AssetCheckSeverity.WARN,
            description=(
                f"{total:,} inputs cannot be used. The table rejected_inputs lists them with reasons."
                if total
                else f"Every row can be used as a {kind.noun}."
            ),
            metadata={"rejected": total, "by_list": dg.MetadataValue.json(counts)},
        )

    return rejected_inputs


def _schema(kind: SubjectKind) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn("list", "VARCHAR", "The list: the file's name without its ending."),
            dg.TableColumn(kind.column, "VARCHAR", kind.column_meaning),
            dg.TableColumn("row_number", "BIGINT", "The number of the row in the file; data rows count from 1."),
            dg.TableColumn("raw_value", "VARCHAR", "The value in the file, as written."),
            dg.TableColumn("attributes", "JSON", "The file's other columns."),
        ]
    )


def _read_all(
    files: Mapping[str, Path], kind: SubjectKind, paths: DataPaths, *, other_profiles: bool
) -> tuple[list["ListSnapshot"], list[str]]:
    from saber_pipeline.runs.lists import read_current

    snapshots, broken = [], []
    for name, path in files.items():
        try:
            snapshots.append(
                read_current(paths, kind, name, path, paths.landed_lists(kind), other_profiles=other_profiles)
            )
        except ListError as error:
            broken.append(str(error))
    return snapshots, broken


def _metadata(snapshots: list["ListSnapshot"], kind: SubjectKind, new: list[str], gone: list[str]) -> dict[str, Any]:
    records = [
        dg.TableRecord(
            {
                "list": snapshot.list_name,
                "rows": snapshot.rows,
                kind.nouns: snapshot.subjects,
                "duplicates": snapshot.duplicates,
                "rejected": snapshot.rejected,
                "reread": snapshot.was_reread,
            }
        )
        for snapshot in snapshots
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(snapshot.subjects for snapshot in snapshots),
        "duplicates": sum(snapshot.duplicates for snapshot in snapshots),
        "rejected": sum(snapshot.rejected for snapshot in snapshots),
        "new_lists": ", ".join(new) or "none",
        "vanished_lists": ", ".join(gone) or "none",
    }
    if records:
        metadata["lists"] = dg.MetadataValue.table(records)
    return metadata


def has_lists(paths: DataPaths, kind: SubjectKind) -> bool:
    """Whether the folders of the lists contain any file."""
    return any(_holds_anything(folder) for folder in (paths.lists(kind), paths.fetched_lists(kind)))


def first_steps(paths: DataPaths, kind: SubjectKind, questions: Sequence["Question"], *, has_key: bool) -> str:
    """The first steps if there is no list yet, in Markdown. ``questions`` are those about this kind."""
    if not questions and kind is not COMPANIES:
        return ""
    folder = f"{_display_path(paths.lists(kind))}{os.sep}"
    add = "saber-pipeline add FILE" if kind is COMPANIES else "saber-pipeline add FILE --contacts"
    steps = [
        f"Put a CSV, Excel or Parquet file with a column of {kind.subject_nouns} into `{folder}`, or call `{add}`.",
        "Materialize this asset. It reads the file and registers it as a list. Nothing is spent.",
    ]
    if not questions:
        steps.append(f"Write questions into `{_display_path(paths.questions_file)}`, and reload the definitions.")
    if not has_key:
        steps.append(
            "Put your key into `.env` as `SABER_API_KEY`. Without one, `saber-pipeline sandbox` prints the settings of "
            "a stand-in with made-up answers."
        )
    steps.append(
        f"Open a question of the group `{kind.answers}`, choose *Materialize*, and select your list. "
        "The run shows its cost before it buys anything; with the option `dry_run` it stops there."
    )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    return f"**To begin** (when these definitions were loaded, there was no list of {kind.nouns}):\n\n{numbered}"


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except OSError:
        return False


def _display_path(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
