"""``plan`` and ``status`` about whole lists, and about pairs that failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saber_pipeline.runs import list_totals
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


@pytest.mark.slow
def test_a_list_of_several_questions_has_a_row_for_all_of_them(project: Project) -> None:
    """It adds up the list's rows; where there is one question only, its row says that already."""
    assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0
    rows = [line.split() for line in saber_pipeline("plan").stdout.splitlines()]
    assert ["accounts", "all", "2", "3", "0", "0", "0", "3", "0", "3"] in rows
    assert ["prospects", "all", "2", "1", "0", "0", "0", "3", "0", "3"] in rows
    told = saber_pipeline("plan", "--json").json["list_totals"]
    assert {name: (each["asked"], each["owned"], each["due"], each["credits"]) for name, each in told.items()} == {
        "accounts": (6, 3, 3, 3),
        "prospects": (4, 1, 3, 3),
    }
    assert " all " not in saber_pipeline("plan", "-q", "crm").stdout


@pytest.mark.slow
def test_status_counts_every_list_as_the_plan_does(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a run of one question its pairs are owned and the others due, by list; too many pairs are left to plan."""
    assert saber_pipeline("run", "-q", "crm", "--yes").exit_code == 0
    told = saber_pipeline("status", "--json").json
    planned = saber_pipeline("plan", "--json").json["list_totals"]
    assert [(each["list"], each["about"], each["asked"]) for each in told["lists"]] == [
        ("accounts", "companies", 6),
        ("prospects", "companies", 4),
    ]
    for each in told["lists"]:
        assert {name: each[name] for name in each if name not in {"list", "about"}} == {
            name: number for name, number in planned[each["list"]].items() if name != "credits"
        }
    rows = [line.split() for line in saber_pipeline("status").stdout.splitlines()]
    assert ["list", "pairs", "owned", "not", "known", "failed", "due"] in rows
    assert ["accounts", "6", "3", "0", "0", "3"] in rows
    monkeypatch.setattr(list_totals, "MOST_PAIRS", 9)
    assert "10 pairs, too many to count here. Use: saber-pipeline plan" in saber_pipeline("status").stdout


@pytest.mark.slow
def test_what_failed_is_told_with_when_it_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan and status name the question, the reason, what the API says, and the time from which a run asks again."""
    with RunningSandbox(replace(QUICK, failed_share=1.0)) as failing:
        enter(tmp_path / "failing", failing.base_url, monkeypatch)
        failing.set_faults(effects={"error_code": "CONNECTOR_UNAVAILABLE"})
        assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0
        planned, standing = saber_pipeline("plan", "--json").json, saber_pipeline("status", "--json").json
        printed = [saber_pipeline("plan").stdout, saber_pipeline("status").stdout]
    assert planned["failed"] == standing["failed"]
    (told,) = planned["failed"]
    assert (told["question"], told["reason"], told["pairs"], told["due"]) == ("crm", "CONNECTOR_UNAVAILABLE", 3, 0)
    again = datetime.fromisoformat(told["tried_again_by"])
    assert timedelta(hours=23) < again - datetime.now(UTC) <= timedelta(hours=24)
    for shown in printed:
        assert "Failed at the last attempt, and when they are tried again:" in shown
        assert f"{told['reason']}: {told['message']}" in shown
        assert told["tried_again"] in shown
