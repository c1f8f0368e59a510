"""List files that come from the API. A file is written whole or not at all, and only if its contents changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from saber_pipeline.config.paths import DataPaths, cannot_write, make_folder
from saber_pipeline.config.private_files import private_files
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.errors import SourcesError
from saber_pipeline.ingest.source_declarations import Declared
from saber_pipeline.inputs.list_files import fingerprint, named_list_files


def fetched_file(paths: DataPaths, kind: SubjectKind, list_name: str) -> Path:
    return paths.fetched_lists(kind) / f"{list_name}.parquet"


def check_name_is_free(paths: DataPaths, kind: SubjectKind, list_name: str, declared: Declared) -> None:
    """Raises SourcesError if a file of the user already has that list's name."""
    for file in named_list_files(list_name, paths.lists(kind)):
        raise SourcesError(
            f"{declared.place}: its list {list_name!r} would have the name of the file {file}. Nothing was sent and "
            "nothing was spent. Give it another name in sources.yaml, or rename the file."
        )


def replace_list(target: Path, write: Callable[[Path], None]) -> bool:
    """Replace ``target`` by the file that ``write`` makes, unless both are the same. Returns whether it was replaced.

    An unchanged file keeps its time, so that no sensor takes it for a new file. Raises StorageError.
    """
    make_folder(target.parent)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with private_files(target.parent):
            write(unfinished)
        if target.is_file() and fingerprint(target) == fingerprint(unfinished):
            return False
        unfinished.replace(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def drop_undeclared(paths: DataPaths, kind: SubjectKind, declared: Collection[str]) -> list[str]:
    """Remove fetched lists that sources.yaml no longer names. Returns their names."""
    folder = paths.fetched_lists(kind)
    gone = [file for file in sorted(folder.glob("*.parquet")) if file.stem not in declared]
    for file in gone:
        file.unlink(missing_ok=True)
    return [file.stem for file in gone]
