"""One run, from the lists to the published answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.config.paths import DataPaths, make_folder
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ListError, PipelineError, StorageError
from saber_pipeline.ledger.runs import lease
from saber_pipeline.lock_holders import running
from saber_pipeline.products.product import ANSWERS
from saber_pipeline.purchasing.refusals import failed_for_credits
from saber_pipeline.runs.block_taker import own_purchases
from saber_pipeline.runs.configuration import bring_inputs
from saber_pipeline.runs.credit_shortage import note_end
from saber_pipeline.runs.gc_tuning import relaxed_gc
from saber_pipeline.runs.interruptions import one_interruption
from saber_pipeline.runs.lists import readable_lists
from saber_pipeline.runs.outcomes import PairOutcomes
from saber_pipeline.runs.planned_run import PlannedRun
from saber_pipeline.runs.publication import publish_run
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.runs.rounds import run_rounds
from saber_pipeline.runs.run_frame import carry_out, ledger_to_spend, stop_waiting
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.shown_plan import shown_of
from saber_pipeline.runs.template_versions import (
    check_templates,
    log_edited_templates,
    remember,
    templates_now,
    with_templates,
)

logger = logging.getLogger(__name__)


@one_interruption()
def run_answers(
    request: RunRequest,
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    report: Callable[[Progress], None],
    tell_plan: Callable[[PlannedRun], None] = lambda _: None,
    clock: Clock = SYSTEM_CLOCK,
) -> RunResult:
    """Plan, guard, submit, collect, load and publish; ``questions`` are all of questions.yaml.

    ``tell_plan`` is told what is about to be bought, before the first of it is, also where a limit forbids it.

    Whatever was bought has been published when this returns, also when the run was stopped midway.

    Raises:
        PipelineError: the run stopped before it bought anything; the text says why and what to do.
    """
    began = clock.monotonic()
    paths = DataPaths.of(settings)
    bring_inputs(paths)
    request = request.limited_by(settings)
    request, questions = _with_templates(request, questions, paths, new_client)
    read = readable_lists(
        paths, request.selection.kind, request.selection.lists, other_profiles=settings.other_profiles
    )
    for problem in read.broken.values():
        logger.error("%s The run continues with the other lists.", problem)
    _reread(paths, set(request.selection.sample_lists) - set(request.selection.lists), request.selection.kind)
    names = tuple(snapshot.list_name for snapshot in read.snapshots)
    request = replace(request, selection=replace(request.selection, lists=names))
    with ledger_to_spend(settings, ANSWERS[request.selection.kind.about]) as ledger:
        run = RunState(request, settings, questions, ledger, clock, new_client, report, tell_plan)
        run.shown = shown_of(request.selection, read.snapshots)
        make_folder(run.candidates_file.parent)
        try:
            with relaxed_gc(), running(request.run_id), lease(ledger, run.run_id, lease_seconds=settings.lease_seconds):
                plan, stopped_by = carry_out(run, run_rounds(run), close=run.background_loader.close)
                if stopped_by is not None:
                    note_end(run, stopped_by)
                published = publish_run(run, plan)
                assert published.outcomes is not None  # noqa: S101 - publish_run always takes them
                if stopped_by is None:
                    stopped_by = _failed_for_credits(run, published.outcomes)
                    note_end(run, stopped_by)
                purchased = own_purchases(run)
                batches_open = stop_waiting(run)
        except StorageError as error:
            error.args = (f"{error}{_cost(run)}",)
            raise
        finally:
            run.background_loader.close()
            with suppress(OSError):  # a leftover; where the disk is what stopped the run, that is said
                for file in (run.candidates_file, run.waiting_file, run.held_back_file):
                    file.unlink(missing_ok=True)
    return RunResult(
        plan=plan,
        outcomes=published.outcomes,
        spending=run.spending,
        requests=run.request_counts,
        seconds=clock.monotonic() - began,
        publication=published.publication,
        highlights=published.highlights,
        answers_file=paths.answers_file.absolute(),
        columns=published.columns,
        stopped_by=stopped_by,
        batches_open=batches_open,
        broken_lists=read.broken,
        sample_page=published.sample_page,
        accuracy=published.accuracy,
        subjects={snapshot.list_name: snapshot.subjects for snapshot in read.snapshots},
        purchased=purchased,
    )


def _reread(paths: DataPaths, others: set[str], kind: SubjectKind) -> None:
    """The lists of other runs that share this one's sample, as their files are now, so that all draw the same."""
    with suppress(ListError):  # the runs about them say so
        readable_lists(paths, kind, sorted(others))


def _cost(run: RunState) -> str:
    """What a run had bought when the storage stopped it; what is on its way goes on without the run."""
    if not run.bought:
        return ""
    return f" This run has bought {run.bought:,} signals. Once the cause is gone, the same run collects them for free."


def _with_templates(
    request: RunRequest, questions: tuple[Question, ...], paths: DataPaths, new_client: Callable[[], SaberClient]
) -> tuple[RunRequest, tuple[Question, ...]]:
    """The same with the newest versions of the templates that are asked; one that was edited or is gone is logged."""
    selection = request.selection
    if request.collect_only or not any(question.template_id for question in selection.questions):
        return request, questions
    seen = templates_now(selection.questions, new_client)
    log_edited_templates(seen, paths)
    asked, catalog = (with_templates(each, seen) for each in (selection.questions, questions))
    check_templates(asked, catalog)  # before they are remembered: what is refused may be changed at Saber as well
    remember(seen, paths, run_id=request.run_id)
    return replace(request, selection=replace(selection, questions=asked)), catalog


def _failed_for_credits(run: RunState, outcomes: PairOutcomes) -> PipelineError | None:
    """Pairs that a run beside this one bought, and that failed because the credits did not last."""
    if not outcomes.failed_for_credits:
        return None
    run.spending.signals_failed_for_credits = outcomes.failed_for_credits
    return failed_for_credits(outcomes.failed_for_credits)
