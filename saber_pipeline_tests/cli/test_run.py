"""``saber-pipeline run``: agreed to, through Dagster, and each pair paid once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from saber_pipeline.cli import plan_text
from saber_pipeline.definitions.dagster_instance import current_instance
from saber_pipeline.definitions.run_launcher import launch_result, neighbours
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import on_a_terminal, saber_pipeline
from saber_pipeline_tests.command_line.project import Project


def runs() -> list[dg.DagsterRun]:
    """Those of the current folder's instance, oldest first."""
    with current_instance() as instance:
        return [record.dagster_run for record in reversed(instance.get_run_records())]


def budgets(of: list[dg.DagsterRun]) -> list[Any]:
    configs: list[Any] = [run.run_config for run in of]
    return [config["ops"]["answers"]["config"].get("max_credits") for config in configs]


def test_a_first_run_reads_the_lists_buys_and_stands_in_the_instance(project: Project, sandbox: RunningSandbox) -> None:
    """Neighbouring lists are one run, their partitions are materialised, and the same again buys nothing."""
    first = saber_pipeline("run", "--yes")
    assert first.exit_code == 0, first.stderr
    assert "8 pairs asked = 8 answered. The balance fell by 8 credits." in first.stdout
    assert sandbox.books()["signals"] == 8
    assert project.query("SELECT count(*) FROM accounts WHERE crm IS NOT NULL") == [(4,)]
    lists, answers = runs()
    assert lists.asset_selection == {dg.AssetKey("domain_lists")}
    assert answers.is_success
    with current_instance() as instance:
        for key in ("crm", "uses_salesforce"):
            asset_key = dg.AssetKey(["answers", key])
            assert instance.get_materialized_partitions(asset_key) == {"accounts", "prospects"}

    before = sandbox.books()
    again = saber_pipeline("run", "--yes")
    assert again.exit_code == 0, again.stderr
    assert "Of 8 pairs, 0 are to be bought, for 0 credits.\n" in again.stdout
    assert "8 pairs asked = 8 owned" in again.stdout
    assert sandbox.books() == before  # no request, not even for the balance
    assert len(runs()) == 3


def test_nobody_there_to_agree_means_nothing_is_bought(project: Project, sandbox: RunningSandbox) -> None:
    """Without a terminal and without --yes it refuses with an exit code of its own, before a run is started."""
    refused = saber_pipeline("run")
    assert refused.exit_code == 4
    assert "--yes" in refused.stderr
    assert sandbox.books()["signals"] == 0
    assert runs() == []


@pytest.mark.slow
def test_what_costs_nothing_needs_no_yes(project: Project, sandbox: RunningSandbox) -> None:
    """Once everything is owned, a run from a script goes through."""
    saber_pipeline("run", "accounts", "-q", "crm", "--yes")
    owned = saber_pipeline("run", "accounts", "-q", "crm")
    assert owned.exit_code == 0, owned.stderr
    assert sandbox.books()["signals"] == 3


@pytest.mark.slow
def test_what_becomes_due_after_the_plan_waits_for_a_yes(
    project: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that costs nothing is no yes: a list that grows before the run is not bought but priced the next time."""
    assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0
    show = plan_text.print_plan

    def print_plan(priced: plan_text.PricedPlan) -> None:
        show(priced)
        project.write_list("accounts", ["acme.com", "globex.com", "initech.com", "umbrella.com"])

    monkeypatch.setattr(plan_text, "print_plan", print_plan)
    stopped = saber_pipeline("run", "accounts", "-q", "crm")
    assert stopped.exit_code == 3, stopped.stderr
    assert "would spend 1 credits for 1 pairs, more than max_credits = 0" in stopped.stderr
    assert "Repeat the command to see their price." in stopped.stderr
    assert sandbox.books()["signals"] == 3
    assert saber_pipeline("run", "accounts", "-q", "crm").exit_code == 4
    assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0
    assert sandbox.books()["signals"] == 4


@pytest.mark.slow
def test_on_a_terminal_the_price_is_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`n` buys nothing; `y` buys, shows how far it is while it runs, and holds the run to the price shown."""
    with RunningSandbox(replace(QUICK, processing_seconds=(600.0, 600.0))) as slow:
        project = enter(tmp_path / "watched", slow.base_url, monkeypatch)
        question = "Buy 6 signals for 6 credits? [y/N]"
        code, screen = on_a_terminal(project, "run", "accounts", when={question: "n\n"})
        assert code == 4, screen
        assert slow.books()["signals"] == 0

        # Only a line that moves while the run is under way brings the run to its end.
        shown: dict[str, str | Callable[[], None]] = {question: "y\n", ", at most 6 credits": lambda: slow.advance(700)}
        code, screen = on_a_terminal(project, "run", "accounts", when=shown)
        assert code == 0, screen
        assert re.search(r"0 of 6 pairs done after \d+ s, at most 6 credits", screen)
        assert slow.books()["signals"] == 6
    assert budgets(runs()[-1:]) == [6]


def test_too_dear_is_refused_before_a_run_is_started(
    project: Project, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither --max-credits nor the balance covers it: exit code 3, and Dagster knows of no failed run."""
    capped = saber_pipeline("run", "accounts", "--yes", "--max-credits", "5")
    assert capped.exit_code == 3
    assert "6 credits, more than --max-credits 5" in capped.stderr
    assert runs() == []
    with RunningSandbox(replace(QUICK, credits=5)) as poor:
        enter(tmp_path / "poor", poor.base_url, monkeypatch)
        broke = saber_pipeline("run", "accounts", "--yes")
        assert broke.exit_code == 3
        assert "6 needed, 5 available" in broke.stderr
        assert runs() == []
        assert poor.books()["signals"] == 0


@pytest.mark.slow
def test_credits_that_run_out_midway_have_their_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API asks twice the configured price: the sentence says what happened, and there is no traceback."""
    with RunningSandbox(replace(QUICK, credits=8, credits_per_signal=2)) as dear:
        enter(tmp_path / "dear", dear.base_url, monkeypatch)
        stopped = saber_pipeline("run", "accounts", "--yes")
    assert stopped.exit_code == 3, stopped.stdout
    assert stopped.stderr.startswith("Error: ")
    assert "credits" in stopped.stderr
    assert "Traceback" not in stopped.stdout + stopped.stderr
    assert not runs()[-1].is_success


@pytest.mark.slow
def test_lists_that_are_no_neighbours_share_one_budget(project: Project, sandbox: RunningSandbox) -> None:
    """They run one after another; what the first one cost is not there for the second one; others are not asked."""
    project.write_list("middle", ["umbrella.com"])
    assert saber_pipeline("run", "middle", "-q", "crm", "--yes").exit_code == 0
    both = saber_pipeline("run", "accounts", "prospects", "-q", "crm", "--yes", "--max-credits", "10")
    assert both.exit_code == 0, both.stderr
    assert sandbox.books()["signals"] == 1 + 4
    assert budgets(runs()[-2:]) == [10, 7]


@pytest.mark.slow
def test_no_pair_is_forced_twice_by_one_command(project: Project, sandbox: RunningSandbox) -> None:
    """Lists that share a company and are no neighbours are two runs of one refresh: the company is bought once."""
    project.write_list("middle", ["umbrella.com"])
    saber_pipeline("run", "-q", "crm", "--yes")
    forced = saber_pipeline("run", "accounts", "prospects", "-q", "crm", "--force-refresh", "--yes")
    assert forced.exit_code == 0, forced.stderr
    assert sandbox.books()["signals"] == 5 + 4
    again = saber_pipeline("run", "accounts", "-q", "crm", "--force-refresh", "--yes")
    assert again.exit_code == 0, again.stderr
    assert sandbox.books()["signals"] == 9 + 3
    together = saber_pipeline("run", "-q", "crm", "--force-refresh", "--yes")
    assert together.exit_code == 0, together.stderr
    assert sandbox.books()["signals"] == 12 + 5


def test_ranges_hold_neighbours_only() -> None:
    """A range of partitions asks about everything between its ends, so only neighbours form one."""
    assert neighbours(["a", "b", "d"], ["a", "b", "c", "d"]) == [["a", "b"], ["d"]]
    assert neighbours(["d", "a"], ["a", "d"]) == [["a", "d"]]
    assert neighbours(["c"], ["a", "c"]) == [["c"]]


def test_a_red_completeness_check_is_told_in_its_own_words() -> None:
    """Dagster's exception about a blocking check names no number; the check's sentence does."""

    @dg.asset
    def answer() -> None:
        """Nothing."""

    @dg.asset_check(asset=answer, blocking=True)
    def complete() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="2 pairs have no outcome.")

    end = launch_result(dg.materialize([answer, complete], raise_on_error=False))
    assert end.failure == "The check complete failed: 2 pairs have no outcome."
    assert not end.is_about_credits


def test_an_unexpected_error_is_told_with_its_causes() -> None:
    """Neither what broke a run off nor what caused that is dropped, wherever in the run it happened; no escape is."""

    @dg.asset
    def answer() -> None:
        try:
            os.environ["NO_SUCH_VOLUME"]
        except KeyError as error:
            raise RuntimeError("the \x1b[31mvolume\nis gone") from error

    @dg.resource
    def broken(_context: dg.InitResourceContext) -> None:
        raise OSError(5, "Input/output error")

    @dg.asset(required_resource_keys={"broken"})
    def unreached() -> None:
        """Its resource fails first."""

    within = str(launch_result(dg.materialize([answer], raise_on_error=False)).failure)
    assert within.startswith(
        "An error ended the run: RuntimeError: the volume is gone, caused by KeyError: 'NO_SUCH_VOLUME' "
    )
    outside = dg.materialize([unreached], resources={"broken": broken}, raise_on_error=False)
    assert "An error ended the run: OSError: [Errno 5] Input/output error " in str(launch_result(outside).failure)


@pytest.mark.slow
def test_a_broken_list_stops_only_itself(project: Project, sandbox: RunningSandbox) -> None:
    """Another list that cannot be read is a warning; asking for it is an error that names the file."""
    (project.data / "domain_lists" / "broken.csv").write_text("")
    run = saber_pipeline("run", "accounts", "-q", "crm", "--yes")
    assert run.exit_code == 0, run.stderr
    assert "broken.csv is empty" in run.stderr
    assert sandbox.books()["signals"] == 3
    asked = saber_pipeline("run", "broken", "--yes")
    assert asked.exit_code == 1
    assert "broken.csv is empty" in asked.stderr


@pytest.mark.slow
def test_what_is_left_is_collected_without_buying(slow: Project, slow_sandbox: RunningSandbox) -> None:
    """A run that does not wait leaves its pairs in flight; --collect-only brings them and needs no yes."""
    left = saber_pipeline("run", "accounts", "--yes", "--max-wait-minutes", "0")
    assert left.exit_code == 0, left.stderr
    assert "Time is up" in left.stdout
    slow_sandbox.advance(601)
    collected = saber_pipeline("run", "accounts", "--collect-only")
    assert collected.exit_code == 0, collected.stderr
    assert slow_sandbox.books()["signals"] == 6
    assert slow.query("SELECT count(*) FROM latest_answers") == [(6,)]
    assert runs()[-1].tags["saber/collect_only"] == "true"


@pytest.mark.slow
def test_a_forced_refresh_buys_every_pair_once_more(project: Project, sandbox: RunningSandbox) -> None:
    """The plan says so, and the price is asked for it."""
    saber_pipeline("run", "accounts", "-q", "crm", "--yes")
    unagreed = saber_pipeline("run", "accounts", "-q", "crm", "--force-refresh")
    assert unagreed.exit_code == 4
    forced = saber_pipeline("run", "accounts", "-q", "crm", "--force-refresh", "--yes")
    assert forced.exit_code == 0, forced.stderr
    assert sandbox.books()["signals"] == 6


def test_no_key_no_instance_no_api_are_one_sentence_each(
    project: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what to do, and nothing was started."""
    (project.folder / "dagster.yaml").rename(project.folder / "away.yaml")
    no_instance = saber_pipeline("run", "--yes")
    assert (no_instance.exit_code, "saber-pipeline init" in no_instance.stderr) == (1, True)
    (project.folder / "away.yaml").rename(project.folder / "dagster.yaml")
    monkeypatch.setenv("SABER_API_KEY", "not_a_key_of_the_sandbox")
    refused = saber_pipeline("run", "--yes")
    assert (refused.exit_code, "Nothing was bought" in refused.stderr) == (1, True)
    assert "not_a_key_of_the_sandbox" not in refused.stdout + refused.stderr
    monkeypatch.delenv("SABER_API_KEY")
    keyless = saber_pipeline("run", "--yes")
    assert (keyless.exit_code, "SABER_API_KEY" in keyless.stderr) == (1, True)
    assert sandbox.books()["signals"] == 0
    assert runs() == []


@pytest.mark.slow
def test_a_sample_ends_with_a_page_of_what_it_showed(project: Project, sandbox: RunningSandbox) -> None:
    """Each question's answers and what one costs, and the price of the rest; the metadata says the same."""
    sampled = saber_pipeline("run", "--sample", "3", "--yes")
    assert sampled.exit_code == 0, sampled.stderr
    assert sandbox.books()["signals"] == 6
    page = sampled.stdout[sampled.stdout.index("What the sample showed:") :]
    header = "asked  answered  not known  failed  no outcome yet  degraded  confidence  credits per answer"
    assert header in page
    assert re.search(r"^crm +3 +3 +0 +0 +0 +0 +0\.\d+ +1 +1 +1 +1$", page, re.MULTILINE)
    assert "The other 1 companies would cost 2 credits now." in page
    with current_instance() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["answers", "crm"]))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert (metadata["sample_answered"].value, metadata["sample_rest_credits"].value) == (3, 1)


def test_a_sample_that_credits_cut_short_shows_what_it_showed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a run fails midway, the page of what was paid for stands before the error."""
    with RunningSandbox(replace(QUICK, credits=8, credits_per_signal=2)) as dear:
        enter(tmp_path / "dear", dear.base_url, monkeypatch)
        failed = saber_pipeline("run", "accounts", "--sample", "3", "--yes")
    assert failed.exit_code == 3, failed.stderr
    page = failed.stdout[failed.stdout.index("What the sample showed:") :]
    told = {line.split()[0]: line.split()[1:3] for line in page.splitlines() if line.startswith(("crm", "uses_"))}
    assert {asked for asked, _ in told.values()} == {"3"}
    assert sum(int(answered) for _, answered in told.values()) < 6
    assert "A sample of 3 companies." in page
    assert "signals were bought" in failed.stderr or "Nothing was bought" in failed.stderr


@pytest.mark.slow
def test_a_sample_as_json_is_json_and_nothing_else(project: Project, sandbox: RunningSandbox) -> None:
    """stdout holds one document; what a person would read goes to stderr."""
    told = saber_pipeline("run", "accounts", "--sample", "2", "-q", "crm", "--yes", "--json")
    assert told.exit_code == 0, told.stderr
    assert told.json["runs"][0]["signals_bought"] == 2
    (question,) = told.json["sample"]["questions"]
    assert (question["question"], question["answered"], question["rest_credits"]) == ("crm", 2, 1)
    assert "Of 2 pairs, 2 are to be bought" in told.stderr
    whole = saber_pipeline("run", "accounts", "-q", "crm", "--yes", "--json")
    assert whole.json["sample"] is None


@pytest.mark.slow
def test_lists_that_are_no_neighbours_share_one_sample(project: Project, sandbox: RunningSandbox) -> None:
    """Two runs of one command buy no more companies than the sample has, and the page is of all of them."""
    project.write_list("accounts", [f"left{number}.com" for number in range(12)])
    project.write_list("middle", ["umbrella.com"])
    project.write_list("prospects", [f"right{number}.com" for number in range(12)])
    told = saber_pipeline("run", "accounts", "prospects", "--sample", "8", "-q", "crm", "--yes", "--json")
    assert told.exit_code == 0, told.stderr
    assert len(told.json["runs"]) == 2
    assert sandbox.books()["signals"] == 8
    assert told.json["sample"]["subjects"] == 8
    assert told.json["sample"]["questions"][0]["answered"] == 8
    assert told.json["sample"]["left_out"] == 16
