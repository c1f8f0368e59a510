"""What happens to a case besides kills and faults: time, lost files, full disks, gateways. Drawn from its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torture.kill_points import Kill


class Kind(StrEnum):
    """One kind of trouble each."""

    NONE = "none"
    SUSPENDED = "suspended process"  # SIGSTOP longer than the lease, SIGCONT later, and a run beside it
    API_CLOCK = "API's clock is off"
    OWN_CLOCK = "own clock jumps"
    FILES = "lost or copied files"
    PAGE = "page after the effect"  # an HTML 404 or a redirect, though the purchase took place
    SILENCE = "silent gateway"  # the request is taken, and no reply comes
    DISK = "full disk"


LOST = ("an older ledger", "the ledger without its log", "the ledger", "the warehouse", "landed signals and warehouse")
SUSPENDED_AT = ("while it waits", "planned", "reply written", "settled", "all sent", "after a GET's reply")
"""Not between the last look at the ledger and the transmission: no program can be sure of anything there."""
HOUR_SECONDS = 3_600.0


@dataclass(frozen=True)
class Trouble:
    """``jump_seconds`` of the own clock come ``jump_after_seconds`` (real ones) after the start.

    ``date_ahead_seconds`` of the API's replies come so long after the storm begins, or have been there before.
    """

    kind: Kind = Kind.NONE
    pause: Kill | None = None
    date_ahead_seconds: float = 0.0
    date_jump_after_seconds: float | None = None
    jump_seconds: float = 0.0
    jump_after_seconds: float = 0.0
    lost: str = ""
    rules: tuple[dict[str, Any], ...] = ()
    most_file_bytes: int | None = None


def draw_trouble(seed: int, purchases: str, *, lease_seconds: float, is_research: bool) -> Trouble:  # noqa: PLR0911 - one for each kind
    """The kinds come in turn, so that a few dozen cases meet each of them."""
    rng = random.Random(f"trouble {seed}")  # noqa: S311 - repeatable cases, no secrets
    kinds = list(Kind)
    kind = kinds[(seed // 4 if is_research else seed * 3 // 4) % len(kinds)]  # each fourth seed is research
    rule = {"method": "POST", "path": purchases, "skip": rng.choice((0, 0, 1)), "times": rng.choice((1, 2))}
    match kind:
        case Kind.SUSPENDED:
            point = rng.choice(("while it waits", "after a GET's reply") if is_research else SUSPENDED_AT)
            pause = Kill(point, rng.choice((1, 2)), pause_seconds=lease_seconds * rng.uniform(1.5, 3.0))
            # Something to wait for between intent and transmission.
            waiting = rule | {"kind": "too_many_requests", "retry_after_seconds": rng.choice((1, 20)), "skip": 0}
            return Trouble(kind, pause=pause, rules=(waiting,))
        case Kind.API_CLOCK:
            ahead = rng.choice((-900.0, -15.0, 10.0, 900.0, 40 * 24 * HOUR_SECONDS))
            after = rng.choice((None, rng.uniform(0.5, 4.0)))
            return Trouble(kind, date_ahead_seconds=ahead, date_jump_after_seconds=after)
        case Kind.OWN_CLOCK:
            jump = rng.choice((-HOUR_SECONDS, -120.0, 120.0, HOUR_SECONDS, 26 * HOUR_SECONDS))
            return Trouble(kind, jump_seconds=jump, jump_after_seconds=rng.uniform(0.5, 4.0))
        case Kind.FILES:
            return Trouble(kind, lost=rng.choice(LOST))
        case Kind.PAGE:
            status = rng.choice((302, 400, 403, 404, 429))
            return Trouble(kind, rules=(rule | {"kind": "page_after", "status": status},))
        case Kind.SILENCE:
            silent = rng.choice(("silent_before", "silent_after"))
            return Trouble(kind, rules=(rule | {"kind": silent, "seconds": 2.0},))
        case Kind.DISK:
            return Trouble(kind, most_file_bytes=rng.choice((20_000, 120_000, 300_000, 700_000, 2_000_000)))
        case _:
            return Trouble()
