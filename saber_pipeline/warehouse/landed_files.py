"""Reading landed files back far enough to know that they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import zstandard

from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landing import LANDED_SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """A landed file whose checksum holds. ``longest_line_bytes`` sizes the JSON reader's buffer."""

    path: Path
    compressed_bytes: int
    lines: int
    longest_line_bytes: int


def list_landed(folder: Path) -> list[Path]:
    """The landed files, in the order they were landed. None while the folder does not exist."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.glob(f"*{LANDED_SUFFIX}") if not path.name.startswith("."))


def inspect_landed(path: Path) -> LandedFile:
    """Decompress ``path`` once. DamagedLandingError when it is cut, altered or no zstd file.

    DuckDB's reader takes a cut file for a short one, so it cannot be asked.
    """
    lines = longest = current = 0
    try:
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        with path.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                text = decompressor.decompress(chunk)
                start = 0
                while (end := text.find(b"\n", start)) >= 0:
                    longest = max(longest, current + end - start)
                    lines, current, start = lines + 1, 0, end + 1
                current += len(text) - start
    except (OSError, zstandard.ZstdError) as error:
        raise damaged_landing(path, str(error)) from error
    if not decompressor.eof or decompressor.unused_data:
        raise damaged_landing(path, "it ends too early" if not decompressor.eof else "it has data after its end")
    if current:
        lines, longest = lines + 1, max(longest, current)
    return LandedFile(path, path.stat().st_size, lines, longest)


def damaged_landing(path: Path, reason: str) -> DamagedLandingError:
    """The sentence for a file that cannot be read back."""
    return DamagedLandingError(
        f"The landed file {path} cannot be read back: {reason}. Its answers are not loaded; earlier answers "
        "are untouched, and nothing was spent. Restore the file from a backup, or move it away and run again: "
        "the API still has its signals."
    )
