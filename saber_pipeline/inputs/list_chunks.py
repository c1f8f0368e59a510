"""The records of a list in chunks of bounded size, with all that the reader of cells needs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from saber_pipeline.inputs.columns import choose_column, distinct_names, useful_share
from saber_pipeline.inputs.list_options import LEFT_OUT
from saber_pipeline.inputs.table_facts import TableFacts
from saber_pipeline.inputs.table_header import NOT_A_ROW, addresses_below, are_bare, begins_with_words, is_footer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from saber_pipeline.inputs.columns import Choice
    from saber_pipeline.inputs.list_options import ListOptions
    from saber_pipeline.inputs.list_rules import ListRules

CHUNK_ROWS = 20_000
EXTRA = "extra_values"
_LOOKED_AT = 300


@dataclass(frozen=True)
class ListChunk:
    """Neighbouring data rows: ``raw_values[i]`` and ``attributes[i]`` belong to row ``first_row_number + i``.

    A raw value is the cell of the subjects' column, None if the cell is null or missing. Attributes are a JSON object
    of the other columns under their header names. ``fallbacks``: key and cells of the columns to ask in this order if a
    raw value names nobody. ``refused``: offset → why the row there cannot be used.
    """

    first_row_number: int
    raw_values: list[str | None]
    attributes: list[str]
    fallbacks: tuple[tuple[str, list[str | None]], ...] = ()
    refused: dict[int, str] = field(default_factory=dict)


def chosen_column(
    header: Sequence[str],
    samples: Sequence[Sequence[str | None]],
    path: Path,
    rules: ListRules,
    options: ListOptions,
    *,
    has_header: bool = True,
) -> Choice:
    """The subjects' column of a table whose first rows are ``samples``."""
    is_good = rules.names_somebody
    columns = [[row[index] if index < len(row) else None for row in samples] for index in range(len(header))]
    names = list(header)
    if not has_header and len(header) > 1 and options.column is None:  # nobody named them: the only column of subjects
        good = [index for index, values in enumerate(columns) if (useful_share(values, is_good) or 0) > 1 / 2]
        if len(good) == 1:
            names[good[0]] = rules.columns.names[0]
    return choose_column(names, path, rules.columns, samples=columns, is_good=is_good, wanted=options.column)


def record_chunks(
    rows: Iterator[list[str]], facts: TableFacts, rules: ListRules, options: ListOptions, chunk_rows: int
) -> Iterator[ListChunk]:
    """Chunks of text records from any kind of file."""
    names, column, width = list(facts.keys), facts.column, len(facts.keys)
    other_names = names[:column] + names[column + 1 :]
    encoder = msgspec.json.Encoder()
    first_row_number = 1
    filters = [(facts.keys.index(key), allowed) for key, allowed in options.filters_for(facts)]
    is_bare: bool | None = None
    block = list(itertools.islice(rows, chunk_rows))
    while block:
        following = list(itertools.islice(rows, chunk_rows))
        # In ragged rows missing cells are null, and extra cells are kept beside the others.
        filled: list[list[str | None]] = [
            row if len(row) == width else [*row[:width], *[None] * (width - len(row))]  # type: ignore[misc]
            for row in block
        ]
        extra = {offset: row[width:] for offset, row in enumerate(block) if len(row) > width}
        raw_values = [row[column] for row in filled]
        asked = [[row[index] for row in filled] for index in facts.fallbacks]
        if is_bare is None:
            is_bare = width == 1 and are_bare(raw_values[:_LOOKED_AT], rules)
        refused = _notes(
            raw_values, filled, asked, {i for i, row in enumerate(block) if len(row) < width}, rules, is_bare
        )
        if not following and width > 1:
            refused |= dict.fromkeys(addresses_below(filled, column), NOT_A_ROW)
        for index, allowed in filters:
            refused |= {i: LEFT_OUT for i, row in enumerate(filled) if (row[index] or "").strip() not in allowed}
        others: list[dict[str, Any]] = [
            dict(zip(other_names, row[:column] + row[column + 1 :], strict=True)) for row in filled
        ]
        for offset, cells in extra.items():
            others[offset][facts.extra_key] = cells
        fallbacks = tuple(zip((facts.keys[index] for index in facts.fallbacks), asked, strict=True))
        yield ListChunk(first_row_number, raw_values, as_json(encoder, others), fallbacks, refused)
        first_row_number += len(block)
        block = following


def _notes(
    raw_values: list[str | None],
    rows: list[list[str | None]],
    asked: list[list[str | None]],
    short: set[int],
    rules: ListRules,
    is_bare: bool,
) -> dict[int, str]:
    """Offset → reason for the rows that are footers or notes. Rows in ``short`` end before the others do."""
    found = {}
    for offset, cell in enumerate(raw_values):
        if cell:
            if " " not in cell:
                continue
        elif not any(cells[offset] for cells in asked):
            continue
        if is_bare:
            is_note = cell is not None and begins_with_words(cell, rules)
        else:
            is_note = len(rows[offset]) > 1 and is_footer(rows[offset], cell, rules, is_short=offset in short)
        if is_note:
            found[offset] = NOT_A_ROW
    return found


def as_json(encoder: msgspec.json.Encoder, rows: list[dict[str, Any]]) -> list[str]:
    """Each row as a JSON text. One call encodes all rows, because calls for each row take longer than the encoding."""
    return encoder.encode_lines(rows).decode().split("\n")[:-1]


def facts_of(kind: str, header: Sequence[str], choice: Choice, **about: Any) -> TableFacts:
    """The facts about a table with this header. Its columns, and cells beyond the header, get distinct keys."""
    keys = tuple(distinct_names(header))
    runner_up = None if choice.runner_up is None else keys[choice.runner_up]
    extra = distinct_names([*keys, EXTRA])[-1]
    return TableFacts(kind, tuple(header), keys, choice.column, choice.fallbacks, runner_up, extra_key=extra, **about)
