"""Reading landed files back: whole or not at all, and in pieces that fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zstandard

from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landing import LANDED_SUFFIX, LONG_LINE_BYTES, LandedFile

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator
    from pathlib import Path

    import duckdb

    from saber_pipeline.config.secrets import StoreAddress

READ_BYTES = 1 << 16  # compressed; repetitive text grows a thousandfold
BLOCK_BYTES = 1 << 20
PIECE_BYTES = 32_000_000
SMALL_PIECE_BYTES = 20_000_000
"""Planning a piece's statements takes 0.03 to 0.06 s of CPU, however small it is."""

# DuckDB works on 2,048 rows at a time, and each JSON function keeps what it parsed of them: 2,000 answers of
# 100 contacts would take gigabytes at once.
LONG_LINES_BYTES = 2_000_000


@dataclass
class Piece:
    """Whole lines of one or several landed files, to be loaded together: read here, or whole files for DuckDB to read.

    It has ``texts`` or ``files``, not both.
    """

    files: list[LandedFile] = field(default_factory=list)
    texts: dict[str, list[bytes]] = field(default_factory=dict)  # file name -> blocks of whole lines
    lines: dict[str, int] = field(default_factory=dict)  # file name -> number of lines
    size_bytes: int = 0
    long_lines_bytes: int = 0
    longest_line_bytes: int = 0  # at most: blocks are not cut into lines to measure them
    finished: list[str] = field(default_factory=list)  # files whose last line is in this piece

    @property
    def is_full(self) -> bool:
        """Whether it should be loaded before more is read."""
        return self.size_bytes >= PIECE_BYTES or self.long_lines_bytes >= LONG_LINES_BYTES

    def has_room_for(self, file: LandedFile) -> bool:
        """Whether ``file`` may still be read together with what is here."""
        if self.texts or not self.files:
            return not self.texts
        return (
            self.size_bytes + file.size_bytes <= PIECE_BYTES
            and self.long_lines_bytes + file.long_lines_bytes <= LONG_LINES_BYTES
        )

    def add_file(self, file: LandedFile) -> None:
        """Add a whole file as it is on disk."""
        self.files.append(file)
        self.finished.append(file.name)
        self.lines[file.name] = file.lines
        self.size_bytes += file.size_bytes
        self.long_lines_bytes += file.long_lines_bytes
        self.longest_line_bytes = max(self.longest_line_bytes, file.longest_line_bytes)

    def add(self, name: str, block: bytes) -> None:
        """Add whole lines of the file ``name``, at most BLOCK_BYTES of them or a single longer one."""
        self.texts.setdefault(name, []).append(block)
        lines = block.count(b"\n")
        self.lines[name] = self.lines.get(name, 0) + lines
        self.size_bytes += len(block)
        self.longest_line_bytes = max(self.longest_line_bytes, len(block))
        if len(block) > LONG_LINE_BYTES * lines:
            self.long_lines_bytes += len(block)


def list_landed(folder: Path) -> list[Path]:
    """The landed files, in the order they were landed. None while the folder does not exist."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.glob(f"*{LANDED_SUFFIX}") if not path.name.startswith("."))


def list_all_landed(
    folder: Path, store: StoreAddress | None, loaded: Collection[str], *, keeps_loaded: bool = False
) -> list[Path]:
    """Likewise with what other machines landed, where there is a ``store``; see ``bring_landed``."""
    if store is not None:
        from saber_pipeline.warehouse.shared_landing import bring_landed  # noqa: PLC0415 - not without a store

        bring_landed(store, folder, list_landed(folder), loaded, keeps_loaded=keeps_loaded)
    return list_landed(folder)


def check_landed(path: Path) -> None:
    """Read a landed file through. DamagedLandingError when it is cut, altered or no zstd file.

    DuckDB's own reader takes a cut file for a short one.
    """
    for _ in _texts(path):
        pass


def read_pieces(files: Iterable[Path | LandedFile | None]) -> Iterator[Piece]:
    """The lines of some landed files, a piece at a time. At a None among ``files`` a piece may be a small one.

    DuckDB reads a LandedFile itself, and takes a cut file for a short one, so the loader compares the number of lines.
    Of any other file that is not whole nothing is given out: DamagedLandingError comes first.
    """
    piece = Piece()
    for file in files:
        if file is None:
            if piece.size_bytes >= SMALL_PIECE_BYTES:
                yield piece
                piece = Piece()
        elif isinstance(file, LandedFile) and _can_be_read_as_it_is(file):
            if not piece.has_room_for(file):
                yield piece
                piece = Piece()
            piece.add_file(file)
        else:
            piece = yield from _read_here(piece, file.path if isinstance(file, LandedFile) else file)
    if piece.texts or piece.finished:
        yield piece


def _read_here(piece: Piece, path: Path) -> Generator[Piece, None, Piece]:
    """The pieces that the file's lines fill, ``piece`` first; returns what is left."""
    if piece.files:
        yield piece
        piece = Piece()
    for block in _checked_blocks(path):
        piece.add(path.name, block)
        if piece.is_full:
            yield piece
            piece = Piece()
    piece.finished.append(path.name)
    return piece


def _can_be_read_as_it_is(file: LandedFile) -> bool:
    """Whether DuckDB may read the whole file at once: it is as it was written, and not too much for one piece."""
    if file.size_bytes > PIECE_BYTES or file.long_lines_bytes > LONG_LINES_BYTES:
        return False
    try:
        return file.path.stat().st_size == file.compressed_bytes
    except OSError:
        return False


def _checked_blocks(path: Path) -> Iterator[bytes]:
    """The blocks of a file that was found whole. A file too large to be kept until then is read twice."""
    blocks: list[bytes] = []
    size_bytes = 0
    reading = _line_blocks(path)
    for block in reading:
        blocks.append(block)
        size_bytes += len(block)
        if size_bytes > PIECE_BYTES:
            check_landed(path)
            break
    yield from blocks
    yield from reading


def _line_blocks(path: Path) -> Iterator[bytes]:
    rest: list[bytes] = []
    for text in _texts(path):
        start = 0
        while end := text.rfind(b"\n", start, start + BLOCK_BYTES) + 1 or text.find(b"\n", start) + 1:
            yield b"".join((*rest, text[start:end]))
            rest, start = [], end
        rest.append(text[start:])
    if any(rest):
        yield b"".join((*rest, b"\n"))


def _texts(path: Path) -> Iterator[bytes]:
    """What a landed file holds, as it comes. Raises DamagedLandingError, at its end at the latest."""
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    try:
        with path.open("rb") as source:
            while chunk := source.read(READ_BYTES):
                yield decompressor.decompress(chunk)
    except (OSError, zstandard.ZstdError) as error:
        raise damaged_landing(path, str(error)) from error
    if not decompressor.eof:
        raise damaged_landing(path, "it ends too early")
    if decompressor.unused_data:
        raise damaged_landing(path, "something was appended to it")


def damaged_landing(path: Path, reason: str) -> DamagedLandingError:
    """The sentence for a file that cannot be read back."""
    return DamagedLandingError(
        f"The landed file {path} cannot be read back: {reason}. Its answers are not loaded; earlier answers "
        "are untouched, and nothing was spent. Restore the file from a backup, or move it away and run again: "
        "the API still has its signals."
    )


def not_loaded(path: Path, error: duckdb.Error) -> DamagedLandingError:
    """The file is whole, so this is about disk or memory, or a mistake of ours."""
    return DamagedLandingError(
        f"The landed file {path} could not be loaded: {str(error).splitlines()[0]}. It stays in landing and "
        "earlier answers are untouched. Free some disk space or memory and run again; nothing is bought for it."
    )
