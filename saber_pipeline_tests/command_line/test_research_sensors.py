"""Contact research under the sensors: one tick at a time, with a real ledger, a sandbox and a Dagster instance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import Settings, load_settings
from saber_pipeline.definitions.contact_research_asset import contact_research_asset
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import NotEnoughCreditsError
from saber_pipeline.ledger.deferrals import defer
from saber_pipeline.ledger.research_status import follow_people, people_in_flight
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchRequest, ResearchResult
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.command_line.sensor_ticks import tick, why

COLLECT_ONLY = {"saber/collect_only": "true"}
JOB = "refresh_contact_research"


@pytest.fixture
def here(without_lists: Project) -> Project:
    """The project with two people in a research list."""
    write_people(without_lists, "leads", "Ada", "Grace")
    return without_lists


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own."""
    with dg.instance_for_test() as made:
        yield made


def write_people(project: Project, name: str, *first_names: str) -> None:
    folder = project.data / "research_lists"
    folder.mkdir(exist_ok=True)
    rows = [f"{first},Byron,Engines,{first.lower()}.com" for first in first_names]
    (folder / f"{name}.csv").write_text("\n".join(["first_name,last_name,company,domain", *rows, ""]))


def research(**request: Any) -> ResearchResult:
    """Buy, and leave at once what was bought."""
    saber = SaberResource()
    asked = ResearchRequest(**{"run_id": f"run-{time.monotonic_ns()}", "max_wait_minutes": 0, **request})
    return run_research(asked, saber.settings(), saber.questions(), new_client=saber.new_client, report=lambda _: None)


def ledger() -> Ledger:
    return Ledger.open(DataPaths(load_settings().data_dir).ledger_file)


def requests(result: dg.SensorResult | dg.SkipReason) -> list[dg.RunRequest]:
    assert isinstance(result, dg.SensorResult), result
    return list(result.run_requests or ())


def record(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, **tags: str) -> None:
    """A run of the job as Dagster keeps it."""
    instance.add_run(dg.DagsterRun(JOB, run_id=dg.DagsterRun(job_name="").run_id, status=status, tags=tags))


def test_what_nobody_follows_is_collected_once(here: Project, instance: dg.DagsterInstance) -> None:
    """Researches of a run that gave up get one run that only collects, not two, and none beside one under way."""
    assert "Nothing is in flight" in why(tick("in_flight", instance))
    research()
    first = tick("in_flight", instance)
    (request,) = requests(first)
    assert (request.job_name, dict(request.tags), request.run_config) == (JOB, COLLECT_ONLY, {})
    assert isinstance(first, dg.SensorResult)
    assert requests(tick("in_flight", instance, first.cursor)) == []
    record(instance, dg.DagsterRunStatus.NOT_STARTED, **COLLECT_ONLY)
    again = tick("in_flight", instance)
    assert requests(again) == []
    assert "no run waits for 2 researches in flight; a run collects" in why(again)


def test_what_a_living_run_follows_is_left_to_it(here: Project, instance: dg.DagsterInstance) -> None:
    """As long as a run with a heartbeat follows the researches nothing is started, whoever bought them."""
    research()
    book = ledger()
    with lease(book, "living.1", lease_seconds=60):
        with book.transaction() as connection:
            follow_people(connection, "living.1", people_in_flight(connection), frozenset({"living.1"}))
        left = tick("in_flight", instance)
        assert requests(left) == []
        assert "no run waits for 0 researches in flight" in why(left)
    book.close()
    assert len(requests(tick("in_flight", instance))) == 1


def test_the_run_that_collects_buys_nobody(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """It brings what was bought, though its list is gone by now, and leaves people alone who are due elsewhere."""
    research()
    (here.data / "research_lists" / "leads.csv").unlink()
    write_people(here, "others", "Joan")
    slow_sandbox.advance(601)
    (request,) = requests(tick("in_flight", instance))
    job = build_project_definitions().resolve_job_def(JOB)
    done = job.execute_in_process(instance=instance, tags=dict(request.tags))
    assert done.success
    (materialization,) = done.asset_materializations_for_node("contact_research")
    assert materialization.metadata["researched"].value == 2
    assert materialization.metadata["run_people_bought"].value == 0
    assert slow_sandbox.books()["contact_researches_by_person"] == {
        "ada byron, ada.com": 1,
        "grace byron, grace.com": 1,
    }
    assert here.query("SELECT status, count(*) FROM contact_research GROUP BY 1") == [("completed", 2)]
    assert "Nothing is in flight" in why(tick("in_flight", instance))


def test_what_was_refused_starts_once_it_can_be_paid(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """Nothing starts below what is needed; at it one run for all lists does, forced as it was asked; and only once."""
    write_people(here, "more", "Ada", "Joan", "Mary")
    with pytest.raises(NotEnoughCreditsError):
        research(force_refresh=True, max_credits=9)
    short = tick("credits", instance)
    assert requests(short) == []
    assert "leads, more waits for 4 credits" in why(short)

    slow_sandbox.set_credits(4)
    (request,) = requests(tick("credits", instance))
    config = {"lists": ["leads", "more"], "force_refresh": True, "max_credits": 9}
    assert (request.job_name, request.run_config) == (JOB, {"ops": {"contact_research": {"config": config}}})
    (here.data / "research_lists" / "more.csv").unlink()
    (without,) = requests(tick("credits", instance))
    assert without.run_config["ops"]["contact_research"]["config"]["lists"] == ["leads"]

    record(instance, dg.DagsterRunStatus.FAILURE, **{"saber/deferred": request.tags["saber/deferred"]})
    assert requests(tick("credits", instance)) == []
    assert "waits" not in why(tick("credits", instance))


def test_credits_are_promised_once(here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance) -> None:
    """Research and questions wait in one queue, the oldest first, and none of the credits counts for two of them."""
    here.write_list("accounts", ["acme.com"])
    register(instance, COMPANIES, ["accounts"])
    slow_sandbox.set_credits(1)
    with pytest.raises(NotEnoughCreditsError):
        research()
    book = ledger()
    with book.transaction() as connection:
        defer(connection, "answers", ["accounts"], ["crm"], force_refresh=False, credits_needed=2)
    book.close()
    slow_sandbox.set_credits(3)
    assert [request.job_name for request in requests(tick("credits", instance))] == [JOB]
    slow_sandbox.set_credits(4)
    assert [request.job_name for request in requests(tick("credits", instance))] == [JOB, "refresh_answers"]


def test_the_run_that_was_waiting_buys_and_ends_the_note(
    here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance
) -> None:
    """The requested run works as it is, and what it could pay for waits no more."""
    slow_sandbox.set_credits(1)
    with pytest.raises(NotEnoughCreditsError):
        research()
    slow_sandbox.set_credits(2)
    (request,) = requests(tick("credits", instance))
    config = {**request.run_config["ops"]["contact_research"]["config"], "max_wait_minutes": 0}
    done = dg.materialize(
        [contact_research_asset(SaberResource(), Settings())],
        instance=instance,
        run_config={"ops": {"contact_research": {"config": config}}},
    )
    assert done.success
    assert slow_sandbox.books()["contact_researches"] == 2
    slow_sandbox.set_credits(2)
    assert requests(tick("credits", instance)) == []


def test_the_tag_forces(here: Project, slow_sandbox: RunningSandbox, instance: dg.DagsterInstance) -> None:
    """``saber/force_refresh`` researches everybody anew, as the config does."""
    research()
    slow_sandbox.advance(601)
    research()
    slow_sandbox.set_credits(2)
    forced = dg.materialize(
        [contact_research_asset(SaberResource(), Settings())],
        instance=instance,
        tags={"saber/force_refresh": "true"},
        run_config={"ops": {"contact_research": {"config": {"max_wait_minutes": 0}}}},
    )
    assert forced.success
    assert set(slow_sandbox.books()["contact_researches_by_person"].values()) == {2}
