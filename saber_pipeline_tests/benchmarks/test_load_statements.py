"""``benchmarks.load_statements``: what loading takes, by statement."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.benchmark import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_a_load_with_each_limit_and_one_in_small_pieces(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.load_statements", str(tmp_path / "place"), "2000", "150MB", "1GB"]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    loads = re.findall(r"^(\w+): ([\d.]+) s of CPU, [\d,]+ pages of memory\n((?:  .+\n)+)", said, re.MULTILINE)
    assert [limit for limit, *_ in loads] == ["150MB", "1GB", "150MB"]
    for _, cpu_seconds, statements in loads:
        shown = sum(map(float, re.findall(r"^  ([\d.]+) s in", statements, re.MULTILINE)))
        assert float(cpu_seconds) / 2 < shown < float(cpu_seconds) + 0.01
        assert ": CREATE OR REPLACE TEMP TABLE landed" in statements
