"""A peer: dlt as it comes, its declarative REST source into DuckDB with all defaults."""

from __future__ import annotations

import os
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.contender import LISTING, PAGE_ROWS


def collect(base_url: str, folder: Path) -> None:
    """What dlt's tutorial does, for one endpoint."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    source = rest_api_source(
        {
            "client": {
                "base_url": base_url,
                "paginator": {"type": "offset", "limit": PAGE_ROWS, "total_path": "total"},
            },
            "resources": [
                {
                    "name": "signals",
                    "endpoint": {
                        "path": LISTING.lstrip("/"),
                        "params": {"status": "completed"},
                        "data_selector": "results",
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "out.duckdb")),
        dataset_name="main",
    )
    pipeline.run(source)
