"""Starts runs in this process, for the command line: the same runs as the UI's, in the same instance."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import dagster as dg
from dagster import DagsterExecutionInterruptedError
from dagster._core.events import JobFailureData  # no public name
from dagster._core.storage.tags import (  # names of tags, which have no public ones
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from dagster._core.utils import make_new_run_id  # no public name
from dagster_shared.error import SerializableErrorInfo  # a stored error; no public name

from saber_pipeline.definitions.answer_assets import COLLECT_ONLY_TAG, FORCED_SINCE_TAG
from saber_pipeline.definitions.dagster_instance import note_interrupted
from saber_pipeline.definitions.event_log import event_log_kept_open
from saber_pipeline.definitions.failures import CREDITS_REASON, REASON, SAMPLE_PAGE
from saber_pipeline.definitions.partitions import OWN_NAMES
from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.definitions.run_logging import report_progress_to
from saber_pipeline.foreign_text import one_line

LONGEST_CAUSE = 1_000

UNEXPECTED = (
    "Everything that was bought is recorded and is not bought again. Dagster's UI has the full log of the run. "
    "Start the same run again, and report the error if it comes back."
)

if TYPE_CHECKING:
    from saber_pipeline.collection.progress import Progress
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.planning.plan import Selection
    from saber_pipeline.runs.dry_run import DryRun


@dataclass(frozen=True)
class RunListener:
    """The caller of a run, who listens to it: ``line`` gets a level of ``logging`` and a text of the run's log."""

    line: Callable[[int, str], None]
    progress: Callable[[Progress], None]


@dataclass(frozen=True)
class LaunchResult:
    """The end of a run. ``failure`` is the sentence of its Failure, None if the run succeeded.

    ``signals_bought`` and ``balance_fall`` are those of a run that succeeded; the balance may not have been read.
    ``sample_page``: what its sample showed, also before it failed, as ``SamplePage.as_record`` gives it.
    """

    run_id: str
    failure: str | None = None
    is_about_credits: bool = False
    was_interrupted: bool = False
    signals_bought: int = 0
    balance_fall: int = 0
    sample_page: dict[str, Any] | None = None


def read_lists(instance: dg.DagsterInstance, kind: SubjectKind, listener: RunListener) -> LaunchResult:
    """Materialise the lists of a kind: reads every list and registers its partition. Spends nothing."""
    return _execute_job(instance, [OWN_NAMES.lists(kind)], listener)


def launch_run(
    instance: dg.DagsterInstance,
    selection: Selection,
    listener: RunListener,
    *,
    max_credits: int | None,
    max_wait_minutes: float,
    collect_only: bool,
    shown: DryRun | None = None,
) -> LaunchResult:
    """Materialise the answers to ``selection`` in one run. Its lists are neighbours, see ``neighbours``.

    ``shown``: the plan that the caller has shown just now.
    """
    first, last = selection.lists[0], selection.lists[-1]
    tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last} if first != last else {}
    if collect_only:
        tags[COLLECT_ONLY_TAG] = "true"
    if selection.force_refresh and selection.forced_since is not None:
        tags[FORCED_SINCE_TAG] = selection.forced_since.isoformat()
    config = {
        "force_refresh": selection.force_refresh,
        "max_wait_minutes": max_wait_minutes,
        **({"max_credits": max_credits} if max_credits is not None else {}),
        **({"sample": selection.sample} if selection.sample is not None else {}),
        **({"sample_lists": list(selection.sample_lists)} if selection.sample_lists else {}),
    }
    from saber_pipeline.runs.shown_plan import shown_before

    with shown_before(shown):
        return _execute_job(
            instance,
            [OWN_NAMES.answers(question) for question in selection.questions],
            listener,
            partition_key=first if first == last else None,
            tags=tags,
            run_config={"ops": {selection.kind.answers: {"config": config}}},
        )


def neighbours(lists: Sequence[str], registered: Sequence[str]) -> list[list[str]]:
    """Split ``lists`` into ranges of neighbouring partitions: each can be one run, and asks about nothing else."""
    places = {name: place for place, name in enumerate(registered)}
    ranges: list[list[str]] = []
    for name in sorted(lists, key=places.__getitem__):
        if ranges and places[name] == places[ranges[-1][-1]] + 1:
            ranges[-1].append(name)
        else:
            ranges.append([name])
    return ranges


def _execute_job(
    instance: dg.DagsterInstance, asset_keys: Sequence[dg.AssetKey], listener: RunListener, **options: Any
) -> LaunchResult:
    definitions = dg.Definitions.merge(
        build_project_definitions(), dg.Definitions(loggers={"console": listener_logger(listener)})
    )
    job = definitions.get_repository_def().get_implicit_job_def_for_assets(list(asset_keys))
    assert job is not None  # noqa: S101 - the keys are those of one asset, so they share their partitions
    # Without this entry Dagster logs to its own console.
    run_config = {"loggers": {"console": {}}, **options.pop("run_config", {})}
    run_id = make_new_run_id()
    try:
        # Dagster writes what is planned before the step begins, which keeps the log open itself.
        with report_progress_to(listener.progress), event_log_kept_open(instance, run_id):
            result = job.execute_in_process(
                instance=instance,
                asset_selection=asset_keys,
                raise_on_error=False,
                run_config=run_config,
                run_id=run_id,
                **options,
            )
    except (KeyboardInterrupt, DagsterExecutionInterruptedError):
        # Outside of the step: while Dagster writes its events, mostly by the second of two.
        end = LaunchResult(run_id, failure="Interrupted.", was_interrupted=True)
    else:
        end = launch_result(result)
    if end.was_interrupted:
        note_interrupted(instance, run_id)
    return end


def listener_logger(listener: RunListener) -> dg.LoggerDefinition:
    """Dagster's console, replaced: only what the project itself says reaches the listener."""

    class ToListener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            meta: Any = getattr(record, "dagster_meta", None) or {}
            if meta.get("dagster_event") is None:
                listener.line(record.levelno, str(meta.get("orig_message") or record.getMessage()))

    def console(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("saber_pipeline.run", logging.INFO)
        logger.addHandler(ToListener())
        return logger

    return dg.LoggerDefinition(console, description="Tells the command line what the run says.")


def launch_result(result: dg.ExecuteInProcessResult) -> LaunchResult:
    """The result of a run: its purchases, or one sentence about the failure."""
    if result.success:
        return LaunchResult(
            result.run_id,
            signals_bought=_number(result, "run_signals_bought"),
            balance_fall=_number(result, "run_credits_spent"),
            sample_page=_of_run(result, SAMPLE_PAGE),
        )
    return _failed_launch(result)


def _failed_launch(result: dg.ExecuteInProcessResult) -> LaunchResult:
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if check.blocking and not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                return LaunchResult(result.run_id, failure=f"The check {check.check_name} failed: {check.description}")
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None:
            told = data.user_failure_data.metadata
            reason, page = told.get(REASON), told.get(SAMPLE_PAGE)
            return LaunchResult(
                result.run_id,
                failure=data.user_failure_data.description or "The run failed.",
                is_about_credits=reason is not None and reason.value == CREDITS_REASON,
                sample_page=None if page is None else cast("dict[str, Any]", page.value),
            )
        if data.error is not None:
            return _crashed_launch(result.run_id, data.error)
    for event in result.all_events:  # failures outside of every step: loading inputs, the instance
        ended = event.event_specific_data
        if isinstance(ended, JobFailureData) and ended.error is not None:
            return _crashed_launch(result.run_id, ended.error)
    return LaunchResult(result.run_id, failure=f"The run failed and gave no reason. {UNEXPECTED}")


def _crashed_launch(run_id: str, error: SerializableErrorInfo) -> LaunchResult:
    """An error that is not one of our Failures, with its causes; Dagster's wrapping around it adds nothing."""
    chain = [error]
    while (inner := chain[-1].cause or chain[-1].context) is not None:
        chain.append(inner)
    was_interrupted = any(each.cls_name == "DagsterExecutionInterruptedError" for each in chain)
    own = [each for each in chain if not (each.cls_name or "").startswith("Dagster")] or chain[-1:]
    said = ", caused by ".join(dict.fromkeys(one_line(str(each.message), LONGEST_CAUSE) for each in own))
    return LaunchResult(run_id, failure=f"An error ended the run: {said} {UNEXPECTED}", was_interrupted=was_interrupted)


def _number(result: dg.ExecuteInProcessResult, name: str) -> int:
    """A number about the whole run; 0 if it is missing."""
    found = _of_run(result, name)
    return found if isinstance(found, int) else 0


def _of_run(result: dg.ExecuteInProcessResult, name: str) -> Any:
    """A value about the whole run, which the metadata of each partition repeats; None if it is missing."""
    values = (
        event.materialization.metadata[name].value
        for event in result.all_events
        if event.is_step_materialization and name in event.materialization.metadata
    )
    return next(values, None)
