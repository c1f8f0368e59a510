"""The sensor that posts alerts: failed runs, budgets, credits, tiers and changed answers, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from saber_pipeline.alerts.findings import FailedRun
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.definitions import contact_research_asset
from saber_pipeline.definitions.active_runs import PARTITION_TAG
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import PipelineError
from saber_pipeline.foreign_text import one_line

MOST_RUNS = 500
LONGEST_WHY = 1_500
JOBS = (*(kind.job for kind in KINDS), contact_research_asset.JOB)
ASSETS = (
    *(name for kind in KINDS for name in (kind.answers, kind.lists)),
    *(contact_research_asset.NAME, "summaries", "templates", "report", "exports", "contact_searches", "subscriptions"),
)
ASSET_JOB = "__ASSET_JOB"
"""The prefix of the jobs with which Dagster materialises manually selected assets."""


def alert_sensor(saber: SaberResource) -> dg.SensorDefinition:
    """The sensor. Its cursor is empty: the ledger records the alerts that were sent."""

    @dg.sensor(
        name=saber.names.unique("alerts"),
        minimum_interval_seconds=30,
        description=(
            "Posts to SABER_ALERT_URL, each once: a failed run, a budget of the month from 80 % on, a balance below "
            "SABER_LOW_CREDITS, accounts that became tier A or fell, changed answers to important questions. Starts no "
            "run and spends nothing."
        ),
    )
    def tell_others(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        from saber_pipeline.alerts.alert_detection import detect_and_post

        try:
            settings = saber.settings()
            if settings.alert_url is None:
                return dg.SkipReason("SABER_ALERT_URL is not set, so no alerts are sent.")
            look = detect_and_post(
                settings,
                saber.questions(),
                settings.alert_url,
                lambda since: _failed_since(context.instance, saber.names, since),
                saber.new_client_for_sensor if settings.api_key else None,
            )
        except PipelineError as error:
            return dg.SkipReason(str(error))
        if look.problems:
            context.log.warning(str(look))
        return dg.SkipReason(str(look))

    return tell_others


def _failed_since(instance: dg.DagsterInstance, names: Names, since: float) -> Iterator[FailedRun]:
    """The runs of this project's jobs that have failed since then, the newest ones."""
    records = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=datetime.fromtimestamp(since, tz=UTC)),
        limit=MOST_RUNS,
    )
    for record in records:
        run = record.dagster_run
        if _is_ours(run, names):
            ended = record.end_time or record.update_timestamp.timestamp()
            yield FailedRun(run.run_id, run.job_name, ended, _why(instance, run.run_id), run.tags.get(PARTITION_TAG))


def _is_ours(run: dg.DagsterRun, names: Names) -> bool:
    """Whether a run belongs to this project; other projects may share the instance."""
    if not run.job_name.startswith(ASSET_JOB):
        return run.job_name in {names.unique(job) for job in JOBS}
    length = len(names.key_prefix)
    keys = [tuple(key.path) for key in run.asset_selection or ()]
    return not keys or any(key[:length] == names.key_prefix and key[length] in ASSETS for key in keys)


def _why(instance: dg.DagsterInstance, run_id: str) -> str:
    """The failure message of a run."""
    said = "it gave no reason"
    for entry in instance.all_logs(run_id, of_type={dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}):
        event = entry.dagster_event
        if event is not None and event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data is not None and data.user_failure_data.description:
                return one_line(data.user_failure_data.description, LONGEST_WHY)
            if data.error is not None:
                said = one_line(data.error.message, LONGEST_WHY)
        elif event is not None and event.message and said == "it gave no reason":
            said = one_line(event.message, LONGEST_WHY)
    return said
