"""A Dagster project that does nothing, in process as ours is: what Dagster's command takes by itself."""

from __future__ import annotations

import dagster as dg


@dg.asset
def nothing() -> None:
    """Nothing."""


defs = dg.Definitions(assets=[nothing], executor=dg.in_process_executor)
