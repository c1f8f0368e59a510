"""The tables of the newest version as Parquet in the object store: only what has changed since the last manifest.

A file has a unique name and is never replaced. An export that is killed before it replaces the manifest leaves files
that no manifest names. An export that comes second finds another manifest, and continues from that. So readers of a
manifest always see one whole version. A file that the newest manifest no longer names stays for a day, for readers of
the manifest before.
"""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from saber_pipeline.store.export_manifest import (
    FOLDER,
    MANIFEST,
    ExportedFile,
    ExportedTable,
    Manifest,
    read_manifest,
    write_manifest,
)
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.exported_tables import BY_DAY, ExportedVersion, open_exported

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from saber_pipeline.config.secrets import StoreAddress

KEPT = timedelta(days=1)
"""How long a file stays after the manifest stopped naming it."""
TRIES = 10
"""How often another export may come first."""
EMPTY = "0"
_FILE = re.compile(rf"{FOLDER}/\w+/(day=[0-9-]+/)?\d+-[0-9a-f]{{8}}\.parquet")
_UPLOADS = 8


@dataclass(frozen=True)
class ExportSummary:
    """The result of an export. ``answers`` is the manifest's version."""

    answers: int
    written: int = 0
    bytes: int = 0
    kept: int = 0

    def __str__(self) -> str:
        return (
            f"The Parquet tables in the store have version {self.answers}: {self.written:,} files "
            f"({self.bytes / 1_000_000:,.1f} MB) were written, {self.kept:,} are unchanged."
        )


def export_tables(
    address: StoreAddress, version: Path, number: int, *, now: datetime, checks_files: bool = False
) -> ExportSummary:
    """Make the tables in the store those of ``version``, which is the published version ``number``.

    Does nothing where they are of that one or of a newer one. ``checks_files``: see that every file is there, and write
    those that are not.

    Raises:
        StorageError: the store does not respond as it should, or the version cannot be read. Readers see no change.
    """
    store = ObjectStore(address)
    before = read_manifest(store)
    if before.answers > number or (before.answers == number and not checks_files):
        return ExportSummary(before.answers, kept=sum(1 for _ in before.files()))
    with open_exported(version) as source, TemporaryDirectory(prefix="saber-export-") as folder:
        export = _Export(store, source, number, Path(folder), now)
        for _ in range(TRIES):
            if before.answers > number:
                break
            if export.move_on(before, checks_files=checks_files):
                return export.summary
            before = read_manifest(store)
        else:
            raise store.failure(reason=f"{MANIFEST} keeps changing")
        export.discard(kept=set())
        return ExportSummary(before.answers, kept=sum(1 for _ in before.files()))


class _Export:
    """The export of one version. If another manifest comes first, files that were written already are used again."""

    def __init__(self, store: ObjectStore, source: ExportedVersion, number: int, folder: Path, now: datetime) -> None:
        self._store = store
        self._source = source
        self._number = number
        self._folder = folder
        self._now = now
        self._days = source.days()
        self._written: dict[tuple[str, str | None, str], ExportedFile] = {}
        self.summary = ExportSummary(number)

    def move_on(self, before: Manifest, *, checks_files: bool) -> bool:
        """Write what ``before`` lacks, and a manifest in its place; False if another one has come first."""
        is_listing = checks_files or self._is_old(before.listed_at)
        there = {each.name: each.modified for each in self._store.list(FOLDER)} if is_listing else None
        tables = self._tables(before, there.keys() if there is not None else None)
        replaced = self._replaced(before, tables)
        gone = {name for name, since in replaced.items() if self._is_old(since)}
        marks = {"lineage": self._source.lineage, "days": self._days}
        after = Manifest(
            before.number + 1,
            self._number,
            tables,
            {name: since for name, since in replaced.items() if name not in gone},
            marks,
            self._now.isoformat() if is_listing else before.listed_at,
            before.tag,
        )
        if not write_manifest(self._store, after, now=self._now):
            return False
        named = {each.file for each in after.files()} | after.replaced.keys()
        if there is not None:  # files that a killed export left
            gone |= {n for n, at in there.items() if _FILE.fullmatch(n) and n not in named and self._now - at > KEPT}
        self._store.delete(sorted(gone))
        self.discard(kept=named)
        ours = [each for each in self._written.values() if each.file in named]
        files = sum(1 for _ in after.files())
        self.summary = replace(
            self.summary, written=len(ours), bytes=sum(each.bytes for each in ours), kept=files - len(ours)
        )
        return True

    def discard(self, *, kept: set[str]) -> None:
        """Remove what was written and is in no manifest."""
        self._store.delete(each.file for each in self._written.values() if each.file not in kept)

    def _tables(self, before: Manifest, there: Collection[str] | None) -> dict[str, ExportedTable]:
        known = before.marks.get("days", {}) if before.marks.get("lineage") == self._source.lineage else {}
        old: dict[str, dict[str | None, ExportedFile]] = {}
        for name in self._source.tables:
            table = before.tables.get(name)
            files = table.files if table is not None and table.columns == self._source.columns(name) else ()
            old[name] = {each.day: each for each in files if there is None or each.file in there}
            if name in BY_DAY and (table is None or len(old[name]) < len(table.files)):
                known = {}  # some files cannot be kept: look at all days
        changed = [day for day, mark in self._days.items() if known.get(day) != mark]
        self._source.choose(changed)
        return {
            name: ExportedTable(self._source.columns(name), self._files(name, old[name], set(changed)))
            for name in self._source.tables
        }

    def _files(self, table: str, old: Mapping[str | None, ExportedFile], changed: set[str]) -> tuple[ExportedFile, ...]:
        """The files of unchanged days, and for the other days files that exist already or are written now."""
        files: dict[str | None, ExportedFile] = {
            day: each for day, each in old.items() if day is not None and day in self._days and day not in changed
        }
        marks = self._source.marks(table)
        if not files and not marks:
            marks = {None: EMPTY}
        wanted: dict[tuple[str, str | None, str], ExportedFile | None] = {}
        for day, mark in marks.items():
            earlier = old.get(day)
            key = (table, day, mark)
            wanted[key] = earlier if earlier is not None and earlier.mark == mark else self._written.get(key)
        missing = [key for key, file in wanted.items() if file is None]
        with ThreadPoolExecutor(_UPLOADS, thread_name_prefix="saber-exporting") as uploads:
            for key, file in zip(missing, list(uploads.map(self._put, map(self._write, missing))), strict=True):
                wanted[key] = self._written[key] = file
        files |= {key[1]: file for key, file in wanted.items() if file is not None}
        return tuple(files[day] for day in sorted(files, key=lambda day: day or ""))

    def _write(self, key: tuple[str, str | None, str]) -> tuple[ExportedFile, Path]:
        table, day, mark = key
        name = f"{self._number}-{uuid.uuid4().hex[:8]}.parquet"
        path = self._folder / name
        rows = self._source.write(table, day, path)
        below = f"{FOLDER}/{table}" if day is None else f"{FOLDER}/{table}/day={day}"
        return ExportedFile(f"{below}/{name}", day, rows, path.stat().st_size, self._number, mark), path

    def _put(self, written: tuple[ExportedFile, Path]) -> ExportedFile:
        file, path = written
        if not self._store.put_new(file.file, path):
            raise self._store.failure(reason=f"it has another {file.file}")
        path.unlink()
        return file

    def _replaced(self, before: Manifest, tables: Mapping[str, ExportedTable]) -> dict[str, str]:
        named = {each.file for table in tables.values() for each in table.files}
        now = {each.file: self._now.isoformat() for each in before.files()}
        return {name: since for name, since in (now | dict(before.replaced)).items() if name not in named}

    def _is_old(self, moment: str) -> bool:
        return not moment or self._now - datetime.fromisoformat(moment) > KEPT
