"""Records of a CSV file in whatever encoding and dialect it was exported.

The file is read as a stream. A quote that is never closed would swallow all following rows. The line with such a quote
is read without quoting instead, so that the following rows stay rows.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import itertools
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_STAND_IN = "\ufdd0"  # a noncharacter, for separators of more than one character
_LIMIT = 256 * 1024 * 1024  # characters of a cell; the csv module's own is 131,072
_MOST_LINES, _MOST_CHARACTERS = 5_000, 131_072  # of one record: beyond both, a quote was never closed
csv.field_size_limit(_LIMIT)
_SAMPLE_BYTES = 64 * 1024
_OF_BOOKS = (b"[Content_Types].xml", b"xl/", b"docProps/", b"_rels/")  # files within workbooks
_PACKED = (b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!\x1a", b"\x04\x22\x4d\x18")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BLOCK_BYTES = 1024 * 1024
_BLOCK_LINES = 1_000
_UTF16_ZERO_SHARE = 0.3  # of the high bytes: ASCII headers, delimiters and domains have zero there


def detect_encoding(path: Path) -> str:
    """The file's encoding: by its byte order mark, as UTF-16 by its zero bytes, else UTF-8 or cp1252."""
    with open_bytes(path) as file:
        head = file.read(_SAMPLE_BYTES)
        if head.startswith(_PACKED) or (head.startswith(b"PK\x03\x04") and not any(name in head for name in _OF_BOOKS)):
            raise ListError(f"{path} is a compressed file, despite its name. Uncompress it, or compress it as .csv.gz.")
        if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise ListError(f"{path} is an Excel workbook, despite its name. Save it as CSV (UTF-8).")
        if head.startswith(b"\x1f\x8b"):
            raise ListError(f"{path} is compressed with gzip. Give it the ending .csv.gz.")
        if head.startswith((b"PAR1", b"PARE")):
            raise ListError(f"{path} is a Parquet file. Give it the suffix .parquet.")
        for mark, encoding in _BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return encoding
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > _UTF16_ZERO_SHARE * len(head) / 2 and min(even, odd) < max(even, odd) / 4:
            return "utf-16-le" if odd > even else "utf-16-be"
        file.seek(0)
        return _eight_bit_encoding(file)


def _eight_bit_encoding(file: BinaryIO) -> str:
    """UTF-8 if the whole file is UTF-8; otherwise cp1252, which "Latin-1" means in practice; otherwise Latin-1."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    encodings = {"utf-8": utf8, "cp1252": codecs.getincrementaldecoder("cp1252")()}
    while block := file.read(_BLOCK_BYTES):
        for name, decoder in list(encodings.items()):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                del encodings[name]
    if utf8.getstate()[0]:  # ends inside a character
        encodings.pop("utf-8", None)
    return next(iter(encodings), "latin-1")


@dataclass(frozen=True)
class Dialect:
    """How lines are cut. ``delimiter`` may have several characters."""

    delimiter: str
    skip_blanks: bool = False
    escape: str | None = None

    @property
    def character(self) -> str:
        """The separator in the lines that ``single`` gives."""
        return self.delimiter if len(self.delimiter) == 1 else _STAND_IN

    def single(self, line: str) -> str:
        """The line with a separator of one character."""
        return line if len(self.delimiter) == 1 else line.replace(self.delimiter, _STAND_IN)

    @property
    def options(self) -> dict[str, Any]:
        """For the csv module."""
        return {"delimiter": self.character, "skipinitialspace": self.skip_blanks, "escapechar": self.escape}


class Records:
    """Iterator over the records of ``lines`` without the blank ones.

    ``line_number`` is the number of the last line read. A record of several lines counts as an effect of a stray quote
    if the file ends inside its quotes, if it exceeds the csv module's limit, or if its first line alone has the
    header's width while the record is badly quoted or has another width.
    """

    def __init__(self, lines: Iterator[str], dialect: Dialect) -> None:
        self._lines = lines if len(dialect.delimiter) == 1 else map(dialect.single, lines)
        self._dialect = dialect
        self._options = dialect.options
        self._again: deque[str] = deque()  # lines to read once more
        self._ready: deque[list[str]] = deque()  # records of a block of lines that needed no care
        self._current: list[str] = []  # lines of the record being read
        self._is_at_end = False
        self._width = 0
        self.line_number = 0
        self.one_by_one = False  # while it is set, line_number is that of the record just given
        self._reader = csv.reader(_Source(self._next_line), **self._options)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        while True:
            if self._ready:
                return self._ready.popleft()
            if self._width and not self.one_by_one and not self._again and self._read_block():
                continue
            self._current.clear()
            try:
                record = next(self._reader)
            except csv.Error:
                record, is_stray = [], True
            else:
                is_stray = len(self._current) > 1 and self._looks_stray(record)
            if is_stray or (self._is_at_end and "unexpected end" in quoting_problem(self._current, self._dialect)):
                record = self._first_line_unquoted()
            if record:
                self._width = self._width or len(record)
                return record

    def _read_block(self) -> bool:
        """Read some lines at once if each is a record by itself. Otherwise the lines are left to be read one by one."""
        block: list[str] = []
        try:
            block.extend(itertools.islice(self._lines, _BLOCK_LINES))
            records = list(csv.reader(block, **self._options))
            # A last line that is badly quoted may go on behind the block.
            is_plain = len(records) == len(block) and not quoting_problem(block[-1:], self._dialect)
        except csv.Error:
            is_plain = False
        except UnicodeError:
            self.line_number += len(block)
            raise
        if not is_plain:
            self._again.extend(block)
            return False
        self.line_number += len(block)
        self._ready.extend(record for record in records if record)
        return bool(block)

    def _next_line(self) -> str:
        if self._again:
            line = self._again.popleft()
        else:
            try:
                line = next(self._lines)
            except StopIteration:
                self._is_at_end = True
                raise
        self.line_number += 1
        self._current.append(line)
        lines = len(self._current)
        if lines >= _MOST_LINES and not lines % _MOST_LINES and sum(map(len, self._current)) > _MOST_CHARACTERS:
            raise csv.Error("a quote was never closed")
        return line

    def _looks_stray(self, record: list[str]) -> bool:
        is_odd = len(record) != self._width or bool(quoting_problem(self._current, self._dialect))
        return is_odd and self._width > 1 and len(self._unquoted(self._current[0])) == self._width

    def _first_line_unquoted(self) -> list[str]:
        first, *rest = self._current
        self._again.extendleft(reversed(rest))
        self.line_number -= len(rest)
        self._current.clear()
        return self._unquoted(first)

    def _unquoted(self, line: str) -> list[str]:
        return next(csv.reader([line], **{**self._options, "escapechar": None}, quoting=csv.QUOTE_NONE))


def quoting_problem(lines: Iterable[str], dialect: Dialect) -> str:
    """A strict reader's complaint about lines with a separator of one character; empty if they are well quoted."""
    try:
        list(csv.reader(lines, **dialect.options, strict=True))
    except csv.Error as error:
        return str(error)
    return ""


class _Source:
    """An iterator that can continue after its end, because lines are given back if a quote was never closed."""

    def __init__(self, next_line: Callable[[], str]) -> None:
        self._next_line = next_line

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._next_line()


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text with its line ends kept, which is what the csv module wants; ``.gz`` is unpacked."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes; ``.gz`` is unpacked."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]
