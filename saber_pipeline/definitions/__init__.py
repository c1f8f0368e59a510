"""The Dagster project: thin assets over ``saber_pipeline.runs``. Nothing else here imports dagster."""

from __future__ import annotations

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Everything Dagster sees. Built when Dagster loads it, so that modules here can be used in any folder."""
    from saber_pipeline.definitions.project import build

    return build()
