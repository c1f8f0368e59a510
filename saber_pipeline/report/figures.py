"""The report's figures as SVG that takes its ink from the page, so that light and dark both read well."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence
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
SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
WIDTH_INCHES = 7.0
ROW_INCHES = 0.3


def coverage_figure(rows: Sequence[tuple[str, int, int, int, int, int]]) -> str:
    """Stacked bars, one for each ``(question, subjects, answered, not known, failed, missing)``."""
    with rc_context(STYLE):
        figure, axes = _figure(len(rows))
        places = range(len(rows))
        left = [0.0] * len(rows)
        kinds = (("answered", ANSWERED), ("not known", NOT_KNOWN), ("failed", FAILED), ("missing", MISSING))
        for column, (label, colour) in enumerate(kinds, start=2):
            shares = [100 * float(row[column]) / row[1] if row[1] else 0.0 for row in rows]
            axes.barh(places, shares, left=left, color=colour, label=label, height=0.7)
            left = [a + b for a, b in zip(left, shares, strict=True)]
        axes.set_yticks(places, _labels([question for question, *_ in rows]))
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of the list's subjects")
        axes.margins(y=0.01)
        axes.invert_yaxis()
        figure.legend(loc="outside upper left", ncols=4, frameon=False)
        return _svg(figure)


def bars_figure(values: Sequence[tuple[str, int]], unit: str) -> str:
    """One bar for each ``(name, count)``, with the count at its end."""
    with rc_context(STYLE):
        figure, axes = _figure(len(values))
        # A bar's place is its own: labels can be equal once they are cut, and some answers are equal to the eye.
        places = range(len(values))
        bars = axes.barh(places, [count for _, count in values], color=ANSWERED)
        axes.set_yticks(places, _labels([name for name, _ in values]))
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


def _labels(names: Sequence[str], most: int = 48) -> list[str]:
    """The names, cut to ``most`` characters; those that would read the same are cut in their middle instead."""
    lines = [" ".join(name.split()) for name in names]
    cut = [line if len(line) <= most else line[: most - 1] + "…" for line in lines]
    again = Counter(cut)
    half = most // 2
    return [
        f"{line[: half - 1]}…{line[-half:]}" if again[short] > 1 and len(line) > most else short
        for line, short in zip(lines, cut, strict=True)
    ]


def _svg(figure: Figure) -> str:
    written = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text, so what this font lacks is drawn by the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    tree = ET.fromstring(written.getvalue())  # noqa: S314 - matplotlib's own
    for parent in list(tree.iter()):
        for child in [child for child in parent if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style")]:
            parent.remove(child)
    pointed_at = set(re.findall(r"#(\w+)", " ".join(v for element in tree.iter() for v in element.attrib.values())))
    for element in tree.iter():
        _plain(element, pointed_at)
    # A size of its own would not shrink on a phone, and the page says what the figure shows.
    for name in ("width", "height"):
        tree.attrib.pop(name, None)
    tree.set("aria-hidden", "true")
    return ET.tostring(tree, encoding="unicode")


def _plain(element: ET.Element, pointed_at: set[str]) -> None:
    """Styles as attributes, because the page allows no others; no names that nothing points at."""
    style = element.attrib.pop("style", "")
    for name, _, value in (part.partition(":") for part in style.split(";") if part.strip()):
        element.set(name.strip(), value.strip())
    for name, value in list(element.attrib.items()):
        if value == INK:
            element.set(name, "currentColor")
        elif name in ("font", "font-family") or (name == "id" and value not in pointed_at):
            del element.attrib[name]  # the page has the font
    if element.tag == f"{{{SVG}}}text" and "font-size" not in element.attrib:
        element.set("font-size", "10px")
