"""Who only looks takes the snapshot that a run made of a list, instead of reading the list again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.inputs.snapshots import borrow_snapshot, read_snapshot, snapshot_list


@pytest.fixture
def read(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A list, the folder of its snapshot, and one to borrow into."""
    file, owner = tmp_path / "accounts.csv", tmp_path / "owner"
    file.write_text("domain\nacme.com\nglobex.com\n")
    assert snapshot_list(file, "accounts", COMPANIES, owner).was_reread
    return file, owner, tmp_path / "looking"


def test_an_unchanged_list_is_not_read_again(read: tuple[Path, Path, Path]) -> None:
    """Record and subjects are those of the owner, and nothing of the owner's changes hands."""
    file, owner, looking = read
    borrow_snapshot("accounts", COMPANIES, owner, looking)
    assert not snapshot_list(file, "accounts", COMPANIES, looking).was_reread
    borrowed, own = looking / "accounts.domains.parquet", owner / "accounts.domains.parquet"
    assert borrowed.read_bytes() == own.read_bytes()
    assert not borrowed.is_symlink()
    assert borrowed.stat().st_ino != own.stat().st_ino


def test_a_changed_list_is_read(read: tuple[Path, Path, Path]) -> None:
    """What was borrowed of an earlier file counts for nothing, and the owner's snapshot stays."""
    file, owner, looking = read
    borrow_snapshot("accounts", COMPANIES, owner, looking)
    file.write_text("domain\ninitech.com\n")
    found = snapshot_list(file, "accounts", COMPANIES, looking)
    assert (found.was_reread, found.subjects) == (True, 1)
    kept = read_snapshot("accounts", owner)
    assert kept is not None
    assert kept.subjects == 2


def test_a_snapshot_that_is_being_made_is_not_borrowed(
    read: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run removes the record before it changes the tables: subjects copied meanwhile may be half of each."""
    _, owner, looking = read
    copyfile = shutil.copyfile

    def copied_while_a_run_begins(source: Path, target: Path) -> None:
        copyfile(source, target)
        (owner / "accounts.json").unlink()

    monkeypatch.setattr(shutil, "copyfile", copied_while_a_run_begins)
    borrow_snapshot("accounts", COMPANIES, owner, looking)
    assert read_snapshot("accounts", looking) is None


def test_a_snapshot_without_its_subjects_is_not_borrowed(read: tuple[Path, Path, Path]) -> None:
    """The list is read, as if it were new."""
    file, owner, looking = read
    (owner / "accounts.domains.parquet").unlink()
    borrow_snapshot("accounts", COMPANIES, owner, looking)
    assert snapshot_list(file, "accounts", COMPANIES, looking).was_reread
