"""When the credits end: properties that hold for any course of the balance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.runs.forecast import SECONDS_PER_DAY, WINDOW_DAYS, BalanceSeen, forecast

NOW = 1_790_000_000.0
ages = st.floats(0, WINDOW_DAYS * SECONDS_PER_DAY - 1)
amounts = st.integers(0, 10**9)
looks = st.lists(st.builds(lambda age, amount: BalanceSeen(NOW - age, amount), ages, amounts), min_size=1)


def test_nothing_seen() -> None:
    """Without a balance there is no forecast, and one from before the window counts as none."""
    assert forecast([], now=NOW) is None
    assert forecast([BalanceSeen(NOW - 8 * SECONDS_PER_DAY, 100)], now=NOW) is None


def test_steady_spending() -> None:
    """10 credits a day leave 30 credits for 3 days."""
    seen = [BalanceSeen(NOW - day * SECONDS_PER_DAY, 30 + 10 * day) for day in range(7)]
    found = forecast(seen, now=NOW)
    assert found is not None
    assert (found.credits_per_day, found.days_left) == (10, 3)
    assert str(found) == "60 credits spent in the last 6.0 days; at this rate they end in 3.0 days"


def test_one_busy_hour_is_averaged_over_a_day() -> None:
    """A purchase just after the first look is not taken for how every hour goes."""
    found = forecast([BalanceSeen(NOW - 3600, 200), BalanceSeen(NOW, 100)], now=NOW)
    assert found is not None
    assert found.days_left == 1


@given(looks)
def test_spending_is_never_negative_and_the_end_never_past(seen: list[BalanceSeen]) -> None:
    """Whatever the balances did, spending is 0 or more, and an end is only told where something was spent."""
    found = forecast(seen, now=NOW)
    assert found is not None
    assert found.credits_spent >= 0
    assert (found.days_left is None) == (found.credits_spent == 0)
    assert found.days_left is None or found.days_left >= 0


@given(looks)
def test_order_does_not_matter(seen: list[BalanceSeen]) -> None:
    """Balances count by when they were seen, not by when they were written down."""
    assert forecast(reversed(seen), now=NOW) == forecast(seen, now=NOW)


@given(st.lists(amounts, min_size=1), st.integers(0, 20), st.integers(1, 10**6))
def test_a_top_up_is_not_spending(falls: list[int], at: int, added: int) -> None:
    """Topping up between two looks changes what is left, and nothing of what was spent."""
    at = min(at, len(falls))
    plain, topped_up, balance = [], [], sum(falls)
    for number, fall in enumerate([0, *falls]):
        balance -= fall
        when = NOW - len(falls) + number
        plain.append(BalanceSeen(when, balance))
        if number == at:
            topped_up.append(BalanceSeen(when, balance))
        topped_up.append(BalanceSeen(when, balance + (added if number >= at else 0)))
    before, after = forecast(plain, now=NOW), forecast(topped_up, now=NOW)
    assert before is not None
    assert after is not None
    assert after.credits_spent == before.credits_spent == sum(falls)
    assert after.remaining_credits == before.remaining_credits + added


@given(looks)
def test_looking_again_changes_nothing(seen: list[BalanceSeen]) -> None:
    """A look that finds the balance as it was neither spends nor earns."""
    newest = max(seen)
    again = forecast([*seen, BalanceSeen(NOW, newest.remaining_credits)], now=NOW)
    found = forecast(seen, now=NOW)
    assert found is not None
    assert again is not None
    assert again.credits_spent == found.credits_spent
    assert again.days_left == pytest.approx(found.days_left) if found.days_left else not again.days_left


def test_rising_only_tells_no_end() -> None:
    """A balance that only rose is not spent, and the text says so."""
    found = forecast([BalanceSeen(NOW - 10, 1), BalanceSeen(NOW, 5)], now=NOW)
    assert found is not None
    assert found.days_left is None
    assert "has not fallen" in str(found)
