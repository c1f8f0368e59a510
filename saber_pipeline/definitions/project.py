"""The Dagster definitions, built from the settings, questions.yaml and sources.yaml."""

from __future__ import annotations

import subprocess
import types
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import click
import dagster as dg
from dagster._core.execution import compute_logs  # no public name

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, KINDS, SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.definitions.alert_sensor import alert_sensor
from saber_pipeline.definitions.answer_assets import answers_asset
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.contact_research_asset import contact_research_asset
from saber_pipeline.definitions.contact_search_assets import contact_searches_asset, feeding_searches
from saber_pipeline.definitions.credit_sensor import credit_sensor
from saber_pipeline.definitions.file_assets import exports_asset, report_asset
from saber_pipeline.definitions.in_flight_sensor import in_flight_sensor
from saber_pipeline.definitions.list_assets import first_steps, has_lists, lists_asset, rejected_inputs_check
from saber_pipeline.definitions.list_sensor import list_sensor
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.definitions.schedules import refresh_job, refresh_schedule, research_job
from saber_pipeline.definitions.subscription_assets import subscriptions_asset
from saber_pipeline.definitions.summary_asset import summaries_asset
from saber_pipeline.definitions.template_asset import templates_asset
from saber_pipeline.definitions.translator import SaberTranslator
from saber_pipeline.errors import InputError
from saber_pipeline.ingest.sources_yaml import load_sources
from saber_pipeline.runs.configuration import bring_inputs, configured_questions


class UnusableProjectError(click.ClickException):
    """A mistake found while the definitions load. As click's own it ends a command without a traceback."""


def build_project_definitions(
    data_dir: Path | None = None,
    key_prefix: str | Sequence[str] | None = None,
    group_prefix: str | None = None,
    translator: SaberTranslator | None = None,
) -> dg.Definitions:
    """The definitions for the settings and questions as they are now; the arguments are those of ``build_definitions``.

    Raises:
        UnusableProjectError: a setting, questions.yaml, sources.yaml, a prefix or the translator has mistakes; the
            text has all of them.
    """
    _keep_helpers_from_ctrl_c()
    try:
        saber = SaberResource(data_dir, Names.prefixed(key_prefix, group_prefix, translator))
        settings = saber.settings()
        paths = DataPaths.of(settings)
        bring_inputs(paths)
        files = (paths.questions_file, paths.known_templates_file, paths.sources_file)
        with_lists = tuple(kind for kind in KINDS if has_lists(paths, kind))
        return _build(saber, settings, Path.cwd(), tuple(_content(file) for file in files), with_lists)
    except InputError as error:
        raise UnusableProjectError(str(error)) from None


class _Detached(subprocess.Popen[bytes]):
    """A process outside the terminal's process group."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"start_new_session": True})


def _keep_helpers_from_ctrl_c() -> None:
    """Let Dagster start ``tail`` and ``watch_orphans``, which copy what a step prints, in sessions of their own.

    In the terminal's they get a Ctrl-C as well as the run: the one dies with a traceback on the screen, and the other
    before it has copied the run's last words. Both end by themselves when the run does, however it does.
    """
    if not isinstance(vars(compute_logs)["subprocess"], types.SimpleNamespace):
        vars(compute_logs)["subprocess"] = types.SimpleNamespace(Popen=_Detached)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:  # the code that needs the file reports the error
        return None


@lru_cache(maxsize=8)  # Dagster asks six times for one run, and each time takes 40 ms
def _build(
    saber: SaberResource,
    settings: Settings,
    _folder: Path,
    _files: tuple[bytes | None, ...],
    with_lists: tuple[SubjectKind, ...],
) -> dg.Definitions:
    paths, names = DataPaths.of(settings), saber.names
    catalog, sources = configured_questions(paths), load_sources(paths.sources_file)
    by_kind = {kind: catalog.about(kind.about) for kind in KINDS}
    asked = {kind: questions for kind, questions in by_kind.items() if questions}
    schedules = [refresh_schedule(settings, kind, saber=saber) for kind in asked]
    jobs = {kind: refresh_job(names, kind, questions) for kind, questions in asked.items()}
    research = research_job(names)
    fed_by = {CONTACTS: feeding_searches(names, sources.contact_searches)}
    has_source = {COMPANIES: bool(sources.company_lists), CONTACTS: bool(fed_by[CONTACTS])}
    to_begin = {
        kind: first_steps(paths, kind, questions, has_key=settings.api_key is not None)
        for kind, questions in by_kind.items()
        if not has_source[kind] and kind not in with_lists
    }
    sensors = [
        list_sensor(saber, jobs),
        credit_sensor(saber, jobs, research),
        in_flight_sensor(saber, jobs, research),
        alert_sensor(saber),
    ]
    assets: list[dg.AssetsDefinition] = [
        *(lists_asset(saber, kind, fed_by.get(kind, ()), to_begin.get(kind, "")) for kind in KINDS),
        *(answers_asset(saber, *each, settings) for each in asked.items()),
        *([contact_searches_asset(saber, sources.contact_searches)] if sources.contact_searches else []),
        *([subscriptions_asset(saber, sources.subscriptions)] if sources.subscriptions else []),
        contact_research_asset(saber, settings),
        summaries_asset(saber),
        templates_asset(saber),
        report_asset(saber, [names.answers(question) for question in catalog.questions]),
        exports_asset(saber, [names.answers(question) for question in by_kind[COMPANIES]]),
    ]
    return dg.Definitions(
        assets=[_translated(asset, names, settings.owners) for asset in assets],
        asset_checks=[rejected_inputs_check(saber, kind) for kind in KINDS],
        jobs=[*jobs.values(), research],
        sensors=sensors,
        schedules=schedules,
    )


def _translated(asset: dg.AssetsDefinition, names: Names, owners: tuple[str, ...]) -> dg.AssetsDefinition:
    """The asset with the owners of the settings, and with the translator's changes."""

    def translated(spec: dg.AssetSpec) -> dg.AssetSpec:
        return names.translated(spec.replace_attributes(owners=list(owners)) if owners else spec)

    return asset.map_asset_specs(translated) if owners or type(names.translator) is not SaberTranslator else asset
