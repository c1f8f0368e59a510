"""The jobs for schedules and backfills."""

from __future__ import annotations

from typing import Any

import dagster as dg

REFRESH_ANSWERS = "refresh_answers"


def company_jobs() -> list[Any]:
    """``refresh_answers``: every company question, by list."""
    return [
        dg.define_asset_job(
            REFRESH_ANSWERS,
            selection=dg.AssetSelection.groups("answers"),
            description=(
                "Asks every company question about the domains of the selected lists, buying only what is due. "
                'The tag saber/force_refresh: "true" buys every pair anew.'
            ),
        )
    ]
