"""``exports/manifest.json``: which Parquet files together are the tables of one version of the answers.

Files are never replaced: what changes is this one object, in one step, by the tag that whoever writes it has read.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from saber_pipeline.store.object_store import ObjectStore, Tag

FOLDER = "exports"
MANIFEST = f"{FOLDER}/manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class ExportedFile:
    """A Parquet file. ``day`` is None for a table that is not written by day. ``answers``: the version it was made of.

    ``mark`` is the same for the same rows.
    """

    file: str
    day: str | None
    rows: int
    bytes: int
    answers: int
    mark: str


@dataclass(frozen=True)
class ExportedColumn:
    """A column of a table as answers.duckdb has it; JSON is text in the files."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class ExportedTable:
    """A table: all of its files together have all of its rows. One without rows has one file without rows."""

    columns: tuple[ExportedColumn, ...]
    files: tuple[ExportedFile, ...]


@dataclass(frozen=True)
class Manifest:
    """What readers begin with. ``number`` rises with each; ``answers`` is the version that all files are of.

    ``marks`` are what the next writer finds changes by. ``replaced`` says since when a file is in no manifest, and
    ``listed_at`` when somebody looked for files that never were in one; times are ISO, UTC.
    """

    number: int = 0
    answers: int = 0
    tables: Mapping[str, ExportedTable] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Any] = field(default_factory=dict)
    listed_at: str = ""
    tag: Tag | None = None

    def files(self) -> Iterator[ExportedFile]:
        """Those of all tables."""
        for table in self.tables.values():
            yield from table.files


def read_manifest(store: ObjectStore) -> Manifest:
    """The manifest as it is now; one with the number 0 where there is none.

    Raises:
        ObjectStoreError: the store does not respond as it should.
    """
    found = store.read(MANIFEST)
    if found is None:
        return Manifest()
    try:
        return _manifest(json.loads(found[0]), found[1])
    except (ValueError, KeyError, TypeError):
        raise store.failure(reason=f"{MANIFEST} has an unexpected format") from None


def write_manifest(store: ObjectStore, manifest: Manifest, *, now: datetime) -> bool:
    """Put it in place of the one that has its ``tag``; False where another one is there by now.

    Raises:
        ObjectStoreError: the store does not respond as it should.
    """
    told = {
        "format": FORMAT,
        "number": manifest.number,
        "written_at": now.isoformat(),
        "answers": {"number": manifest.answers, "file": f"answers/{manifest.answers}.duckdb"},
        "tables": {
            name: {
                "rows": sum(each.rows for each in table.files),
                "bytes": sum(each.bytes for each in table.files),
                "columns": [asdict(each) for each in table.columns],
                "files": [asdict(each) for each in table.files],
            }
            for name, table in manifest.tables.items()
        },
        "replaced": [{"file": name, "since": since} for name, since in manifest.replaced.items()],
        "marks": dict(manifest.marks),
        "listed_at": manifest.listed_at,
        "move": uuid.uuid4().hex,  # no two contents are the same
    }
    return store.replace(MANIFEST, json.dumps(told, indent=1).encode(), manifest.tag) is not None


def _manifest(told: Mapping[str, Any], tag: Tag) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError
    return Manifest(
        told["number"],
        told["answers"]["number"],
        {name: _table(table) for name, table in told["tables"].items()},
        {each["file"]: each["since"] for each in told["replaced"]},
        told["marks"],
        told["listed_at"],
        tag,
    )


def _table(told: Mapping[str, Any]) -> ExportedTable:
    return ExportedTable(
        tuple(ExportedColumn(**each) for each in told["columns"]),
        tuple(ExportedFile(**each) for each in told["files"]),
    )
