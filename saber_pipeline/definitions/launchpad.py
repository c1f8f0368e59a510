"""The launchpad options that all runs with purchases share, and what it says of each: its default, its current cost.

Dagster shows the texts that the options had when the definitions were loaded, so "now" is that moment.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import dagster as dg
from pydantic import Field, create_model

from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.config.settings import Settings

OWNED_IS_FREE = "Answers that are owned and fresh are not bought again."


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


def priced(function: Callable[..., Any], config: type[SpendingConfig], settings: Settings, price: str) -> None:
    """Let the launchpad of ``function``, whose parameter ``config`` has this class, say ``price`` and the limits.

    To be called before Dagster's decorator reads the function.
    """
    usually = f"{price} {OWNED_IS_FREE}"
    added = {"force_refresh": price, "dry_run": usually, "sample": usually, "max_credits": limits(settings)}
    fields: dict[str, Any] = {}
    for name, field in config.model_fields.items():
        default = "none" if field.default is None else str(field.default).lower()
        described = copy(field)
        described.description = " ".join(
            part for part in (field.description, f"Default: {default}.", added.get(name)) if part
        )
        fields[name] = (field.annotation, described)
    function.__annotations__["config"] = create_model(
        config.__name__, __base__=config, __doc__=f"{config.__doc__} {usually}", **fields
    )


def price_of_pairs(settings: Settings, kind: SubjectKind, questions: int) -> str:
    """The cost of asking, in a sentence."""
    price = settings.credits_per_signal
    every = f", all {questions:,} questions about it {questions * price:,f}" if questions > 1 else ""
    return f"Now one question about one {kind.noun} costs {credits_of(settings)}{every}."


def credits_of(settings: Settings) -> str:
    """The price of one purchase, and where it comes from."""
    price = settings.credits_per_signal
    return f"{price:,f} {'credit' if price == 1 else 'credits'} (SABER_CREDITS_PER_SIGNAL)"


def limits(settings: Settings) -> str:
    """The limits in force, in a sentence."""
    run, month = settings.max_credits_per_run, settings.monthly_credits
    return (
        f"Now SABER_MAX_CREDITS_PER_RUN is {'not set' if run is None else f'{run:,}'} and SABER_MONTHLY_CREDITS is "
        f"{'not set' if month is None else f'{month:,}'}."
    )
