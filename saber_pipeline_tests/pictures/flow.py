"""The picture of the flow: from a list of companies to a query, as SVG that needs nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 960, 262
BOX_WIDTH, BOX_HEIGHT = 164, 66
LEFT, GAP = 16, 24
OUT, BACK = 42, 146  # where the upper and the lower row begin
STEP = BOX_WIDTH + GAP
YOURS, OURS, SABER = ("#e7f4ee", "#2a9d6f"), ("#eef3fb", "#5577aa"), ("#fff3df", "#c98a1b")
INK, SOFT, GROUND, LINE = "#1d2433", "#566073", "#ffffff", "#d9dee7"


@dataclass(frozen=True)
class Box:
    """A step: its name, a line below it, its colours, its column from the left, and the row's upper edge."""

    name: str
    text: str
    colours: tuple[str, str]
    column: int
    top: int
    height: int = BOX_HEIGHT

    @property
    def left(self) -> int:
        """The box's left edge."""
        return LEFT + STEP * self.column

    @property
    def middle(self) -> float:
        """Half of its height, from the picture's top."""
        return self.top + self.height / 2


API = Box("Saber API", "researches, bills", SABER, 4, OUT, BACK + BOX_HEIGHT - OUT)
OUTWARD = (
    Box("Lists, questions", "CSV, Excel, YAML", YOURS, 0, OUT),
    Box("Plan", "only what is missing", OURS, 1, OUT),
    Box("Budget", "stops before it spends", OURS, 2, OUT),
    Box("Ledger", "written, then sent", OURS, 3, OUT),
)
BACKWARD = (
    Box("Collect", "until it is proven whole", OURS, 3, BACK),
    Box("Landing", "replies as they came", OURS, 2, BACK),
    Box("Typed tables", "sources beside answers", OURS, 1, BACK),
    Box("answers.duckdb", "SQL, report, CRM, BI", YOURS, 0, BACK),
)
BOXES = (*OUTWARD, API, *BACKWARD)


def flow_picture() -> str:
    """The SVG: out to the API in the upper row, back to the analyst in the lower one."""
    arrows = [_arrow(box.left + BOX_WIDTH, box.left + STEP, box.middle) for box in OUTWARD]
    arrows += [_arrow(box.left + STEP, box.left + BOX_WIDTH, box.middle) for box in BACKWARD]
    drawn = "\n".join([*arrows, *(_drawn(box) for box in BOXES)])
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">
<title>{escape(" → ".join(box.name for box in BOXES))}</title>
<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 8 4 0 8z" fill="{SOFT}"/></marker></defs>
<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="12" fill="{GROUND}" stroke="{LINE}"/>
{_text(LEFT, 26, "What is missing is bought once …", SOFT, 13)}
{_text(LEFT, HEIGHT - 24, "… and what was bought is yours: typed, with its sources.", SOFT, 13)}
{drawn}
</svg>
"""


def _arrow(begin: int, end: int, height: float) -> str:
    gap = 3 if end > begin else -3
    return (
        f'<path d="M{begin + gap} {height:g}H{end - gap}" fill="none" stroke="{SOFT}" stroke-width="1.6" '
        'marker-end="url(#end)"/>'
    )


def _drawn(box: Box) -> str:
    fill, edge = box.colours
    middle = box.left + BOX_WIDTH / 2
    return (
        f'<rect x="{box.left}" y="{box.top}" width="{BOX_WIDTH}" height="{box.height}" rx="8" fill="{fill}" '
        f'stroke="{edge}" stroke-width="1.5"/>'
        + _text(middle, box.middle - 5, box.name, INK, 15, 'text-anchor="middle" font-weight="600"')
        + _text(middle, box.middle + 15, box.text, SOFT, 12.5, 'text-anchor="middle"')
    )


def _text(x: float, y: float, words: str, colour: str, size: float, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size:g}" {more}>{escape(words)}</text>'
