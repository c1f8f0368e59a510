"""The Dagster project: thin assets over ``saber_pipeline.buying``. Nothing else here imports dagster."""

from __future__ import annotations

from saber_pipeline.definitions.project import build

defs = build()
