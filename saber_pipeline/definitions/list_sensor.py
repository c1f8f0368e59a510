"""The sensor that sees a new or changed list file, registers its partition and requests its run."""

import json
from pathlib import Path

import dagster as dg

from saber_pipeline.definitions.jobs import REFRESH_ANSWERS
from saber_pipeline.definitions.partitions import DOMAIN_LISTS
from saber_pipeline.definitions.saber import Saber
from saber_pipeline.errors import InputError
from saber_pipeline.warehouse.paths import DataPaths


@dg.sensor(
    job_name=REFRESH_ANSWERS,
    minimum_interval_seconds=30,
    description=(
        "Requests a run of `refresh_answers` for every list file that is new or has changed. It spends as such "
        "a run does, on what is due only. Lists that are registered when it is switched on count as seen."
    ),
)
def new_or_changed_lists(context: dg.SensorEvaluationContext, saber: Saber) -> dg.SensorResult | dg.SkipReason:
    """Compare the files' sizes and times with those of the last look."""
    from saber_pipeline.inputs.list_files import find_list_files

    try:
        files = find_list_files(DataPaths(saber.settings().data_dir).domain_lists)
    except InputError as error:
        return dg.SkipReason(str(error))
    registered = set(context.instance.get_dynamic_partitions(str(DOMAIN_LISTS.name)))
    now = {name: _mark(path) for name, path in files.items()}
    seen = json.loads(context.cursor) if context.cursor else {name: now[name] for name in now if name in registered}
    due = sorted(name for name in now if seen.get(name) != now[name])
    unregistered = [name for name in due if name not in registered]
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=f"{name}:{now[name]}", partition_key=name, tags={"saber/list_file": "changed"})
            for name in due
        ],
        dynamic_partitions_requests=[DOMAIN_LISTS.build_add_request(unregistered)] if unregistered else [],
        cursor=json.dumps(now),
        skip_reason=None if due else dg.SkipReason("No list file is new or changed."),
    )


def _mark(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns}-{status.st_size}"
