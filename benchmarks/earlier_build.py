"""The build that the targets call 0.1.0's, beside which today's is run in turn: its commit, unpacked in a folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from benchmarks.bytecode import compile_as_installed
from benchmarks.local_api import ROOT

COMMIT = "7dc3fe3"


def unpack_earlier(folder: Path) -> Path | None:
    """Its files in ``folder``; None where this clone has no such commit (a shallow one, or an unpacked archive)."""
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
    if packed.returncode:
        print(f"  this clone has no commit {COMMIT}, so nothing is compared with 0.1.0's build (git fetch --unshallow)")
        return None
    target = folder / "earlier"
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
        files.extractall(target, filter="data")
    compile_as_installed(target)
    return target
