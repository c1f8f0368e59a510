"""One run over the summaries of lists' domains, from the listing to the published tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC

import duckdb

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.collection.progress import Lately, Progress
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ListError, PipelineError
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.spending import price_summaries
from saber_pipeline.ledger.store import bind_address
from saber_pipeline.planning.balance import read_balance, read_balance_after
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.runs.follower import Follower
from saber_pipeline.runs.interruptions import one_interruption
from saber_pipeline.runs.lists import list_files, readable_lists
from saber_pipeline.runs.publication import load_everything, publish_pending
from saber_pipeline.runs.run_frame import carry_out, ledger_to_spend
from saber_pipeline.runs.summaries.summary_planned import PlannedSummaries
from saber_pipeline.runs.summaries.summary_purchases import SummaryAsker
from saber_pipeline.runs.summaries.summary_reader import KnownSummaries, SummaryReader
from saber_pipeline.runs.summaries.summary_run_request import SummariesRequest, SummariesResult
from saber_pipeline.runs.summaries.summary_state import SummaryRun
from saber_pipeline.warehouse.session import warehouse_session

logger = logging.getLogger(__name__)


@one_interruption()
def run_summaries(
    request: SummariesRequest,
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    report: Callable[[Progress], None] = lambda _: None,
    tell_plan: Callable[[PlannedSummaries], None] = lambda _: None,
    clock: Clock = SYSTEM_CLOCK,
) -> SummariesResult:
    """Read the summaries of the lists' domains, request missing ones if told to, land and publish.

    ``tell_plan`` gets the plan before the first request for a summary, even if a limit forbids the requests.

    Raises:
        PipelineError: there is no list, no key, or the API is out of reach before the first request for a summary.
    """
    began = clock.monotonic()
    paths = DataPaths.of(settings)
    lists = request.lists or tuple(list_files(paths, COMPANIES))
    if not lists:
        raise ListError(f"There is no domain list in {paths.lists(COMPANIES)}. Nothing was spent. Put one there.")
    read = readable_lists(paths, COMPANIES, lists)
    for problem in dict.fromkeys(read.broken.values()):
        logger.warning("A list is left out: %s The run continues with the other lists.", problem)
    lists = tuple(snapshot.list_name for snapshot in read.snapshots)
    with ledger_to_spend(settings, SUMMARIES) as ledger:
        domains, known = _what_is_there(paths, settings, questions, lists)
        run = SummaryRun(request, settings, questions, ledger, clock, new_client, report, tell_plan, domains, known)
        with lease(ledger, run.run_id, lease_seconds=settings.lease_seconds):
            stopped_by = carry_out(run, _rounds(run))
            published = publish_pending(settings, questions)
    have = run.known.domains
    run.asked.unknown = {domain: why for domain, why in run.asked.unknown.items() if domain not in have}
    counts = run.count()
    return SummariesResult(
        domains=len(domains),
        completed=counts["completed"],
        processing=counts["processing"],
        failed=counts["failed"],
        missing=counts["missing"],
        read=run.read,
        unproven=run.unproven,
        asked=run.asked,
        publication=published.publication,
        requests=run.request_counts,
        seconds=clock.monotonic() - began,
        stopped_by=stopped_by,
    )


def _what_is_there(
    paths: DataPaths, settings: Settings, questions: tuple[Question, ...], lists: Sequence[str]
) -> tuple[list[str], KnownSummaries]:
    """The lists' domains, and the summaries that have landed."""
    with warehouse_session(paths, memory_limit=settings.duckdb_memory_limit) as session:
        load_everything(session, questions)
        rows = session.con.execute(
            'SELECT DISTINCT domain FROM domains WHERE "list" IN (SELECT unnest(?::VARCHAR[])) ORDER BY domain',
            [list(lists)],
        ).fetchall()
        return [domain for (domain,) in rows], _known(session.con)


def _known(con: duckdb.DuckDBPyConnection) -> KnownSummaries:
    known = KnownSummaries()
    rows = con.execute("SELECT domain, summary_id, status, updated_at FROM summaries").fetchall()
    for domain, summary_id, status, updated_at in rows:
        known.companies[summary_id] = {domain}
        changed_at = None if updated_at is None else updated_at.replace(tzinfo=UTC).isoformat()
        known.states[summary_id] = (status or "", changed_at)
    return known


async def _rounds(run: SummaryRun) -> PipelineError | None:
    deadline_seconds = 60 * run.request.max_wait_minutes
    async with AsyncExitStack() as stack:
        api = await run.open_api(stack)
        reader = SummaryReader(api, run.paths, run.known, run_id=run.run_id, clock=run.clock)
        asker = SummaryAsker(run, api, reader)
        try:
            await reader.read_domains(run.domains, _progress(run, len(run.domains), "listings"))
            missing = run.missing(unproven=reader.unproven.keys()) if run.request.request_missing else []
            if missing:
                await _ask_for_missing(run, api, asker, missing)
            else:
                _tell_plan(run, asker, buys=0)
            follower = Follower(run, lambda: run.on_its_way(api), reader.read_domains, noun="companies", key=str)
            await follower.until(run.clock.monotonic() + deadline_seconds)
        except PipelineError as error:
            if not run.asked.posts:
                raise
            return run.asked.stopped_by or error
        finally:
            run.read = reader.read
            run.unproven = dict(sorted(reader.unproven.items()))
            _warn_of(run.unproven)
        return run.asked.stopped_by


def _progress(run: SummaryRun, total: int, noun: str) -> Callable[[int], None]:
    """Reports how many of them are done, from now on."""
    began, lately = run.clock.monotonic(), Lately()

    def tell(done: int) -> None:
        run.report(lately.progress(done, total, run.clock.monotonic() - began, noun))

    return tell


def _warn_of(unproven: Mapping[str, str]) -> None:
    if unproven:
        some = "; ".join(f"{domain} ({why})" for domain, why in list(unproven.items())[:3])
        logger.warning(
            "The summaries of %s companies could not be read whole, so none was requested for them: %s%s. Nothing was "
            "spent on them. The next run reads them again.",
            f"{len(unproven):,}",
            some,
            "; …" if len(unproven) > 3 else "",  # noqa: PLR2004 - as many as are named
        )


def _tell_plan(run: SummaryRun, asker: SummaryAsker, *, buys: int) -> None:
    with run.ledger.reading() as connection:
        price = asker.price(connection)
    run.tell_plan(PlannedSummaries(buys, price, run.asked.balance_before, run.count()))


async def _ask_for_missing(run: SummaryRun, api: SaberClient, asker: SummaryAsker, missing: Sequence[str]) -> None:
    asked = run.asked
    asked.balance_before = await read_balance(api, run.ledger, run_id=run.run_id)
    with run.ledger.reading() as connection:
        askable = asker.askable(connection, missing)
    logger.info(
        "%s of %s companies have no summary. The run requests %s of them.",
        f"{len(missing):,}",
        f"{len(run.domains):,}",
        f"{len(askable):,}",
    )
    _tell_plan(run, asker, buys=len(askable))
    with run.ledger.transaction() as connection:
        asker.check_month(connection, len(askable))
        bind_address(connection, run.settings.base_url)
    tell = _progress(run, len(askable), "requests")
    await asker.purchase_each(askable, at_once=run.settings.concurrency, tell=tell)
    if asked.posts:
        asked.balance_after = await read_balance_after(api, run.ledger, run_id=run.run_id)
    if asked.credits_spent is not None:
        with run.ledger.transaction() as connection:
            price_summaries(
                connection, run.run_id, fallen_by=asked.credits_spent, price=run.settings.credits_per_signal
            )
        logger.info(
            "%s summaries were requested. Meanwhile the balance fell by %s credits, whoever spent them.",
            f"{asked.posts:,}",
            f"{asked.credits_spent:,}",
        )
