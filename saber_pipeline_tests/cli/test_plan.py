"""``saber-pipeline plan``: the dry run as a table and as JSON."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import httpx
import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES


def test_the_table_has_every_list_and_question_and_the_price(project: Project, sandbox: RunningSandbox) -> None:
    """Without arguments it is about everything; a company in two lists costs once; nothing is written or bought."""
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")}
    planned = saber_pipeline("plan")
    assert planned.exit_code == 0, planned.stderr
    rows = [line.split() for line in planned.stdout.splitlines()]
    statuses = ["owned", "not", "known", "failed", "in", "flight", "due", "held", "back"]
    assert rows[0] == ["list", "question", *statuses, "credits", "due", "because"]
    assert ["accounts", "crm", "0", "0", "0", "0", "3", "0", "3", "3", "missing"] in rows
    assert ["prospects", "uses_salesforce", "0", "0", "0", "0", "2", "0", "2", "2", "missing"] in rows
    assert "Of 8 pairs, 8 are to be bought, for 8 credits" in planned.stdout
    assert "from 100,000 to 99,992" in planned.stdout
    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*")} == before
    assert sandbox.books()["signals"] == 0


def test_a_selection_is_planned_alone(project: Project) -> None:
    """Lists by their names, questions by --question."""
    planned = saber_pipeline("plan", "prospects", "--question", "crm", "--json").json
    assert [(row["list"], row["question"], row["due"]) for row in planned["rows"]] == [("prospects", "crm", 2)]
    assert planned["rows"][0]["due_because"] == {"missing": 2}
    assert (planned["credits"], planned["balance"], planned["balance_after"]) == (2, 100_000, 99_998)
    assert planned["is_affordable"] is True


def test_what_is_owned_costs_nothing_unless_it_is_forced(project: Project) -> None:
    """After a run everything is owned; a forced plan has all of it due, and says why."""
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    planned = saber_pipeline("plan", "accounts", "--json").json
    none = dict.fromkeys(("not_known", "failed", "in_flight", "due", "waiting", "held_back"), 0)
    assert planned["totals"] == {"asked": 6, "owned": 6, **none}
    forced = saber_pipeline("plan", "accounts", "--force-refresh", "--json").json
    assert forced["credits"] == 6
    assert forced["rows"][0]["due_because"] == {"its refresh is forced": 3}


def test_after_an_upgrade_everything_goes_on(
    project: Project, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A warehouse of another version is rebuilt where a plan or a run meets it, and what it holds stays owned."""
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    bought = sandbox.books()["signals"]
    for command in (("plan", "accounts"), ("run", "accounts", "--yes")):
        with duckdb.connect(project.folder / "data" / "warehouse" / "warehouse.duckdb") as con:
            con.execute("UPDATE internal.schema_state SET signature = 'of another version'")
        caplog.clear()
        done = saber_pipeline(*command)
        assert done.exit_code == 0, done.stderr
        assert "Of 6 pairs, 0 are to be bought" in done.stdout
        assert "It is rebuilt from local files now" in caplog.text
    assert project.query("SELECT count(*) FROM signals") == [(6,)]
    assert sandbox.books()["signals"] == bought


def test_without_a_key_or_an_api_the_plan_is_there_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the balance is missing then, and the reason is said."""
    monkeypatch.setenv("SABER_BASE_URL", "http://127.0.0.1:9")
    unreachable = saber_pipeline("plan")
    assert unreachable.exit_code == 0
    assert "8 are to be bought, for 8 credits. The balance is not known: " in unreachable.stdout
    monkeypatch.delenv("SABER_API_KEY")
    keyless = saber_pipeline("plan", "--json").json
    assert (keyless["credits"], keyless["balance"], keyless["is_affordable"]) == (8, None, None)


def test_a_mistake_is_one_sentence_with_what_there_is(project: Project) -> None:
    """Names that are not there, with the nearest one; a questions file with mistakes, with all of them."""
    wrong_list = saber_pipeline("plan", "acounts")
    assert wrong_list.exit_code == 1
    assert "did you mean 'accounts'?" in wrong_list.stderr
    wrong_question = saber_pipeline("plan", "-q", "crmm")
    assert wrong_question.exit_code == 1
    assert "did you mean 'crm'?" in wrong_question.stderr
    project.write_questions("questions: {A: {question: 1}}")
    mistaken = saber_pipeline("plan")
    assert mistaken.exit_code == 1
    assert "questions.yaml:1" in mistaken.stderr


def test_a_refused_key_fails_the_plan(
    project: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is shown, and the command fails with the cure: a run with this key could buy nothing."""
    monkeypatch.setenv("SABER_API_KEY", "not_a_key_of_theirs")
    for arguments in (("plan",), ("plan", "--json")):
        planned = saber_pipeline(*arguments)
        assert planned.exit_code == 1
        assert "the API does not accept the key" in planned.stderr
        assert "Nothing was bought." in planned.stderr
    assert (planned.json["totals"]["due"], planned.json["balance"]) == (8, None)
    assert sandbox.books()["signals"] == 0


@pytest.mark.slow
def test_templates_are_asked_for(project: Project, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture) -> None:
    """A template edited or deleted since the last run changes the plan; without an API the last run's counts."""
    headers = {"Authorization": f"Bearer {os.environ['SABER_API_KEY']}"}
    with httpx.Client(base_url=sandbox.base_url, trust_env=False, headers=headers) as owner:
        made = owner.post(TEMPLATES, json={"name": "Mood", "question": "How is the mood?"}).json()["id"]
        project.write_questions(f"questions: {{mood: {{template_id: {made}}}, crm: {{question: Which CRM?}}}}")
        assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
        assert saber_pipeline("plan", "accounts", "--json").json["totals"]["due"] == 0
        owner.patch(f"{TEMPLATES}/{made}", json={"question": "How is the mood today?"}).raise_for_status()
        edited = saber_pipeline("plan", "accounts", "--json")
        assert edited.json["totals"]["due"] == 3
        assert "version 1 is now version 2" in caplog.text
        owner.delete(f"{TEMPLATES}/{made}").raise_for_status()
        assert (
            f"Held back: The question mood: its template {made} does not exist at Saber."
            in saber_pipeline("plan").stdout
        )
    sandbox.set_faults(rules=[{"kind": "error_before", "path": "/v1/", "status": 503}])
    unreachable = saber_pipeline("plan", "accounts", "--json")
    assert unreachable.json["totals"]["due"] == 0
    assert "The plan takes the templates as a run saw them last" in caplog.text


def test_outside_of_a_project_it_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without questions the way on is named; in one without lists, too."""
    monkeypatch.chdir(tmp_path)
    outside = saber_pipeline("plan")
    assert outside.exit_code == 1
    assert "saber-pipeline init" in outside.stderr
    saber_pipeline("init")
    for command in ("plan", "run"):
        listless = saber_pipeline(command)
        assert listless.exit_code == 1
        assert "There is no list in" in listless.stderr
        assert "Put a CSV, Excel or Parquet file" in listless.stderr
        assert "`saber-pipeline init --with-samples`" in listless.stderr


@pytest.mark.slow
def test_pairs_that_wait_for_answers_of_the_run(project: Project, sandbox: RunningSandbox) -> None:
    """The plan says for how many a condition is true, and what that costs at most; the run asks only there."""
    (project.data / "questions.yaml").write_text(
        "questions:\n"
        "  uses_crm: {question: Do they use a CRM?, answer_type: boolean}\n"
        "  crm: {question: Which CRM do they use?, ask_if: uses_crm}\n"
    )
    assert saber_pipeline("run", "accounts", "-q", "uses_crm", "--yes").exit_code == 0
    known = saber_pipeline("answers", "accounts", "--json").json
    passed = sum(row["uses_crm"] for row in known)
    (planned,) = saber_pipeline("plan", "--json").json["conditions"]
    assert planned == {
        "question": "crm",
        "ask_if": "uses_crm",
        "fallback_of": [],
        "true": passed,
        "false": 3 - passed,
        "unknown": 1,
        "waiting": 1,
    }
    shown = saber_pipeline("plan").stdout
    assert (
        f"crm is asked only if uses_crm: true for {passed:,}, false for {3 - passed:,}, unknown for 1; 1 wait for an "
        "answer of this run." in shown
    )
    assert (
        f"1 more pairs wait for answers of the run. With them the cost is at most {passed + 2} credits, and about "
        in shown
    )
    assert saber_pipeline("run", "--yes", "--max-credits", "4").exit_code == 0
    asked = {pair["subject"] for pair in sandbox.books()["pairs"] if "Which" in pair["question"]}
    gates = {row["domain"] for row in saber_pipeline("answers", "prospects", "--json").json if row["uses_crm"]}
    assert asked == {row["domain"] for row in known if row["uses_crm"]} | gates


@pytest.mark.parametrize("arguments", [(), ("accounts", "--json")], ids=["table", "json"])
def test_a_key_that_is_refused_is_said_with_its_cure(
    project: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """A plan with a key that the API refuses fails in a sentence that says what to do, and shows no key."""
    monkeypatch.setenv("SABER_API_KEY", "not_a_key_of_the_sandbox")
    planned = saber_pipeline("plan", *arguments)
    assert planned.exit_code == 1
    assert "SABER_API_KEY" in planned.stderr
    assert "Traceback" not in planned.stderr
    assert "not_a_key_of_the_sandbox" not in planned.stdout + planned.stderr
    assert sandbox.books()["signals"] == 0
