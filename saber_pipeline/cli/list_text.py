"""Describes how a list was understood, in words and as JSON, for ``lists``, ``add`` and ``plan``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.cli.json_output import JsonValue
from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.terminal import display_path, print_table
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.runs.list_preview import ListPreview, ListSnapshot, RowPreview, TableFacts

MOST_NAMED = 10
LONGEST_ATTRIBUTES = 120


def counts(snapshot: ListSnapshot, kind: SubjectKind) -> str:
    """The outcomes of the rows. A cell may hold several values, so the parts can add up to more than the rows."""
    return (
        f"{snapshot.rows:,} rows: {snapshot.subjects:,} {kind.nouns}, {snapshot.duplicates:,} duplicates, "
        f"{snapshot.rejected:,} rejected"
    )


def counts_as_json(snapshot: ListSnapshot, kind: SubjectKind) -> dict[str, JsonValue]:
    """The outcomes of the rows as numbers, and ``understood``: how the file was read."""
    return {
        "rows": snapshot.rows,
        kind.nouns: snapshot.subjects,
        "duplicates": snapshot.duplicates,
        "rejected": snapshot.rejected,
        "understood": None if snapshot.facts is None else asdict(snapshot.facts),
    }


def in_short(snapshot: ListSnapshot, kind: SubjectKind) -> Iterator[str]:
    """A list in one line, then the oddities of its file."""
    facts = snapshot.facts
    told = f"{snapshot.list_name}: {counts(snapshot, kind)}."
    if facts is None:
        yield told
        return
    header = f" The header is in line {facts.header_line}." if facts.preamble and facts.header_line else ""
    yield f"{told} Column {_column(facts)}.{header}"
    yield from map(one_line, facts.notes)


def print_preview(preview: ListPreview, *, with_rejected: bool = False) -> None:
    """Everything about a list: its file, its columns, its counts, its first rows, and if wanted the rejected ones."""
    snapshot = preview.snapshot
    told = "cannot be read" if snapshot is None else counts(snapshot, preview.kind)
    say(f"{preview.list_name}: {told}")
    say(f"  file    {display_path(preview.path)}")
    if snapshot is not None and snapshot.facts is not None:
        for name, line in _about_file(snapshot.facts):
            say(f"  {name:<7} {line}")
    if preview.problem is not None:
        say(f"  problem {one_line(preview.problem, 2_000)}")
    if preview.first_rows:
        say(f"\nThe first rows of {preview.list_name}, as understood:")
        print_table(
            ["row", "value", preview.kind.column, "outcome", "other columns"],
            [
                [str(row.row_number), row.raw_value, row.subject, _outcome(row), _attributes(row)]
                for row in preview.first_rows
            ],
        )
    if with_rejected and snapshot is not None:
        _print_rejected(preview, snapshot.rejected)
    say()


def preview_as_json(preview: ListPreview, *, with_rejected: bool = False) -> JsonValue:
    """Everything about a list, as ``lists --json`` prints it."""
    told: dict[str, JsonValue] = {
        "list": preview.list_name,
        "about": preview.kind.nouns,
        "file": str(preview.path),
        "problem": preview.problem,
        **({} if preview.snapshot is None else counts_as_json(preview.snapshot, preview.kind)),
        "first_rows": [_row_as_json(row, preview.kind) for row in preview.first_rows],
    }
    if with_rejected:
        told["rejected_rows"] = [_row_as_json(row, preview.kind) for row in preview.rejected]
        told["rejected_rows_left_out"] = (preview.snapshot.rejected if preview.snapshot else 0) - len(preview.rejected)
    return told


def not_lists(paths: Sequence[Path]) -> str:
    """A sentence that names files that are ignored."""
    names = ", ".join(display_path(path) for path in paths[:MOST_NAMED])
    more = f" and {len(paths) - MOST_NAMED:,} more" if len(paths) > MOST_NAMED else ""
    return f"Ignored: {names}{more}. The name of a list ends in .csv, .tsv, .csv.gz, .xlsx or .parquet."


def _about_file(facts: TableFacts) -> Iterator[tuple[str, str]]:
    delimiter = None if facts.delimiter is None else f"separated by {facts.delimiter!r}"
    sheet = None if facts.sheet is None else f"sheet {facts.sheet!r}"
    yield "format", one_line(", ".join(part for part in (facts.format, facts.encoding, delimiter, sheet) if part))
    if facts.header_line is None:
        yield "header", "none"
    else:
        before = f", after: {' / '.join(facts.preamble)}" if facts.preamble else ""
        yield "header", one_line(f"in line {facts.header_line}{before}")
    yield "column", _column(facts)
    for note in facts.notes:
        yield "note", one_line(note)


def _column(facts: TableFacts) -> str:
    parts = [facts.column_name]
    if facts.fallbacks:
        others = ", ".join(repr(facts.columns[place]) for place in facts.fallbacks)
        parts.append(f"if that has no usable value: {others}")
    if facts.runner_up:
        parts.append(f"next best: {facts.runner_up!r}")
    return one_line(parts[0] if len(parts) == 1 else f"{parts[0]} ({'; '.join(parts[1:])})")


def _outcome(row: RowPreview) -> str:
    if row.reason is not None:
        return f"{row.outcome}: {row.reason}"
    if row.duplicate_of is not None:
        return f"{row.outcome} of row {row.duplicate_of:,}"
    return row.outcome if row.column_used is None else f"{row.outcome}, from {row.column_used!r}"


def _attributes(row: RowPreview) -> str:
    told = "; ".join(f"{name}: {value}" for name, value in row.attributes.items() if value not in (None, ""))
    return one_line(told, LONGEST_ATTRIBUTES)


def _print_rejected(preview: ListPreview, rejected: int) -> None:
    if not preview.rejected:
        say(f"No row of {preview.list_name} is rejected.")
        return
    say(f"\nThe rejected rows of {preview.list_name}:")
    print_table(
        ["row", "value", "reason", "other columns"],
        [[str(row.row_number), row.raw_value, row.reason, _attributes(row)] for row in preview.rejected],
    )
    left_out = rejected - len(preview.rejected)
    if left_out:
        say(f"and {left_out:,} more. The table rejected_inputs has them once the lists are read.")


def _row_as_json(row: RowPreview, kind: SubjectKind) -> JsonValue:
    return {
        "row_number": row.row_number,
        "raw_value": row.raw_value,
        kind.column: row.subject,
        "outcome": row.outcome,
        "duplicate_of": row.duplicate_of,
        "reason": row.reason,
        "column_used": row.column_used,
        "attributes": row.attributes,
    }
