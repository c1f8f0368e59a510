"""The report's figures as SVG that takes its ink from the page, so that light and dark both read well."""

from __future__ import annotations

import io
import re
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from matplotlib.axes import Axes

INK = "#010203"  # replaced by currentColor: the page's own text colour
ANSWERED, NOT_KNOWN, FAILED, MISSING = "#2a9d6f", "#7a93b8", "#d1495b", "#b7b7b755"
STYLE: Any = {  # matplotlib types the name of each setting
    "text.parse_math": False,  # an answer that names prices in $ is no formula
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "svg.hashsalt": "saber_pipeline",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
WIDTH_INCHES = 7.0
ROW_INCHES = 0.3


def coverage_figure(rows: Sequence[tuple[str, str, int, int, int, int, int]]) -> str:
    """Stacked bars, one for each ``(list, question, subjects, answered, not known, failed, missing)``."""
    with rc_context(STYLE):
        figure, axes = _figure(len(rows))
        names = [f"{list_name} · {key}" for list_name, key, *_ in rows]
        left = [0.0] * len(rows)
        kinds = (("answered", ANSWERED), ("not known", NOT_KNOWN), ("failed", FAILED), ("missing", MISSING))
        for place, (label, colour) in enumerate(kinds, start=3):
            shares = [100 * float(row[place]) / row[2] if row[2] else 0.0 for row in rows]
            axes.barh(names, shares, left=left, color=colour, label=label, height=0.7)
            left = [a + b for a, b in zip(left, shares, strict=True)]
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of the list's subjects")
        axes.margins(y=0.01)
        axes.invert_yaxis()
        figure.legend(loc="outside upper left", ncols=4, frameon=False)
        return _svg(figure)


def values_figures(rows: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str]]:
    """Bars of ``(question, value, answers)``, one figure for each question: its key and the SVG."""
    by_question: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key, value, answers in rows:
        by_question[key].append((value, answers))
    for key, values in by_question.items():
        yield key, bars_figure(values, "answers")


def bars_figure(values: Sequence[tuple[str, int]], unit: str) -> str:
    """One bar for each ``(name, count)``, with the count at its end."""
    with rc_context(STYLE):
        figure, axes = _figure(len(values))
        bars = axes.barh([_short(name) for name, _ in values], [count for _, count in values], color=ANSWERED)
        axes.bar_label(bars, padding=3)
        axes.set_xlabel(unit)
        axes.margins(x=0.12)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.invert_yaxis()
        return _svg(figure)


def credits_figure(balances: Sequence[tuple[datetime, int]], end: datetime | None) -> str:
    """The balance over time, and a dashed line to where the credits end if they do."""
    with rc_context(STYLE):
        figure, axes = _figure(8)
        times: list[Any] = [when for when, _ in balances]  # matplotlib takes times, and its types do not
        amounts = [amount for _, amount in balances]
        axes.step(times, amounts, where="post", color=ANSWERED, marker="o", markersize=3, label="balance seen")
        if end is not None:
            axes.plot([times[-1], end], [amounts[-1], 0], color=FAILED, linestyle="--", label="at the recent rate")
        axes.set_ylim(bottom=0)
        axes.set_ylabel("credits")
        figure.legend(loc="outside upper left", ncols=2, frameon=False)
        figure.autofmt_xdate()
        return _svg(figure)


def _figure(rows: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_INCHES, 1.0 + ROW_INCHES * max(2, rows)), layout="constrained")
    return figure, figure.add_subplot()


def _short(name: str, most: int = 38) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _svg(figure: Figure) -> str:
    written = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text, so what this font lacks is drawn by the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    # A size of its own would not shrink on a phone, and the page says what the figure shows.
    return re.sub(r'<svg ([^>]*?)width="[^"]*"', r'<svg aria-hidden="true" \1', svg, count=1).replace(
        f'height="{figure.get_figheight() * 72:g}pt"', "", 1
    )
