"""``saber-pipeline lists``: how every list is understood, before anything is bought."""

from __future__ import annotations

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project

CRM = """Accounts of Q3
made by dana

Email;Website;Owner
info@orrin-tools.com;https://www.orrin-tools.com/;dana
;vellumfoods.de;miro
x@y.example;ORRIN-TOOLS.com;dana
;not a domain;\x1b[31mmiro
"""


@pytest.fixture
def crm(project: Project) -> Project:
    """A project with an export from a CRM besides its lists."""
    (project.data / "domain_lists" / "crm.csv").write_text(CRM, encoding="utf-8")
    return project


def test_a_list_is_shown_as_it_was_understood(crm: Project, sandbox: RunningSandbox) -> None:
    """File, format, header line, column, runner-up, counts and first rows; nothing is written and nobody is asked."""
    before = {path: path.stat().st_mtime_ns for path in crm.folder.rglob("*")}
    shown = saber_pipeline("lists", "crm")
    assert shown.exit_code == 0, shown.stderr
    assert "crm: 4 rows: 2 companies, 1 duplicates, 1 rejected" in shown.stdout
    assert "data/domain_lists/crm.csv" in shown.stdout
    assert "separated by ';'" in shown.stdout
    assert "in line 4, after: Accounts of Q3 / made by dana" in shown.stdout
    column = next(line for line in shown.stdout.splitlines() if line.split()[:1] == ["column"])
    assert "'Website'" in column
    assert "'Email'" in column
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert ["2", "vellumfoods.de", "vellumfoods.de", "used", "Owner:", "miro"] in rows
    assert "duplicate of row 1" in shown.stdout
    assert "rejected: " in shown.stdout
    assert "\x1b" not in shown.stdout
    assert {path: path.stat().st_mtime_ns for path in crm.folder.rglob("*")} == before
    assert sandbox.books()["signals"] == 0


def test_all_lists_are_shown_and_need_no_questions_and_no_key(crm: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of companies and of people, also where questions.yaml is missing: lists come first."""
    (crm.data / "questions.yaml").unlink()
    monkeypatch.delenv("SABER_API_KEY")
    (crm.data / "contact_lists").mkdir()
    (crm.data / "contact_lists" / "leads.csv").write_text("profile\nhttps://www.linkedin.com/in/ada-b\n")
    told = saber_pipeline("lists", "--json").json
    assert [(each["list"], each["about"], each["rows"], each["rejected"]) for each in told["lists"]] == [
        ("accounts", "companies", 3, 0),
        ("crm", "companies", 4, 1),
        ("prospects", "companies", 2, 0),
        ("leads", "contacts", 1, 0),
    ]
    assert [each["list"] for each in saber_pipeline("lists", "--contacts", "--json").json["lists"]] == ["leads"]


def test_rejected_rows_come_with_their_reasons(crm: Project) -> None:
    """All of them, beyond the first rows too, with the row's other columns; without --rejected they are not there."""
    many = "".join(f"no domain {number},r{number}\n" for number in range(1, 21))
    (crm.data / "domain_lists" / "many.csv").write_text(f"domain,ref\nacme.com,good\n{many}")
    told = saber_pipeline("lists", "many", "--rejected", "--json").json["lists"][0]
    assert [row["row_number"] for row in told["rejected_rows"]] == list(range(2, 22))
    assert told["rejected_rows_left_out"] == 0
    assert all(row["reason"] for row in told["rejected_rows"])
    assert (told["rejected_rows"][19]["raw_value"], told["rejected_rows"][19]["attributes"]) == (
        "no domain 20",
        {"ref": "r20"},
    )
    assert "ref: r20" in saber_pipeline("lists", "many", "--rejected").stdout
    assert "r20" not in saber_pipeline("lists", "many").stdout


def test_a_list_that_cannot_be_used_is_named_and_the_others_are_shown(crm: Project) -> None:
    """Its problem stands beside it with the cure; the exit code is 1, with JSON too."""
    folder = crm.data / "domain_lists"
    (folder / "page.csv").write_text("<!DOCTYPE html><html><body>acme.com</body></html>")
    (folder / "nobody.csv").write_text("domain\nnot a domain\nnor this\n")
    (folder / "notes.docx").write_text("acme.com")
    for name in ("twin.csv", "twin.tsv"):
        (folder / name).write_text("domain\nacme.com\n")
    shown = saber_pipeline("lists")
    assert shown.exit_code == 1
    assert "page: cannot be read" in shown.stdout
    assert "is a web page" in shown.stdout
    assert "nobody: 2 rows: 0 companies, 0 duplicates, 2 rejected" in shown.stdout
    assert "prospects: 2 rows: 2 companies, 0 duplicates, 0 rejected" in shown.stdout
    assert "twin.csv and " in shown.stdout
    assert "notes.docx" in shown.stdout
    assert "nobody, page" in shown.stderr
    told = saber_pipeline("lists", "--json")
    assert told.exit_code == 1
    assert [each["list"] for each in told.json["lists"] if each["problem"]] == ["nobody", "page"]
    assert saber_pipeline("lists", "accounts").exit_code == 0


def test_a_name_that_is_no_list_is_one_sentence(crm: Project) -> None:
    """The nearest name, and what there is; a list may also be named as its file is."""
    (crm.data / "domain_lists" / "Q3 accounts (1).csv").write_text("domain\nacme.com\n")
    assert "Q3_accounts_1: 1 rows: 1 companies" in saber_pipeline("lists", "Q3 accounts (1)").stdout
    wrong = saber_pipeline("lists", "prospect")
    assert wrong.exit_code == 1
    assert "did you mean 'prospects'?" in wrong.stderr


def test_plan_tells_what_became_of_the_rows(crm: Project) -> None:
    """Above the price, for each list that is planned, and in its JSON."""
    planned = saber_pipeline("plan", "crm").stdout
    assert "crm: 4 rows: 2 companies, 1 duplicates, 1 rejected. Column 'Website'" in planned
    assert planned.index("4 rows: 2 companies") < planned.index("are to be bought")
    told = saber_pipeline("plan", "crm", "accounts", "--json").json["lists"]
    numbers = {
        name: [each[key] for key in ("rows", "companies", "duplicates", "rejected")] for name, each in told.items()
    }
    assert numbers == {"accounts": [3, 3, 0, 0], "crm": [4, 2, 1, 1]}
    assert told["crm"]["understood"]["header_line"] == 4


def test_an_entry_of_lists_yaml_without_a_list_is_named(crm: Project) -> None:
    """lists, plan and doctor name it with its line, and all of them end well."""
    (crm.data / "lists.yaml").write_text("domain_lists:\n  crm: {delimiter: ;}\n  cmr: {column: Website}\n")
    for command in ("lists", "plan", "doctor"):
        typed = saber_pipeline(command)
        assert "lists.yaml:3: domain_lists.cmr matches no list (did you mean 'crm'?)" in " ".join(
            typed.stdout.split()
        ), command
        assert command == "doctor" or typed.exit_code == 0, typed.stderr
        if command != "doctor":
            (told,) = saber_pipeline(command, "--json").json["entries_without_list"]
            assert told.startswith("lists.yaml:3")


def test_every_command_takes_the_name_of_the_file(project: Project) -> None:
    """A list whose key is not its file's name is found by both, also one of contacts, which nothing else tells."""
    (project.data / "domain_lists" / "Key Accounts.csv").write_text("domain\nacme.com\n", encoding="utf-8")
    (project.data / "contact_lists").mkdir()
    people = "profile_url\nhttps://www.linkedin.com/in/jane-doe\n"
    (project.data / "contact_lists" / "Key People.csv").write_text(people, encoding="utf-8")
    project.write_questions(
        "questions:\n  crm: {question: Which CRM?}\n  role: {question: Which role?, about: contact}\n"
    )
    for name in ("Key Accounts", "Key_Accounts"):
        assert [each["list"] for each in saber_pipeline("lists", name, "--json").json["lists"]] == ["Key_Accounts"]
        assert saber_pipeline("plan", name, "--json").json["rows"][0]["list"] == "Key_Accounts"
    assert saber_pipeline("plan", "Key People", "--json").json["rows"][0]["question"] == "role"
    assert saber_pipeline("run", "Key Accounts", "--yes").exit_code == 0
    assert [row["domain"] for row in saber_pipeline("answers", "Key Accounts", "--json").json] == ["acme.com"]
    assert saber_pipeline("export", "Key Accounts", "--to", "out.csv").exit_code == 0
