"""A small drawing of how a run's answers came in, for Dagster's pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

WIDTH, HEIGHT = 320, 70  # pixels, without the labels
STEPS = 24
GREEN, GREY = "#2a9d6f", "#808090"  # both stand out from a light and from a dark page


def completion_picture(completed: Sequence[tuple[datetime, int]]) -> str:
    """An SVG from ``(second, answers)``, at least one: how many answers had completed by when.

    Below 720 bytes whatever the run: Dagster shows markdown of up to 1,000 characters at once, and hides more
    behind a link.
    """
    first, last = completed[0][0], completed[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    in_step = [0] * (STEPS + 1)
    for when, answers in completed:
        in_step[round(STEPS * (when - first).total_seconds() / span)] += answers
    total = sum(in_step)
    by_then = [round(HEIGHT - (HEIGHT - 10) * amount / total) for amount in accumulate(in_step)]
    x = [round(WIDTH * step / STEPS) for step in range(STEPS + 1)]
    line = "".join(
        f"H{here}V{height}"
        for here, height, before in zip(x, by_then, [HEIGHT, *by_then], strict=False)
        if height != before
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 60}" height="{HEIGHT + 16}" font-size="11" '
        f'font-family="sans-serif" fill="{GREY}">'
        f'<path d="M0 {HEIGHT}{line}H{WIDTH}V{HEIGHT}z" fill="{GREEN}"/>'
        f'<text x="{WIDTH + 6}" y="14">{total:,}</text>'
        f'<text y="{HEIGHT + 13}">{first:%H:%M:%S}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 13}" text-anchor="end">{last:%H:%M:%S} UTC</text></svg>'
    )
