"""``saber-pipeline status``: what is on its way, and what happened last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saber_pipeline.config.questions.template_questions import KnownTemplate, write_known_templates
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


def test_a_new_project_has_nothing_to_tell(project: Project) -> None:
    """No ledger, no answers, no run: said in sentences, and nothing is made in the data directory."""
    before = sorted(project.data.rglob("*"))
    shown = saber_pipeline("status")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout == "Nothing is in flight.\nNo balance has been seen yet.\n"
    assert sorted(project.data.rglob("*")) == before


def test_a_question_without_its_template_is_named(project: Project) -> None:
    """What a run saw last of a template that is gone is told without a request, with what to do about it."""
    template = "4f0c2f62-9d6b-4b4e-8f0e-0d4b6f6a9c11"
    (project.data / "questions.yaml").write_text(f"questions:\n  mood:\n    template_id: {template}\n")
    known = project.data / "landing" / "templates" / "known.json"
    write_known_templates(known, [KnownTemplate(template, 0, None, "", None, None, problem="was deleted at Saber")])
    why = f"Held back: The question mood: its template {template} was deleted at Saber. Give another template_id"
    assert why in saber_pipeline("status").stdout
    assert saber_pipeline("status", "--json").json["held_back"]["mood"].startswith(why)


@pytest.mark.slow
def test_after_a_run_its_end_and_the_balance_are_there(project: Project) -> None:
    """The last runs with their lists and questions, newest first, and as many as asked for."""
    saber_pipeline("run", "--yes")
    saber_pipeline("run", "accounts", "-q", "crm", "--yes")
    told = saber_pipeline("status", "--json").json
    assert told["balance"]["credits"] == 99_992
    assert [(run["status"], run["lists"], run["questions"]) for run in told["runs"]] == [
        ("success", "accounts", ["crm"]),
        ("success", "accounts...prospects", ["crm", "uses_salesforce"]),
        ("success", None, ["domain_lists"]),
    ]
    assert len(saber_pipeline("status", "--json", "--runs", "1").json["runs"]) == 1
    printed = saber_pipeline("status").stdout
    assert "The balance was 99,992 credits at " in printed
    assert "accounts...prospects  all" in printed


@pytest.mark.slow
def test_what_is_in_flight_is_counted_by_list_and_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company in two lists counts under the first one; who should collect it is said."""
    with RunningSandbox(replace(QUICK, processing_seconds=(900.0, 900.0))) as slow:
        enter(tmp_path / "slow", slow.base_url, monkeypatch)
        saber_pipeline("run", "-q", "crm", "--yes", "--max-wait-minutes", "0")
    told = saber_pipeline("status", "--json").json
    assert told["in_flight"] == [
        {"list": "accounts", "question": "crm", "followed": 0, "left": 3},
        {"list": "prospects", "question": "crm", "followed": 0, "left": 1},
    ]
    assert "saber-pipeline run --collect-only" in saber_pipeline("status").stdout


@pytest.mark.slow
def test_a_purchase_whose_reply_was_lost_is_undecided(project: Project, sandbox: RunningSandbox) -> None:
    """It says since when, how many signals, what they may have cost, and that the next run looks them up."""
    sandbox.set_faults(rules=[{"kind": "error_before", "method": "POST", "path": "/v1/companies/signals"}])
    saber_pipeline("run", "accounts", "-q", "crm", "--yes", "--max-wait-minutes", "0")
    sandbox.set_faults()
    undecided = saber_pipeline("status", "--json").json["undecided"]
    assert [(each["signals"], each["credits_at_most"]) for each in undecided] == [(3, 3)]
    assert "checks them with Saber before it buys" in saber_pipeline("status").stdout
    purchases = [f for f in saber_pipeline("doctor", "--json").json["findings"] if f["subject"] == "purchases"]
    assert [(each["verdict"], each["found"][:9]) for each in purchases] == [("warning", "3 signals")]


def test_what_waits_for_credits_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the API ran out of credits midway: which lists, how many credits, since when, and what was refused."""
    with RunningSandbox(replace(QUICK, credits=8, credits_per_signal=2)) as dear:
        enter(tmp_path / "dear", dear.base_url, monkeypatch)
        assert saber_pipeline("run", "accounts", "--yes").exit_code == 3
        told = saber_pipeline("status", "--json").json
    waiting = told["waiting_for_credits"][0]
    assert waiting["lists"] == ["accounts"]
    assert waiting["questions"] == ["crm", "uses_salesforce"]
    assert waiting["credits_needed"] > 8
    assert sum(row["pairs"] for row in told["refused"]) == 6
    assert told["runs"][0]["status"] == "failure"


@pytest.mark.slow
def test_a_list_whose_file_is_gone_is_named(project: Project) -> None:
    """After a renaming its answers and its run stay, and it is said that no schedule asks for the old name."""
    saber_pipeline("run", "prospects", "-q", "crm", "--yes")
    (project.data / "domain_lists" / "prospects.csv").rename(project.data / "domain_lists" / "renamed.csv")
    assert saber_pipeline("run", "renamed", "-q", "crm", "--yes").exit_code == 0
    shown = saber_pipeline("status")
    assert "Without a file in domain_lists/, or with two: prospects. Schedules skip these lists" in shown.stdout
    assert "accounts" not in shown.stdout.split("Without a file")[1]
    told = saber_pipeline("status", "--json").json
    assert told["lists_without_file"] == {"domain_lists": ["prospects"]}
    assert told["runs"][-1]["lists"] is None
    assert project.query("SELECT count(*) FROM latest_answers WHERE question_key = 'crm'") == [(2,)]
