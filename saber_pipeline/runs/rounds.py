"""Rounds of planning, buying and following. One is the rule; another when pairs come free meanwhile."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import duckdb
import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.collector import Collector, CollectSettings
from saber_pipeline.errors import PipelineError, SpendingError
from saber_pipeline.ledger.awaited_pairs import Awaited, all_settled, count_awaited
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.claims import claim_awaited, count_claims, free_claims, newest_landed_seq
from saber_pipeline.ledger.pair_subjects import await_subjects
from saber_pipeline.ledger.purchase_rows import bought_by_others
from saber_pipeline.ledger.purchases import submissions_in
from saber_pipeline.ledger.questions import asked_questions
from saber_pipeline.ledger.store import check_address
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.planning.ledger_temp_tables import load_skipped
from saber_pipeline.planning.plan import (
    Plan,
    Status,
    candidate_subjects,
    candidates,
    keep_candidates,
    keep_no_candidates,
    make_plan,
)
from saber_pipeline.purchasing.pair_routes import Submitter
from saber_pipeline.purchasing.refusals import failed_for_credits
from saber_pipeline.runs import credit_shortage
from saber_pipeline.runs.answer_history import read_history
from saber_pipeline.runs.block_taker import Taker
from saber_pipeline.runs.linkedin_notes import plan_by_linkedin
from saber_pipeline.runs.monthly_check import without_held_back
from saber_pipeline.runs.planned_run import PlannedRun
from saber_pipeline.runs.price import compare_price, watch_price
from saber_pipeline.runs.publication import load_everything
from saber_pipeline.runs.purchase_run import MAX_ROUNDS
from saber_pipeline.runs.released_pairs import Releaser, claim_due, keep_pairs
from saber_pipeline.runs.reopened_pairs import reopen_what_is_gone
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.shown_plan import plan_shown_before
from saber_pipeline.runs.spending_guard import guard_claims
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.load import LoadSummary
from saber_pipeline.warehouse.session import WarehouseSession, warehouse_session
from saber_pipeline.warehouse.sql import read_sql

logger = logging.getLogger(__name__)

BALANCE_SECONDS = 5.0
"""How long the balance may take to be read while other runs wait for the warehouse."""

SAME_CLOCK = timedelta(minutes=1)
"""Clocks that differ by less are the same for ages that are reckoned in days."""


async def run_rounds(run: RunState) -> tuple[Plan, PipelineError | None]:
    """Plan, then buy and follow what the plan asks for; also returns why it stopped early, if it did.

    Raises:
        PipelineError: it stopped before it bought anything.
    """
    deadline = run.clock.monotonic() + 60 * run.request.max_wait_minutes
    async with AsyncExitStack() as stack:
        plan = await _first_claims(run, stack)
        if run.lost_history:
            await read_history(run, await run.open_api(stack))
        if run.api is None or not plan.needs_api:
            return plan, None
        releaser = Releaser(run, plan, plan_again=_plan)
        for _ in range(MAX_ROUNDS):
            stopped_by = await _buy_and_follow(run, run.api, plan, deadline, releaser)
            is_over = stopped_by is not None or run.clock.monotonic() >= deadline
            if is_over:
                break
            try:
                if not _claim_what_came_free(run, plan):
                    break
            except SpendingError as error:
                stopped_by = error
                break
        if run.spending.posts:
            paid = None if run.spending.signals_unknown else run.spending.signals_bought
            await compare_price(run, run.api, paid=paid)
    return plan, stopped_by


async def _first_claims(run: RunState, stack: AsyncExitStack) -> Plan:
    """Load what has landed, plan, and claim what is due.

    All of it under the warehouse's lock: a pair leaves the ledger only under that lock, when its answer
    is in the warehouse. So a pair that neither this plan nor the ledger knows is known to nobody. An API
    that is slow to tell the balance is waited for without the lock, and the plan is made anew. So it is where the
    API's first reply shows that its clock is behind this machine's: its answers are younger than they seemed.
    A plan that was shown before the run is this run's, if it leaves nothing to do and nothing has changed since.
    """
    balance: int | None = None
    while True:
        with warehouse_session(run.paths, memory_limit=run.settings.duckdb_memory_limit) as session:
            loaded = _bring_up_to_date(run, session)
            shown = plan_shown_before(run, session, loaded)
            if shown is not None:
                _free_claims(run)
                keep_no_candidates(session.con, run.candidates_file)
                _log_plan(shown)
                run.tell_plan(_planned(run, shown))
                return shown
            plan = await plan_by_linkedin(run, stack, session.con, lambda con: _plan(run, con))
            if plan.needs_api:
                api, seen = await run.open_api(stack), run.plan_rules
                with suppress(TimeoutError):
                    if balance is None:
                        balance = await asyncio.wait_for(_read_balance(run, api), BALANCE_SECONDS)
                if run.plan_rules.api_behind - seen.api_behind > SAME_CLOCK:
                    _log_clock_difference(run.plan_rules.api_behind)
                    plan = _plan(run, session.con)
            keep_candidates(session.con, run.candidates_file)
            keep_pairs(session.con, ["waiting"], run.waiting_file)
            if not plan.needs_api:
                _log_plan(plan)
                run.tell_plan(_planned(run, plan))
                return plan
            if balance is not None:
                _log_plan(plan)
                run.spending.balance_before = balance
                with run.ledger.transaction() as connection:
                    record_balance(connection, balance, run_id=run.run_id)
                try:
                    with run.ledger.transaction() as connection:
                        _claim(run, connection, session, plan)
                finally:
                    run.tell_plan(_planned(run, plan))
                return plan  # what the budget holds back is among its candidates, and accounted for there
        balance = await _read_balance(run, api)


async def _read_balance(run: RunState, api: SaberClient) -> int:
    """The balance and, where others may buy for this run later, what they have bought before.

    Before it is read: what they buy while the reply is on its way then explains too much, rather than too little.
    """
    if run.ledger.is_in_a_database:
        with run.ledger.reading() as connection:
            live = run.live_runs(connection)
            run.spending.others_before = bought_by_others(connection, run.run_id, without_undecided_of=live)
    return await api.get_credits()


def _planned(run: RunState, plan: Plan) -> PlannedRun:
    allowed, claimed = without_held_back(run, plan), run.spending.estimate
    buys = allowed.totals[Status.DUE] if claimed is None else claimed.signals
    return PlannedRun(buys, run.settings.credits_per_signal, run.spending.balance_before, allowed)


def _bring_up_to_date(run: RunState, session: WarehouseSession) -> LoadSummary:
    with run.ledger.reading() as connection:
        settled = newest_landed_seq(connection)
    loaded = load_everything(session, run.questions)
    with run.ledger.transaction() as connection:
        run.lost_history = reopen_what_is_gone(session.con, connection, up_to_landed_seq=settled)
    return loaded


def _claim_what_came_free(run: RunState, first_plan: Plan) -> bool:
    """Claim what another run gave back, or what never arrived; whether there is anything to go on with.

    Raises:
        SpendingError: what is left of the balance or of max_credits does not cover it; nothing was claimed.
    """
    if run.request.collect_only:
        return False
    with run.ledger.reading() as connection:
        if all_settled(connection, run.run_id):
            return False  # known without loading and planning, which a large run takes seconds for
    if run.request.selection.force_refresh:
        # By the ledger alone: a pair without a row belongs to a request that was closed meanwhile.
        with run.ledger.transaction() as connection:
            claim_awaited(connection, run.run_id)
            return guard_claims(run, connection, first_plan) > 0
    with run.background_loader.session() as session:
        load_everything(session, run.questions)
        plan = _plan(run, session.con)
        # What was not due at first has its outcome: an answer that grew too old meanwhile is for the next run.
        session.con.execute(read_sql("only_candidates", RUNS_SQL), {"candidates": str(run.candidates_file)})
        with run.ledger.transaction() as connection:
            _claim(run, connection, session, plan)
            awaited = count_awaited(connection, run.run_id)
            return count_claims(connection, run.run_id).claimed + awaited.remaining > 0


def _free_claims(run: RunState) -> None:
    """Of runs that have died. Raises OtherAddressError."""
    with run.ledger.transaction() as connection:
        check_address(connection, run.settings.base_url)
        free_claims(connection, run.live_runs(connection))


def _plan(run: RunState, con: duckdb.DuckDBPyConnection) -> Plan:
    _free_claims(run)
    with run.ledger.reading() as connection:
        live = run.live_runs(connection)
        plan = make_plan(
            con,
            connection,
            run.request.selection,
            run.plan_rules,
            live_runs=live,
            catalog=run.questions,
            run_id=run.run_id,
            not_bought=run.held_back.keys(),
            sampled=run.sampled,
            without_due=run.request.collect_only,
        )
        run.sampled = plan.sampled
        load_skipped(con, connection, run.run_id)
    return plan


def _log_clock_difference(api_behind: timedelta) -> None:
    logger.warning(
        "Saber's clock is %s behind this machine's: the ages of answers follow Saber's clock, so nothing is bought "
        "again for this reason. If this machine's clock is wrong, correct it.",
        timedelta(seconds=int(api_behind.total_seconds())),
    )


def _claim(run: RunState, connection: sa.Connection, session: WarehouseSession, plan: Plan) -> None:
    """In the ledger's transaction, which others need to forget what they published.

    So who still holds the warehouse when it has begun has planned with all that has left the ledger.
    """
    session.hold.check()
    con = session.con
    await_subjects(connection, run.run_id, candidate_subjects(con))
    if run.request.collect_only:
        return
    claim_due(run, connection, con, candidates(con, [Status.WAITING]))
    claimed = guard_claims(run, connection, plan)
    credit_shortage.clear(run, connection)
    continued = without_held_back(run, plan).totals[Status.DUE] - claimed
    if run.request.selection.force_refresh and continued > 0:
        logger.info(
            "%s pairs were bought already for a forced refresh that is still open. This run continues it.",
            f"{continued:,}",
        )


async def _buy_and_follow(
    run: RunState, api: SaberClient, plan: Plan, deadline: float, releaser: Releaser
) -> PipelineError | None:
    with run.ledger.reading() as connection:
        known = asked_questions(connection)
    current = {question.question_id: question for question in run.questions}
    sink = run.new_sink(api)

    def count_remaining() -> int:
        with run.ledger.reading() as connection:
            return count_claims(connection, run.run_id).claimed

    watch = watch_price(run, api, count_remaining)
    submitter = Submitter(
        api, run.ledger, sink, run.run_id, known | current, run.settings, watch, run.request.generate_summary
    )
    submitted = submitter.submitted
    taker = Taker(run, plan, api, watch)
    releaser.begin()
    collector = Collector(
        api,
        run.ledger,
        sink,
        kind=run.request.selection.kind,
        run_id=run.run_id,
        settings=CollectSettings(
            run.settings.collect_lag_seconds,
            run.settings.lost_after_minutes,
            run.settings.resolve_wait_minutes,
            run.settings.lease_seconds,
            hears_webhooks=run.settings.webhook_url is not None,
        ),
        clock=run.clock,
        report=run.report,
        deadline=deadline,
    )

    async def send_all() -> None:
        while await submitter.send_some():
            await collector.poll_once()

    async def release(awaited: Awaited) -> bool:
        if not submitted.may_go_on or not releaser.is_due(awaited.remaining):
            return False
        if releaser.release(awaited.remaining, in_this_round=submitted.attempted):
            await send_all()
            return True
        return False

    async def buy_more(awaited: Awaited) -> bool:
        has_released = await release(awaited)
        has_taken = await taker.take_all(awaited, submitted, deadline=deadline, send=send_all, poll=collector.poll_once)
        return has_taken or has_released

    try:
        await send_all()
        await collector.run(deadline=deadline, more=buy_more)
    except PipelineError as error:
        return submitted.stopped_by or error
    finally:
        run.spending.add(submitted)
        with run.ledger.reading() as connection:
            run.spending.decide(submissions_in(connection, list(SubmissionState), ids=run.spending.undecided))
        run.spending.signals_failed_for_credits += sink.failed_for_credits
    if submitted.stopped_by is None and sink.failed_for_credits:
        return failed_for_credits(sink.failed_for_credits)
    return submitted.stopped_by or releaser.stopped_by


def _log_plan(plan: Plan) -> None:
    counts = ", ".join(f"{plan.totals[s]:,} {s.value.replace('_', ' ')}" for s in Status if plan.totals[s])
    logger.info("Plan for %s: %s pairs asked: %s.", plan.selection, f"{plan.asked:,}", counts or "none")
    for reason, pairs in plan.reasons.most_common():
        logger.info("%s due because: %s.", f"{pairs:,}", reason)
    for reason, pairs in plan.held_reasons.most_common():
        logger.info("%s held back because: %s.", f"{pairs:,}", reason)
    for condition in plan.conditions:
        logger.info("%s.", condition)
