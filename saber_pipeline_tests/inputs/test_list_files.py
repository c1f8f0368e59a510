"""Finding list files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import find_list_files, fingerprint, look_for_lists
from saber_pipeline.inputs.list_names import LIST_NAME, list_key

if TYPE_CHECKING:
    from pathlib import Path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("domain\nacme.com\n")


def test_finds_lists(tmp_path: Path) -> None:
    """Files and folders of every format are lists, sorted; what is no list is told apart."""
    touch(tmp_path, "b.CSV", "a-1.parquet", "C_2.csv.gz", ".hidden.csv", "~$open.xlsx", "notes.txt", "d.tsv", "e")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "spark.parquet").mkdir()
    touch(tmp_path / "spark.parquet", "_SUCCESS", "part-0.parquet")
    found = look_for_lists(tmp_path)
    assert found.files == {
        "C_2": tmp_path / "C_2.csv.gz",
        "a-1": tmp_path / "a-1.parquet",
        "b": tmp_path / "b.CSV",
        "d": tmp_path / "d.tsv",
        "spark": tmp_path / "spark.parquet",
    }
    assert list(found.files) == ["C_2", "a-1", "b", "d", "spark"]
    assert found.others == [tmp_path / "e", tmp_path / "notes.txt"]
    assert list(found.problems) == [tmp_path / "folder.csv"]


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that does not exist holds no lists."""
    assert find_list_files(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("my list.csv", "my_list"),
        ("a.b.csv", "a_b"),
        ("é.csv", "e"),
        ("Q3 accounts (1).csv", "Q3_accounts_1"),
        ("Straße Köln.CSV.GZ", "Strasse_Koln"),
        ("a|b.parquet", "a_b"),
        ("plain-1_x.tsv", "plain-1_x"),
    ],
)
def test_any_name(tmp_path: Path, name: str, key: str) -> None:
    """Any file name becomes a key by the documented rule, beside a list whose name is one already."""
    touch(tmp_path, name, "good.csv")
    assert find_list_files(tmp_path) == dict(sorted({key: tmp_path / name, "good": tmp_path / "good.csv"}.items()))


@pytest.mark.parametrize("name", ["a" * 101 + ".csv", "клиенты.csv", "...csv"])
def test_names_without_letters(name: str) -> None:
    """A name that leaves nothing, or too much, becomes a key that ends in digits of its hash, always the same."""
    key = list_key(name)
    assert LIST_NAME.fullmatch(key)
    assert key == list_key(name)
    assert key != list_key("x" + name)


def test_two_files_one_key(tmp_path: Path) -> None:
    """Files that would be one list are each a problem that names both; the other lists stay."""
    touch(tmp_path, "a.csv", "a.parquet", "b c.csv", "b_c.csv", "good.csv")
    found = look_for_lists(tmp_path)
    assert list(found.files) == ["good"]
    assert len(found.problems) == 4
    assert str(tmp_path / "a.csv") in found.problems[tmp_path / "a.parquet"]
    assert str(tmp_path / "b c.csv") in found.problems[tmp_path / "b_c.csv"]


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
