"""The tables of docs/questions.md, docs/lists.md and docs/settings.md say what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.fields import FIELDS, FIELDS_BY_TYPE
from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline.config.settings import Settings
from saber_pipeline.inputs import cells, domains, list_options, profile_urls, shared_domains, table_header
from saber_pipeline.inputs.cells import Found
from saber_pipeline.inputs.columns import DOMAIN_COLUMNS, PROFILE_COLUMNS, plain_name
from saber_pipeline.inputs.domains import normalise_domain
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.documents.answer_type_tables import read_rows
from saber_pipeline_tests.documents.blocks import ROOT, Block, blocks

QUESTIONS, LISTS, SETTINGS = (
    (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("questions", "lists", "settings")
)
COMMON = ["subject", "confidence", "completed_at", "signal_id"]


@pytest.mark.parametrize("block", [*blocks("docs/questions.md", "yaml"), *blocks("docs/decisions.md", "yaml")], ids=str)
def test_each_example_is_a_usable_questions_file(block: Block, tmp_path: Path) -> None:
    """What a page shows can be copied into questions.yaml."""
    file = tmp_path / "questions.yaml"
    file.write_text(block.code if block.code.startswith("questions:") else f"questions:\n{block.code}")
    assert load_questions(file).questions


def test_every_field_and_answer_type_is_explained() -> None:
    """The tables of docs/questions.md are complete, and no example of an answer type is missing."""
    rows = set(re.findall(r"^\| `(\w+)` \|", QUESTIONS, re.MULTILINE))
    assert {*FIELDS, *FIELDS_BY_TYPE} <= rows
    examples = re.findall(r"answer_type: (\w+)", "".join(block.code for block in blocks("docs/questions.md", "yaml")))
    assert set(examples) >= set(AnswerType) - {AnswerType.OPEN_TEXT}


@pytest.mark.parametrize("block", blocks("docs/questions.md", "sql"), ids=str)
def test_the_queries_about_questions_find_something(block: Block, answers: Path) -> None:
    """What docs/questions.md asks of the answers runs as it stands, and tells companies apart."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        assert len(con.execute(block.code).fetchall()) > 1


def test_the_columns_of_each_answer_type_are_those_of_its_views(answers: Path) -> None:
    """What docs/questions.md says of a type's columns is what the views of the sample questions have."""
    documented = {
        answer_type: re.findall(r"`(\w+)(?: [^`]+)?`", columns)
        for types, columns, _ in read_rows("docs/questions.md", "answer-types")
        for answer_type in re.findall(r"`(\w+)`", types)
    }
    checked = set()
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        for question in load_questions(ROOT / "data" / "questions.yaml").questions:
            found = con.execute(f"SELECT column_name FROM (DESCRIBE questions.{question.key})").fetchall()  # noqa: S608 - a key
            own = [name for (name,) in found if name not in COMMON]
            if question.answer_type is not AnswerType.JSON_SCHEMA:
                assert documented[question.answer_type] == own, question.key
                checked.add(question.answer_type)
    assert checked == set(AnswerType) - {AnswerType.JSON_SCHEMA, AnswerType.CONTACTS_GENERATION}
    assert documented["contacts_generation"] == documented["contacts"]


def test_every_reason_for_a_rejected_input_is_listed() -> None:
    """A reason in rejected_inputs is found on docs/lists.md, word by word, and none is there that does not exist."""
    reasons = {
        text
        for module in (cells, domains, shared_domains, list_options, profile_urls, table_header)
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and text.endswith(".") and " " in text
    }
    (table,) = re.findall(r"^\| reason \| what to do \|\n\|---\|---\|\n((?:\|.*\n)+)", LISTS, re.MULTILINE)
    assert set(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)) == reasons


def test_the_columns_that_lists_may_have_are_found() -> None:
    """Each name of a column that docs/lists.md gives is one that the reader looks for."""
    for who, names in (("companies", DOMAIN_COLUMNS), ("people", PROFILE_COLUMNS)):
        (line,) = re.findall(rf"^- {who}: (.+)$", LISTS, re.MULTILINE)
        assert {plain_name(each) for each in re.findall(r"`(\w+)`", line)} <= {*names.names, *names.late}


@pytest.mark.parametrize(
    ("cell", "subjects"),
    [
        ("info@personio.com", ["personio.com"]),
        ("müller.de", ["xn--mller-kva.de"]),
        ("block.xyz, squareup.com", ["block.xyz", "squareup.com"]),
        ("open.spotify.com", ["open.spotify.com"]),
        ("acme.con", []),
        ("acme..com", []),
        ("acme_shop.com", []),
        ("co.uk", []),
    ],
)
def test_the_examples_of_values_are_right(cell: str, subjects: list[str]) -> None:
    """What docs/lists.md says is made of a value is made of it."""
    assert f"`{cell}`" in LISTS
    assert [result.subject for result in normalise_domain(cell) if isinstance(result, Found)] == subjects


@pytest.mark.parametrize("block", blocks("docs/lists.md", "sql"), ids=str)
def test_each_query_about_lists_finds_something(block: Block, answers: Path) -> None:
    """A query that docs/lists.md shows runs as it stands, and has rows."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        assert con.execute(block.code).fetchall()


def test_every_setting_is_listed_with_its_default() -> None:
    """docs/settings.md and .env.example name each setting that the code reads, and its default."""
    told = dict(re.findall(r"^\| `SABER_(\w+)` \| (.+?) \|", SETTINGS, re.MULTILINE))
    assert set(told) == {field.name.upper() for field in fields(Settings)}
    example = (ROOT / ".env.example").read_text()
    for field in fields(Settings):
        value = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        value = {False: "no", True: "yes"}[value] if isinstance(value, bool) else value
        default = "none" if value in (None, "") else f"`{value}`".replace(".0`", "`")
        assert told[field.name.upper()] == default
        assert f"#SABER_{field.name.upper()}=" in example


@pytest.fixture
def two_data_directories(tmp_path: Path) -> Project:
    """A project whose .env names another data directory than its environment does, each with its own question."""
    made = new_project(tmp_path / "a project", "http://127.0.0.1:9")
    for name in ("by_environment", "by_dotenv"):
        folder = made.folder / name
        (folder / "domain_lists").mkdir(parents=True)
        (folder / "domain_lists" / "accounts.csv").write_text("domain\nacme.com\n")
        (folder / "questions.yaml").write_text(f"questions:\n  {name}:\n    question: Who?\n")
    made.environment["SABER_DATA_DIR"] = "by_environment"
    (made.folder / ".env").write_text("SABER_DATA_DIR=by_dotenv\n")
    return made


def test_which_setting_wins_is_as_the_page_says(two_data_directories: Project) -> None:
    """For saber-pipeline the environment beats .env, for Dagster's commands .env beats the environment."""
    here = two_data_directories
    planned = here.run("saber-pipeline", "plan", SABER_API_KEY="")
    assert "by_environment" in planned.printed
    assert "by_dotenv" not in planned.printed
    assert here.materialize("domain_lists").exit_code == 0
    assert (here.folder / "by_dotenv" / "answers.duckdb").exists()
    assert not (here.folder / "by_environment" / "answers.duckdb").exists()
