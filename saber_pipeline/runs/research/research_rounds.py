"""Rounds of purchasing research and reading it. One is the rule; another when people are due who were not before."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import OutOfCreditsError, PipelineError, SpendingError, is_out_of_credits
from saber_pipeline.ledger.claims import Claims, count_claims
from saber_pipeline.ledger.research import claim_people, claimed_people, release_people
from saber_pipeline.ledger.store import bind_address
from saber_pipeline.ledger.tables import ResearchState
from saber_pipeline.planning.balance import read_balance, read_balance_after
from saber_pipeline.planning.monthly_budget import check_month, read_month
from saber_pipeline.products.product import CONTACT_RESEARCH
from saber_pipeline.runs import credit_shortage
from saber_pipeline.runs.follower import Follower
from saber_pipeline.runs.price import compare_price, watch_price
from saber_pipeline.runs.purchase_run import MAX_ROUNDS
from saber_pipeline.runs.research.existing_research import adopt_what_exists
from saber_pipeline.runs.research.person_status import PersonStatus, PersonStatuses
from saber_pipeline.runs.research.research_planned import planned_research
from saber_pipeline.runs.research.research_purchases import ResearchSender
from saber_pipeline.runs.research.research_reader import ResearchReader
from saber_pipeline.runs.research.research_state import ResearchRun
from saber_pipeline.runs.spending_guard import begin_purchases, check_claims

logger = logging.getLogger(__name__)

SENT_BETWEEN_READS = 1_000
"""About half a minute at the API's limit for writes; then what has ended meanwhile is read."""


async def run_rounds(run: ResearchRun) -> PipelineError | None:
    """Buy and follow what is due; returns why it stopped early, if it did.

    Raises:
        PipelineError: the run stopped before its first purchase.
    """
    async with AsyncExitStack() as stack:
        stopped_by = await _rounds(run, stack)
        if run.api is not None and run.sent.posts and not run.stop.is_set():
            paid = None if run.sent.unknown else len(run.sent.bought - run.sent.failed_for_credits)
            await compare_price(run, run.api, paid=paid)
    return stopped_by


async def _rounds(run: ResearchRun, stack: AsyncExitStack) -> PipelineError | None:
    deadline = run.clock.monotonic() + 60 * run.request.max_wait_minutes
    for number in range(MAX_ROUNDS):
        statuses = run.statuses()
        if number == 0:
            _log_plan(run, statuses)
        if not _due(run, statuses) and not statuses.in_flight:
            if number == 0:
                run.tell_plan(planned_research(run, statuses, buys=0))
            break
        api = await run.open_api(stack)
        try:
            await _claim(run, api, statuses, is_first=number == 0)
        except SpendingError as error:
            if number == 0:
                raise
            return error
        stopped_by = await _send_and_follow(run, api, deadline)
        if stopped_by is not None or run.stop.is_set() or run.clock.monotonic() >= deadline:
            return stopped_by
    return None


def _due(run: ResearchRun, statuses: PersonStatuses) -> list[str]:
    """The people whose research is to be purchased: none that this run has tried, and none where it only collects."""
    if run.request.collect_only:
        return []
    tried = run.sent.refused.keys() | run.sent.unknown.keys()
    return [person_id for person_id in statuses.those(PersonStatus.DUE) if person_id not in tried]


async def _claim(run: ResearchRun, api: SaberClient, statuses: PersonStatuses, *, is_first: bool) -> None:
    due = _due(run, statuses)
    if is_first and due and not run.request.force_refresh:
        with run.ledger.transaction() as connection:
            bind_address(connection, run.settings.base_url)
        await adopt_what_exists(run, api, due)
        statuses = run.statuses()
        due = _due(run, statuses)
    if not due:
        if is_first:
            run.tell_plan(planned_research(run, statuses, buys=0))
        return
    if run.spending.balance_before is None:
        run.spending.balance_before = await read_balance(api, run.ledger, run_id=run.run_id)
    claimed = len(due)
    try:
        with run.ledger.transaction() as connection:
            claimed = claim_people(connection, run.run_id, due, run.rules)
            month = read_month(connection, run.settings, now=api.server_clock.now(), run_id=run.run_id)
            check_month(month, run.product, claimed, run.settings.credits_per_signal, bought=run.bought)
            claims = Claims(claimed, count_claims(connection, run.run_id).reserved_by_others)
            estimate = check_claims(run, claims, bought=run.bought)
            run.spending.estimate = run.spending.estimate or estimate
            credit_shortage.clear(run, connection)
            if claimed:
                begin_purchases(run, connection, estimate)
    finally:
        if is_first:
            run.tell_plan(planned_research(run, statuses, buys=claimed))


async def _send_and_follow(run: ResearchRun, api: SaberClient, deadline: float) -> PipelineError | None:
    sender = ResearchSender(run, api)
    reader = ResearchReader(
        api,
        run.ledger,
        run.paths,
        run_id=run.run_id,
        stuck_hours=run.settings.stuck_after_hours,
        price=run.settings.credits_per_signal,
        can_pay_no=lambda people: _lacks_credits(run, api, people),
    )
    follower = Follower(
        run,
        lambda: run.statuses().in_flight,
        reader.read,
        noun="people",
        key=lambda each: each.number,
        is_sent=lambda each: each.state is not ResearchState.CLAIMED,
    )
    try:
        with run.ledger.reading() as connection:
            claimed = claimed_people(connection, run.run_id)
        while claimed and run.sent.may_go_on and not run.stop.is_set() and not reader.failed_for_credits:
            sent = await _send_some(run, api, sender, claimed)
            claimed = claimed[sent:]
            if claimed and sent == SENT_BETWEEN_READS:
                await follower.poll_once()
        with run.ledger.transaction() as connection:
            if reader.failed_for_credits or (run.sent.stopped_by and is_out_of_credits(run.sent.stopped_by)):
                not_sent = (person_id for _, person_id in claimed_people(connection, run.run_id))
                run.sent.lack_credits(dict.fromkeys(not_sent, "not sent: the credits had run out"))
            release_people(connection, run.run_id)
        await follower.until(deadline)
    except PipelineError as error:
        return run.sent.stopped_by or error
    finally:
        run.sent.failed_for_credits |= reader.failed_for_credits.keys()
        run.sent.lack_credits(reader.failed_for_credits)
    if run.sent.stopped_by is None and reader.failed_for_credits:
        return OutOfCreditsError(f"{len(reader.failed_for_credits):,} researches failed at Saber for want of credits.")
    return run.sent.stopped_by


async def _send_some(
    run: ResearchRun, api: SaberClient, sender: ResearchSender, claimed: Sequence[tuple[int, str]]
) -> int:
    """Purchase as many of ``claimed`` as the price watch allows before it compares the balance; returns the number."""

    def count_remaining() -> int:
        with run.ledger.reading() as connection:
            return len(claimed_people(connection, run.run_id))

    watch = watch_price(run, api, count_remaining)
    try:
        most = await watch.most_at_once([CONTACT_RESEARCH.question])
    except PipelineError as error:
        run.sent.stopped_by = error
        return 0
    some = claimed[: min(SENT_BETWEEN_READS, most or SENT_BETWEEN_READS)]
    before = run.sent.attempted
    await sender.send(some)
    watch.note_bought(run.sent.attempted - before, [CONTACT_RESEARCH.question])
    if run.sent.may_go_on and not run.stop.is_set():
        run.sent.stopped_by = await watch.compare()
    return len(some)


async def _lacks_credits(run: ResearchRun, api: SaberClient, people: int) -> bool:
    """Whether the balance does not cover so many researches, at the price that this run seems to have paid.

    Spending by others makes that price look higher: more than twice the configured price is not believed.
    """
    balance = await read_balance_after(api, run.ledger, run_id=run.run_id)
    if balance is None:
        return False
    price, bought = run.settings.credits_per_signal, len(run.sent.bought)
    if run.spending.balance_before is not None and bought:
        seen = Decimal(run.spending.balance_before - balance) / bought
        price = min(2 * price, max(price, seen))
    return balance < people * price


def _log_plan(run: ResearchRun, statuses: PersonStatuses) -> None:
    shown = ", ".join(f"{count:,} {found.value.replace('_', ' ')}" for found, count in sorted(statuses.counts.items()))
    people = f"{len(run.selection.people):,}"
    logger.info("%s people in %s rows: %s.", people, f"{run.selection.rows:,}", shown or "none")
