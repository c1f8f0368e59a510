"""A file that is written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.private_files import whole_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_write_that_breaks_off_leaves_the_old_file_alone(tmp_path: Path) -> None:
    """The older content stays until the new one is complete, and no half file stays beside it."""
    file = tmp_path / "told.json"
    file.write_text("old")
    with pytest.raises(OSError, match="full"):
        _break_off(file)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"told.json": "old"}
    with whole_file(file) as unfinished:
        unfinished.write_text("new")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"told.json": "new"}


def _break_off(file: Path) -> None:
    with whole_file(file) as unfinished:
        unfinished.write_text("ha")
        raise OSError("full")
