"""lists.yaml: values, and mistakes that stop the list they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_options import NO_OPTIONS, ListOptions
from saber_pipeline.inputs.lists_yaml import entries_without_list, list_options

if TYPE_CHECKING:
    from pathlib import Path


def options(folder: Path, text: str, name: str = "mine") -> ListOptions:
    """What a file of this text says about a list of companies."""
    path = folder / "lists.yaml"
    path.write_text(text, encoding="utf-8")
    return list_options(path, COMPANIES, name)


def test_values(tmp_path: Path) -> None:
    """Every key is read; a list is named by its file's name or by its own; what is for all lists is added."""
    text = (
        'domain_lists:\n  "Q3 accounts (1)":\n    column: Website\n    delimiter: tab\n    header_line: 4\n'
        "    sheet: Accounts\n    filters: {Status: [Customer, Prospect], Tier: 1}\n    allow: [orrin.github.io]\n"
        "    deny: www.Rival.com\nallow: [x.example.org]\ndeny: []\n"
    )
    assert options(tmp_path, text, "Q3_accounts_1") == ListOptions(
        column="Website",
        delimiter="\t",
        header_line=4,
        sheet="Accounts",
        filters=(("Status", frozenset({"Customer", "Prospect"})), ("Tier", frozenset({"1"}))),
        allow=frozenset({"orrin.github.io", "x.example.org"}),
        deny=frozenset({"rival.com"}),
    )
    assert options(tmp_path, text, "other") == ListOptions(allow=frozenset({"x.example.org"}))
    assert list_options(tmp_path / "lists.yaml", CONTACTS, "Q3_accounts_1").column is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "domain_lists:\n", "contact_lists: {}\n"])
def test_nothing(tmp_path: Path, text: str) -> None:
    """A file that says nothing changes nothing, nor does one that is not there."""
    assert options(tmp_path, text) == NO_OPTIONS
    assert list_options(tmp_path / "none.yaml", COMPANIES, "mine") == NO_OPTIONS


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("colum: Website", "did you mean 'column'"),
        ("header_line: first", "header_line"),
        ("header_line: 0", "header_line"),
        ("column: [a]", "allowed is a text"),
        ("filters: Status", "mapping of columns"),
        ("deny: [not a domain]", "is not a domain"),
        ("column: Website #2", "the text ends before ` #`"),
    ],
)
def test_a_mistake_is_its_lists_own(tmp_path: Path, wrong: str, told: str) -> None:
    """A mistake in a list's entry names its line, and stops that list and no other."""
    text = f"domain_lists:\n  other: {{column: Domain}}\n  mine:\n    {wrong}\n"
    with pytest.raises(ListError) as raised:
        options(tmp_path, text)
    assert "lists.yaml:4" in str(raised.value)
    assert told in str(raised.value)
    assert options(tmp_path, text, "other").column == "Domain"


def test_two_entries_for_one_list(tmp_path: Path) -> None:
    """A list that is named by its file's name and by its own is a mistake of that list."""
    text = 'domain_lists:\n  mine: {column: Domain}\n  "mine ": {column: Website}\n'
    with pytest.raises(ListError, match=r"lists\.yaml:3.*line 2 is about this list too"):
        options(tmp_path, text)


def test_an_entry_that_is_about_no_list(tmp_path: Path) -> None:
    """It is told with its line and the name that may be meant; entries of lists, and of a broken file, are not."""
    path = tmp_path / "lists.yaml"
    path.write_text('domain_lists:\n  "Q3 accounts (1)": {column: Site}\n  Q3_acounts: {column: Site}\n')
    (told,) = entries_without_list(path, COMPANIES, {"Q3_accounts_1", "Q3_accounts"})
    assert told.startswith("lists.yaml:3: domain_lists.Q3_acounts")
    assert "did you mean 'Q3_accounts'?" in told
    assert entries_without_list(path, CONTACTS, set()) == []
    path.write_text("domain_lists: {\n")
    assert entries_without_list(path, COMPANIES, set()) == []
    assert entries_without_list(tmp_path / "none.yaml", COMPANIES, set()) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("domain_list: {}\n", 1), ("allow: []\ndomain_lists: [a]\n", 2), ("- a\n", 1), ("domain_lists: {\n", 2)],
)
def test_a_mistake_of_no_list(tmp_path: Path, text: str, line: int) -> None:
    """A mistake that is no list's own is told for every list, before anything is spent."""
    with pytest.raises(ListError, match=rf"lists\.yaml:{line}"):
        options(tmp_path, text)
