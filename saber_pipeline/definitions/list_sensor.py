"""The sensor that finds new or changed list files, registers their partitions and requests runs."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.definitions.partitions import registered
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import InputError
from saber_pipeline.runs.configuration import bring_inputs

NOTHING_NEW = "No list file is new or changed."


def list_sensor(saber: SaberResource, jobs_by_kind: Mapping[SubjectKind, Any]) -> dg.SensorDefinition:
    """The sensor over the lists of each kind that has a question; the cursor holds the last state of the files."""

    @dg.sensor(
        name=saber.names.unique("new_or_changed_lists"),
        jobs=list(jobs_by_kind.values()),
        minimum_interval_seconds=30,
        description=(
            "Requests a run for every list file that is new or has changed, and names files that cannot be used. "
            "Each run buys only the answers that are due. Lists that were registered before the sensor was switched on "
            "count as seen."
        ),
    )
    def new_or_changed_lists(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        before: dict[str, dict[str, str]] = json.loads(context.cursor) if context.cursor else {}
        marks: dict[str, dict[str, str]] = {}
        requests, additions, problems = [], [], []
        try:
            bring_inputs(DataPaths.of(saber.settings()))
            for kind in jobs_by_kind:
                known = registered(context.instance, kind, saber.names)
                now = marks[kind.lists] = _marks(saber, kind)
                seen = before.get(kind.lists, {name: mark for name, mark in now.items() if name in known})
                due = sorted(name for name in now if seen.get(name) != now[name])
                messages, unusable = _problems(saber, kind, due)
                problems += messages
                # An unusable file is not marked as seen. So a correction in lists.yaml makes the sensor look again.
                for name in unusable:
                    del now[name]
                due = [name for name in due if name not in unusable]
                requests += [_request(saber, kind, name, now[name]) for name in due]
                unregistered = [name for name in due if name not in known]
                if unregistered:
                    additions.append(saber.names.partitions(kind).build_add_request(unregistered))
        except InputError as error:
            return dg.SkipReason(str(error))
        for message in problems:
            context.log.warning(message)
        reasons = "\n".join(("No usable list file is new or changed.", *problems) if problems else (NOTHING_NEW,))
        return dg.SensorResult(
            run_requests=requests,
            dynamic_partitions_requests=additions,
            cursor=json.dumps(marks),
            skip_reason=None if requests else dg.SkipReason(reasons),
        )

    return new_or_changed_lists


def _marks(saber: SaberResource, kind: SubjectKind) -> dict[str, str]:
    """Size and time of each list's file."""
    from saber_pipeline.runs.lists import list_files

    marks = {}
    for name, path in list_files(DataPaths.of(saber.settings()), kind).items():
        with suppress(OSError):  # the file vanished just now: the next tick sees the new state
            marks[name] = _mark(path)
    return marks


def _problems(saber: SaberResource, kind: SubjectKind, due: list[str]) -> tuple[list[str], set[str]]:
    """Problems of files in the folder, and due lists that cannot be used."""
    from saber_pipeline.runs.lists import list_folder, unusable_lists

    settings = saber.settings()
    paths = DataPaths.of(settings)
    unusable = unusable_lists(paths, kind, due, other_profiles=settings.other_profiles)
    return [*list_folder(paths, kind).messages, *dict.fromkeys(unusable.values())], set(unusable)


def _request(saber: SaberResource, kind: SubjectKind, list_name: str, mark: str) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{kind.lists}:{list_name}:{mark}",
        job_name=saber.names.unique(kind.job),
        partition_key=list_name,
        tags={"saber/list_file": "changed"},
    )


def _mark(path: Path) -> str:
    files = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    marks = [(status.st_mtime_ns, status.st_size) for status in (file.stat() for file in files)]
    return f"{max(time for time, _ in marks)}-{sum(size for _, size in marks)}"
