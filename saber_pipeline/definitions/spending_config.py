"""Launchpad options that all runs with purchases share."""

import dagster as dg
from pydantic import Field


class SpendingConfig(dg.Config):
    """The limits of a run, in credits and in time."""

    max_credits: int | None = Field(
        default=None,
        ge=0,
        description=(
            "Stop before spending anything if the run would cost more credits than this. If it is not set, "
            "SABER_MAX_CREDITS_PER_RUN applies. SABER_MONTHLY_CREDITS always applies."
        ),
    )
    max_wait_minutes: float = Field(
        default=120,
        ge=0,
        description=(
            "How long the run waits for its purchases. Saber continues the rest, and the next run collects it without "
            "paying again."
        ),
    )
