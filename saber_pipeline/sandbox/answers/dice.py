"""Repeatable choices."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")


class Dice:
    """Choices that depend only on the given text. ``Dice`` is cheaper than ``random.Random``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rolls = 0
        self._pool = 0

    def below(self, bound: int) -> int:
        """0 ≤ n < bound."""
        if self._pool < 1 << 64:
            block = f"{self._text}|{self._rolls}".encode()
            self._pool = int.from_bytes(hashlib.blake2b(block, digest_size=64).digest()) | 1 << 512
            self._rolls += 1
        self._pool, number = divmod(self._pool, bound)
        return number

    def between(self, low: int, high: int) -> int:
        """low ≤ n ≤ high."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        return self.below(1_000_000) < share * 1_000_000

    def one_of(self, items: Sequence[Item], turn: int = 0) -> Item:
        """One item. Another ``turn`` gives another item, as long as there are enough items."""
        return items[(self.below(len(items)) + turn) % len(items)]

    def some_of(self, items: Sequence[Item], count: int, turn: int = 0) -> list[Item]:
        """``count`` different items in a repeatable order."""
        start, size = self.below(len(items)) + turn, len(items)
        step = next(step for step in (7, 5, 3, 1) if size % step or step == 1)
        return [items[(start + step * index) % size] for index in range(min(count, size))]
