"""Criteria from questions.yaml to the API and to the score of an account. The sandbox refuses all other forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.template_questions import KnownTemplate, completed, read_known_templates
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.config.questions.test_criteria_forms import DOCUMENTED, yaml_of
from saber_pipeline_tests.ingest.test_templates import FIELDS
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES, send
from saber_pipeline_tests.testbed.world import InterceptingTransport, World, domains, outcomes

if TYPE_CHECKING:
    import httpx

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "data" / "questions.yaml"
RANGES = {"ranges": [{"rangeStart": 0, "rangeEnd": 10**9, "answerValue": "good"}]}


def listen(world: World) -> dict[str, Any]:
    """Criteria that the API gets from now on, by question; absent where none were sent."""
    heard: dict[str, Any] = {}

    def note(request: httpx.Request) -> None:
        if request.method == "POST":
            body = json.loads(request.content)
            for item in body.get("signals", [body]):
                heard[item.get("question", item.get("templateId"))] = item.get("qualificationCriteria")

    world.transport = lambda: InterceptingTransport(after=note)
    return heard


def test_the_starter_questions_are_accepted_and_rank_accounts(world: World) -> None:
    """The questions that come with the project: every pair is taken, and accounts have scores of different worth."""
    catalog = load_questions(STARTER)
    world.questions = catalog.questions
    world.write_list(domains(15))
    heard = listen(world)
    result = world.run(*(q for q in catalog.about(SubjectType.COMPANY) if q.qualification_criteria))
    assert set(outcomes(result)) == {Outcome.ANSWERED}
    sent = {q.key: heard[q.text] for q in catalog.about(SubjectType.COMPANY) if q.qualification_criteria}
    assert sent["uses_salesforce"] == {"yes": "good", "no": "disqualified"}
    assert [one["answerValue"] for one in sent["headcount"]["ranges"]] == [
        "disqualified",
        "neutral",
        "good",
        "excellent",
    ]
    assert sent["crm"] is sent["annual_revenue"] is None  # a choice, and open ends: judged here
    assert world.published("SELECT count(*), count(score) FROM account_fit") == [(15, 15)]
    assert world.published("SELECT count(DISTINCT tier) > 1 FROM account_fit") == [(True,)]
    judged = "SELECT DISTINCT question_key FROM qualifications WHERE verdict IS NOT NULL ORDER BY ALL"
    assert {"annual_revenue", "headcount", "uses_salesforce"} <= {key for (key,) in world.published(judged)}


@pytest.mark.slow
def test_the_documents_examples_are_accepted(world: World, tmp_path: Path) -> None:
    """Each example of the documents, pasted into questions.yaml, arrives as it is printed."""
    world.write_list(domains(3))
    heard = listen(world)
    for number, (answer_type, written, sent, _) in enumerate(DOCUMENTED):
        path = tmp_path / "questions.yaml"
        path.write_text(yaml_of(answer_type, written).replace("A?", f"Which {answer_type}? ({number})"))
        (question,) = load_questions(path).questions
        world.questions = (question,)
        assert outcomes(world.run()) == {Outcome.ANSWERED: 3}
        assert heard[question.text] == sent


def test_documented_ranges_and_choices_judge_answers(world: World, tmp_path: Path) -> None:
    """Both ends of a range belong to it, and a choice is met by its label: the score follows from them."""
    world.write_list(domains(12))
    path = tmp_path / "questions.yaml"
    few = "{rangeStart: 0, rangeEnd: 99, answerValue: poor}"
    ranges = f"{{ranges: [{few}, {{rangeStart: 100, rangeEnd: 9999999, answerValue: good}}]}}"
    path.write_text(yaml_of("number", ranges).replace("A?", "How many employees?"))
    world.questions = load_questions(path).questions
    world.run()
    right = (
        "SELECT count(*), bool_and(verdict = CASE WHEN typed.value < 100 THEN 'poor' ELSE 'good' END) "
        "FROM qualifications JOIN answers_number AS typed USING (signal_id)"
    )
    assert world.published(right) == [(12, True)]
    scores = "SELECT DISTINCT score, tier FROM account_fit ORDER BY ALL"
    assert set(world.published(scores)) <= {(25.0, "D"), (75.0, "B")}


def test_a_templates_own_criteria_and_weight_count(world: World) -> None:
    """Where the question gives none, the template's judge; what the question says itself wins, each by itself."""
    made = send(
        world,
        "POST",
        TEMPLATES,
        {
            "name": "Size",
            "question": "How many employees?",
            "answerType": "number",
            "weight": "important",
            "qualificationCriteria": RANGES,
        },
    )
    world.write_list(domains(5))
    asked = Question("size", "", template_id=made["id"], left_to_template=FIELDS)
    world.questions = (asked,)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 5}
    verdicts = "SELECT DISTINCT verdict, weight FROM qualifications"
    assert world.published(verdicts) == [("good", "important")]
    assert world.published("SELECT DISTINCT score, coverage FROM account_fit") == [(75.0, 1.0)]
    known = read_known_templates(world.paths.known_templates_file)[made["id"]]
    assert (known.weight, known.qualification_criteria) == ("important", RANGES)
    own = Question(
        "size", "", template_id=made["id"], left_to_template=FIELDS, qualification_criteria={">= 0": "excellent"}
    )
    world.questions = (own,)
    assert outcomes(world.run()) == {Outcome.OWNED: 5}
    assert world.published(verdicts) == [("excellent", "important")]


def test_templates_noted_before_they_had_criteria(tmp_path: Path) -> None:
    """The note that an earlier version kept of templates, without weight and criteria, is read."""
    file = tmp_path / "templates.json"
    noted = {"template_id": "t", "version": 3, "name": "N", "question": "Q?", "answer_type": "number"}
    file.write_text(json.dumps([noted | {"output_schema": None}]))
    assert read_known_templates(file)["t"].qualification_criteria is None


def test_a_templates_criteria_of_another_type_do_not_count() -> None:
    """A question with an answer type of its own is not judged by criteria for the template's."""
    template = KnownTemplate("t", 1, "N", "Q?", "number", None, "important", RANGES)
    own_type = Question("q", "", AnswerType.OPEN_TEXT, template_id="t", left_to_template=frozenset({"text"}))
    assert completed(own_type, {"t": template}).qualification_criteria is None
    assert completed(own_type, {"t": template}).weight == "important"
    odd = KnownTemplate("t", 1, "N", "Q?", "number", None, "heavy", {"many": "good"})
    left = Question("q", "", template_id="t", left_to_template=FIELDS)
    assert (completed(left, {"t": odd}).weight, completed(left, {"t": odd}).qualification_criteria) == (None, None)
