"""A file becomes a list: it is read first, and put into the folder of the lists only if it can be used."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from saber_pipeline.config.paths import DataPaths, cannot_write, make_folder
from saber_pipeline.config.private_files import private_files
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import named_list_files, parquet_parts
from saber_pipeline.inputs.list_names import ENDINGS, ending_of, list_key
from saber_pipeline.runs.list_preview import ListPreview, preview_list


@dataclass(frozen=True)
class AddedList:
    """``preview`` is of the list's own file. ``wanted_name`` is None unless the name had to be made into a key."""

    preview: ListPreview
    wanted_name: str | None
    replaced: tuple[Path, ...]


def add_list(
    paths: DataPaths,
    kind: SubjectKind,
    source: Path,
    name: str | None = None,
    *,
    may_replace: bool = False,
    other_profiles: bool = False,
) -> AddedList:
    """Copy ``source`` to where the lists of a kind are, under ``name`` or its own name, made into a key.

    Raises:
        ListError: it has no list's ending, cannot be used as a list, or another file has its name. Nothing was copied.
        StorageError: the folder of the lists cannot be written.
    """
    ending = ending_of(source.name)
    if ending is None or (source.is_dir() and not parquet_parts(source)):
        raise ListError(
            f"{source} cannot be a list: lists end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, and a folder of that "
            "last ending holds Parquet files. Nothing was copied. Save it as one of these."
        )
    wanted = source.name[: -len(ending)] if name is None else _without_ending(name)
    key = list_key(f"{wanted}{ending}")
    folder = paths.lists(kind)
    target = folder / f"{key}{ending}"
    there = named_list_files(key, folder, paths.fetched_lists(kind))
    if any(_is_same(source, path) for path in there):
        raise ListError(f"{source} is the list {key!r} already. Nothing was copied: `saber-pipeline plan {key}`.")
    _check_free(key, there, folder, may_replace=may_replace)
    with tempfile.TemporaryDirectory() as temporary:
        preview = preview_list(paths, kind, key, source, Path(temporary), other_profiles=other_profiles)
    if preview.problem is not None:
        raise ListError(f"{preview.problem} Nothing was copied: add it again when it is repaired.")
    try:
        make_folder(folder)
        _put(source, target, there)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return AddedList(replace(preview, path=target), wanted if wanted != key else None, tuple(there))


def _check_free(key: str, there: list[Path], folder: Path, *, may_replace: bool) -> None:
    fetched = [path for path in there if path.parent != folder]
    if fetched:
        raise ListError(
            f"The list {key!r} is fetched from Saber, as sources.yaml says. Nothing was copied. Choose another name "
            "with --as NAME."
        )
    if there and not may_replace:
        raise ListError(
            f"There is a list {key!r} already: {', '.join(map(str, there))}. Nothing was copied. Choose another name "
            "with --as NAME, or replace the list with --replace."
        )


def _put(source: Path, target: Path, before: list[Path]) -> None:
    """Put a whole copy in place, then remove what it replaces: at no moment is there neither."""
    unique = uuid.uuid4().hex
    copy, aside = (target.with_name(f".{target.name}.{unique}.{end}") for end in ("tmp", "old"))  # dots: no lists
    try:
        with private_files(target.parent):
            if source.is_dir():
                shutil.copytree(source, copy, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(source, copy)
        if target in before and (target.is_dir() or copy.is_dir()):
            target.rename(aside)  # nothing can be written over a folder
        copy.replace(target)
        for path in (*(path for path in before if path != target), aside):
            _remove(path)
    finally:
        _remove(copy)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return one.samefile(other)
    return False


def _without_ending(name: str) -> str:
    """A name may be typed with the ending of a list's file, which the source's own one stands for."""
    ending = ending_of(name)
    return name if ending is None else name[: -len(ending)]
