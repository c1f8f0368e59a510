"""Measures waits by the time elapsed on this machine.

The difference of two ``Date`` headers is not an elapsed time: a gateway whose clock is fifteen minutes ahead would end
a wait of ten minutes at once. Within a process, the monotonic clock counts. A wait that another process began is
computed once, by the machine's and by the API's clock. The smaller result is used, so that a wrong clock or one that
jumped ends no wait too early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saber_pipeline.api.clock import Clock
    from saber_pipeline.api.server_clock import ServerClock


class Stopwatch:
    """Measures waits, which callers identify by a name. Lives as long as a run's client."""

    def __init__(self, clock: Clock, server_clock: ServerClock) -> None:
        self._clock = clock
        self._server_clock = server_clock
        self._begun: dict[str, float] = {}  # the monotonic time at which each wait began

    def wall(self) -> float:
        """The machine's wall clock, seconds since 1970. The ledger stores it beside the API's time."""
        return self._clock.now().timestamp()

    def seconds_since(self, name: str, *, at_api: float, on_machine: float | None) -> float:
        """Seconds since the wait ``name`` began: at ``at_api`` by the API's clock, ``on_machine`` by the machine's.

        If ``on_machine`` is None (a ledger of an older version), ``at_api`` is used for it.
        """
        now = self._clock.monotonic()
        if name not in self._begun:
            self._begun[name] = now - self.at_first_sight(at_api=at_api, on_machine=on_machine)
        return now - self._begun[name]

    def at_first_sight(self, *, at_api: float, on_machine: float | None) -> float:
        """Seconds since then, by the two clocks alone."""
        by_machine = self.wall() - (at_api if on_machine is None else on_machine)
        by_api = self._server_clock.now().timestamp() - at_api
        return max(0.0, min(by_machine, by_api))
