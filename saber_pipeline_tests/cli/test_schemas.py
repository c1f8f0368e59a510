"""The schemas by which editors check what users write: they allow what the pipeline takes, and find mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.criteria_forms import VERDICTS
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import InputError
from saber_pipeline.ingest.editor_schemas import editor_schemas
from saber_pipeline.ingest.sources_yaml import load_sources
from saber_pipeline.inputs.lists_yaml import list_options
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.documents.blocks import ROOT, Block, blocks

SCHEMAS = {name.removesuffix(".json"): json.loads(text) for name, text in editor_schemas().items()}
READERS: dict[str, Any] = {
    "questions": load_questions,
    "sources": load_sources,
    "lists": lambda path: list_options(path, COMPANIES, "a"),
}
FIRST_KEYS = {"company_lists": "sources", "contact_searches": "sources", "domain_lists": "lists"}
Q = "questions: {a: {question: Q?, %s}}"
S = "contact_searches: {a: {%s}}"
L = "domain_lists: {a: {%s}}"
RIGHT = {
    "questions": [
        Q % f"answer_type: {kind}"
        for kind in ("open_text", "number", "boolean", "list", "percentage", "currency", "url", "contacts")
    ]
    + [
        Q % "answer_type: choice, choices: [HubSpot, 2024, true, 'no']",
        Q % "answer_type: number, qualification_criteria: {'>= 100': good, 10-50: 3, 42: no idea}",
        Q % "answer_type: number, qualification_criteria: {ranges: [{rangeStart: 0, rangeEnd: 1, answerValue: good}]}",
        Q % "answer_type: list, qualification_criteria: {choices: {x: {answerValue: poor, label: 2024}}}",
        Q % "answer_type: boolean, qualification_criteria: {yes: good, no: disqualified}",
        Q % "max_age_days: 0.5, min_confidence: 1, expected_accuracy: 0.9, max_credits_per_month: 0, weight: important",
        Q % "about: contact, verification_mode: lenient, connectors: {salesNavigator: {enabled: off}}",
        Q % "ask_if: headcount > 5",
        "x-common: &c {weight: important}\nquestions: {a: {<<: *c, template_id: 6F1C0C0E2A3B4C5D8E9F000000000001}}",
        (
            "questions: {a: {template_id: 6f1c0c0e-2a3b-4c5d-8e9f-000000000001, output_schema: {type: object, "
            "properties: {p: {type: [string, 'null'], enum: [a, null], description: x}, q: {type: array, "
            "items: {type: object, additionalProperties: false}}}}}}"
        ),
    ],
    "sources": [
        S % "companies_from: my_list, column: LinkedIn URL, contact_list: L-1",
        S % "company_linkedin_urls: [company/acme], first_name: Ann, last_name: Lee",
        S % "job_titles: [VP, 2024], keywords: 2024, countries: [NO, de], departments: [Sales]",
        S % "seniority_levels: [Owner / Partner]",
        "subscriptions: {a: 6F1C0C0E-2A3B-4C5D-8E9F-000000000001}\ncompany_lists: {A-1: lst_1}\nx-a: [5]\n",
        "subscriptions:\ncontact_searches:\n",
    ],
    "lists": [
        L % "column: 2024, delimiter: ';', header_line: 4, sheet: S",
        L % "filters: {Status: [Customer, 5], Tier: 1, Gone: null}, allow: [orrin.github.io], deny: www.Rival.com",
        "x-a: &a [a.com]\nallow: *a\ndeny:\ncontact_lists: {}\n",
    ],
}
WRONG = {
    "questions": [
        "questions: {}", "question: {a: {question: Q?}}", "questions: {A: {question: Q?}}", "questions: [a]",
        f"questions: {{{'a' * 64}: {{question: Q?}}}}", "questions: {a: {weight: important}}", "questions: {a: Q?}",
        "questions: {a: {question: 5}}", f"questions: {{a: {{question: {'x' * 501}}}}}",
        "questions: {a: {question: ' '}}",
        Q % "answer_typ: number", Q % "answer_type: text", Q % "weight: high", Q % "max_age_days: month",
        Q % "max_age_days: -1", Q % "max_age_days: 36501", Q % "min_confidence: 60", Q % "tolerance: true",
        Q % "max_credits_per_month: 1.5", Q % "about: person", Q % "verification_mode: hard", Q % "template_id: x",
        Q % "connectors: {salesNavigator: {enabled: true}}", Q % "connectors: {linkedin: {}}", Q % "fallback: A b",
        Q % "ask_if: ''", Q % "answer_type: choice", Q % "answer_type: json_schema", Q % "choices: [a]",
        Q % "output_schema: {type: object, properties: {p: {type: string}}}", Q % "answer_type: choice, choices: []",
        Q % "answer_type: choice, choices: [null]", Q % "answer_type: choice, choices: a",
        Q % "answer_type: json_schema, output_schema: {type: object}",
        Q % "answer_type: json_schema, output_schema: {type: object, properties: {p: {type: text}}}",
        Q % "answer_type: json_schema, output_schema: {type: object, properties: {p: {anyOf: []}}}",
        Q % "answer_type: number, qualification_criteria: {}", Q % "answer_type: number, qualification_criteria: good",
        Q % "answer_type: number, qualification_criteria: {ranges: [{rangeStart: 0, answerValue: good}]}",
        Q % "answer_type: list, qualification_criteria: {choices: {x: {answerValue: fine, label: X}}}",
        Q % "answer_type: boolean, qualification_criteria: {yes: true}",
    ],
    "sources": [
        "subscription: {}", "contact_searches: [a]", "contact_searches: {Sales: {keywords: a}}", S % "contact_list: x",
        "contact_searches: {d: 5}", S % "job_title: [VP]", S % "departments: [sales]", S % "companies_from: my list",
        S % "job_titles: VP", S % "job_titles: []", S % "job_titles: [{a: 1}]", S % "first_name: null",
        S % f"keywords: {'x' * 501}", S % "countries: [Germany]", S % "seniority_levels: [VP]",
        S % "column: a, keywords: b", S % "keywords: a, contact_list: a/b", "company_lists: {a b: x}",
        "company_lists: {a: 'x y'}", "subscriptions: {a: null}", "subscriptions: {a: 5}", "5",
    ],
    "lists": [
        L % "colum: Website", L % "header_line: first", L % "header_line: 0", L % "column: [a]", L % "filters: Status",
        L % "deny: [not a domain]", L % "allow: [acme.com/x]", L % "column: ''", "domain_list: {}", "- a",
        "domain_lists: [a]", "domain_lists: {a: 5}", "allow: [com]",
    ],
}  # fmt: skip


def found(name: str, text: str) -> list[str]:
    """What an editor underlines."""
    value = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in Draft7Validator(SCHEMAS[name]).iter_errors(value)]


def is_taken(name: str, text: str, folder: Path) -> bool:
    """Whether the pipeline reads it."""
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    try:
        READERS[name](folder / f"{name}.yaml")
    except InputError:
        return False
    return True


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in RIGHT.items() for text in texts])
def test_what_the_pipeline_takes_is_not_underlined(name: str, text: str, tmp_path: Path) -> None:
    """Every field with every form that its reader takes is allowed by the schema."""
    assert is_taken(name, text, tmp_path)
    assert found(name, text) == []


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_mistake_is_underlined(name: str, text: str, tmp_path: Path) -> None:
    """What the pipeline refuses for its shape, the editor underlines before it is saved."""
    assert not is_taken(name, text, tmp_path)
    assert found(name, text)


PAGES = [*blocks("docs/questions.md", "yaml"), *blocks("docs/decisions.md", "yaml"), *blocks("docs/sources.md", "yaml")]
PAGES += [*blocks("docs/conditions.md", "yaml"), *blocks("docs/lists.md", "yaml"), *blocks("docs/quality.md", "yaml")]


@pytest.mark.parametrize("block", PAGES, ids=str)
def test_examples_of_the_pages_are_not_underlined(block: Block) -> None:
    """What the pages show can be pasted into an editor."""
    text = f"questions:\n{block.code}" if block.code.startswith("  ") else block.code
    first = re.findall(r"^(\w+):", text, re.MULTILINE)[0]
    assert found(FIRST_KEYS.get(first, "questions"), text) == []


def test_every_field_is_explained_and_the_starter_points_there() -> None:
    """An editor shows a sentence for each field, completes its words, and finds the schema by the first line."""
    question = SCHEMAS["questions"]["properties"]["questions"]["additionalProperties"]["properties"]
    search = SCHEMAS["sources"]["properties"]["contact_searches"]["additionalProperties"]["properties"]
    one_list = SCHEMAS["lists"]["properties"]["domain_lists"]["additionalProperties"]["properties"]
    assert [name for fields in (question, search, one_list) for name in fields if not fields[name]["description"]] == []
    assert "choice" in question["answer_type"]["enum"]
    assert list(VERDICTS) in [form.get("enum") for form in _forms(question["qualification_criteria"])]
    for folder in ("data", "saber_pipeline/cli/starter"):
        first, *_ = (ROOT / folder / "questions.yaml").read_text(encoding="utf-8").splitlines()
        assert first == "# yaml-language-server: $schema=schemas/questions.json"


def _forms(schema: Any) -> list[dict[str, Any]]:
    """A schema and all that is in it."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return [*([schema] if isinstance(schema, dict) else []), *(form for one in inner for form in _forms(one))]


@pytest.mark.parametrize("name", ["questions", "sources", "lists"])
def test_the_clones_schemas_are_those_of_now(name: str) -> None:
    """The files in git are what the readers' declarations say: `saber-pipeline schemas` writes them."""
    assert (ROOT / "data" / "schemas" / f"{name}.json").read_text(encoding="utf-8") == editor_schemas()[f"{name}.json"]
    Draft7Validator.check_schema(SCHEMAS[name])


def test_the_command_writes_them_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It replaces what an older version left, in the data directory that the settings name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SABER_DATA_DIR", "own")
    (tmp_path / "own" / "schemas").mkdir(parents=True)
    (tmp_path / "own" / "schemas" / "lists.json").write_text("{}")
    done = saber_pipeline("schemas")
    assert done.exit_code == 0
    assert {file.name: file.read_text() for file in (tmp_path / "own" / "schemas").iterdir()} == editor_schemas()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the folder should be ends the command with its name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "schemas").write_text("")
    done = saber_pipeline("schemas")
    assert done.exit_code == 1
    assert "schemas cannot be written" in done.stderr
