"""The jobs that refresh every list, and the schedules of the answers' jobs, which are off by default."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._utils.schedules import is_valid_cron_schedule  # Dagster's own check, which has no public name

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES, SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.definitions import contact_research_asset
from saber_pipeline.definitions.active_runs import busy_lists, find_active_runs
from saber_pipeline.definitions.answer_assets import FORCE_TAG, FORCED_SINCE_TAG
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.partitions import with_and_without_file
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import PipelineError, SettingsError


def refresh_job(names: Names, kind: SubjectKind, questions: Sequence[Question]) -> Any:
    """``refresh_answers`` or ``refresh_contact_answers``: every question about a kind, by list."""
    return dg.define_asset_job(
        names.unique(kind.job),
        selection=dg.AssetSelection.assets(*(names.answers(question) for question in questions)),
        description=(
            f"Asks every {kind.noun} question about the {kind.subject_nouns} of the selected lists, and buys only the "
            'answers that are due. The tag saber/force_refresh: "true" buys every pair again.'
        ),
    )


def research_job(names: Names) -> Any:
    """``refresh_contact_research``: every person in the research lists."""
    return dg.define_asset_job(
        names.unique(contact_research_asset.JOB),
        selection=dg.AssetSelection.assets(names.asset(contact_research_asset.NAME)),
        description=(
            'Researches the people in the research lists who are due. The tag saber/collect_only: "true" purchases '
            "nothing and collects research that is in flight."
        ),
    )


OWN = SaberResource()
SCHEDULE_TAG = "dagster/schedule_name"


def refresh_schedule(
    settings: Settings,
    kind: SubjectKind = COMPANIES,
    *,
    saber: SaberResource = OWN,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.ScheduleDefinition:
    """A schedule of the kind's job over its registered lists that have a file, one run each, at the settings' times.

    ``tags`` go to every run; ``saber/force_refresh: "true"`` makes them buy every pair anew.

    Raises:
        SettingsError: the scheduler cannot make anything of SABER_REFRESH_CRON.
    """

    schedule_name = saber.names.unique(name or kind.schedule)
    job = saber.names.unique(kind.job)
    if not is_valid_cron_schedule(settings.refresh_cron):
        raise SettingsError(
            f"1 setting cannot be used; nothing was spent:\n  SABER_REFRESH_CRON: {settings.refresh_cron!r} is no "
            "cron expression; allowed are five fields within their ranges, such as 0 6 * * 1 for Mondays at 06:00."
        )

    @dg.schedule(
        name=schedule_name,
        job_name=job,
        cron_schedule=settings.refresh_cron,
        execution_timezone=settings.refresh_timezone,
        description=(
            f"Asks every {kind.noun} question about every list, and buys only the answers that are due. Ticks at "
            "the times of SABER_REFRESH_CRON and SABER_REFRESH_TIMEZONE. Skips a list whose run from an earlier tick "
            "has not ended, and a list whose file is gone."
        ),
    )
    def refresh(context: dg.ScheduleEvaluationContext) -> Any:
        from saber_pipeline.runs.in_flight import live_ledger_runs

        try:
            settings = saber.settings()
            lists, gone = with_and_without_file(context.instance, kind, DataPaths.of(settings), saber.names)
            live = live_ledger_runs(settings)
        except PipelineError as error:
            return dg.SkipReason(str(error))
        if gone:
            # One run for each list would fail at every tick, for ever.
            context.log.warning(f"Skipped, because the file is gone or there are two: {', '.join(gone)}.")
        if not lists:
            return dg.SkipReason(
                f"No registered list has a file: {', '.join(gone)}. Restore a file to continue with its answers."
                if gone
                else f"No list is registered. Materialise {kind.lists} first."
            )
        busy = busy_lists(find_active_runs(context.instance, job, {SCHEDULE_TAG: schedule_name}, live))
        free = [list_name for list_name in lists if list_name not in busy]
        if busy.intersection(lists):
            context.log.warning(f"Skipped, because the last scheduled run has not ended: {', '.join(sorted(busy))}.")
        if not free:
            return dg.SkipReason("The last scheduled run of every list has not ended yet.")
        tick = context.scheduled_execution_time.isoformat()
        together = dict(tags or {})
        if together.get(FORCE_TAG) == "true":
            together[FORCED_SINCE_TAG] = tick  # a subject in two lists is forced once a tick
        return [dg.RunRequest(run_key=f"{tick}:{each}", partition_key=each, tags=together) for each in free]

    return refresh
