"""The three commands of CONTRACT.md as written, and what they leave behind."""

from __future__ import annotations

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.testbed import warm


@pytest.mark.parametrize("is_warm", [warm.IS_POSSIBLE, pytest.param(False, marks=pytest.mark.slow)], ids=["", "begun"])
def test_lists_then_answers_then_one_question_anew(project: Project, sandbox: RunningSandbox, *, is_warm: bool) -> None:
    """Lists register, answers come complete and typed, a rerun buys nothing, a forced one buys each pair once."""
    project.is_warm = is_warm
    read = project.materialize("domain_lists")
    assert read.exit_code == 0, read.printed
    assert project.query("SELECT list, domain, row_number FROM domains ORDER BY ALL") == [
        ("accounts", "acme.com", 1),
        ("accounts", "globex.com", 2),
        ("accounts", "initech.com", 3),
        ("prospects", "hooli.com", 2),
        ("prospects", "initech.com", 1),
    ]
    assert project.query("SELECT list, row_number, raw_value FROM rejected_inputs") == [("accounts", 4, "not a domain")]

    first = project.materialize("group:answers", "accounts")
    assert first.exit_code == 0, first.printed
    assert sandbox.books()["signals"] == 6
    asked, in_signals = project.query("SELECT count(DISTINCT (subject, question)), count(*) FROM signals")[0]
    assert (asked, in_signals) == (6, 6)
    assert project.query("SELECT count(*) FROM batches WHERE state = 'collected'") == [(1,)]
    assert project.query("SELECT count(*) FROM credit_balances")[0][0] >= 1

    again = project.materialize("group:answers", "accounts")
    assert again.exit_code == 0, again.printed
    assert sandbox.books()["signals"] == 6

    both = project.materialize("group:answers", "accounts...prospects")
    assert both.exit_code == 0, both.printed
    assert sandbox.books()["signals"] == 8  # hooli.com alone is new
    assert project.query("SELECT domain, lists FROM accounts ORDER BY domain") == [
        ("acme.com", ["accounts"]),
        ("globex.com", ["accounts"]),
        ("hooli.com", ["prospects"]),
        ("initech.com", ["accounts", "prospects"]),
    ]

    forced = project.materialize("answers/uses_salesforce", "accounts", {"force_refresh": True})
    assert forced.exit_code == 0, forced.printed
    books = sandbox.books()
    assert (books["signals"], books["unforced_repeats"]) == (11, 0)
    versions = project.query(
        "SELECT subject, count(*) FROM signals WHERE question_key = 'uses_salesforce' GROUP BY 1 ORDER BY 1"
    )
    assert versions == [("acme.com", 2), ("globex.com", 2), ("hooli.com", 1), ("initech.com", 2)]
    newest = project.query(
        "SELECT l.subject FROM latest_answers l JOIN signals s USING (signal_id) "
        "WHERE s.question_key = 'uses_salesforce' AND s.force_refreshed"
    )
    completed = project.query("SELECT count(*) FROM signals WHERE force_refreshed AND status = 'completed'")
    assert len(newest) == completed[0][0]


def test_a_dry_run_shows_the_plan_and_touches_nothing(ready: Project, sandbox: RunningSandbox) -> None:
    """The plan is in the log with its price; no file changes, nothing is bought, no partition is materialised."""
    before = {path: path.stat().st_mtime_ns for path in ready.data.rglob("*")}
    dry = ready.materialize("group:answers", "accounts", {"dry_run": True})
    assert dry.exit_code == 0, dry.printed
    assert "Of 6 pairs, 6 are to be bought, for 6 credits" in dry.printed
    assert "ASSET_OBSERVATION" in dry.printed
    assert "ASSET_MATERIALIZATION" not in dry.printed
    assert {path: path.stat().st_mtime_ns for path in ready.data.rglob("*")} == before
    assert sandbox.books()["signals"] == 0


@pytest.mark.slow
def test_new_domains_buy_exactly_theirs_without_reading_the_lists_first(
    ready: Project, sandbox: RunningSandbox
) -> None:
    """A file that changed is read again by the run that uses it, and only its new domains are bought."""
    ready.materialize("answers/crm", "prospects")
    assert sandbox.books()["signals"] == 2
    ready.write_list("prospects", ["initech.com", "hooli.com", "umbrella.com", "stark.com", "wayne.com"])
    more = ready.materialize("answers/crm", "prospects")
    assert more.exit_code == 0, more.printed
    assert sandbox.books()["signals"] == 5
    assert ready.query("SELECT count(*) FROM domains WHERE list = 'prospects'") == [(5,)]
