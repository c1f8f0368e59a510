"""What runs that buy have in common in the launchpad."""

import dagster as dg
from pydantic import Field


class SpendingConfig(dg.Config):
    """How far a run may go, in credits and in time."""

    max_credits: int | None = Field(
        default=None,
        ge=0,
        description=(
            "Stop before spending anything if the run would cost more credits than this. Without it "
            "SABER_MAX_CREDITS_PER_RUN counts; SABER_MONTHLY_CREDITS always does."
        ),
    )
    max_wait_minutes: float = Field(
        default=120,
        ge=0,
        description=(
            "How long the run follows what it bought. What is unfinished then goes on at Saber, and the next run "
            "collects it without paying again."
        ),
    )
