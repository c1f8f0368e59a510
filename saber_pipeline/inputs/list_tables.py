"""The Parquet files of a list, written chunk by chunk and put in place together."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any, Self

from saber_pipeline.config.private_files import make_durable, make_private_folder, private_files
from saber_pipeline.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


USED = "used"
DUPLICATE = "duplicate"
REJECTED = "rejected"


class RowOutcomes:
    """The outcomes of rows: one entry for each value of a row, and at least one for each row.

    ``column_used`` is the key of the column that named the subject if the chosen column named nobody. ``chosen_cell``
    then holds the chosen column's own cell.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []

    def used(self, row: Row, subject: str) -> None:
        """The first row of a subject."""
        self.entries.append((*row, subject, USED, None, None))

    def duplicate(self, row: Row, subject: str, first_row: int) -> None:
        """A later mention of it."""
        self.entries.append((*row, subject, DUPLICATE, first_row, None))

    def rejected(self, row: Row, reason: str) -> None:
        """A value that cannot be used."""
        self.entries.append((*row, None, REJECTED, None, reason))


Row = tuple[int, str | None, str, str | None, str | None]
"""row_number, raw_value, attributes, column_used, chosen_cell."""


class ListTables:
    """Context manager: ``write`` chunks, then ``publish``. Without ``publish`` the written files are removed.

    ``column`` is the subjects' column in the files. Without ``rows_path`` the file of all rows is left out.
    """

    def __init__(
        self, list_name: str, column: str, accepted_path: Path, rejected_path: Path, rows_path: Path | None = None
    ) -> None:
        self._list_name = list_name
        self._column = column
        self._paths = tuple(path for path in (accepted_path, rejected_path, rows_path) if path is not None)
        unique = uuid.uuid4().hex
        self._temporary = tuple(path.with_name(f".{path.name}.{unique}.tmp") for path in self._paths)
        self._writers: list[Any] = []

    def __enter__(self) -> Self:
        import pyarrow as pa  # noqa: PLC0415  pyarrow costs 0.1 s, which a run that reads no list saves
        import pyarrow.parquet as pq  # noqa: PLC0415  as above

        text, number = pa.string(), pa.int64()
        row = [("list", text), ("row_number", number), ("raw_value", text)]
        schemas = (
            [("list", text), (self._column, text), *row[1:], ("attributes", text)],
            [*row, ("reason", text)],
            [
                *row,
                ("attributes", text),
                ("column_used", text),
                ("chosen_cell", text),
                (self._column, text),
                ("outcome", text),
                ("duplicate_of", number),
                ("reason", text),
            ],
        )
        self._schema = pa.schema(schemas[-1])
        try:
            for path, schema in zip(self._temporary, schemas, strict=False):  # the last one may be left out
                make_private_folder(path.parent)
                with private_files(path.parent):
                    self._writers.append(pq.ParquetWriter(path, pa.schema(schema), compression="zstd"))
        except OSError as error:
            self._discard()
            raise self._unwritable(error) from error
        return self

    def write(self, rows: RowOutcomes) -> None:
        """Append one chunk to each file."""
        import pyarrow as pa  # noqa: PLC0415  as above
        import pyarrow.compute as pc  # noqa: PLC0415  as above

        if not rows.entries:
            return
        _, *kinds = self._schema.types
        columns = zip(zip(*rows.entries, strict=True), kinds, strict=True)
        arrays = [pa.array(values, type=kind) for values, kind in columns]
        table = pa.table([pa.repeat(self._list_name, len(rows.entries)), *arrays], schema=self._schema)
        used = table.filter(pc.equal(table["outcome"], USED))
        raw_values = used.column_names.index("raw_value")
        used = used.set_column(raw_values, "raw_value", pc.fill_null(used["raw_value"], ""))
        parts = (used, table.filter(pc.equal(table["outcome"], REJECTED)), table)
        try:
            for writer, part in zip(self._writers, parts, strict=False):
                if part.num_rows:
                    writer.write_table(part.select(writer.schema.names))
        except OSError as error:
            raise self._unwritable(error) from error

    def publish(self) -> None:
        """Make the files durable, then let them replace the earlier files."""
        try:
            self._close()
            for path in self._temporary:
                make_durable(path)
            for temporary, path in zip(self._temporary, self._paths, strict=True):
                temporary.replace(path)
            for folder in {path.parent for path in self._paths}:
                make_durable(folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def _close(self) -> None:
        while self._writers:
            self._writers.pop().close()

    def _discard(self) -> None:
        """Remove all temporary files. An error here must not hide the error that led here."""
        with contextlib.suppress(OSError):
            self._close()
        for path in self._temporary:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"The rows of list {self._list_name} cannot be written to {self._paths[0].parent} "
            f"({error.strerror or error}). Check its permissions and free space; nothing was spent."
        )
