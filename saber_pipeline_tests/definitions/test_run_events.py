"""A run's page begins with the plan and ends with the outcome, and checks do not bury them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from saber_pipeline.definitions import build_definitions
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project

LISTS = ("customers", "partners", "prospects")
KEYS = ("crm", "uses_salesforce")
OWN = {"ASSET_OBSERVATION", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"}
"""Events about our own data; the others tell how Dagster is doing."""
OWN_LAST = "ASSET_OBSERVATION"
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
    sandbox: RunningSandbox
    instance: dg.DagsterInstance

    def run(self, *keys: str, lists: Sequence[str] = LISTS, **config: Any) -> Told:
        """Ask questions about neighbouring lists."""
        tags = {"dagster/asset_partition_range_start": lists[0], "dagster/asset_partition_range_end": lists[-1]}
        return self.materialize([dg.AssetKey(["answers", key]) for key in keys], "answers", tags, config)

    def materialize(
        self, assets: Sequence[dg.AssetKey], op: str, tags: dict[str, str] | None = None, config: Any = None
    ) -> Told:
        """Run the assets of one op."""
        job = build_definitions().get_repository_def().get_implicit_job_def_for_assets(assets)
        assert job is not None
        done = job.execute_in_process(
            instance=self.instance,
            asset_selection=assets,
            tags=tags,
            run_config={"ops": {op: {"config": config or {}}}},
            raise_on_error=False,
        )
        logged = self.instance.all_logs(done.run_id)
        events = [entry.dagster_event for entry in logged if entry.dagster_event is not None]
        return Told(done.success, [event for event in events if event.event_type_value in OWN])


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Three lists, one company of which stands in two, and two questions."""
    quick = SandboxSettings(
        processing_seconds=(0.0, 0.1), creation_spread_seconds=0.0, summary_seconds=0.0, credits_per_summary=1
    )
    with RunningSandbox(quick) as sandbox:
        made = new_project(tmp_path / "project", sandbox.base_url, has_instance=False)
        monkeypatch.chdir(made.folder)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SABER_OWNERS", "team:revops")
        for number, name in enumerate(LISTS):
            made.write_list(name, ["shared.com" if number < 2 else "other.com", f"{name}.com"])
        with dg.DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions("domain_lists", list(LISTS))
            yield Deployment(made, sandbox, instance)


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


def test_a_check_looks_for_its_materialization_once(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster asks its log what a verdict is about: once for each, though it reads each verdict twice."""
    asked: list[Any] = []
    look = dg.DagsterInstance.fetch_materializations

    def counting(*given: Any, **named: Any) -> Any:
        asked.append(given)
        return look(*given, **named)

    monkeypatch.setattr(dg.DagsterInstance, "fetch_materializations", counting)
    keys = [dg.AssetKey(["answers", key]) for key in KEYS]
    told = deployment.materialize(keys, "answers", {"dagster/partition": LISTS[0]})
    of_question = ["ASSET_MATERIALIZATION", *CHECKS]
    assert told.types == ["ASSET_OBSERVATION", *of_question, *of_question, "ASSET_OBSERVATION"]
    assert len(asked) == len(KEYS) * len(CHECKS)
    for event in told.events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            assert event.asset_check_evaluation_data.target_materialization_data is not None


def test_a_run_that_a_limit_stops_has_said_what_it_would_have_cost(deployment: Deployment) -> None:
    """The plan is told although the limit forbids it, and nothing is bought."""
    told = deployment.run(*KEYS, max_credits=9)
    assert not told.success
    assert told.types == ["ASSET_OBSERVATION"]
    assert told.observed(0)["credits"] == 10.0


@pytest.mark.slow
def test_a_run_that_fails_after_buying_ends_with_its_outcome(deployment: Deployment) -> None:
    """A list that cannot be read fails the run; what the others brought is its last event all the same."""
    (deployment.project.data / "domain_lists" / "partners.csv").write_bytes(b"\xff\xfe\x00")
    told = deployment.run("crm")
    assert not told.success
    assert told.types == ["ASSET_OBSERVATION"] * 2
    assert told.observed(0)["to_buy"] == told.observed(-1)["bought"] == 4


def research(deployment: Deployment, lists: Mapping[str, str], **config: Any) -> Told:
    """Put these people into research lists, and have them researched."""
    folder = deployment.project.data / "research_lists"
    folder.mkdir(exist_ok=True)
    for name, rows in lists.items():
        (folder / f"{name}.csv").write_text(f"first_name,last_name,company,domain\n{rows}", encoding="utf-8")
    return deployment.materialize([dg.AssetKey("contact_research")], "contact_research", config=config)


ADA, GRACE, LIN = (
    f"{who}\n" for who in ("Ada,Byron,Engines,engines.co.uk", "Grace,Hopper,Cobol,cobol.com", "Lin,Li,X,x.com")
)


@pytest.mark.slow
def test_contact_research_begins_with_its_plan_and_ends_with_its_outcome(deployment: Deployment) -> None:
    """Who is asked about, at what price and balance comes first, what became of them last; also where all is owned."""
    first = research(deployment, {"leads": ADA})
    assert first.types == ["ASSET_OBSERVATION", "ASSET_MATERIALIZATION", *["ASSET_CHECK_EVALUATION"] * 5, OWN_LAST]

    told = research(deployment, {"leads": ADA + GRACE, "others": LIN + ADA})
    plan, outcome = told.observed(0), told.observed(-1)
    assert plan["plan"] == (
        "Of 3 people, 2 are to be researched for 2 credits. The others: 1 owned. The balance is 99,999."
    )
    assert plan["description"] == f"Plan: {plan['plan']}"
    numbers = ("asked", "to_buy", "owned", "credits", "credits_per_person", "balance")
    assert [plan[name] for name in numbers] == [3, 2, 1, 2.0, 1.0, 99_999]
    assert plan["by_list"] == [
        {"list": "leads", "people": 2, "due": 1, "owned": 1},
        {"list": "others", "people": 2, "due": 1, "owned": 1},
    ]
    ends = outcome["researched"] + outcome.get("failed", 0)
    assert (outcome["asked"], outcome["owned"], ends, outcome["bought"]) == (3, 1, 2, 2)
    assert (outcome["credits_spent"], outcome["balance"]) == (2, 99_997)
    assert outcome["outcome"].startswith("3 people asked for = 1 owned + ")
    assert outcome["outcome"].endswith(". The balance fell by 2 credits.")
    assert outcome["description"] == f"Outcome: {outcome['outcome']}"

    again = research(deployment, {})
    assert again.observed(0)["plan"] == "Of 3 people, 0 are to be researched for 0 credits. The others: 3 owned."
    assert again.observed(-1)["bought"] == 0


def test_contact_research_that_adopts_everybody_says_so_in_its_plan(deployment: Deployment) -> None:
    """Whoever is found at Saber by an external id is no part of what is to be bought."""
    who = {"firstName": "Eve", "lastName": "Known", "companyName": "Zoo", "companyDomain": "zoo.com"}
    made = {**who, "externalId": "1", "externalSource": "crm"}
    with httpx.Client(base_url=deployment.sandbox.base_url, trust_env=False) as control:
        control.post("/_sandbox/contact-research", json=made).raise_for_status()
    folder = deployment.project.data / "research_lists"
    folder.mkdir()
    header = "first_name,last_name,company,domain,external_id,external_source"
    (folder / "leads.csv").write_text(f"{header}\nEve,Known,Zoo,zoo.com,1,crm\n", encoding="utf-8")
    told = research(deployment, {})
    assert told.types == ["ASSET_OBSERVATION", "ASSET_MATERIALIZATION", *["ASSET_CHECK_EVALUATION"] * 5, OWN_LAST]
    plan = told.observed(0)
    assert (plan["asked"], plan["to_buy"], plan["credits"]) == (1, 0, 0.0)
    assert (told.observed(-1)["adopted"], told.observed(-1)["bought"]) == (1, 0)


@pytest.mark.slow
def test_contact_research_that_is_stopped_has_said_its_plan(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit stops it after its plan; credits that end midway, after what came of those who were bought."""
    told = research(deployment, {"leads": ADA + GRACE}, max_credits=1)
    assert (told.success, told.types) == (False, ["ASSET_OBSERVATION"])
    assert told.observed(0)["credits"] == 2.0
    deployment.sandbox.set_credits(1)
    told = research(deployment, {})
    assert (told.success, told.types) == (False, ["ASSET_OBSERVATION"])
    assert (told.observed(0)["credits"], told.observed(0)["balance"]) == (2.0, 1)
    monkeypatch.setenv("SABER_CREDITS_PER_SIGNAL", "0.25")
    told = research(deployment, {})
    assert (told.success, told.types) == (False, ["ASSET_OBSERVATION"] * 2)
    plan, outcome = told.observed(0), told.observed(-1)
    assert (plan["to_buy"], plan["credits"], outcome["bought"], outcome["refused"]) == (2, 0.5, 1, 1)
    assert "Research on 1 people was purchased" in outcome["outcome"]


def summaries(deployment: Deployment, **config: Any) -> Told:
    """Read the summaries of the companies of all lists."""
    return deployment.materialize([dg.AssetKey("summaries")], "summaries", config=config)


@pytest.mark.slow
def test_summaries_begin_with_their_plan_and_end_with_their_outcome(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many are asked for, at what price and balance comes first, what there is last; also where none is asked."""
    deployment.run("crm", lists=LISTS[:1])
    read = summaries(deployment)
    assert read.types == ["ASSET_OBSERVATION", "ASSET_MATERIALIZATION", *["ASSET_CHECK_EVALUATION"] * 3, OWN_LAST]
    assert read.observed(0)["plan"] == (
        "Of 5 companies, 0 are to be summed up for about 0 credits. The others: 5 without a summary."
    )

    told = summaries(deployment, request_missing=True)
    plan, outcome = told.observed(0), told.observed(-1)
    assert plan["plan"] == "Of 5 companies, 5 are to be summed up for about 5 credits. The balance is 99,998."
    assert plan["description"] == f"Plan: {plan['plan']}"
    numbers = ("companies", "to_ask_for", "credits", "credits_per_summary", "balance")
    assert [plan[name] for name in numbers] == [5, 5, 5.0, 1.0, 99_998]
    assert (outcome["companies"], outcome["completed"], outcome["missing"], outcome["asked_for"]) == (5, 2, 3, 5)
    assert outcome["credits_spent"] == plan["balance"] - outcome["balance"]
    assert outcome["outcome"].startswith("5 companies = 2 summed up + ")
    assert outcome["description"] == f"Outcome: {outcome['outcome']}"

    again = summaries(deployment, request_missing=True).observed(0)
    assert (again["to_ask_for"], again["completed"], again["missing"]) == (0, 2, 3), (
        "there was nothing to sum up lately"
    )

    deployment.run("crm", lists=LISTS[1:])
    monkeypatch.setenv("SABER_MONTHLY_CREDITS", "1")
    deployment.project.write_list("prospects", ["new.com"])
    stopped = summaries(deployment, request_missing=True)
    assert (stopped.success, stopped.types) == (False, ["ASSET_OBSERVATION"])
    assert stopped.observed(0)["to_ask_for"] == 1


@pytest.mark.slow
def test_summaries_that_are_stopped_midway_end_with_their_outcome(deployment: Deployment) -> None:
    """Credits that end between two requests fail the run, and its last event says what came of the first."""
    deployment.run("crm", lists=LISTS[:1])
    deployment.sandbox.set_credits(1)
    told = summaries(deployment, request_missing=True, lists=["customers"])
    assert (told.success, told.types) == (False, ["ASSET_OBSERVATION"] * 2)
    plan, outcome = told.observed(0), told.observed(-1)
    assert (plan["to_ask_for"], plan["balance"], outcome["completed"], outcome["missing"]) == (2, 1, 1, 1)
