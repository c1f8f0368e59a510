"""A floor, the fastest load that was found: one scan of the lines, with 1 GB of memory.

Of eight variants at 20,000 signals this took the least CPU: 1.00 s, and ``duckdb_plain`` 1.10. Groups of 122,880 rows
took a quarter more, prose without zstd a tenth more, the newest storage format and 1 GB alone changed nothing.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.ways.duckdb_load import load_lines


def collect(base_url: str, folder: Path) -> None:  # noqa: ARG001 - as every way is called
    """Load ``folder/lines.ndjson`` and write it out."""
    load_lines(folder / "lines.ndjson", folder / "out.duckdb", "duckdb_fastest", memory_limit="1GB")
