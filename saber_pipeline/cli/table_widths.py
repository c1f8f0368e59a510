"""Column widths of a table on a terminal. On a narrow terminal no column and no letter is lost."""

from __future__ import annotations

from collections.abc import Sequence

GAP_CHARACTERS = 3
"""Between two columns."""

WISHES = ((12, 20, 32), (12, 20, 0), (8, 12, 0))
"""The least places of a text, of a text in the last column, and of a word for itself, from the best to read to the
worst. A longer word, such as an address, is broken; where not even the last fits, each row becomes a block."""


def natural_widths(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """The widths at which nothing is wrapped, in places of the terminal: some characters take two."""
    from rich.cells import cell_len

    return [max([cell_len(name), *(cell_len(row[i]) for row in cells)]) for i, name in enumerate(columns)]


def fitting_widths(
    columns: Sequence[str], cells: Sequence[Sequence[str]], is_number: Sequence[bool], room: int
) -> list[int] | None:
    """The widths at which the table is at most ``room`` wide; None where its columns do not fit beside each other.

    Texts and the words of headers may be wrapped, the last column first; a number never is.
    """
    natural = natural_widths(columns, cells)
    room -= GAP_CHARACTERS * (len(columns) - 1)
    if sum(natural) <= room:
        return natural
    for wish in WISHES:
        least = [min(whole, _least(columns, cells, is_number, place, wish)) for place, whole in enumerate(natural)]
        spare = room - sum(least)
        if spare >= 0:
            return _shared(least, natural, spare)
    return None


def _shared(least: Sequence[int], natural: Sequence[int], spare: int) -> list[int]:
    """The least widths with ``spare`` more, the first columns first."""
    widths = []
    for smallest, whole in zip(least, natural, strict=True):
        more = min(spare, whole - smallest)
        widths.append(smallest + more)
        spare -= more
    return widths


def _least(
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    is_number: Sequence[bool],
    place: int,
    wish: tuple[int, int, int],
) -> int:
    from rich.cells import cell_len

    header = max((cell_len(word) for word in columns[place].split()), default=0)
    if is_number[place]:
        return max([header, *(cell_len(row[place]) for row in cells)])
    text, last_text, word = wish
    words = max((cell_len(part) for row in cells for part in row[place].split()), default=0)
    return max(header, last_text if place == len(columns) - 1 else text, min(words, word))
