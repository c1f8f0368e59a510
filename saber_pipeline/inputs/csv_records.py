"""Records of a CSV file in whatever encoding and dialect it was exported.

The file is read as a stream. A quote that is opened and never closed would swallow every row behind
it; its line is then read without quoting instead, so that the rows behind it stay rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, TextIO

from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"  # the unit separator: in a file of one column, a comma belongs to the value
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 50
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
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise ListError(f"{path} is an Excel workbook, whatever its name says. Save it as CSV (UTF-8).")
        if head.startswith(b"PAR1"):
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
    """UTF-8 when the whole file is; cp1252, which is what "Latin-1" means in practice; else Latin-1."""
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


def detect_delimiter(path: Path, encoding: str, is_known_header: Callable[[str], bool]) -> str:
    """The delimiter that gives a known header, else the one that cuts the most records alike."""
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(_SAMPLE_CHARACTERS)
    lines = list(io.StringIO(text, newline=""))
    if len(text) == _SAMPLE_CHARACTERS and len(lines) > 1:
        lines.pop()  # cut off in the middle
    if lines and (declared := declared_delimiter(lines[0])):
        return declared
    best, best_score = NO_DELIMITER, (False, 0.0, 0)
    for delimiter in DELIMITERS:
        records = [record for record in Records(iter(lines), delimiter) if record][:_SAMPLE_RECORDS]
        width = len(records[0]) if records else 0
        alike = sum(len(record) == width for record in records) / max(len(records), 1)
        known = any(is_known_header(cell) for cell in records[0]) if records else False
        score = (known, alike, width)
        if width > 1 and (known or alike > 1 / 2) and score > best_score:
            best, best_score = delimiter, score
    return best


def declared_delimiter(line: str) -> str | None:
    """Excel's first line ``sep=;`` names the delimiter."""
    line = line.strip().strip('"').lower()
    return line[4] if line.startswith("sep=") and len(line) == len("sep=;") else None


class Records:
    """Iterator over the records of ``lines`` without the blank ones.

    ``line_number`` is that of the last line read. A record of several lines counts as the work of a
    stray quote when it ends with the file inside quotes, grows beyond the csv module's limit, or is
    badly quoted or of another width than the header while its first line alone has that width.
    """

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._again: deque[str] = deque()  # lines to read once more
        self._ready: deque[list[str]] = deque()  # records of a block of lines that needed no care
        self._current: list[str] = []  # lines of the record being read
        self._is_at_end = False
        self._width = 0
        self.line_number = 0
        self._reader = csv.reader(_Source(self._next_line), delimiter=delimiter)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        while True:
            if self._ready:
                return self._ready.popleft()
            if self._width and not self._again and self._read_block():
                continue
            self._current.clear()
            try:
                record = next(self._reader)
            except csv.Error:
                record, is_stray = [], True
            else:
                is_stray = len(self._current) > 1 and self._looks_stray(record)
            if is_stray or (self._is_at_end and "unexpected end" in self._quoting_problem(self._current)):
                record = self._first_line_unquoted()
            if record:
                self._width = self._width or len(record)
                return record

    def _read_block(self) -> bool:
        """Read some lines at once where each is a record by itself; else they are left to be read with care."""
        block: list[str] = []
        try:
            block.extend(itertools.islice(self._lines, _BLOCK_LINES))
            records = list(csv.reader(block, delimiter=self._delimiter))
            # A last line that is badly quoted may go on behind the block.
            is_plain = len(records) == len(block) and not self._quoting_problem(block[-1:])
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
        return line

    def _looks_stray(self, record: list[str]) -> bool:
        is_odd = len(record) != self._width or bool(self._quoting_problem(self._current))
        return is_odd and self._width > 1 and len(self._unquoted(self._current[0])) == self._width

    def _quoting_problem(self, lines: list[str]) -> str:
        """What a strict reader says about the lines of a record; nothing when they are well quoted."""
        try:
            list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            return str(error)
        return ""

    def _first_line_unquoted(self) -> list[str]:
        first, *rest = self._current
        self._again.extendleft(reversed(rest))
        self.line_number -= len(rest)
        self._current.clear()
        return self._unquoted(first)

    def _unquoted(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE))


class _Source:
    """An iterator that may go on after its end: lines are given back when a quote was never closed."""

    def __init__(self, next_line: Callable[[], str]) -> None:
        self._next_line = next_line

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._next_line()


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text with its line ends kept, which is what the csv module wants."""
    return path.open(encoding=encoding, newline="")
