"""Makes foreign text safe to show or keep: cut, on one line, and without characters that control a terminal.

Text from the API, a list or a file name may be long, break a log's lines, colour a terminal, or reverse the order of
letters. It passes through here before it is used in an error, the log, the ledger, a terminal or Dagster's metadata.
Tables for analysts (``signals``, ``answers_*``) and exports keep every character as it came.
"""

from __future__ import annotations

import re

LONGEST = 300
"""Characters of one quotation."""

REPLACEMENT = "\ufffd"
_CUT = "…"
_READ_TIMES = 20
"""Read at most this many times the wanted length, and nothing more of a text of many megabytes."""

# Remove a whole escape sequence: without its first character alone, "[31m" would remain.
_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, the cursor
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"  # titles, links, device strings
    "|\x1b[ -/]*[0-~]?"
)
_INVISIBLE = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f"  # order, tags, no width
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"  # without tab and line breaks, which count as spaces
_DROPPED = re.compile(f"[{_INVISIBLE}{_CONTROL}]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")
_UNSAFE_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_INVISIBLE}]")


def one_line(text: str, longest: int = LONGEST) -> str:
    """``text`` as one line of at most ``longest`` characters, ending with "…" if it was cut. Never raises."""
    start = text[: _READ_TIMES * longest]
    line = " ".join(_harmless(_LINE_BREAKS.sub(" ", start)).split())
    if len(line) > longest:
        return line[: longest - 1] + _CUT
    return line if len(start) == len(text) else line[: longest - 1] + _CUT


def plain_lines(text: str) -> str:
    """``text`` with its lines, but without other characters that control a terminal; for our own texts."""
    return _harmless(_LINE_BREAKS.sub("\n", text))


def json_for_terminals(document: str) -> str:
    """A JSON document with the same values, in which control characters are escaped, so that it is safe to print."""
    return _UNSAFE_IN_JSON.sub(_escaped, document)


def code_span(text: str, longest: int = LONGEST) -> str:
    """``text`` as a Markdown code span, also for tables: links, images and markup in it have no effect."""
    line = one_line(text, longest).replace("|", "\\|")
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if line else ""


def _harmless(text: str) -> str:
    return _LONE_SURROGATES.sub(REPLACEMENT, _DROPPED.sub("", _SEQUENCES.sub("", text)))


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()  # JSON writes a character beyond 0xFFFF as two of them
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
