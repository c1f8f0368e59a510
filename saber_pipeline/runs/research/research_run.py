"""One run of contact research, from the lists to the published tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.inputs.list_files import find_list_files
from saber_pipeline.inputs.people_reader import PersonRow
from saber_pipeline.ledger.known_people import (
    forget_lists,
    identify_rows,
    read_registry,
    remember_people,
    remember_rows,
)
from saber_pipeline.ledger.research import close_research_requests
from saber_pipeline.ledger.research_status import follow_people
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.products.product import CONTACT_RESEARCH
from saber_pipeline.runs.credit_shortage import note_end
from saber_pipeline.runs.interruptions import one_interruption
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.runs.research.research_lists import Selection, read_research_lists, select, select_known
from saber_pipeline.runs.research.research_outcomes import outcomes_of, unknown_people
from saber_pipeline.runs.research.research_planned import PlannedResearch
from saber_pipeline.runs.research.research_rounds import run_rounds
from saber_pipeline.runs.research.research_run_request import ResearchOutcome, ResearchRequest, ResearchResult
from saber_pipeline.runs.research.research_state import ResearchRun
from saber_pipeline.runs.research.warehouse import reopen_what_is_gone
from saber_pipeline.runs.run_frame import carry_out, ledger_to_spend, stop_waiting


@one_interruption()
def run_research(
    request: ResearchRequest,
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    report: Callable[[Progress], None],
    tell_plan: Callable[[PlannedResearch], None] = lambda _: None,
    clock: Clock = SYSTEM_CLOCK,
) -> ResearchResult:
    """Read the lists, purchase missing research, follow, land and publish; ``questions``: all of questions.yaml.

    ``tell_plan`` gets the plan before the first purchase, even if a limit forbids the purchases.

    All results of purchases are published when this returns, even if the run was stopped midway.

    Raises:
        PipelineError: the run stopped before its first purchase; the text says why and what to do.
    """
    began_monotonic = clock.monotonic()
    request = request.limited_by(settings)
    paths = DataPaths.of(settings)
    rows = {} if request.collect_only else read_research_lists(paths, request.lists)
    with ledger_to_spend(settings, CONTACT_RESEARCH) as ledger:
        began = ledger.now()
        reopen_what_is_gone(ledger, settings, questions)
        selection = _known(request, ledger) if request.collect_only else _remember_lists(ledger, rows, paths)
        run = ResearchRun(request, settings, questions, ledger, clock, new_client, report, tell_plan, selection, began)
        with lease(ledger, run.run_id, lease_seconds=settings.lease_seconds):
            with ledger.transaction() as connection:
                follow_people(connection, run.run_id, selection.people, run.live_runs(connection))
            before = run.statuses()
            stopped_by = carry_out(run, run_rounds(run))
            note_end(run, stopped_by)  # not after publishing: where that fails, a top-up still starts what was noted
            publishing_began = ledger.now()
            published = publish_pending(settings, questions)
            with ledger.transaction() as connection:
                close_research_requests(connection, published_before=publishing_began)
            outcomes = outcomes_of(run, before)
            unknown = unknown_people(run, outcomes)
            stop_waiting(run)
    by_list: dict[str, Counter[ResearchOutcome]] = defaultdict(Counter)
    for person_id, outcome in outcomes.items():
        for name in selection.lists_of[person_id]:
            by_list[name][outcome] += 1
    return ResearchResult(
        outcomes=Counter(outcomes.values()),
        by_list=by_list,
        people=len(selection.people),
        rows=selection.rows,
        rejected=selection.rejected,
        sent=run.sent,
        unknown=unknown,
        refused={str(selection.people[person_id]): reason for person_id, reason in run.sent.refused.items()},
        spending=run.spending,
        price=settings.credits_per_signal,
        publication=published.publication,
        requests=run.request_counts,
        seconds=clock.monotonic() - began_monotonic,
        stopped_by=stopped_by,
    )


def _remember_lists(ledger: Ledger, rows: Mapping[str, list[PersonRow]], paths: DataPaths) -> Selection:
    """Who is in the lists, written down: two runs at once must agree about it."""
    with ledger.transaction() as connection:
        registry = read_registry(connection)
        identified = identify_rows(registry, rows)
        remember_people(connection, registry)
        remember_rows(connection, identified, lists=rows)
        forget_lists(connection, but=find_list_files(paths.research_lists))
    return select(identified)


def _known(request: ResearchRequest, ledger: Ledger) -> Selection:
    """A run that only collects goes by the ledger: a list that is gone or broken must not keep back what was paid."""
    with ledger.reading() as connection:
        return select_known(connection, request.lists)
