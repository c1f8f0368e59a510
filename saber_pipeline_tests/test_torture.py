"""A quick share of ``make torture``: real runs, killed and shaken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_quick_share() -> None:
    """After runs that were killed or disturbed nothing was paid twice, nothing is lost, and no table differs."""
    done = subprocess.run(
        [sys.executable, "-m", "torture", "--quick", "--at-once", "8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
