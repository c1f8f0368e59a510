"""A workbook holds what Excel can hold of every text, and no single cell keeps the others from being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from saber_pipeline.warehouse.workbook import LONGEST_CELL, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

FACE = "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x" * LONGEST_CELL, "x" * LONGEST_CELL),
        ("x" * (LONGEST_CELL + 1), "x" * LONGEST_CELL),
        (FACE * 20_000, FACE * 16_383),
        ("x" + FACE * 20_000, "x" + FACE * 16_383),
        (FACE * 16_383, FACE * 16_383),
    ],
    ids=["fits", "too long", "faces", "letter and faces", "faces that fit"],
)
def test_the_longest_texts(tmp_path: Path, text: str, written: str) -> None:
    """A text is cut where Excel's cell ends, which counts an emoji as two, and never within one."""
    file = tmp_path / "x.xlsx"
    assert write_workbook(file, ["domain", "said"], [("acme.com", text)], "list") == (1, int(text != written))
    assert [row[1] for row in openpyxl.load_workbook(file).active.values] == ["said", written]
