"""A run's page begins with the plan and ends with the outcome, and checks do not bury them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from saber_pipeline.definitions import build_definitions
from saber_pipeline.sandbox.running import RunningSandbox
from saber_pipeline.sandbox.settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project

LISTS = ("customers", "partners", "prospects")
KEYS = ("crm", "uses_salesforce")
OWN = {"ASSET_OBSERVATION", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"}
"""Events about our own data; the others tell how Dagster is doing."""
CHECKS = ["ASSET_CHECK_EVALUATION"] * 2


@dataclass(frozen=True)
class Told:
    """What the page of a run shows: events that carry our data, in their order."""

    success: bool
    events: Sequence[dg.DagsterEvent]

    @property
    def types(self) -> list[str]:
        return [event.event_type_value for event in self.events]

    def metadata_of(self, key: str, list_name: str) -> dict[str, Any]:
        """The numbers of a partition."""
        for event in self.events:
            if event.event_type_value == "ASSET_MATERIALIZATION":
                made = event.materialization
                if (made.asset_key.path[-1], made.partition) == (key, list_name):
                    return {name: value.value for name, value in made.metadata.items()}
        raise AssertionError

    def observed(self, at: int) -> dict[str, Any]:
        """The metadata of an event of ours, and its description."""
        seen = self.events[at].asset_observation_data.asset_observation
        values = {
            name: [dict(row.data) for row in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
            for name, value in seen.metadata.items()
        }
        return values | {"description": seen.description}


@dataclass(frozen=True)
class Deployment:
    """A project with its Dagster instance, in this process."""

    project: Project
    instance: dg.DagsterInstance

    def run(self, *keys: str, lists: Sequence[str] = LISTS, **config: Any) -> Told:
        """Ask questions about neighbouring lists."""
        assets = [dg.AssetKey(["answers", key]) for key in keys]
        job = build_definitions().get_repository_def().get_implicit_job_def_for_assets(assets)
        assert job is not None
        tags = {"dagster/asset_partition_range_start": lists[0], "dagster/asset_partition_range_end": lists[-1]}
        done = job.execute_in_process(
            instance=self.instance,
            asset_selection=assets,
            tags=tags,
            run_config={"ops": {"answers": {"config": config}}},
            raise_on_error=False,
        )
        logged = self.instance.all_logs(done.run_id)
        events = [entry.dagster_event for entry in logged if entry.dagster_event is not None]
        return Told(done.success, [event for event in events if event.event_type_value in OWN])


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Three lists, one company of which stands in two, and two questions."""
    with RunningSandbox(SandboxSettings(processing_seconds=(0.0, 0.1), creation_spread_seconds=0.0)) as sandbox:
        made = new_project(tmp_path / "project", sandbox.base_url, has_instance=False)
        monkeypatch.chdir(made.folder)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SABER_OWNERS", "team:revops")
        for number, name in enumerate(LISTS):
            made.write_list(name, ["shared.com" if number < 2 else "other.com", f"{name}.com"])
        with dg.DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions("domain_lists", list(LISTS))
            yield Deployment(made, instance)


def test_a_run_begins_with_its_plan_and_ends_with_its_outcome(deployment: Deployment) -> None:
    """First what is owned, bought and spent, last what came of it, between them an event for each check of a question.

    However many lists there are, and also where everything is owned and nothing is bought.
    """
    small = deployment.run("crm", lists=LISTS[:1])
    assert small.types == ["ASSET_OBSERVATION", "ASSET_MATERIALIZATION", *CHECKS, "ASSET_OBSERVATION"]

    told = deployment.run(*KEYS)
    of_question = [*["ASSET_MATERIALIZATION"] * len(LISTS), *CHECKS]
    assert told.types == ["ASSET_OBSERVATION", *of_question, *of_question, "ASSET_OBSERVATION"]
    plan, outcome = told.observed(0), told.observed(-1)
    assert (plan["asked"], plan["owned"], plan["to_buy"], plan["credits"]) == (10, 2, 8, 8.0)
    assert plan["balance"] == 99_998
    assert plan["plan"] == "Of 10 pairs, 8 are to be bought for 8 credits. The others: 2 owned. The balance is 99,998."
    assert plan["description"] == f"Plan: {plan['plan']}"
    by_place = {(row["list"], row["question"]): row for row in plan["by_list_and_question"]}
    assert len(by_place) == len(LISTS) * len(KEYS)
    assert by_place["customers", "crm"] == {"list": "customers", "question": "crm", "asked": 2, "owned": 2, "due": 0}
    assert (outcome["asked"], outcome["owned"], outcome["bought"], outcome["credits_spent"]) == (10, 2, 8, 8)
    assert outcome["outcome"].startswith("10 pairs asked = 2 owned + ")
    assert outcome["description"] == f"Outcome: {outcome['outcome']}"

    numbers = ("companies", "asked", "bought", "credits", "credits_per_pair")
    assert [told.metadata_of("crm", "customers")[name] for name in numbers] == [2, 2, 0, 0.0, 1.0]
    assert [told.metadata_of("crm", "prospects")[name] for name in numbers] == [2, 2, 2, 2.0, 1.0]
    bought = sum(told.metadata_of(key, name)["bought"] for key in KEYS for name in LISTS)
    assert bought == 8 + 1, "one question is asked about shared.com, which stands in two lists"

    again = deployment.run("crm")
    plan = again.observed(0)
    assert plan["asked"] == 5
    assert plan["to_buy"] == plan["credits"] == again.observed(-1)["bought"] == 0
    assert "balance" not in plan


def test_a_run_that_a_limit_stops_has_said_what_it_would_have_cost(deployment: Deployment) -> None:
    """The plan is told although the limit forbids it, and nothing is bought."""
    told = deployment.run(*KEYS, max_credits=9)
    assert not told.success
    assert told.types == ["ASSET_OBSERVATION"]
    assert told.observed(0)["credits"] == 10.0


def test_a_run_that_fails_after_buying_ends_with_its_outcome(deployment: Deployment) -> None:
    """A list that cannot be read fails the run; what the others brought is its last event all the same."""
    (deployment.project.data / "domain_lists" / "partners.csv").write_bytes(b"\xff\xfe\x00")
    told = deployment.run("crm")
    assert not told.success
    assert told.types == ["ASSET_OBSERVATION"] * 2
    assert told.observed(0)["to_buy"] == told.observed(-1)["bought"] == 4
