"""Everything Dagster sees, put together from the settings, questions.yaml and sources.yaml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import click
import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.project import configured_questions
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, KINDS
from saber_pipeline.config.settings import Settings, load_settings
from saber_pipeline.definitions.answers import answer_key, answers_asset
from saber_pipeline.definitions.compute_log_helpers import keep_helpers_from_ctrl_c
from saber_pipeline.definitions.contact_research import contact_research
from saber_pipeline.definitions.contact_searches import contact_searches_asset, feeding_searches
from saber_pipeline.definitions.credit_sensor import credit_sensor
from saber_pipeline.definitions.exports import exports_asset
from saber_pipeline.definitions.in_flight_sensor import in_flight_sensor
from saber_pipeline.definitions.jobs import refresh_job, research_job
from saber_pipeline.definitions.list_sensor import list_sensor
from saber_pipeline.definitions.lists import lists_asset, rejected_inputs_check
from saber_pipeline.definitions.report import report_asset
from saber_pipeline.definitions.saber import Saber
from saber_pipeline.definitions.schedules import refresh_schedule
from saber_pipeline.definitions.subscriptions import subscriptions_asset
from saber_pipeline.definitions.summaries import summaries
from saber_pipeline.definitions.templates import templates
from saber_pipeline.errors import InputError
from saber_pipeline.ingest.sources_yaml import configured_sources


class UnusableProjectError(click.ClickException):
    """A mistake found while the definitions load. As click's own it ends a command without a traceback."""


def build() -> dg.Definitions:
    """The definitions for the settings and questions as they are now.

    Raises:
        UnusableProjectError: a setting, questions.yaml or sources.yaml has mistakes; all of them are in the text.
    """
    keep_helpers_from_ctrl_c()
    try:
        settings = load_settings()
        paths = DataPaths(settings.data_dir)
        files = (paths.questions_file, paths.known_templates_file, paths.sources_file)
        return _build(settings, Path.cwd(), tuple(_content(file) for file in files))
    except InputError as error:
        raise UnusableProjectError(str(error)) from None


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:  # whoever reads it in earnest says so
        return None


@lru_cache(maxsize=1)  # Dagster asks six times for one run, and each time takes 40 ms
def _build(settings: Settings, _folder: Path, _files: tuple[bytes | None, ...]) -> dg.Definitions:
    paths = DataPaths(settings.data_dir)
    catalog, sources = configured_questions(paths), configured_sources(paths)
    by_kind = {kind: catalog.about(kind.about) for kind in KINDS}
    asked = {kind: questions for kind, questions in by_kind.items() if questions}
    schedules = [refresh_schedule(settings, kind) for kind in asked]
    jobs = {kind: refresh_job(kind) for kind in asked}
    report = report_asset([answer_key(question) for question in catalog.questions])
    research = research_job()
    sensors = [list_sensor(jobs), credit_sensor(jobs, research), in_flight_sensor(jobs, research)]
    return dg.Definitions(
        assets=[
            lists_asset(COMPANIES),
            lists_asset(CONTACTS, feeding_searches(sources.contact_searches)),
            *(answers_asset(*each) for each in asked.items()),
            *([contact_searches_asset(sources.contact_searches)] if sources.contact_searches else []),
            *([subscriptions_asset(sources.subscriptions)] if sources.subscriptions else []),
            contact_research,
            summaries,
            templates,
            report,
            exports_asset([answer_key(question) for question in by_kind[COMPANIES]]),
        ],
        asset_checks=[rejected_inputs_check(kind) for kind in KINDS],
        jobs=[*jobs.values(), research],
        sensors=sensors,
        schedules=schedules,
        resources={"saber": Saber()},
        # A run is one step, seldom two. Dagster's own choice starts a process for each of them, which imports
        # everything again: 2 s and 150 MB more, and a step that lives on when its run is killed.
        executor=dg.in_process_executor,
    )
