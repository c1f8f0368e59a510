"""``exports/manifest.json``: the Parquet files that together are the tables of one version of the answers.

Files are never replaced. Only this object is, in one step, if it still has the tag that the writer has read.
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
    """A Parquet file. ``day`` is None for a table without daily files. ``answers``: the version it was written from.

    ``mark`` is equal for equal rows.
    """

    file: str
    day: str | None
    rows: int
    bytes: int
    answers: int
    mark: str


@dataclass(frozen=True)
class ExportedColumn:
    """A column as in answers.duckdb. In the files, JSON is text."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class ExportedTable:
    """A table, whose files together have all of its rows. An empty table has one file without rows."""

    columns: tuple[ExportedColumn, ...]
    files: tuple[ExportedFile, ...]


@dataclass(frozen=True)
class Manifest:
    """The object that readers read first. ``number`` rises with each write; ``answers``: the version of all files.

    ``marks``: from these the next writer finds changes. ``replaced``: since when each former file is in no manifest.
    ``listed_at``: the last search for files that were never in a manifest. Times are ISO, UTC.
    """

    number: int = 0
    answers: int = 0
    tables: Mapping[str, ExportedTable] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Any] = field(default_factory=dict)
    listed_at: str = ""
    tag: Tag | None = None

    def files(self) -> Iterator[ExportedFile]:
        """The files of all tables."""
        for table in self.tables.values():
            yield from table.files


def read_manifest(store: ObjectStore) -> Manifest:
    """The current manifest; an empty one with the number 0 if there is none.

    Raises:
        ObjectStoreError: the store does not respond as it should.
    """
    return store.read_as(MANIFEST, _manifest) or Manifest()


def write_manifest(store: ObjectStore, manifest: Manifest, *, now: datetime) -> bool:
    """Replace the manifest that has this one's ``tag``; False if another writer has replaced it meanwhile.

    Raises:
        ObjectStoreError: the store does not respond as it should.
    """
    content = {
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
        "move": uuid.uuid4().hex,  # makes each content unique
    }
    return store.replace(MANIFEST, json.dumps(content, indent=1).encode(), manifest.tag) is not None


def _manifest(text: bytes, tag: Tag) -> Manifest:
    content = json.loads(text)
    if content["format"] != FORMAT:
        raise ValueError
    return Manifest(
        content["number"],
        content["answers"]["number"],
        {name: _table(table) for name, table in content["tables"].items()},
        {each["file"]: each["since"] for each in content["replaced"]},
        content["marks"],
        content["listed_at"],
        tag,
    )


def _table(content: Mapping[str, Any]) -> ExportedTable:
    return ExportedTable(
        tuple(ExportedColumn(**each) for each in content["columns"]),
        tuple(ExportedFile(**each) for each in content["files"]),
    )
