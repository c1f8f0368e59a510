"""A floor, plainly written: DuckDB loading the same signals from lines on disk into the same tables, with 200 MB.

No tolerance, no look at what is there already, no ledger, no HTTP. The lines are read twice, once for the signals
and once for what is typed of them. It is no minimum, see ``duckdb_fastest``.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.duckdb_load import load_lines


def collect(base_url: str, folder: Path) -> None:  # noqa: ARG001 - as every contender is called
    """Load ``folder/lines.ndjson`` and write it out."""
    load_lines(folder / "lines.ndjson", folder / "out.duckdb", memory_limit="200MB")
