"""The list files, and whether one has changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.foreign_text import plain_lines
from saber_pipeline.inputs.list_names import ENDINGS, ending_of, list_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class ListFolder:
    """The contents of the folders of lists.

    ``files``: list name → file, sorted. ``problems``: file → why the file is no list of its own, with the cure.
    ``others``: files with other endings, which nobody reads. ``unmatched``: sentences about entries of lists.yaml that
    match no list.
    """

    files: dict[str, Path] = field(default_factory=dict)
    problems: dict[Path, str] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[str]:
        """Every problem once, with file names that steer no terminal."""
        return list(dict.fromkeys(map(plain_lines, self.problems.values())))


def look_for_lists(*folders: Path) -> ListFolder:
    """Everything in the folders, except hidden files. A missing folder holds no lists.

    Two files that would be the same list are a problem of these two files only. Raises ListError for a folder that
    cannot be read.
    """
    found = ListFolder()
    files: dict[str, list[Path]] = {}
    for path in (path for folder in folders for path in _entries(folder)):
        if ending_of(path.name) is None:
            if path.is_file():
                found.others.append(path)
        elif path.is_dir() and not (path.name.lower().endswith(".parquet") and parquet_parts(path)):
            found.problems[path] = (
                f"{path} is a folder, and only a folder NAME.parquet with Parquet files in it is a list. "
                "Move it away, or put its parts there."
            )
        elif not path.is_dir() and not path.is_file():
            found.problems[path] = f"{path} is not a readable file (perhaps a broken link). Move it away."
        else:
            files.setdefault(list_key(path.name), []).append(path)
    for key, paths in sorted(files.items()):
        if len(paths) == 1:
            found.files[key] = paths[0]
            continue
        for path in paths:
            found.problems[path] = (
                f"{' and '.join(map(str, paths))} would both be the list {key!r}. Rename one of them or move it away."
            )
    return found


def find_list_files(*folders: Path) -> dict[str, Path]:
    """List name → file, sorted by name, without files that have a problem."""
    return look_for_lists(*folders).files


def named_list_files(list_name: str, *folders: Path) -> list[Path]:
    """The files that would be the list ``list_name``; there should be one."""
    return [
        path
        for folder in folders
        for path in _entries(folder)
        if ending_of(path.name) is not None
        and list_key(path.name) == list_name
        and (path.is_file() or parquet_parts(path))
    ]


def format_of(path: Path) -> str:
    """csv, xlsx or parquet."""
    ending = (ending_of(path.name) or ENDINGS[1]).split(".")[1]
    return "csv" if ending == "tsv" else ending


def parquet_parts(path: Path) -> list[Path]:
    """The file itself, or the parts in a folder at any depth, in order. Names with leading ``_`` or ``.`` are none."""
    if not path.is_dir():
        return [path]
    parts = (part for part in path.rglob("*") if part.is_file() and part.suffix.lower() == ".parquet")
    return sorted(part for part in parts if not any(name[0] in "_." for name in part.relative_to(path).parts))


def _entries(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise ListError(f"The folder {folder} cannot be read ({error.strerror}). Check its permissions.") from error
    return (path for path in paths if not path.name.startswith((".", "~$")))


def fingerprint(path: Path) -> str:
    """SHA-256 and size of the content, as ``<hex>-<bytes>``. Two are equal exactly if the file is unchanged."""
    try:
        if path.is_dir():
            parts = [f"{part.relative_to(path)} {fingerprint(part)}" for part in parquet_parts(path)]
            return f"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()}-{len(parts)}"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return f"{digest.hexdigest()}-{file.tell()}"
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> ListError:
    if isinstance(error, FileNotFoundError):
        return ListError(f"The list file {path} is gone. Put it back, or leave its list out of the run.")
    return ListError(f"The list file {path} cannot be read ({error.strerror}). Check its permissions.")
