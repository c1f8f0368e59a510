"""The sensor that tells others, one tick at a time, with Dagster's own runs and a real address."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.command_line.sensor_ticks import tick, why
from saber_pipeline_tests.testbed.alert_listener import Listener, listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project folder that is the current one; nothing in these tests reaches an API."""
    made = new_project(tmp_path / "project", "http://127.0.0.1:9")
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.write_list("accounts", ["acme.com"])
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        made.add_dynamic_partitions("domain_lists", ["accounts"])
        yield made


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def fail(instance: dg.DagsterInstance) -> str:
    """A run of the answers that fails, since nothing listens at the API's address; its id."""
    job = build_project_definitions().resolve_job_def("refresh_answers")
    result = job.execute_in_process(instance=instance, partition_key="accounts", raise_on_error=False)
    assert not result.success
    return result.run_id


def test_without_an_address_nothing_happens(here: Project, instance: dg.DagsterInstance) -> None:
    """The sensor says that SABER_ALERT_URL is not set, and makes no ledger."""
    assert why(tick("alerts", instance)) == "SABER_ALERT_URL is not set, so no alerts are sent."
    assert not (here.folder / "data" / "ledger").exists()


@pytest.mark.slow
def test_a_failed_run_is_told_once_whatever_the_cursor(
    here: Project, instance: dg.DagsterInstance, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's failed run is told with its own words, once, also to a sensor that starts anew; an older one is not."""
    monkeypatch.setenv("SABER_ALERT_URL", listener.url)
    fail(instance)
    assert "0 new alerts" in why(tick("alerts", instance))
    run_id = fail(instance)
    assert "1 new alerts, 1 sent" in why(tick("alerts", instance))
    assert "0 new alerts, 0 sent, 0 waiting" in why(tick("alerts", instance, cursor=None))
    (post,) = listener.posts
    assert post["kind"] == "failed_run"
    assert post["details"]["run_id"] == run_id
    assert post["details"]["partition"] == "accounts"
    assert "127.0.0.1:9" in post["text"]


@pytest.mark.slow
def test_an_address_out_of_reach_is_named_by_its_host(
    here: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick ends within seconds, and says what waits, without what is secret in the address."""
    monkeypatch.setenv("SABER_ALERT_URL", "http://127.0.0.1:9/hooks/secret-path")
    tick("alerts", instance)
    fail(instance)
    began = time.monotonic()
    said = why(tick("alerts", instance))
    assert time.monotonic() - began < 30
    assert "1 waiting; http://127.0.0.1:9/… did not answer" in said
    assert "secret-path" not in said
