"""One tick of a sensor, and what it says."""

from __future__ import annotations

import dagster as dg

from saber_pipeline.definitions.project import build_project_definitions


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
