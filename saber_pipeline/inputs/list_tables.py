"""The two Parquet files of a list, written chunk by chunk and put in place together."""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from saber_pipeline.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


@dataclass
class AcceptedRows:
    """Columns of accepted rows, growing."""

    subjects: list[str] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    raw_values: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)

    def add(self, subject: str, row_number: int, raw_value: str, attributes: str) -> None:
        """One more row."""
        self.subjects.append(subject)
        self.row_numbers.append(row_number)
        self.raw_values.append(raw_value)
        self.attributes.append(attributes)


@dataclass
class RejectedRows:
    """Columns of rejected rows, growing."""

    row_numbers: list[int] = field(default_factory=list)
    raw_values: list[str | None] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, row_number: int, raw_value: str | None, reason: str) -> None:
        """One more row."""
        self.row_numbers.append(row_number)
        self.raw_values.append(raw_value)
        self.reasons.append(reason)


class ListTables:
    """Context manager: ``write`` chunks, then ``publish``; leaving without it removes what was written.

    ``column`` names the subjects in the accepted file.
    """

    def __init__(self, list_name: str, column: str, accepted_path: Path, rejected_path: Path) -> None:
        self._list_name = list_name
        self._column = column
        self._paths = (accepted_path, rejected_path)
        unique = uuid.uuid4().hex
        self._temporary = tuple(path.with_name(f".{path.name}.{unique}.tmp") for path in self._paths)
        self._writers: list[Any] = []

    def __enter__(self) -> Self:
        import pyarrow as pa  # noqa: PLC0415  pyarrow costs 0.1 s, which a run that reads no list saves
        import pyarrow.parquet as pq  # noqa: PLC0415  as above

        text, number = pa.string(), pa.int64()
        accepted = pa.schema(
            [
                ("list", text),
                (self._column, text),
                ("row_number", number),
                ("raw_value", text),
                ("attributes", text),
            ]
        )
        rejected = pa.schema([("list", text), ("row_number", number), ("raw_value", text), ("reason", text)])
        try:
            for path, schema in zip(self._temporary, (accepted, rejected), strict=True):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._writers.append(pq.ParquetWriter(path, schema, compression="zstd"))
        except OSError as error:
            self._discard()
            raise self._unwritable(error) from error
        return self

    def write(self, accepted: AcceptedRows, rejected: RejectedRows) -> None:
        """Append one chunk to both files."""
        columns: tuple[list[list[Any]], list[list[Any]]] = (
            [accepted.subjects, accepted.row_numbers, accepted.raw_values, accepted.attributes],
            [rejected.row_numbers, rejected.raw_values, rejected.reasons],
        )
        try:
            for writer, (first, *rest) in zip(self._writers, columns, strict=True):
                if first:
                    _append(writer, [[self._list_name] * len(first), first, *rest])
        except OSError as error:
            raise self._unwritable(error) from error

    def publish(self) -> None:
        """Make both files durable, then put them in place of their forerunners."""
        try:
            self._close()
            for path in self._temporary:
                _sync(path)
            for temporary, path in zip(self._temporary, self._paths, strict=True):
                temporary.replace(path)
            for folder in {path.parent for path in self._paths}:
                _sync(folder)
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
        """Leave nothing behind; what cannot be removed must not hide the error that led here."""
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


def _append(writer: Any, columns: list[list[Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415  as above

    arrays = [pa.array(values, type=kind) for values, kind in zip(columns, writer.schema.types, strict=True)]
    writer.write_table(pa.table(arrays, schema=writer.schema))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
