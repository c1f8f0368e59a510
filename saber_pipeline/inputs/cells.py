"""The result of reading one cell of a list."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

EMPTY = "The cell is empty."


class Found(msgspec.Struct, frozen=True, gc=False):  # made by the million: a dataclass takes six times as long
    """A usable subject in its one normal form: a company's domain, or a contact's profile URL."""

    subject: str


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A part of the cell that cannot be used. ``part`` is the cleaned part; reasons are stable, to group by."""

    part: str
    reason: str


# What people and spreadsheets write for "nothing".
_NOTHING = frozenset((
    "", "-", "--", "---", "\u2013", "\u2014", ".", "?", "/", "//", "n/a", "na", "n.a", "n.a.", "n/a.",
    "nan", "nil", "none", "null", "nul", "unknown", "undefined", "tbd", "tba", "tbc", "empty", "blank",
    "false", "(none)", "(null)", "<na>", "<null>", "not available", "not applicable", "no website",
    "no domain", "no profile", "no linkedin", "#n/a", "#na", "#ref!", "#value!", "#name?", "#null!",
    "#div/0!", "#num!",
))  # fmt: skip
# Soft hyphens, zero-width and direction marks, variation selectors.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
# Around a value control characters mean nothing. Inside, they may separate two values: they stay and spoil the value.
_CONTROL = "".join(map(chr, (*range(9), *range(14, 28), 127)))
JOINERS = str.maketrans("", "", "\u200c\u200d")  # joiners carry meaning inside some names, so they are removed last


def without_invisible(text: str) -> str:
    """The text with forward slashes, without spaces around it, and without invisible characters except joiners.

    Control characters are removed only around the text.
    """
    return _INVISIBLE.sub("", text).replace("\\", "/").strip().strip(_CONTROL).strip()


def is_nothing(text: str) -> bool:
    """Whether the cleaned text is one of the ways to write that there is no value."""
    return text.translate(JOINERS).lower() in _NOTHING


def duration_text(span: dt.timedelta) -> str:
    """A span of time as spreadsheets show it: hours beyond a day, ``30:00:00``."""
    seconds = round(abs(span).total_seconds())
    return f"{'-' if span < dt.timedelta() else ''}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
