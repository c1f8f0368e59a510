"""What Dagster sees: a snapshot of the names that CONTRACT.md fixes and schedules hang on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.partitions import register
from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline_tests.command_line.project import Project, new_project


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project folder that is the current one; nothing in these tests reaches an API."""
    made = new_project(tmp_path / "project", "http://127.0.0.1:9")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own."""
    with dg.instance_for_test() as made:
        yield made


def test_names_are_those_of_the_contract(here: Project) -> None:
    """Asset keys, groups, the op, partitions, checks, jobs and sensors do not change by accident."""
    defs = build_project_definitions()
    graph = defs.resolve_asset_graph()
    assets = {
        key.to_user_string(): (graph.get(key).group_name, getattr(graph.get(key).partitions_def, "name", None))
        for key in graph.get_all_asset_keys()
    }
    assert assets == {
        "domain_lists": ("inputs", None),
        "contact_lists": ("inputs", None),
        "contact_research": ("contact_research", None),
        "summaries": ("summaries", None),
        "templates": ("inputs", None),
        "report": ("report", None),
        "exports": ("exports", "domain_lists"),
        "answers/crm": ("answers", "domain_lists"),
        "answers/uses_salesforce": ("answers", "domain_lists"),
    }
    assert sorted(f"{k.asset_key.to_user_string()}:{k.name}" for k in graph.asset_check_keys) == [
        *(f"answers/{key}:{name}" for key in ("crm", "uses_salesforce") for name in ("complete", "healthy")),
        "contact_lists:rejected_inputs",
        *(
            f"contact_research:{name}"
            for name in ("complete", "few_failed", "finished", "none_unknown", "rejected_inputs")
        ),
        "domain_lists:rejected_inputs",
        *(f"summaries:{name}" for name in ("covered", "finished", "none_unknown")),
    ]
    repository = defs.get_repository_def()
    jobs = {name for name in repository.job_names if not name.startswith("__")}
    assert jobs == {"refresh_answers", "refresh_contact_research"}
    sensors = {"alerts", "credits", "in_flight", "new_or_changed_lists"}
    assert {sensor.name for sensor in repository.sensor_defs} == sensors
    assert {schedule.name for schedule in repository.schedule_defs} == {"refresh_answers_schedule"}
    ops = {node.name for node in defs.resolve_job_def("refresh_answers").nodes}
    assert ops == {"answers"}
    assert {node.name for node in defs.resolve_job_def("refresh_contact_research").nodes} == {"contact_research"}


def test_sensors_and_schedules_are_off_until_switched_on(here: Project) -> None:
    """Nothing spends by itself after an installation."""
    repository = build_project_definitions().get_repository_def()
    for sensor in repository.sensor_defs:
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    for schedule in repository.schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_partitions_stay_sorted_whatever_comes_later(instance: dg.DagsterInstance) -> None:
    """Ranges follow the order of registration, so that order is alphabetical, also after a later list."""
    assert register(instance, COMPANIES, ["m", "z"]) == ["m", "z"]
    assert register(instance, COMPANIES, ["a", "z"]) == ["a"]
    assert register(instance, COMPANIES, ["q"]) == ["q"]
    assert list(instance.get_dynamic_partitions("domain_lists")) == ["a", "m", "q", "z"]
    assert register(instance, COMPANIES, ["a"]) == []


def test_the_list_sensor_sees_new_and_changed_files_once(here: Project, instance: dg.DagsterInstance) -> None:
    """Registered lists count as seen at first; a new file is registered and run, a changed one is run, once each."""
    register(instance, COMPANIES, ["known"])
    here.write_list("known", ["acme.com"])
    here.write_list("new", ["globex.com"])

    first = _tick(instance, None)
    assert [request.partition_key for request in first.run_requests or ()] == ["new"]
    assert [list(r.partition_keys) for r in first.dynamic_partitions_requests or ()] == [["new"]]

    register(instance, COMPANIES, ["new"])
    second = _tick(instance, first.cursor)
    assert not second.run_requests
    assert second.skip_reason is not None

    here.write_list("known", ["acme.com", "initech.com"])
    third = _tick(instance, second.cursor)
    assert [request.partition_key for request in third.run_requests or ()] == ["known"]
    assert set(json.loads(third.cursor or "{}")["domain_lists"]) == {"known", "new"}


def test_the_list_sensor_goes_on_beside_bad_files(here: Project, instance: dg.DagsterInstance) -> None:
    """Two files that would be one list stop no other: the sensor asks for the rest, under any name's key."""
    for name in ("not a name", "same name", "same_name"):
        here.write_list(name, ["acme.com"])
    ticked = _tick(instance, None)
    assert [request.partition_key for request in ticked.run_requests or ()] == ["not_a_name"]


def _tick(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = _list_sensor()(context)
    assert isinstance(result, dg.SensorResult)
    return result


def _list_sensor() -> dg.SensorDefinition:
    return build_project_definitions().get_repository_def().get_sensor_def("new_or_changed_lists")
