"""``saber-pipeline add``: a file becomes a list."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


def files(project: Project, folder: str = "domain_lists") -> list[str]:
    """Every name in a folder of lists, hidden ones too."""
    return sorted(path.name for path in (project.data / folder).iterdir())


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Somebody's export, with a name that no partition can have."""
    path = tmp_path / "Zoë's Q3 accounts (1).csv"
    path.write_text("name,website\nOrrin,orrin-tools.com\nVellum,vellumfoods.de\nNobody,not a domain\n")
    return path


@pytest.mark.slow
def test_a_file_becomes_a_list_with_its_price(project: Project, export: Path, sandbox: RunningSandbox) -> None:
    """Copied byte for byte under the key that its name becomes, shown, planned, not bought; and it can be run."""
    added = saber_pipeline("add", str(export))
    assert added.exit_code == 0, added.stderr
    key = "Zoe_s_Q3_accounts_1"
    assert (project.data / "domain_lists" / f"{key}.csv").read_bytes() == export.read_bytes()
    assert f"cannot be the name of a list, so the list is called {key}." in added.stdout
    assert f"{key}: 3 rows: 2 companies, 0 duplicates, 1 rejected" in added.stdout
    assert "Of 4 pairs, 4 are to be bought, for 4 credits" in added.stdout
    assert sandbox.books()["signals"] == 0
    assert files(project) == [f"{key}.csv", "accounts.csv", "prospects.csv"]
    assert saber_pipeline("run", key, "-q", "crm", "--yes").exit_code == 0
    assert sandbox.books()["signals"] == 2


def test_a_list_takes_the_name_it_is_given(project: Project, export: Path) -> None:
    """--as NAME, with or without an ending; the file's own ending stays."""
    assert saber_pipeline("add", str(export), "--as", "q3").exit_code == 0
    assert saber_pipeline("add", str(export), "--as", "q4.xlsx").exit_code == 0
    assert files(project) == ["accounts.csv", "prospects.csv", "q3.csv", "q4.csv"]


def test_nothing_is_overwritten_without_a_word(project: Project, export: Path) -> None:
    """A list of the name, of whatever ending, is refused, and --replace puts the new file in its place."""
    before = (project.data / "domain_lists" / "accounts.csv").read_bytes()
    table = export.with_name("accounts.tsv")
    table.write_text("domain\tname\nhooli.com\tHooli\n")
    refused = saber_pipeline("add", str(table))
    assert refused.exit_code == 1
    assert "There is a list 'accounts' already" in refused.stderr
    assert "--replace" in refused.stderr
    assert (project.data / "domain_lists" / "accounts.csv").read_bytes() == before
    replaced = saber_pipeline("add", str(table), "--replace")
    assert replaced.exit_code == 0, replaced.stderr
    assert files(project) == ["accounts.tsv", "prospects.csv"]
    again = saber_pipeline("add", str(project.data / "domain_lists" / "accounts.tsv"), "--replace")
    assert again.exit_code == 1
    assert "is the list 'accounts' already" in again.stderr
    assert files(project) == ["accounts.tsv", "prospects.csv"]


def test_a_folder_of_parts_is_a_list_and_can_replace_one(project: Project, tmp_path: Path) -> None:
    """Parts are copied with their folder, over a folder of the same name too."""
    parts = tmp_path / "export.parquet"
    parts.mkdir()
    for number, domain in enumerate(("acme.com", "globex.com")):
        pq.write_table(pa.table({"domain": [domain]}), parts / f"part-{number}.parquet")
    assert saber_pipeline("add", str(parts)).exit_code == 0
    (parts / "part-1.parquet").unlink()
    replaced = saber_pipeline("add", str(parts), "--replace")
    assert "export: 1 rows: 1 companies" in replaced.stdout
    assert files(project) == ["accounts.csv", "export.parquet", "prospects.csv"]
    assert [path.name for path in (project.data / "domain_lists" / "export.parquet").iterdir()] == ["part-0.parquet"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("page.csv", "<!DOCTYPE html><html><body>acme.com</body></html>", "is a web page"),
        ("nobody.csv", "domain\nnot a domain\nnor this\n", "all of its 2 rows are rejected"),
        ("header.csv", "name,domain\n", "there is none below the header"),
        ("accounts.docx", "acme.com", "cannot be a list: lists end in"),
    ],
)
def test_what_cannot_be_used_is_not_copied(project: Project, tmp_path: Path, name: str, text: str, said: str) -> None:
    """The reason is said, and the folder of the lists stays as it was, also with --replace."""
    (tmp_path / name).write_text(text)
    refused = saber_pipeline("add", str(tmp_path / name), "--replace", "--as", "accounts")
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Nothing was copied" in refused.stderr
    assert files(project) == ["accounts.csv", "prospects.csv"]


def test_a_list_of_contacts_goes_into_its_own_folder(project: Project, tmp_path: Path) -> None:
    """With --contacts; that no question is about contacts yet is told, and the list is there all the same."""
    (tmp_path / "leads.csv").write_text("profile\nhttps://www.linkedin.com/in/ada-b\n")
    added = saber_pipeline("add", str(tmp_path / "leads.csv"), "--contacts")
    assert added.exit_code == 0, added.stderr
    assert files(project, "contact_lists") == ["leads.csv"]
    assert "leads: 1 rows: 1 contacts, 0 duplicates, 0 rejected" in added.stdout
    assert "The cost of a run is not known yet: " in added.stdout
