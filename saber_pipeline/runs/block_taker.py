"""Buying what another run has claimed and not come to: so one big list is bought by all runs that wait for it.

It is for runs that share a ledger in a database, and have nothing left to buy of their own. Such a run makes a block
of another's claims its own and buys it as it buys whatever it has claimed; nothing else about these pairs changes,
also not who waits for them. What its own limits do not allow it leaves where it is: the other run has promised to buy
it, so there is nothing to complain of.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import ApiError, ApiKeyRefusedError, SpendingError
from saber_pipeline.ledger.awaited_pairs import Awaited
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.claims import Pair, count_claims
from saber_pipeline.ledger.questions import remember_questions
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.spending import purchases_of
from saber_pipeline.ledger.store import get_value
from saber_pipeline.ledger.takeovers import Takeable, last_claimed, take_over, takeable
from saber_pipeline.planning.plan import Plan
from saber_pipeline.purchasing.batch_purchases import DOMAIN_CAP_KEY
from saber_pipeline.purchasing.chunks import MAX_ASYNC_SIGNALS, ids_of_singles
from saber_pipeline.purchasing.pair_routes import SINGLES_AT_ONCE
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.purchasing.result import Submitted
from saber_pipeline.runs.limits import with_taken_over
from saber_pipeline.runs.monthly_check import check_taken, covered_questions
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.spending_guard import check_claims

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Block:
    """Pairs that ``giver`` has claimed and another run is about to take."""

    giver: str
    pairs: list[Pair]


@dataclass
class Taker:
    """For one run and one round of buying. ``plan`` is its first one, ``watch`` compares its price."""

    run: RunState
    plan: Plan
    api: SaberClient
    watch: PriceWatch

    def __post_init__(self) -> None:
        request = self.run.request
        self._may_take = (
            self.run.ledger.is_in_a_database
            and not request.collect_only
            and not request.selection.force_refresh
            and not request.generate_summary  # it would ask for summaries that the other run does not want
        )

    async def take_all(
        self,
        awaited: Awaited,
        submitted: Submitted,
        *,
        deadline: float,
        send: Callable[[], Awaitable[None]],
        poll: Callable[[], Awaitable[Awaited]],
    ) -> bool:
        """Take over and buy one block after another, as long as there is one to take; whether there was any.

        Call it when this run has sent what it has claimed itself. ``send`` buys what it has claimed, which it counts in
        ``submitted``; ``poll`` reads what has completed meanwhile. Nothing begins after ``deadline``.
        """
        has_taken = False
        while (
            awaited.claimed
            and submitted.may_go_on
            and self.run.clock.monotonic() < deadline
            and await self.take(submitted.attempted)
        ):
            has_taken = True
            await send()
            awaited = await poll()
        return has_taken

    async def take(self, in_this_round: int) -> bool:
        """Make a block of another run's claims this run's own; whether there was one, and it may be bought.

        ``in_this_round``: signals that this run has bought since the round began.
        """
        if not self._may_take:
            return False
        block = self._choose(self._most(in_this_round))
        if block is None or not await self._price_is_as_agreed(len(block.pairs)):
            return False
        try:
            balance = await self.api.get_credits()
        except ApiKeyRefusedError:
            raise
        except ApiError as error:
            logger.debug("The balance could not be read, so nothing is taken over: %s", error)
            return False
        taken = self._move(block, balance, in_this_round)
        if taken:
            logger.info(
                "Run %s has claimed %s pairs that this run waits for, and has not reached them. This run buys them.",
                orchestrator_id(block.giver),
                f"{taken:,}",
            )
        return taken > 0

    def _most(self, in_this_round: int) -> int | None:
        """How many pairs ``max_credits`` still allows; None: any number."""
        left, price = self.run.left_of_limit(self.run.bought + in_this_round), self.run.settings.credits_per_signal
        return None if left is None or not price else math.floor(left / price)

    def _choose(self, most: int | None) -> Block | None:
        """A block of the claims that another run comes to last; None where none has enough of them."""
        run = self.run
        if most == 0:
            return None
        singles = ids_of_singles(run.request.selection.questions)
        with run.ledger.reading() as connection:
            live = run.live_runs(connection)
            allowed = set(covered_questions(run, connection))
            for ids in (sorted(allowed & singles), sorted(allowed - singles)):
                found = takeable(connection, run.run_id, ids, live_runs=live)
                if not found:
                    continue
                giver = found[0]
                if ids[0] in singles:
                    subjects, pairs = self._of_singles(giver, live)
                else:
                    subjects, pairs = self._of_batches(connection, giver, ids, live)
                if subjects:
                    pairs = pairs if most is None else min(pairs, most)
                    last = last_claimed(connection, run.run_id, giver.run_id, ids, subjects=subjects, most=pairs)
                    return Block(giver.run_id, last)
        return None

    def _of_singles(self, giver: Takeable, live: Collection[str]) -> tuple[int, int]:
        """The most subjects and pairs of a block of what needs a request each; none where the giver has too few.

        A part, so that every run that is alive may take one and the giver keeps one: at least what it sends at once. A
        block is more than a handful, which would be waited for.
        """
        settings = self.run.settings
        least = max(settings.concurrency, settings.sync_create_pairs + 1)
        size = min(SINGLES_AT_ONCE, max(giver.pairs // (len(live) + 1), least))
        return (size, size) if giver.pairs - size >= settings.concurrency else (0, 0)

    def _of_batches(
        self, connection: sa.Connection, giver: Takeable, question_ids: Sequence[str], live: Collection[str]
    ) -> tuple[int, int]:
        """Likewise of what goes into batches: full ones, so that there are no more of them; the giver keeps one."""
        settings = self.run.settings
        cap = int(get_value(connection, DOMAIN_CAP_KEY) or settings.max_batch_domains)
        full = max(1, min(settings.max_batch_domains, cap, MAX_ASYNC_SIGNALS // len(question_ids)))
        if giver.subjects <= full:
            return 0, 0
        batches = max(1, giver.subjects // full // (len(live) + 1))
        size = min(max(full, settings.max_batch_domains), batches * full)
        return size, size * len(question_ids)

    async def _price_is_as_agreed(self, pairs: int) -> bool:
        """Whether the run's own limit holds by what its purchases really cost; where it has none nothing is asked."""
        if self.watch.limit is None:
            return True
        error = await self.watch.compare(more=pairs)
        if error is not None:
            logger.warning("%s This run takes over no more pairs from other runs, and collects what they buy.", error)
            self._may_take = False
        return error is None

    def _move(self, block: Block, balance: int, in_this_round: int) -> int:
        """How many pairs were taken over: none where a limit, a budget or ``balance`` does not cover them."""
        run = self.run
        lists = run.request.selection.lists
        try:
            with run.ledger.transaction() as connection:
                record_balance(connection, balance, run_id=run.run_id)
                list_name = lists[0] if len(lists) == 1 else None
                taken = take_over(connection, run.run_id, block.giver, block.pairs, list_name=list_name)
                check_taken(run, connection)
                claims, bought = count_claims(connection, run.run_id), run.bought + in_this_round
                check_claims(run, claims, bought=bought, balance_now=balance, plan=self.plan)
                remember_questions(connection, run.request.selection.questions)
        except SpendingError as error:
            logger.debug("Nothing is taken over from %s: %s", block.giver, error)
            return 0
        self.watch.limit = with_taken_over(
            self.watch.limit, taken * run.settings.credits_per_signal, run.settings, run.request
        )
        run.spending.taken_over += taken
        if run.spending.estimate is not None:
            run.spending.estimate = replace(run.spending.estimate, signals=run.spending.estimate.signals + taken)
        return taken


def own_purchases(run: RunState) -> dict[tuple[str, str], int] | None:
    """What this run itself has bought, by list and question's key; None where no other run can have bought for it.

    By what it planned and what became of it that could not be told: another run's purchases have outcomes here too.
    """
    estimate = run.spending.estimate
    if not run.ledger.is_in_a_database or estimate is None:
        return None
    with run.ledger.reading() as connection:
        purchases = purchases_of(connection, run.run_id)
    has_given = sum(purchases.values()) + run.spending.signals_refused < estimate.signals
    if not run.spending.taken_over and not has_given:
        return None
    keys = {question.question_id: question.key for question in run.request.selection.questions}
    return {(name, keys[each]): pairs for (name, each), pairs in purchases.items() if each in keys}
