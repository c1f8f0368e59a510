"""The same commands about contacts."""

from __future__ import annotations

import json

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project

QUESTIONS = """
questions:
  crm: {question: Which CRM does this company use?}
  role: {question: What is this person's role?, about: contact}
"""


@pytest.fixture
def contacts(project: Project) -> Project:
    """One question about each kind, and a contact list beside the domain lists."""
    project.write_questions(QUESTIONS)
    folder = project.data / "contact_lists"
    folder.mkdir()
    rows = "name,linkedin\nJane,https://www.linkedin.com/in/jane-doe\nJoe,linkedin.com/in/joe\nNobody,n/a\n"
    (folder / "leads.csv").write_text(rows)
    return project


@pytest.mark.slow
def test_naming_a_contact_list_asks_about_contacts(contacts: Project, sandbox: RunningSandbox) -> None:
    """Plan, run and answers find the kind by the list's name; its question alone is asked, and each pair once."""
    planned = json.loads(saber_pipeline("plan", "leads", "--json").stdout)
    assert [(row["list"], row["question"], row["due"]) for row in planned["rows"]] == [("leads", "role", 2)]
    assert saber_pipeline("run", "leads", "--yes").exit_code == 0
    assert {pair["subject_type"] for pair in sandbox.books()["pairs"]} == {"contact"}
    told = json.loads(saber_pipeline("answers", "leads", "--json").stdout)
    assert [row["contact_profile_url"] for row in told] == [
        "https://www.linkedin.com/in/jane-doe",
        "https://www.linkedin.com/in/joe",
    ]
    assert saber_pipeline("run", "--contacts", "--yes").exit_code == 0
    assert sandbox.books()["signals"] == 2


def test_one_run_is_about_one_kind(contacts: Project, sandbox: RunningSandbox) -> None:
    """Questions of both kinds, or a list of the other kind, are refused with what to do; nothing is bought."""
    both = saber_pipeline("run", "-q", "crm", "-q", "role", "--yes")
    assert "a run is about one of the two" in both.stderr
    other = saber_pipeline("run", "leads", "-q", "crm", "--yes")
    assert "it is a list of contacts" in other.stderr
    assert {both.exit_code, other.exit_code} == {1}
    assert sandbox.books()["signals"] == 0


@pytest.mark.slow
def test_doctor_and_status_know_contacts(contacts: Project) -> None:
    """The doctor reads contact lists too, and what is in flight about contacts stands in the status."""
    found = json.loads(saber_pipeline("doctor", "--json").stdout)
    assert "contact list leads" in json.dumps(found)
    assert saber_pipeline("run", "leads", "--yes", "--max-wait-minutes", "0").exit_code == 0
    assert saber_pipeline("status", "--json").exit_code == 0
