"""A floor, the fastest load that was found: ``duckdb_plain`` with 1 GB of memory instead of 200 MB.

Of nine variants, by CPU on a busy machine, medians of three. One scan into a temporary table, typed with
``json_transform``: 1.04 s instead of 1.16 at 20,000 signals, but 4.5 instead of 3.9 at 100,000. At 20,000, groups of
122,880 rows and prose without zstd each took a tenth more; the newest storage format made no difference.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.duckdb_load import load_lines


def collect(base_url: str, folder: Path) -> None:  # noqa: ARG001 - as every contender is called
    """Load ``folder/lines.ndjson`` and write it out."""
    load_lines(folder / "lines.ndjson", folder / "out.duckdb", memory_limit="1GB")
