"""``build_definitions`` inside other people's deployments: prefixes, two projects in one, and a run of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import duckdb
import pytest

import saber_pipeline
from saber_pipeline.definitions import build_definitions
from saber_pipeline.definitions.asset_names import Names
from saber_pipeline.definitions.project import UnusableProjectError
from saber_pipeline.errors import SettingsError
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project, new_project


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project folder with two data directories, ``data`` and ``other``; it is the current one."""
    with RunningSandbox() as sandbox:
        made = new_project(tmp_path / "project", sandbox.base_url)
        monkeypatch.chdir(made.folder)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        made.write_list("accounts", ["acme.com", "globex.com"])
        other = made.folder / "other"
        (other / "domain_lists").mkdir(parents=True)
        (other / "domain_lists" / "partners.csv").write_text("domain\nhooli.com\n", encoding="utf-8")
        (other / "questions.yaml").write_text(
            "questions:\n  crm:\n    question: Which CRM do they use?\n", encoding="utf-8"
        )
        yield made


def test_every_name_carries_its_prefix(here: Project) -> None:
    """With prefixes no asset, group, job, sensor, schedule or set of partitions has the bare name."""
    definitions = build_definitions("other", key_prefix="sales/saber", group_prefix="saber")
    graph = definitions.resolve_asset_graph()
    assert [name for name in names(graph) if not name.startswith("sales/saber/")] == []
    assert {node.group_name for node in graph.asset_nodes} <= {
        "saber_inputs",
        "saber_answers",
        "saber_contact_research",
        "saber_summaries",
        "saber_report",
        "saber_exports",
    }
    repository = definitions.get_repository_def()
    own = [job.name for job in repository.get_all_jobs() if not job.name.startswith("__")]
    others = [*(s.name for s in repository.sensor_defs), *(s.name for s in repository.schedule_defs)]
    assert own
    assert others
    assert all(name.startswith("sales_saber_") for name in (*own, *others))
    partitions = graph.get(dg.AssetKey(["sales", "saber", "answers", "crm"])).partitions_def
    assert isinstance(partitions, dg.DynamicPartitionsDefinition)
    assert partitions.name == "sales_saber_domain_lists"


def test_without_prefixes_the_names_are_the_documented_ones(here: Project) -> None:
    """The bare call is the project's own definitions."""
    graph = build_definitions().resolve_asset_graph()
    assert {"domain_lists", "contact_lists", "answers/crm", "exports"} <= names(graph)


@pytest.mark.slow
def test_two_projects_and_foreign_assets_run_in_one_deployment(here: Project) -> None:
    """Merged with each other and with a downstream asset, each buys for its own lists into its own file."""

    @dg.asset(deps=[dg.AssetKey(["second", "answers", "crm"])])
    def board_slide() -> int:
        with duckdb.connect("other/answers.duckdb", read_only=True) as answers:
            ((known,),) = answers.execute("SELECT count(*) FROM accounts WHERE crm IS NOT NULL").fetchall()
        return int(known)

    merged = dg.Definitions.merge(
        build_definitions("data"),
        build_definitions("other", key_prefix="second", group_prefix="second"),
        dg.Definitions(assets=[board_slide], executor=dg.in_process_executor, resources={"saber": "somebody else's"}),
    )
    dg.Definitions.validate_loadable(merged)
    repository = merged.get_repository_def()
    with dg.instance_for_test() as instance:
        materialize(repository, instance, dg.AssetKey("domain_lists"))
        materialize(repository, instance, dg.AssetKey(["second", "domain_lists"]))
        assert instance.get_dynamic_partitions("domain_lists") == ["accounts"]
        assert instance.get_dynamic_partitions("second_domain_lists") == ["partners"]
        config = {"ops": {"second_answers": {"config": {"max_credits": 5}}}}
        materialize(repository, instance, dg.AssetKey(["second", "answers", "crm"]), "partners", config)
        done = materialize(repository, instance, dg.AssetKey("board_slide"))
        assert done.output_for_node("board_slide") in (0, 1)  # the sandbox knows most companies, not all
        tick = repository.get_sensor_def("second_in_flight")
        with dg.build_sensor_context(instance=instance, repository_def=repository) as context:
            looked = tick(context)
        assert isinstance(looked, dg.SensorResult)
    with duckdb.connect("other/answers.duckdb", read_only=True) as answers:
        assert answers.sql("SELECT DISTINCT subject FROM signals").fetchall() == [("hooli.com",)]
    with duckdb.connect("data/answers.duckdb", read_only=True) as answers:
        assert answers.sql("SELECT count(*) FROM signals").fetchall() == [(0,)]


@pytest.mark.parametrize("prefix", ["a b", "sales/sa-ber", "ä"])
def test_a_prefix_that_dagster_cannot_have_is_a_clear_mistake(prefix: str) -> None:
    """The prefix is named with what is allowed, before Dagster complains about something else."""
    with pytest.raises(SettingsError, match=r"Allowed are letters, digits and underscores"):
        Names.prefixed(prefix, None)
    with pytest.raises(UnusableProjectError, match="cannot be used"):
        build_definitions(group_prefix=prefix)


def test_the_package_offers_both_at_its_top() -> None:
    """``saber_pipeline.build_definitions`` and ``saber_pipeline.SaberQuestions`` are there, and nothing else is."""
    assert saber_pipeline.build_definitions is build_definitions
    assert issubclass(saber_pipeline.SaberQuestions, dg.Component)
    assert {"build_definitions", "SaberQuestions"} <= set(dir(saber_pipeline))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = saber_pipeline.nothing


def names(graph: dg.AssetGraph) -> set[str]:
    return {key.to_user_string() for key in graph.get_all_asset_keys()}


def materialize(
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    partition: str | None = None,
    run_config: Mapping[str, object] | None = None,
) -> dg.ExecuteInProcessResult:
    job = repository.get_implicit_job_def_for_assets([key])
    assert job is not None
    return job.execute_in_process(
        instance=instance, asset_selection=[key], partition_key=partition, run_config=run_config
    )


class OurTranslator(saber_pipeline.SaberTranslator):
    """Other keys for the questions, and a group, owner and metadata for everything."""

    def get_asset_spec(self, props: saber_pipeline.SaberAsset) -> dg.AssetSpec:
        spec = super().get_asset_spec(props)
        if props.path[0] == "answers":
            spec = spec.replace_attributes(key=dg.AssetKey(["sales", f"saber_{props.path[1]}"]))
        return spec.replace_attributes(group_name="research", owners=["team:sales"]).merge_attributes(
            metadata={"runbook": "https://wiki.example/saber"}
        )


@pytest.mark.slow
def test_a_translator_names_groups_and_describes_the_assets(here: Project) -> None:
    """Keys, groups, owners and metadata are the translator's, what depends follows, and such an asset can be run."""
    definitions = build_definitions("other", translator=OurTranslator())
    graph = definitions.resolve_asset_graph()
    assert {"sales/saber_crm", "domain_lists", "exports"} <= names(graph)
    assert {node.group_name for node in graph.asset_nodes} == {"research"}
    assert all(node.owners == ["team:sales"] for node in graph.asset_nodes)
    asked = graph.get(dg.AssetKey(["sales", "saber_crm"]))
    assert asked.metadata["runbook"] == "https://wiki.example/saber"
    assert asked.metadata["question"] == "Which CRM do they use?"
    assert asked.parent_keys == {dg.AssetKey("domain_lists")}
    assert dg.AssetKey(["sales", "saber_crm"]) in graph.get(dg.AssetKey("exports")).parent_keys
    repository = dg.Definitions.merge(definitions, dg.Definitions(executor=dg.in_process_executor)).get_repository_def()
    job = repository.get_job("refresh_answers")
    assert job.asset_layer.executable_asset_keys == {dg.AssetKey(["sales", "saber_crm"])}
    with dg.instance_for_test() as instance:
        materialize(repository, instance, dg.AssetKey("domain_lists"))
        config = {"ops": {"answers": {"config": {"max_credits": 5}}}}
        done = materialize(repository, instance, dg.AssetKey(["sales", "saber_crm"]), "partners", config)
        assert done.success
        assert [event.asset_key for event in done.get_asset_materialization_events()] == [
            dg.AssetKey(["sales", "saber_crm"])
        ]


def test_a_translator_that_cannot_keep_to_a_key_is_told(here: Project) -> None:
    """A key made from what only the whole spec has would be another one for what depends on it."""

    class Restless(saber_pipeline.SaberTranslator):
        def get_asset_spec(self, props: saber_pipeline.SaberAsset) -> dg.AssetSpec:
            group = props.spec.group_name
            return props.spec.replace_attributes(key=props.spec.key.with_prefix(group)) if group else props.spec

    with pytest.raises(UnusableProjectError, match="The translator changes the key or deps of"):
        build_definitions("other", translator=Restless())
