"""Everything Dagster sees, put together from the settings and questions.yaml."""

from __future__ import annotations

import click
import dagster as dg

from saber_pipeline.definitions.answers import answers_asset
from saber_pipeline.definitions.credit_sensor import watch_credits
from saber_pipeline.definitions.domain_lists import domain_lists, rejected_inputs
from saber_pipeline.definitions.in_flight_sensor import collect_in_flight
from saber_pipeline.definitions.jobs import company_jobs
from saber_pipeline.definitions.list_sensor import new_or_changed_lists
from saber_pipeline.definitions.saber import Saber
from saber_pipeline.definitions.schedules import refresh_schedule
from saber_pipeline.errors import InputError
from saber_pipeline.questions.catalog import load_questions
from saber_pipeline.settings import load_settings
from saber_pipeline.warehouse.paths import DataPaths


class UnusableProjectError(click.ClickException):
    """A mistake found while the definitions load. As click's own it ends a command without a traceback."""


def build() -> dg.Definitions:
    """The definitions for the settings and questions as they are now.

    Raises:
        UnusableProjectError: a setting or questions.yaml has mistakes; all of them are in the text.
    """
    try:
        settings = load_settings()
        catalog = load_questions(DataPaths(settings.data_dir).questions_file)
        refresh = refresh_schedule(settings)
    except InputError as error:
        raise UnusableProjectError(str(error)) from None
    return dg.Definitions(
        assets=[domain_lists, answers_asset(catalog.company)] if catalog.company else [domain_lists],
        asset_checks=[rejected_inputs],
        jobs=company_jobs() if catalog.company else [],
        sensors=[new_or_changed_lists, watch_credits, collect_in_flight] if catalog.company else [],
        schedules=[refresh] if catalog.company else [],
        resources={"saber": Saber()},
        # A run is one step, seldom two. Dagster's own choice starts a process for each of them, which imports
        # everything again: 2 s and 150 MB more, and a step that lives on when its run is killed.
        executor=dg.in_process_executor,
    )
