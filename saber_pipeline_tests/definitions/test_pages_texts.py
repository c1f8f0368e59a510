"""What Dagster's pages say before and after a run: prices of options, first steps, numbers of a partition."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.definitions import build_definitions
from saber_pipeline.definitions.metadata import answer_values

QUESTIONS = """
questions:
  crm: {question: Which CRM?}
  headcount: {question: How many people work there?, answer_type: number}
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with two questions, and folders without lists."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SABER_API_KEY", raising=False)
    for folder in ("domain_lists", "contact_lists"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    (tmp_path / "data" / "questions.yaml").write_text(QUESTIONS)
    return tmp_path / "data"


def options(op: str) -> dict[str, str]:
    """What the launchpad says of each option of an op, as Dagster keeps it."""
    node = build_definitions("data").get_repository_def().get_implicit_global_asset_job_def().graph.node_named(op)
    assert isinstance(node.definition, dg.OpDefinition)
    schema = node.definition.config_schema
    assert schema is not None
    fields: dict[str, dg.Field] = schema.config_type.fields  # type: ignore[union-attr]  # a Shape, which is no public name
    return {name: field.description or "" for name, field in fields.items()}


@pytest.mark.parametrize("op", ["answers", "contact_research"])
def test_the_launchpad_says_what_options_do_and_cost_now(data: Path, monkeypatch: pytest.MonkeyPatch, op: str) -> None:
    """Each option has a text with its default; those about money have the price and the limits of this moment."""
    monkeypatch.setenv("SABER_CREDITS_PER_SIGNAL", "2.5")
    monkeypatch.setenv("SABER_MONTHLY_CREDITS", "7000")
    texts = options(op)
    assert all("Default: " in text for text in texts.values())
    assert "Default: 120." in texts["max_wait_minutes"]
    assert "costs 2.5 credits (SABER_CREDITS_PER_SIGNAL)" in texts["force_refresh"]
    assert "costs 2.5 credits (SABER_CREDITS_PER_SIGNAL)" in texts["dry_run"]
    assert "not bought again" in texts["dry_run"]
    assert "not bought again" not in texts["force_refresh"], "that is what it is for"
    assert "SABER_MAX_CREDITS_PER_RUN is not set and SABER_MONTHLY_CREDITS is 7,000" in texts["max_credits"]
    if op == "answers":
        assert "all 2 questions about it 5.0" in texts["sample"]
    monkeypatch.setenv("SABER_CREDITS_PER_SIGNAL", "1")
    monkeypatch.setenv("SABER_MAX_CREDITS_PER_RUN", "40")
    texts = options(op)
    assert "costs 1 credit (SABER_CREDITS_PER_SIGNAL)" in texts["dry_run"]
    assert "SABER_MAX_CREDITS_PER_RUN is 40" in texts["max_credits"]


def described(key: str) -> str:
    """The text of an asset's page."""
    return build_definitions("data").resolve_asset_graph().get(dg.AssetKey(key)).description or ""


def test_an_empty_project_says_in_its_first_asset_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list the steps come first; a list, or the key, takes away what is done."""
    said = described("domain_lists")
    assert said.startswith(
        "**To begin** (when these definitions were loaded, there was no list of companies):\n\n1. Put a"
    )
    assert "into `data/domain_lists/`, or call `saber-pipeline add FILE`" in said
    assert "3. Put your key into `.env` as `SABER_API_KEY`" in said
    assert described("contact_lists").startswith("Every list file"), "nothing asks about contacts here"

    monkeypatch.setenv("SABER_API_KEY", "sk_test_pages")
    assert "`.env`" not in described("domain_lists")
    (data / "domain_lists" / "accounts.csv").write_text("domain\nacme.com\n")
    assert described("domain_lists").startswith("Every list file")


def test_an_empty_project_says_so_where_it_is_read(data: Path) -> None:
    """Materialising the first asset without a list leaves the same steps in its metadata."""
    definitions = build_definitions("data")
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.get_repository_def().get_implicit_job_def_for_assets([dg.AssetKey("domain_lists")])
        assert job is not None
        done = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey("domain_lists")])
    ((event,),) = [[e for e in done.all_events if e.event_type_value == "ASSET_MATERIALIZATION"]]
    said = event.materialization.metadata["what_to_do"]
    assert isinstance(said, dg.MarkdownMetadataValue)
    assert said.md_str is not None
    assert said.md_str.startswith("**To begin** (")


def test_where_lists_come_from_saber_nobody_is_told_to_make_one(data: Path) -> None:
    """A company list of sources.yaml is fetched when the asset is materialised."""
    (data / "sources.yaml").write_text("company_lists: {targets: 6f1c0c0e-2a3b-4c5d-8e9f-000000000001}\n")
    assert described("domain_lists").startswith("Every list file")


def test_every_asset_has_the_owners_of_the_settings(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody owns anything until somebody is named; then it is everything."""
    graph = build_definitions("data").resolve_asset_graph()
    assert {tuple(node.owners) for node in graph.asset_nodes} == {()}
    monkeypatch.setenv("SABER_OWNERS", "ann@acme.com,team:revops")
    graph = build_definitions("data").resolve_asset_graph()
    assert {tuple(node.owners) for node in graph.asset_nodes} == {("ann@acme.com", "team:revops")}


@pytest.mark.parametrize(
    ("answer_type", "values", "is_shown"),
    [
        (AnswerType.BOOLEAN, [("no", 1), ("yes", 1)], True),
        (AnswerType.CHOICE, [("HubSpot", 1)], True),
        (AnswerType.NUMBER, [("10 to under 100", 1)], True),
        (AnswerType.CURRENCY, [("10 to under 100 EUR", 1)], True),
        (AnswerType.PERCENTAGE, [("10 to 20 %", 1)], True),
        (AnswerType.LIST, [("Gong", 2), ("Outreach", 1)], True),
        (AnswerType.LIST, [("Gong", 1), ("Outreach", 1)], False),
        (AnswerType.OPEN_TEXT, [("HubSpot", 4)], False),
        (AnswerType.URL, [("https://acme.com", 1)], False),
        (AnswerType.BOOLEAN, [], False),
    ],
)
def test_only_answers_that_companies_share_are_counted(
    answer_type: AnswerType, values: list[tuple[str, int]], *, is_shown: bool
) -> None:
    """A bar stands for a value, a band or an element of lists, and never for one company's own text."""
    shown = answer_values(Question("any", "Any?", answer_type), values)
    assert bool(shown) is is_shown
