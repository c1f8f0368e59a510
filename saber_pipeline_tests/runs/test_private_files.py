"""What a run writes is for its owner alone, unless somebody opens a folder to others."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.cli.checks.storage_check import check_privacy
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.private_files import private_files
from saber_pipeline.report.report_file import write_report
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.world import SIZE, domains, start_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """The user's own umask, for a while; the block must leave it as it was."""
    before = os.umask(mask)
    try:
        yield
        assert os.umask(mask) == mask
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.slow
def test_nobody_else_can_read_what_a_run_writes(tmp_path: Path) -> None:
    """With the usual umask every folder that a run and a rebuild make is 0700, and every file in them 0600."""
    with umask(0o022), ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / "data")
        world.questions = (SIZE,)
        world.write_list(domains(3))
        yours = set(world.paths.data_dir.rglob("*"))
        world.run()
        rebuild_answers(world.settings, (SIZE,))
        write_report(world.paths)
        ours = [path for path in world.paths.data_dir.rglob("*") if path not in yours and not path.is_symlink()]
        folders = {path.name for path in ours if path.is_dir()}
        assert {"ledger", "landing", "signals", "warehouse", "versions", "report"} <= folders
        assert world.paths.ledger_file in ours
        assert {path: oct(mode(path)) for path in ours if mode(path) != (0o700 if path.is_dir() else 0o600)} == {}


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize(("mask", "published"), [(0o022, 0o640), (0o007, 0o640), (0o077, 0o600)])
@pytest.mark.slow
def test_a_group_reads_what_is_published_once_its_folder_is_opened(tmp_path: Path, mask: int, published: int) -> None:
    """Versions published into a folder opened to a group are readable for it, unless the umask is stricter."""
    with umask(mask), ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / "data")
        world.questions = (SIZE,)
        world.write_list(domains(3))
        world.run()
        world.paths.versions.chmod(0o750)
        world.write_list(domains(4))
        world.run()
        newest = world.paths.answers_file.resolve()
        assert oct(mode(newest)) == oct(published)
        assert {oct(mode(path) & OTHERS) for path in world.paths.landed_signals.iterdir()} == {"0o0"}


def test_an_open_folder_of_before_is_left_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that others can read are named with the command that closes them; following it leaves nothing to say."""
    monkeypatch.chdir(tmp_path)
    paths = DataPaths(tmp_path / "data")
    for folder in (paths.ledger_file.parent, paths.landing, paths.versions, tmp_path / ".dagster"):
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    paths.data_dir.chmod(0o755)
    (finding,) = check_privacy(paths, tmp_path)
    assert finding.to_do == "chmod -R go-rwx data/ledger data/landing data/versions .dagster"
    paths.versions.chmod(0o2750)
    (finding,) = check_privacy(paths, tmp_path)
    assert finding.to_do == "chmod -R go-rwx data/ledger data/landing .dagster"
    paths.data_dir.chmod(0o700)
    (finding,) = check_privacy(paths, tmp_path)
    assert finding.to_do == "chmod -R go-rwx .dagster"
    (tmp_path / ".dagster").chmod(0o700)
    assert list(check_privacy(paths, tmp_path)) == []


def test_overlapping_blocks_give_the_umask_back(tmp_path: Path) -> None:
    """The strictest of overlapping blocks counts until all have ended, in whatever order; then it is as before."""
    with umask(0o022):
        tmp_path.chmod(0o755)
        first, second = private_files(tmp_path / "not there"), private_files(tmp_path)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        (tmp_path / "a").touch()
        second.__exit__(None, None, None)
        (tmp_path / "b").touch()
        assert [oct(mode(tmp_path / name)) for name in "ab"] == ["0o600", "0o644"]
