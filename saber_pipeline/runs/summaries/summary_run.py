"""One run over the summaries of lists' domains, from the listing to the published tables."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK, Clock
from saber_pipeline.collection.poll_interval import PollInterval
from saber_pipeline.config.paths import DataPaths, check_writable
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ListError, PipelineError, StorageError
from saber_pipeline.ledger.run_ids import attempt_id
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.spending import price_summaries
from saber_pipeline.ledger.store import Ledger, bind_address, check_address
from saber_pipeline.ledger.summary_requests import requests_about
from saber_pipeline.ledger.tables import SummaryRequestState
from saber_pipeline.planning.balance import read_balance
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.runs.directory_marks import open_to_spend
from saber_pipeline.runs.interruptions import one_interruption, run_interruptible
from saber_pipeline.runs.lists import list_files, readable_lists
from saber_pipeline.runs.publication import load_everything, publish_pending
from saber_pipeline.runs.summaries.summary_planned import PlannedSummaries
from saber_pipeline.runs.summaries.summary_purchases import SummaryAsker, seconds_since_asked
from saber_pipeline.runs.summaries.summary_reader import KnownSummaries, SummaryReader
from saber_pipeline.runs.summaries.summary_run_request import Asked, SummariesRequest, SummariesResult
from saber_pipeline.warehouse.session import warehouse_session

logger = logging.getLogger(__name__)


@dataclass
class _Run:
    request: SummariesRequest
    settings: Settings
    ledger: Ledger
    clock: Clock
    new_client: Callable[[], SaberClient]
    tell_plan: Callable[[PlannedSummaries], None]
    domains: list[str]
    known: KnownSummaries
    asked: Asked = field(default_factory=Asked)
    read: int = 0
    unproven: dict[str, str] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    run_id: str = ""

    @property
    def paths(self) -> DataPaths:
        return DataPaths.of(self.settings)


@one_interruption()
def run_summaries(
    request: SummariesRequest,
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    tell_plan: Callable[[PlannedSummaries], None] = lambda _: None,
    clock: Clock = SYSTEM_CLOCK,
) -> SummariesResult:
    """Read the summaries of the lists' domains, ask for missing ones if told to, land and publish.

    ``tell_plan`` is told what is about to be asked for, before any of it is, also where a limit forbids it.

    Raises:
        PipelineError: there is no list, no key, or the API is out of reach before anything was asked for.
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
    for folder in (paths.landed_records(SUMMARIES.landed_as), paths.versions):
        check_writable(folder)
    domains, known = _what_is_there(paths, settings, questions, lists)
    ledger = open_to_spend(paths)
    run = _Run(request, settings, ledger, clock, new_client, tell_plan, domains, known)
    run.run_id = attempt_id(request.run_id)
    try:
        with ledger.transaction() as connection:
            check_address(connection, settings.base_url)
        with lease(ledger, run.run_id, lease_seconds=settings.lease_seconds):
            stopped_by = _read_and_ask(run, questions)
            published = publish_pending(settings, questions)
    finally:
        with suppress(StorageError):
            ledger.checkpoint()
        ledger.close()
    have = run.known.domains_with(done=False)
    run.asked.unknown = {domain: why for domain, why in run.asked.unknown.items() if domain not in have}
    counts = _count(run)
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
        requests=run.requests,
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
        known.domains[summary_id] = domain
        known.states[summary_id] = (status or "", _iso(updated_at))
    return known


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()


def _read_and_ask(run: _Run, questions: tuple[Question, ...]) -> PipelineError | None:
    try:
        return run_interruptible(_rounds(run))
    except PipelineError:
        publish_pending(run.settings, questions)
        raise


async def _rounds(run: _Run) -> PipelineError | None:
    async with run.new_client() as api:
        reader = SummaryReader(api, run.paths, run.known, run_id=run.run_id, clock=run.clock)
        asker = SummaryAsker(api, run.ledger, reader, run.settings, run_id=run.run_id)
        run.asked = asker.asked
        try:
            await reader.read_domains(run.domains)
            missing = _missing(run, unproven=reader.unproven.keys()) if run.request.request_missing else []
            if missing:
                await _ask_for_missing(run, api, asker, missing)
            else:
                _tell_plan(run, asker, asks=0)
            await _follow(run, api, reader)
        except PipelineError as error:
            if not run.asked.posts:
                raise
            return run.asked.stopped_by or error
        finally:
            run.read = reader.read
            run.unproven = dict(sorted(reader.unproven.items()))
            _warn_of(run.unproven)
            run.requests = Counter(api.request_counts)
        return run.asked.stopped_by


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


def _missing(run: _Run, *, unproven: Set[str]) -> list[str]:
    # A summary on a page that was missed would be bought a second time.
    have = run.known.domains_with(done=False) | unproven
    return [domain for domain in run.domains if domain not in have]


def _tell_plan(run: _Run, asker: SummaryAsker, *, asks: int) -> None:
    with run.ledger.reading() as connection:
        price = asker.price(connection)
    run.tell_plan(PlannedSummaries(_count(run), asks, price, asker.asked.balance_before))


async def _ask_for_missing(run: _Run, api: SaberClient, asker: SummaryAsker, missing: Sequence[str]) -> None:
    asked = asker.asked
    asked.balance_before = await read_balance(api, run.ledger, run_id=run.run_id)
    with run.ledger.reading() as connection:
        askable = asker.askable(connection, missing)
    logger.info(
        "%s of %s companies have no summary. The run requests %s of them.",
        f"{len(missing):,}",
        f"{len(run.domains):,}",
        f"{len(askable):,}",
    )
    _tell_plan(run, asker, asks=len(askable))
    with run.ledger.transaction() as connection:
        asker.check_month(connection, len(askable))
        bind_address(connection, run.settings.base_url)
    await asker.ask(askable)
    if asked.posts:
        asked.balance_after = await read_balance(api, run.ledger, run_id=run.run_id)
        with run.ledger.transaction() as connection:
            price_summaries(
                connection, run.run_id, fallen_by=asked.credits_spent or 0, price=run.settings.credits_per_signal
            )
        logger.info(
            "%s summaries were requested. Meanwhile the balance fell by %s credits, whoever spent them.",
            f"{asked.posts:,}",
            f"{asked.credits_spent or 0:,}",
        )


async def _follow(run: _Run, api: SaberClient, reader: SummaryReader) -> None:
    """Read what is on its way until it is there or the time is up."""
    deadline = run.clock.monotonic() + 60 * run.request.max_wait_minutes
    interval = PollInterval()
    waiting = _on_its_way(run, api)
    looked = run.clock.monotonic()
    while waiting:
        await reader.read_domains(waiting)
        left = _on_its_way(run, api)
        now = run.clock.monotonic()
        interval.adapt(settled=len(waiting) - len(left), remaining=len(left), elapsed_seconds=now - looked)
        waiting, looked = left, now
        if not waiting or now >= deadline:
            return
        await run.clock.sleep(min(interval.seconds, max(0.0, deadline - now)))


def _on_its_way(run: _Run, api: SaberClient) -> list[str]:
    """Domains whose newest summary is being made, or was asked for lately and is not listed yet."""
    domains = set(run.domains)
    processing = {
        run.known.domains[summary_id]
        for summary_id, (status, _) in run.known.states.items()
        if status not in ("completed", "failed")
    }
    have = run.known.domains_with(done=False)
    with run.ledger.reading() as connection:
        requests = requests_about(connection, (domain for domain in run.domains if domain not in have))
    wait_seconds = 60 * run.settings.resolve_wait_minutes
    asked = {
        domain
        for domain, request in requests.items()
        if request.is_awaited
        and (request.state is SummaryRequestState.RUNNING or seconds_since_asked(api, request) < wait_seconds)
    }
    return sorted((processing | asked) & domains)


def _count(run: _Run) -> Counter[str]:
    """The lists' domains by the best state of their summaries."""
    best: dict[str, str] = {}
    for summary_id, domain in run.known.domains.items():
        status = run.known.states[summary_id][0]
        state = status if status in ("completed", "failed") else "processing"
        order = ("failed", "processing", "completed")
        if domain not in best or order.index(state) > order.index(best[domain]):
            best[domain] = state
    return Counter(best.get(domain, "missing") for domain in run.domains)
