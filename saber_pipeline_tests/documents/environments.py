"""Environments of their own for what a page installs besides: everything else is found where the tests run."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.documents.blocks import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INSTALLING_SECONDS = 1_800


def environment_with(packages: Sequence[str], folder: Path, *, options: Sequence[str] = ()) -> Path:
    """The folder of the commands of an environment with ``packages``, made once; ``options`` are pip's.

    The test is skipped with pip's reason where they cannot be installed.
    """
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:  # tests of two processes may ask for it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = folder / "installed"
        if not mark.exists() or mark.read_text() != " ".join(packages):
            _install(packages, folder, options)
            mark.write_text(" ".join(packages))
    return folder / "bin"


def _install(packages: Sequence[str], folder: Path, options: Sequence[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    here = next(path for path in sys.path if path.endswith("site-packages"))
    site = folder / here.removeprefix(f"{sys.prefix}/")
    (site / "everything_else.pth").write_text(f"{here}\n{ROOT}\n", encoding="utf-8")
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *options, *packages],
        capture_output=True,
        text=True,
        timeout=INSTALLING_SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"{' '.join(packages)} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
