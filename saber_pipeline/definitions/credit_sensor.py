"""The sensor that watches the credit balance and starts the runs that wait for credits."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.definitions import contact_research_asset
from saber_pipeline.definitions.active_runs import PARTITION_TAG
from saber_pipeline.definitions.answer_assets import FORCE_TAG
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.partitions import with_and_without_file
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import PipelineError
from saber_pipeline.inputs.list_files import find_list_files

if TYPE_CHECKING:
    from saber_pipeline.config.settings import Settings
    from saber_pipeline.ledger.deferrals import Deferral
    from saber_pipeline.runs.credits import CreditStatus

DEFERRED_TAG = "saber/deferred"
RECORD_EVERY_SECONDS = 3600.0
"""Record an unchanged balance at this interval; record a change immediately."""


def credit_sensor(
    saber: SaberResource, jobs_by_kind: Mapping[SubjectKind, Any], research_job: Any
) -> dg.SensorDefinition:
    """The sensor over the kinds that questions are about, and over contact research.

    The cursor holds the balance that was recorded last.
    """

    @dg.sensor(
        name=saber.names.unique("credits"),
        jobs=[*jobs_by_kind.values(), research_job],
        minimum_interval_seconds=20,
        description=(
            "Reads the balance, warns below SABER_LOW_CREDITS and from 80 % of a budget of the month "
            "(SABER_MONTHLY_CREDITS, max_credits_per_month), forecasts when the credits run out, and restarts runs "
            "that stopped for lack of credits once the balance covers them. A restarted run stays within the "
            "max_credits of the original run."
        ),
    )
    def watch_credits(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return _look(context, saber, tuple(jobs_by_kind))

    return watch_credits


def _look(
    context: dg.SensorEvaluationContext, saber: SaberResource, kinds: Iterable[SubjectKind]
) -> dg.SensorResult | dg.SkipReason:
    from saber_pipeline.products.product import CONTACT_RESEARCH
    from saber_pipeline.runs.credits import affordable, note_launched, read_credits

    recorded: dict[str, Any] = json.loads(context.cursor) if context.cursor else {}
    now = time.time()
    record = False

    def is_worth_recording(balance: int) -> bool:
        nonlocal record
        record = balance != recorded.get("balance") or now - recorded["recorded_at"] >= RECORD_EVERY_SECONDS
        return record

    try:
        settings = saber.settings()
        credit = read_credits(
            settings, saber.new_client_for_sensor, saber.questions(), is_worth_recording=is_worth_recording
        )
        launched = _launched(context.instance, credit)
        if launched:
            note_launched(settings, launched)
        by_kind = {kind: [question.key for question in saber.questions_about(kind)] for kind in kinds}
        paths = DataPaths.of(settings)
        lists_by_kind = {kind: with_and_without_file(context.instance, kind, paths, saber.names)[0] for kind in by_kind}
        research_lists = _research_lists(settings, credit)
    except PipelineError as error:
        return dg.SkipReason(str(error))
    # A deferral belongs to one run, and so to one kind. It names no questions of the other kind.
    kind_by_key = {key: kind for kind, keys in by_kind.items() for key in keys}
    waiting = [
        part
        for deferral in _without(credit.deferrals, launched)
        for part in (
            *(deferral.among(lists_by_kind[kind], keys) for kind, keys in by_kind.items()),
            deferral.among(research_lists, [CONTACT_RESEARCH.question]),
        )
    ]
    requests = [
        request
        for deferral in affordable(waiting, credit.available)
        for request in _requests(saber.names, kind_by_key, deferral)
    ]
    said = _describe_credit(credit, waiting, settings.low_credits)
    is_low = settings.low_credits is not None and credit.balance < settings.low_credits
    if is_low or credit.month.nearly_used_up:
        context.log.warning(said)
    return dg.SensorResult(
        run_requests=requests,
        cursor=json.dumps({"balance": credit.balance, "recorded_at": now} if record else recorded),
        skip_reason=None if requests else dg.SkipReason(said),
    )


def _launched(instance: dg.DagsterInstance, credit: "CreditStatus") -> list[tuple[str, str]]:
    """The waiting lists that have their run by now, according to Dagster, because a request may be lost."""
    found = []
    for deferral in credit.deferrals:
        if deferral.waiting:
            runs = instance.get_runs(dg.RunsFilter(tags={DEFERRED_TAG: deferral.run_id}))
            names = {run.tags.get(PARTITION_TAG) for run in runs}
            is_started = bool(runs) and deferral.is_research
            found += [(deferral.run_id, name) for name in deferral.waiting if is_started or name in names]
    return found


def _research_lists(settings: "Settings", credit: "CreditStatus") -> list[str]:
    """The research lists, if any is waiting: only then does an unusable file matter."""
    is_asked = any(deferral.is_research for deferral in credit.deferrals)
    return list(find_list_files(DataPaths.of(settings).research_lists)) if is_asked else []


def _without(deferrals: Iterable["Deferral"], launched: list[tuple[str, str]]) -> Iterator["Deferral"]:
    for deferral in deferrals:
        yield replace(deferral, launched=deferral.launched | {name for run, name in launched if run == deferral.run_id})


def _requests(names: Names, kind_by_key: Mapping[str, SubjectKind], deferral: "Deferral") -> Iterator[dg.RunRequest]:
    """A run for each list; for contact research one for all of them, because a person may be in several."""
    if deferral.is_research:
        yield _research_request(names, deferral)
        return
    for list_name in deferral.waiting:
        yield _request(names, kind_by_key[deferral.keys_by_list[list_name][0]], deferral, list_name)


def _research_request(names: Names, deferral: "Deferral") -> dg.RunRequest:
    budget = {} if deferral.max_credits is None else {"max_credits": deferral.max_credits}
    config = {"lists": list(deferral.waiting), "force_refresh": deferral.force_refresh, **budget}
    return dg.RunRequest(
        run_key=f"{deferral.run_id}:{contact_research_asset.JOB}",
        job_name=names.unique(contact_research_asset.JOB),
        tags={DEFERRED_TAG: deferral.run_id},
        run_config={"ops": {names.unique(contact_research_asset.NAME): {"config": config}}},
    )


def _request(names: Names, kind: SubjectKind, deferral: "Deferral", list_name: str) -> dg.RunRequest:
    tags = {DEFERRED_TAG: deferral.run_id}
    if deferral.force_refresh:
        tags[FORCE_TAG] = "true"
    budget = {"ops": {names.unique(kind.answers): {"config": {"max_credits": deferral.max_credits}}}}
    return dg.RunRequest(
        run_key=f"{deferral.run_id}:{list_name}",
        job_name=names.unique(kind.job),
        partition_key=list_name,
        asset_selection=[names.asset(kind.answers, key) for key in deferral.keys_by_list[list_name]],
        tags=tags,
        run_config=budget if deferral.max_credits is not None else None,
    )


def _describe_credit(credit: "CreditStatus", waiting: Iterable["Deferral"], low_credits: int | None) -> str:
    parts = [f"The balance is {credit.balance:,} credits"]
    if low_credits is not None and credit.balance < low_credits:
        parts[0] += f", below SABER_LOW_CREDITS = {low_credits:,}"
    if credit.reserved:
        parts.append(f"{credit.reserved:,} are reserved by active runs")
    if credit.forecast is not None:
        parts.append(str(credit.forecast))
    if credit.month.total.limit is not None or credit.month.questions:
        parts.append(str(credit.month))
    parts += [f"{', '.join(d.waiting)} waits for {d.credits_needed:,} credits" for d in waiting if d.waiting]
    return "; ".join(parts) + "."
