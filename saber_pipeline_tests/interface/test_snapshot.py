"""The public interface is what the snapshot says."""

from __future__ import annotations

from difflib import unified_diff

import pytest

from saber_pipeline_tests.interface.snapshot import FOLDER, HOW, PARTS, text


@pytest.mark.parametrize("part", PARTS)
def test_nothing_has_changed_unnoticed(part: str) -> None:
    """Tables, comments, answer types, assets, checks, jobs, sensors and help are those that are written down."""
    file = FOLDER / f"{part}.txt"
    before, now = file.read_text("utf-8").splitlines(), text(part).splitlines()
    changed = "\n".join(unified_diff(before, now, "written down", "as it is now", lineterm="", n=0))
    assert not changed, f"the interface differs; if it is meant to, write it down with `{HOW}`:\n{changed}"
