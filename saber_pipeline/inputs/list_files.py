"""Which list files there are, and whether one has changed."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from pathlib import Path

LIST_SUFFIXES = (".csv", ".parquet")
LIST_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


def find_list_files(*folders: Path) -> dict[str, Path]:
    """List name (the file's stem) to file, sorted by name. A missing folder holds no lists.

    Hidden files, folders and files with other suffixes are ignored. Raises ListError, with every
    problem in one text, for a name that cannot be a partition and for two files with one name.
    """
    found: dict[str, Path] = {}
    problems = []
    for path in (path for folder in folders for path in _candidates(folder)):
        if not LIST_NAME.fullmatch(path.stem):
            problems.append(
                f"{path}: a list is named by its file, and {path.stem!r} is not a list name. "
                "Rename the file: 1 to 100 of the characters A-Z, a-z, 0-9, _ and -."
            )
        elif path.stem in found:
            problems.append(
                f"{found[path.stem]} and {path} would both be the list {path.stem!r}. "
                "Rename one of them or move it away."
            )
        else:
            found[path.stem] = path
    if problems:
        raise ListError("\n".join(problems))
    return dict(sorted(found.items()))


def named_list_files(list_name: str, *folders: Path) -> list[Path]:
    """The files that would be the list ``list_name``; there should be one."""
    return [
        path
        for folder in folders
        for path in sorted(folder.glob(f"{list_name}.*"))
        if path.suffix.lower() in LIST_SUFFIXES
    ]


def _candidates(folder: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise ListError(f"The folder {folder} cannot be read ({error.strerror}). Check its permissions.") from error
    return [
        path
        for path in paths
        if not path.name.startswith(".") and path.suffix.lower() in LIST_SUFFIXES and path.is_file()
    ]


def fingerprint(path: Path) -> str:
    """SHA-256 and size of the content, as ``<hex>-<bytes>``: equal exactly when the file is unchanged."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return f"{digest.hexdigest()}-{file.tell()}"
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> ListError:
    """The ListError for a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return ListError(f"The list file {path} is gone. Put it back, or leave its list out of the run.")
    return ListError(f"The list file {path} cannot be read ({error.strerror}). Check its permissions.")
