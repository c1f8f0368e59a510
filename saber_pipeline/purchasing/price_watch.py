"""The real price of purchases, compared between them: a run's limit holds although its configured price is wrong.

The balance may fall for other reasons: the runs beside this one, whose purchases the ledger knows, and other users of
the account, of whom it knows nothing. It may also be told late. So what is agreed for this run and for the others
explains a fall first. What nothing explains is taken for this run's own, unless the next small step falls by exactly
its price: then somebody else has spent.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.errors import CostsMoreError, PipelineError
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.purchase_rows import bought_by_others
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger

logger = logging.getLogger(__name__)

FIRST_PART = 20
"""Until its price has been seen, a step may take this part of what is left of the limit: a price so many times the
configured one would be kept to it."""

LATE_SECONDS = (1.0, 2.0, 3.0, 4.0)
"""How long a balance that has not fallen as agreed is read again, for it may be told late."""

LATE_LOOKS = 12
"""So many of these are made in a run at most: what comes from the API's cache never makes the balance fall."""


@dataclass(frozen=True)
class Limit:
    """The most that a run may spend. ``name`` is what the user raises, ``shown`` says it in a sentence."""

    credits: Decimal
    name: str
    shown: str


@dataclass
class PriceWatch:
    """Watches the purchases of one run against ``limit``.

    Without a limit it stops nothing: it reads the balance only between large purchases, and says once when it fell by
    more than agreed since ``balance_before``. ``nouns`` are what is bought, ``count_remaining`` tells how many of them
    the run has claimed and not bought. ``others_before``: what other runs had bought by ``balance_before``.
    """

    api: SaberClient
    ledger: Ledger
    clock: Clock
    run_id: str
    lease_seconds: float
    price: Decimal
    limit: Limit | None
    count_remaining: Callable[[], int]
    balance_before: int | None = None
    nouns: str = "signals"
    others_before: int | None = None
    _own: int = 0  # bought by this run, or perhaps bought
    _step: int = 0  # of these, since the balance was last read
    _step_of: set[str] = field(default_factory=set)
    _first_balance: int | None = None
    _others_before: int = 0
    _fell: Decimal = Decimal(0)  # since the first balance
    _others: int = 0  # bought by other runs since then
    _foreign: Decimal = Decimal(0)  # spent by somebody else, as was seen
    _seen: set[str] = field(default_factory=set)  # the questions whose price was seen to be the configured one
    _is_suspected: bool = False
    _late_looks: int = 0
    _has_told: bool = False

    async def most_at_once(self, question_ids: Collection[str]) -> int | None:
        """How many may be bought before the balance is compared again; None: any number.

        Raises:
            PipelineError: the balance cannot be read, so nothing may be bought.
        """
        if self._first_balance is None:
            await self._begin()
        if self.limit is None or self._seen.issuperset(question_ids):
            return None
        return self._small_step()

    def note_bought(self, count: int, question_ids: Collection[str]) -> None:
        """So many of these were bought, or may have been."""
        self._own += count
        self._step += count
        self._step_of |= set(question_ids)

    async def compare(self, *, more: int = 0) -> PipelineError | None:
        """Compare the balance with what was agreed; returns why nothing more may be bought, None when it may.

        A balance that cannot be read is such a reason. ``more``: what is to be bought besides what was claimed.
        """
        if not self._step:
            return None
        remaining = self.count_remaining() + more
        if not remaining:
            return None  # there is nothing left that could be stopped
        if self.limit is None:
            await self._tell_price(remaining)
            return None
        try:
            fell, others = await self._look()
        except PipelineError as error:
            return error
        step, self._step = self._step, 0
        questions, self._step_of = self._step_of, set()
        if fell < self._fell:  # somebody has added credits: how far it fell besides is not known
            self._foreign += fell - self._fell - self.price * step
        step_fell = fell - self._fell - self.price * (others - self._others)
        self._fell, self._others = fell, others
        is_as_agreed = step_fell == self.price * step
        excess = self._spent() - self.price * self._own
        if is_as_agreed and excess > 0:
            logger.warning(
                "Somebody else has spent about %s credits while this run was buying. The run continues.", f"{excess:,f}"
            )
            self._foreign += excess
            self._is_suspected, excess = False, Decimal(0)
        if excess <= 0:
            if is_as_agreed:
                self._seen |= questions
            return None
        return self._judge(remaining, step_fell / step)

    def spent_elsewhere(self) -> Decimal:
        """Credits that other runs, and somebody else where that was seen, have spent since ``balance_before``.

        Where it was not told what others had bought by then: since the first purchase.
        """
        before = self._others_before if self.others_before is None else self.others_before
        return self.price * self._bought_by_others(before) + self._foreign

    async def _tell_price(self, remaining: int) -> None:
        """Say once, without stopping, that the balance falls by more than was agreed."""
        if self._has_told or self._first_balance is None:
            return
        try:
            self._fell, self._others = await self._read()
        except PipelineError:
            return  # it is read again after the next purchase, and at the end
        spent, agreed = self._spent(), self.price * self._own
        if spent <= agreed:
            return
        self._has_told = True
        logger.warning(
            "The balance has fallen by %s credits, and the %s %s bought so far cost %s at SABER_CREDITS_PER_SIGNAL = "
            "%s: the other %s may cost about %s. This run has no limit and continues; max_credits would stop it. "
            "Either the price is higher, or somebody else spends.",
            f"{spent:,f}",
            f"{self._own:,}",
            self.nouns,
            f"{agreed:,f}",
            self.price,
            f"{remaining:,}",
            f"{remaining * spent / self._own:,.0f}",
        )

    def _judge(self, remaining: int, step_price: Decimal) -> PipelineError | None:
        """What the balance fell by more than was agreed is either the price, or somebody else's."""
        assert self.limit is not None  # noqa: S101 - only a run with a limit is compared
        spent = self._spent()
        price = max(spent / self._own, step_price)
        if spent + remaining * price <= self.limit.credits:
            return None
        self._seen.clear()
        tells_nothing = not self._is_suspected or step_price < self.price
        if tells_nothing and spent + min(remaining, self._small_step()) * price <= self.limit.credits:
            self._is_suspected = True  # one more small step tells whether it was somebody else
            return None
        agreed = self.price * self._own
        return CostsMoreError(
            f"Buying stopped after {self._own:,} {self.nouns}, before it would pass {self.limit.shown}: "
            f"the balance fell by {spent:,f} credits where SABER_CREDITS_PER_SIGNAL = {self.price} "
            f"makes it {agreed:,f}, and the other {remaining:,} would cost up to {remaining * price:,.0f} more. If "
            f"that is the price, set SABER_CREDITS_PER_SIGNAL to {round(price, 2).normalize():f} and raise "
            f"{self.limit.name}; if somebody else spent meanwhile, run it again: nothing is bought twice."
        )

    async def _begin(self) -> None:
        with self.ledger.reading() as connection:
            live = live_runs(connection, lease_seconds=self.lease_seconds)
            self._others_before = bought_by_others(connection, self.run_id, without_undecided_of=live)
        if self.limit is None and self.others_before is not None:
            self._others_before = self.others_before
        self._first_balance = self.balance_before if self.limit is None else await self._balance()

    async def _look(self) -> tuple[Decimal, int]:
        """How far the balance has fallen since the first one, and what other runs have bought meanwhile."""
        fell, others = await self._read()
        for seconds in LATE_SECONDS:
            agreed = self.price * (self._step + others - self._others)
            if fell - self._fell >= agreed or self._seen.issuperset(self._step_of) or self._late_looks >= LATE_LOOKS:
                break
            self._late_looks += 1
            await self.clock.sleep(seconds)
            fell, others = await self._read()
        return fell, others

    async def _read(self) -> tuple[Decimal, int]:
        balance = await self._balance()
        return Decimal((self._first_balance or 0) - balance), self._bought_by_others(self._others_before)

    def _bought_by_others(self, before: int) -> int:
        with self.ledger.reading() as connection:
            return max(0, bought_by_others(connection, self.run_id) - before)

    async def _balance(self) -> int:
        balance = await self.api.get_credits()
        with self.ledger.transaction() as connection:
            record_balance(connection, balance, run_id=self.run_id)
        return balance

    def _spent(self) -> Decimal:
        """What this run has spent, as far as nothing else explains it."""
        return self._fell - self.price * self._others - self._foreign

    def _small_step(self) -> int:
        if self.limit is None or not self.price:
            return 1
        return max(1, math.floor((self.limit.credits - self._spent()) / (FIRST_PART * self.price)))
