"""A quick share of ``make torture``: real runs, killed and shaken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saber_pipeline_tests.testbed.object_server import why_no_object_server
from saber_pipeline_tests.testbed.postgres import why_no_postgres
from torture.kill_points import ALL_FUNCTION_POINTS, function_at

ROOT = Path(__file__).parent.parent


def assert_torture_is_clean(*words: str) -> None:
    """Play it; it tells what was not as it must be."""
    done = subprocess.run(
        [sys.executable, "-m", "torture", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "cases",
    [("--kill", "15", "--small"), ("--quick", "--at-once", "8")],
    ids=["one", "some"],
)
def test_a_quick_share(cases: tuple[str, ...]) -> None:
    """After runs that were killed or disturbed nothing was paid twice, nothing is lost, and no table differs."""
    assert_torture_is_clean(*cases)


@pytest.mark.slow  # a smaller one is in runs/test_several_workers.py
@pytest.mark.distributed
@pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres() or "-")
@pytest.mark.parametrize("folders", [(), ("--store",)], ids=["one folder", "folders of their own"])
def test_several_workers(folders: tuple[str, ...]) -> None:
    """Of eight workers over one list two are killed: every pair is bought once, all tell the same, nothing is lost."""
    if folders and (why := why_no_object_server()):
        pytest.skip(why)
    assert_torture_is_clean("--workers", "8", "--pairs", "200", "--times", "1", *folders)


@pytest.mark.parametrize("point", ALL_FUNCTION_POINTS)
def test_every_kill_point_is_somewhere(point: str) -> None:
    """A function that moved would otherwise never be killed in, and nobody would notice."""
    owner, name = function_at(point)
    assert callable(getattr(owner, name))
