"""The parts of the warehouse's file that were written since each version was published, from DuckDB's log.

DuckDB logs each write to a file with its place and length, if logging is on before it opens the file. A version's file
can differ from the warehouse only where sessions have written since that version was published. The journal is noted
at the end of a session, with what identifies the file then. If a session ends otherwise, or another program writes, the
file does not fit the journal, and nothing is known.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from saber_pipeline.config.private_files import replace_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Ranges: TypeAlias = list[tuple[int, int]]
"""Parts of a file, the first byte of each and the one after its last, in order and apart."""
FileState: TypeAlias = list[int]

FORMAT = 1
START_BYTES = 3 * 4096  # the headers, of which one is written whenever anything is


class WriteJournal:
    """What was written since the versions that are kept. Use it under the warehouse's lock.

    ``file`` is where it is noted, beside the file that it is about.
    """

    def __init__(self, file: Path, about: Path) -> None:
        self._file = file
        self._about = about
        self._since: dict[str, tuple[FileState, Ranges]] = {}  # by version: its file's state, and what was written

    @classmethod
    def of(cls, about: Path) -> WriteJournal:
        """The journal about ``about``, which is empty unless that file is as it was when it was noted."""
        journal = cls(about.with_name(f"{about.stem}.written.json"), about)
        try:
            noted = json.loads(journal._file.read_text("utf-8"))
            if noted["format"] == FORMAT and noted["about"] == file_state(about):
                journal._since = {
                    version: (state, [(start, end) for start, end in ranges])
                    for version, (state, ranges) in noted["since"].items()
                }
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return journal

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known about any version."""
        return not self._since

    def forget(self) -> None:
        """The file is another one now, or was written in a way that nobody noted."""
        self._since.clear()

    def add(self, con: duckdb.DuckDBPyConnection) -> None:
        """Add what DuckDB has written in this session, after its last checkpoint, before the connection is closed."""
        if self.is_empty:
            return
        written = _written(con, self._about)
        if written is None:
            self.forget()
        else:
            self._since = {
                version: (state, merged([*ranges, *written])) for version, (state, ranges) in self._since.items()
            }

    def written_since(self, version: Path) -> Ranges | None:
        """In what the warehouse may differ from the file of a version; None where that is not known."""
        state, ranges = self._since.get(version.name, ([], []))
        return merged([(0, START_BYTES), *ranges]) if state and state == file_state(version) else None

    def note(self, *, published: Path | None = None, kept: Iterable[Path] | None = None) -> None:
        """Write it down once the file is closed; a version that was ``published`` equals it now.

        ``kept``: the other versions that stay. A journal that cannot be written is one that does not fit.
        """
        if kept is not None:
            names = {version.name for version in kept}
            self._since = {name: since for name, since in self._since.items() if name in names}
        if published is not None:
            self._since[published.name] = (file_state(published), [])
        with suppress(OSError):
            if self.is_empty:
                self._file.unlink(missing_ok=True)
                return
            noted = {"format": FORMAT, "about": file_state(self._about), "since": self._since}
            replace_private(self._file, json.dumps(noted).encode())


def log_writes(con: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB log its writes to the files that are attached after this."""
    with suppress(duckdb.Error):  # then it tells nothing, and everything is compared
        con.execute("CALL enable_logging('FileSystem', level = 'trace')")


def file_state(file: Path) -> FileState:
    """What changes whenever somebody writes to the file or puts another one in its place."""
    status = file.stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same bytes in ranges that are in order and apart."""
    found: Ranges = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _written(con: duckdb.DuckDBPyConnection, file: Path) -> Ranges | None:
    """What the log says of ``file``; None where it does not even say that it was opened."""
    query = """
        SELECT op, pos::BIGINT, bytes::BIGINT FROM duckdb_logs_parsed('FileSystem')
        WHERE op IN ('OPEN', 'WRITE') AND parse_filename(path) = ?
    """
    try:
        rows = con.execute(query, [file.name]).fetchall()
    except duckdb.Error:
        return None
    if not any(op == "OPEN" for op, _, _ in rows):
        return None
    return merged((pos, pos + length) for op, pos, length in rows if op == "WRITE")
