"""Values as JSON: one document, or the rows of a table as an array that is streamed into a file."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.paths import cannot_write
from saber_pipeline.config.private_files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON: what JSON has no number for, such as NaN or infinity, is null."""
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=_plain, allow_nan=False)


def array_of_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The parts of an array with one object a line, so that any number of rows is written as it is read."""
    before = "["
    for row in rows:
        yield f"{before}\n{json_text(row)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def write_json(file: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write the rows as an array of objects in UTF-8; returns how many they are. There whole or not at all.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as its escape. StorageError when it cannot be written.
    """
    parts = 0
    try:
        with whole_file(file) as unfinished, unfinished.open("wb") as target:
            for part in array_of_rows(rows):
                target.write(part.encode("utf-8", "backslashreplace"))
                parts += 1
    except OSError as error:
        raise cannot_write(file, error) from None
    return parts - 1  # the last one ends the array


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, Decimal):
        value = _plain(value) if value.is_finite() else None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> Any:
    """JSON has no decimals: a whole one becomes an int."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
