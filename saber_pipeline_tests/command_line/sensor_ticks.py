"""One tick of a sensor, what it says, and what it ticks about: runs that gave up, were refused, or are under way."""

from __future__ import annotations

import time

import dagster as dg
import pytest

from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import NotEnoughCreditsError
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest, RunResult


def tick(sensor_name: str, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    definitions = build_project_definitions().get_repository_def()
    sensor = definitions.get_sensor_def(sensor_name)
    with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=definitions) as context:
        result = sensor(context)
    assert isinstance(result, (dg.SensorResult, dg.SkipReason))
    return result


def why(result: dg.SensorResult | dg.SkipReason) -> str:
    """The reason for skipping."""
    reason = result.skip_reason if isinstance(result, dg.SensorResult) else result
    assert reason is not None
    return str(reason.skip_message)


def run(*lists: str, keys: tuple[str, ...] = ("crm", "uses_salesforce"), force: bool = False) -> RunResult:
    """Buy, and leave at once what was bought."""
    saber = SaberResource()
    questions = tuple(question for question in saber.questions() if question.key in keys)
    request = RunRequest(
        f"run-{time.monotonic_ns()}", Selection(lists, questions, force_refresh=force), max_wait_minutes=0
    )
    return run_answers(request, saber.settings(), saber.questions(), new_client=saber.new_client, report=lambda _: None)


def refused(*lists: str, force: bool = False) -> None:
    """A run that the balance does not cover."""
    with pytest.raises(NotEnoughCreditsError):
        run(*lists, force=force)


def requested(result: dg.SensorResult | dg.SkipReason) -> list[tuple[str | None, list[str], dict[str, str]]]:
    """List, questions and own tags of every request."""
    assert isinstance(result, dg.SensorResult), result
    return [
        (
            request.partition_key,
            [key.path[-1] for key in request.asset_selection or ()],
            {tag: value for tag, value in request.tags.items() if tag.startswith("saber/")},
        )
        for request in result.run_requests or ()
    ]


def record(instance: dg.DagsterInstance, partition: str, status: dg.DagsterRunStatus, **tags: str) -> str:
    """A run of the job as Dagster keeps it; its id."""
    run_id = dg.DagsterRun(job_name="").run_id
    instance.add_run(
        dg.DagsterRun("refresh_answers", run_id=run_id, status=status, tags={"dagster/partition": partition, **tags})
    )
    return run_id
