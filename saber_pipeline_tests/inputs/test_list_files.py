"""Finding list files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import find_list_files, fingerprint

if TYPE_CHECKING:
    from pathlib import Path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("domain\nacme.com\n")


def test_finds_lists(tmp_path: Path) -> None:
    """CSV and Parquet files are lists by their stem, sorted; anything else is ignored."""
    touch(tmp_path, "b.CSV", "a-1.parquet", "C_2.csv", ".hidden.csv", "notes.txt", "d.tsv", "e")
    (tmp_path / "folder.csv").mkdir()
    assert find_list_files(tmp_path) == {
        "C_2": tmp_path / "C_2.csv",
        "a-1": tmp_path / "a-1.parquet",
        "b": tmp_path / "b.CSV",
    }
    assert list(find_list_files(tmp_path)) == ["C_2", "a-1", "b"]


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that does not exist holds no lists."""
    assert find_list_files(tmp_path / "none") == {}


@pytest.mark.parametrize("name", ["my list.csv", "a.b.csv", "é.csv", "a" * 101 + ".csv", "a|b.parquet"])
def test_bad_name(tmp_path: Path, name: str) -> None:
    """A stem that cannot name a partition is refused with the file and the rule."""
    touch(tmp_path, name, "good.csv")
    with pytest.raises(ListError) as caught:
        find_list_files(tmp_path)
    assert str(tmp_path / name) in str(caught.value)
    assert "1 to 100" in str(caught.value)


def test_two_files_one_stem(tmp_path: Path) -> None:
    """Two files that would be one list are refused, and both are named."""
    touch(tmp_path, "a.csv", "a.parquet")
    with pytest.raises(ListError) as caught:
        find_list_files(tmp_path)
    assert str(tmp_path / "a.csv") in str(caught.value)
    assert str(tmp_path / "a.parquet") in str(caught.value)


def test_fingerprint(tmp_path: Path) -> None:
    """The fingerprint follows the content, not the name."""
    touch(tmp_path, "a.csv", "b.csv")
    first = fingerprint(tmp_path / "a.csv")
    assert fingerprint(tmp_path / "b.csv") == first
    (tmp_path / "a.csv").write_text("domain\nacme.de\n")
    assert fingerprint(tmp_path / "a.csv") != first


def test_fingerprint_of_a_missing_file(tmp_path: Path) -> None:
    """A list file that has gone is reported as gone."""
    with pytest.raises(ListError, match="is gone"):
        fingerprint(tmp_path / "a.csv")
