"""What ``plan``, ``status`` and ``doctor`` say of pairs that wait for LinkedIn, of refusals, of profiles elsewhere."""

from __future__ import annotations

import shutil

import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.testbed.world import ROLE, SIZE, InterceptingTransport, World, domains

TO_DO = "Connect LinkedIn Sales Navigator at Saber"


@pytest.fixture
def typed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world's data directory is that of the commands."""
    world.data_dir.mkdir(parents=True, exist_ok=True)
    about = '  role: {question: "What is this person\'s role?", about: contact}\n'
    (world.data_dir / "questions.yaml").write_text(f"questions:\n  size: {{question: {SIZE.text}}}\n{about}")
    shutil.copy(ROOT / "dagster.yaml", world.data_dir.parent)
    monkeypatch.chdir(world.data_dir.parent)
    monkeypatch.setenv("SABER_DATA_DIR", str(world.data_dir))
    monkeypatch.setenv("SABER_BASE_URL", world.sandbox.base_url)
    monkeypatch.setenv("SABER_API_KEY", world.key)
    return world


def test_what_waits_for_linkedin_is_shown_with_what_to_do(typed: World) -> None:
    """All three commands name the pairs and the cure; doctor asks the API, and is content once it is connected."""
    typed.write_list(domains(4))
    typed.effects(error_code="LINKEDIN_CONNECTOR_REQUIRED", failed_share=1.0, sales_navigator_connected=False)
    typed.run(SIZE)
    typed.run(SIZE)
    shown = saber_pipeline("status", "--runs", "0").stdout
    assert "Waiting for LinkedIn:" in shown
    assert "Connect LinkedIn" in shown  # the API's own advice
    assert "not connected to LinkedIn when a run last checked" in shown
    assert TO_DO in shown
    told = saber_pipeline("status", "--runs", "0", "--json").json
    (row,) = told["waiting_for_linkedin"]
    assert (row["question_key"], row["pairs"], row["error_action"]) == ("size", 4, "Connect LinkedIn")
    assert told["linkedin"]["connected"] is False
    plan = saber_pipeline("plan", "accounts", "--question", "size", "--json").json
    assert plan["wait_for_linkedin"] == 4
    assert TO_DO in plan["warnings"][0]
    assert TO_DO in saber_pipeline("plan", "accounts", "--question", "size").stdout
    assert _found() == ("warning", True)
    typed.effects(sales_navigator_connected=True)
    assert _found() == ("ok", False)


def _found() -> tuple[str, bool]:
    (found,) = [f for f in saber_pipeline("doctor", "--json").json["findings"] if f["subject"] == "LinkedIn"]
    return found["verdict"], TO_DO in (found["to_do"] or "")


def test_nothing_is_said_where_nothing_waits(typed: World) -> None:
    """Without such failures neither status nor doctor speaks of LinkedIn."""
    typed.write_list(domains(2))
    typed.run(SIZE)
    assert "LinkedIn" not in saber_pipeline("status", "--runs", "0").stdout
    assert [f for f in saber_pipeline("doctor", "--json").json["findings"] if f["subject"] == "LinkedIn"] == []
    assert saber_pipeline("plan", "accounts", "--question", "size", "--json").json["warnings"] == []


def test_status_shows_what_the_api_advises(typed: World) -> None:
    """A refusal's errorAction stands in status, for people and for programs."""
    typed.write_list(domains(2))
    error = {"type": "VALIDATION", "code": "V", "message": "No seat", "requestId": "r", "errorAction": "Buy a seat"}
    reply = httpx.Response(422, json={"error": error})
    typed.transport = lambda: InterceptingTransport(before=lambda request: reply if request.method == "POST" else None)
    typed.run(SIZE)
    assert "Buy a seat" in saber_pipeline("status", "--runs", "0").stdout
    (row,) = saber_pipeline("status", "--runs", "0", "--json").json["refused"]
    assert (row["pairs"], row["error_action"]) == (2, "Buy a seat")


def test_the_plan_warns_of_profiles_elsewhere(typed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SABER_OTHER_PROFILES the plan counts them and names the contradiction; without, they are rejected rows."""
    typed.write_list(["https://www.xing.com/profile/Jane_Doe", "https://www.linkedin.com/in/ada"], kind=CONTACTS)
    plain = saber_pipeline("plan", "accounts", "--contacts", "--json").json
    assert (plain["totals"]["asked"], plain["other_profiles"], plain["warnings"]) == (1, 0, [])
    monkeypatch.setenv("SABER_OTHER_PROFILES", "yes")
    warned = saber_pipeline("plan", "accounts", "--contacts", "--json").json
    assert (warned["totals"]["asked"], warned["other_profiles"]) == (2, 1)
    assert "LinkedIn or other professional profile" in warned["warnings"][0]
    assert "xing.com/profile/Jane_Doe" in saber_pipeline("lists", "--contacts").stdout
    monkeypatch.setenv("SABER_OTHER_PROFILES", "maybe")
    assert "SABER_OTHER_PROFILES in the environment: 'maybe' cannot be used; allowed is yes or no" in str(
        saber_pipeline("plan", "accounts", "--contacts").stderr
    )
    assert ROLE.text in (typed.data_dir / "questions.yaml").read_text()
