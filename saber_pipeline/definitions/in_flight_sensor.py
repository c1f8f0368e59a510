"""The sensor that starts runs to collect orphaned purchases. It buys nothing."""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.definitions.active_runs import busy_lists, end_dead_runs, find_active_runs
from saber_pipeline.definitions.answer_assets import COLLECT_ONLY_TAG
from saber_pipeline.definitions.contact_research_asset import JOB, NAME
from saber_pipeline.definitions.partitions import with_and_without_file
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from saber_pipeline.runs.in_flight import InFlight


FIRST_PAUSE_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0
TAGS = {COLLECT_ONLY_TAG: "true"}


class Pause(TypedDict):
    """How often runs were requested for a list, and the time (seconds since 1970) of the next request."""

    requests: int
    until: float


@dataclass(frozen=True)
class Choice:
    """The lists to request a run for now, and the pauses to keep."""

    lists: tuple[str, ...]
    pauses: dict[str, Pause]


def in_flight_sensor(
    saber: SaberResource, jobs_by_kind: Mapping[SubjectKind, Any], research_job: Any
) -> dg.SensorDefinition:
    """The sensor over the kinds of subject that questions are about, and over contact research.

    The cursor holds the pauses of the lists; all research lists have one together.
    """

    @dg.sensor(
        name=saber.names.unique("in_flight"),
        jobs=[*jobs_by_kind.values(), research_job],
        minimum_interval_seconds=60,
        description=(
            "Finds orphaned purchases: answers and contact research whose run was killed or stopped waiting. Starts a "
            "run that collects them. Buys nothing."
        ),
    )
    def collect_in_flight(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        pauses: dict[str, dict[str, Pause]] = json.loads(context.cursor) if context.cursor else {}
        requests: list[dg.RunRequest] = []
        said = []
        try:
            saber.settings().require_api_key()
            said += _end_dead_runs(context.instance, saber)
            for kind in jobs_by_kind:
                look, busy = _look(context.instance, saber, kind)
                choice = choose(look, busy, pauses.get(kind.lists, {}), now=time.time())
                pauses[kind.lists] = choice.pauses
                requests += [_request(saber, kind, name, look.orphaned[name]) for name in choice.lists]
                said += _describe_in_flight(look, busy)
            look, busy = research_in_flight(context.instance, saber)
            choice = choose(look, busy, pauses.get(NAME, {}), now=time.time())
            pauses[NAME] = choice.pauses
            requests += [dg.RunRequest(job_name=saber.names.unique(JOB), tags=TAGS) for _ in choice.lists]
            said += _describe_in_flight(look, busy, noun="researches")
        except PipelineError as error:
            return dg.SkipReason(str(error))
        reason = dg.SkipReason(f"{'; '.join(said)}." if said else "Nothing is in flight.")
        return dg.SensorResult(
            run_requests=requests, cursor=json.dumps(pauses), skip_reason=None if requests else reason
        )

    return collect_in_flight


def _end_dead_runs(instance: dg.DagsterInstance, saber: SaberResource) -> list[str]:
    """On one machine the process itself tells, and Dagster's own limit suffices."""
    settings = saber.settings()
    if settings.ledger_url is None:
        return []
    from saber_pipeline.runs.in_flight import dead_ledger_runs

    return [
        f"run {run_id} was ended: its machine is gone" for run_id in end_dead_runs(instance, dead_ledger_runs(settings))
    ]


def _look(instance: dg.DagsterInstance, saber: SaberResource, kind: SubjectKind) -> "tuple[InFlight, frozenset[str]]":
    """The pairs in flight of a kind, and the lists that a run collects already."""
    from saber_pipeline.runs.in_flight import live_ledger_runs, read_in_flight

    settings = saber.settings()
    keys = {question.question_id: question.key for question in saber.questions_about(kind)}
    lists, _ = with_and_without_file(instance, kind, DataPaths.of(settings), saber.names)
    look = read_in_flight(settings, kind, keys, lists)
    if not look.orphaned:
        return look, frozenset()
    runs = find_active_runs(instance, saber.names.unique(kind.job), TAGS, live_ledger_runs(settings))
    return look, busy_lists(runs)


def _request(saber: SaberResource, kind: SubjectKind, list_name: str, keys: Iterable[str]) -> dg.RunRequest:
    return dg.RunRequest(
        job_name=saber.names.unique(kind.job),
        partition_key=list_name,
        asset_selection=[saber.names.asset(kind.answers, key) for key in sorted(keys)],
        tags=TAGS,
    )


def choose(look: "InFlight", busy: Collection[str], pauses: dict[str, Pause], *, now: float) -> Choice:
    """Which lists to request a run for. Each further request for a list waits twice as long as the one before.

    A list's pauses end when none of its pairs is in flight.
    """
    lists = []
    kept = {name: pause for name, pause in pauses.items() if name in look.lists}
    for name in sorted(look.orphaned):
        pause = kept.get(name, Pause(requests=0, until=0.0))
        if name in busy or now < pause["until"]:
            continue
        seconds = min(FIRST_PAUSE_SECONDS * 2.0 ** min(pause["requests"], 30), LONGEST_PAUSE_SECONDS)
        kept[name] = Pause(requests=pause["requests"] + 1, until=now + seconds)
        lists.append(name)
    return Choice(tuple(lists), kept)


def _describe_in_flight(look: "InFlight", busy: Collection[str], noun: str = "pairs") -> list[str]:
    if not look.lists and not look.out_of_reach:
        return []
    waiting = sum(sum(keys.values()) for keys in look.orphaned.values())
    parts = [f"no run waits for {waiting:,} {noun} in flight"]
    collecting = sorted(set(busy).intersection(look.orphaned))
    if collecting:
        parts.append(f"a run collects {', '.join(collecting)} already")
    if set(look.orphaned).difference(busy):
        parts.append("a run was requested recently, and the next request is due later")
    if look.out_of_reach:
        parts.append(
            f"{look.out_of_reach:,} pairs belong to a list or question that was removed. Restore it to collect them"
        )
    return parts


def research_in_flight(instance: dg.DagsterInstance, saber: SaberResource) -> "tuple[InFlight, frozenset[str]]":
    """The research in flight, as one list with the asset's name, and whether a run collects it already."""
    from saber_pipeline.runs.in_flight import InFlight, live_ledger_runs, read_researches_in_flight

    settings = saber.settings()
    status = read_researches_in_flight(settings)
    tracked, orphaned = sum(status.tracked.values()), sum(status.orphaned.values())
    found = InFlight(
        orphaned={NAME: {NAME: orphaned}} if orphaned else {},
        lists=frozenset({NAME} if status.in_flight else ()),
        tracked={NAME: {NAME: tracked}} if tracked else {},
    )
    is_busy = orphaned and find_active_runs(instance, saber.names.unique(JOB), TAGS, live_ledger_runs(settings))
    return found, frozenset({NAME} if is_busy else ())
