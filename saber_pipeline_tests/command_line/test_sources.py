"""The assets of sources.yaml from the command line: what goes wrong says so, and leaves everything else as it was."""

from __future__ import annotations

import pytest

from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project

SUBSCRIPTION, LIST = "6f1c0c0e-2a3b-4c5d-8e9f-000000000001", "6f1c0c0e-2a3b-4c5d-8e9f-000000000002"
DECLARED = f"""
company_lists: {{targets: {LIST}}}
contact_searches:
  leaders: {{company_linkedin_urls: [company/acme], contact_list: leaders}}
  payers: {{keywords: payments}}
subscriptions: {{news: {SUBSCRIPTION}}}
"""


def declare(project: Project, text: str) -> None:
    (project.data / "sources.yaml").write_text(text, encoding="utf-8")


def test_what_dagster_sees(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry is an unpartitioned asset of the group sources with its checks; lists come after their searches."""
    monkeypatch.chdir(project.folder)
    declare(project, DECLARED)
    graph = build_project_definitions().resolve_asset_graph()
    names = {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}
    in_group = {name for name, node in names.items() if node.group_name == "sources"}
    assert in_group == {"contact_searches/leaders", "contact_searches/payers", "subscriptions/news"}
    assert all(names[name].partitions_def is None for name in in_group)
    assert all(names[name].description for name in in_group)
    assert {key.to_user_string() for key in names["contact_searches/leaders"].parent_keys} == {"domain_lists"}
    assert {key.to_user_string() for key in names["contact_lists"].parent_keys} == {"contact_searches/leaders"}
    checks = {
        (k.asset_key.to_user_string(), k.name) for k in graph.asset_check_keys if k.asset_key.path[0] != "answers"
    }
    searches = {
        (f"contact_searches/{key}", name)
        for key in ("leaders", "payers")
        for name in ("sales_navigator_connected", "complete", "companies_usable")
    }
    assert searches | {("subscriptions/news", "complete")} <= checks


def test_mistakes_in_the_sources(project: Project) -> None:
    """Mistakes found while the definitions load end the command with a short report, not a traceback."""
    declare(project, "subscriptions:\n  news: 5\ncontact_search: {}\n")
    ended = project.materialize("domain_lists")
    assert ended.exit_code != 0
    assert "Traceback" not in ended.printed
    assert "sources.yaml:2: subscriptions.news" in ended.printed
    assert "sources.yaml:3: contact_search" in ended.printed


@pytest.mark.slow
def test_lists_without_saber(ready: Project, sandbox: RunningSandbox) -> None:
    """Without a key the files are read all the same, and a warning says what became of the declared lists."""
    declare(ready, DECLARED)
    sandbox.new_company_list(id=LIST, name="Targets", domains=["d1.com", "d2.com"])
    never = ready.materialize("domain_lists", SABER_API_KEY="")
    assert never.exit_code == 0, never.printed
    assert "The list targets was never fetched, so it is not a partition yet" in never.printed
    assert ready.query("SELECT DISTINCT list FROM domains ORDER BY 1") == [("accounts",), ("prospects",)]
    assert ready.materialize("domain_lists").exit_code == 0
    assert ready.query("SELECT domain FROM domains WHERE list = 'targets' ORDER BY 1") == [("d1.com",), ("d2.com",)]
    sandbox.drop_company_list(LIST)
    ready.write_list("later", ["new.com"])
    gone = ready.materialize("domain_lists")
    assert gone.exit_code != 0
    assert f"sources.yaml:2: targets: Saber has no list {LIST}" in gone.failure
    assert ready.query(
        "SELECT list, count(*) FROM domains WHERE list IN ('later', 'targets') GROUP BY 1 ORDER BY 1"
    ) == [
        ("later", 1),
        ("targets", 2),
    ]


def test_sales_navigator_is_not_connected(ready: Project, sandbox: RunningSandbox) -> None:
    """The run succeeds with a warning and a failed check, and counts as no materialisation."""
    declare(ready, DECLARED)
    sandbox.set_faults(effects={"sales_navigator_connected": False})
    ended = ready.materialize("contact_searches/leaders")
    assert ended.exit_code == 0, ended.printed
    assert "Sales Navigator is not connected at Saber" in ended.printed
    assert "ASSET_CHECK_EVALUATION" in ended.printed
    assert "ASSET_MATERIALIZATION - " not in ended.printed
    assert not (ready.data / "fetched_lists" / "contact_lists" / "leaders.parquet").exists()


@pytest.mark.slow
def test_one_of_two_fails(ready: Project, sandbox: RunningSandbox) -> None:
    """A subscription that Saber does not know fails the run by name and line; the one before it has landed."""
    other = sandbox.new_subscription(question="Which CRM does this company use?", domains=["acme.com"])
    declare(ready, f"subscriptions:\n  known: {other}\n  gone: {SUBSCRIPTION}\n")
    landed: list[tuple[str]] = []
    for _ in range(5):  # the window of the log closes seconds after the answer, and each command takes some
        ended = ready.materialize("group:sources")
        landed = ready.query("SELECT subscription FROM subscription_signals")
        if landed:
            break
    assert ended.exit_code != 0
    assert f"sources.yaml:3: gone: Saber has no subscription {SUBSCRIPTION}" in ended.failure
    assert ended.printed.count("ASSET_MATERIALIZATION - ") == 1
    assert landed == [("known",)]


def test_a_name_that_is_taken(ready: Project, sandbox: RunningSandbox) -> None:
    """A contact list with the name of the user's file fails before any request."""
    folder = ready.data / "contact_lists"
    folder.mkdir()
    (folder / "leaders.csv").write_text("profile\nhttps://www.linkedin.com/in/jane\n", encoding="utf-8")
    declare(ready, DECLARED)
    ended = ready.materialize("contact_searches/leaders,contact_searches/payers")
    assert ended.exit_code != 0
    assert "sources.yaml:4: leaders: its list 'leaders' would have the name of the file" in ended.failure
    assert sandbox.books()["requests"] == {}
