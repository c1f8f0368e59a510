"""``answer_type: choice`` in questions.yaml: what its choices may be, and what they make of a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.choices import choice_in
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline_tests.config.questions.reports import load, report

SAMPLE = Path(__file__).parents[3] / "data" / "questions.yaml"
LIST = "allowed is a list of 1 to 500 texts such as [Salesforce, HubSpot, other, none]"
TEXT = "allowed is a text of 1 to 200 characters"


def asked(folder: Path, choices: str, more: str = "") -> Question:
    text = f"questions:\n  a:\n    question: A?\n    answer_type: choice\n    choices: {choices}\n{more}"
    (question,) = load(folder, text).questions
    return question


def test_a_choice_is_asked_for_by_a_schema(tmp_path: Path) -> None:
    """The choices become an object with one required property, an enumeration of texts, which batches carry."""
    question = asked(tmp_path, "[Salesforce, HubSpot, other, none]")
    assert question.output_schema == {
        "type": "object",
        "properties": {"choice": {"type": "string", "enum": ["HubSpot", "Salesforce", "none", "other"]}},
        "required": ["choice"],
    }
    assert (question.answer_type, question.sent_as) == (AnswerType.CHOICE, AnswerType.JSON_SCHEMA)
    assert question.fits_batches


def test_choices_are_what_is_written(tmp_path: Path) -> None:
    """What YAML takes for a boolean or a number is a choice as it is written; blanks around it do not count."""
    question = asked(tmp_path, "[no, Yes, true, off, none, 5, 1.50, 0x1F, 2024-01-31, ' a  b ']")
    assert set(question.choices) == {"no", "Yes", "true", "off", "none", "5", "1.50", "0x1F", "2024-01-31", "a b"}


def test_the_set_of_choices_is_part_of_the_question(tmp_path: Path) -> None:
    """Another order is the same question; a choice more, less or spelled otherwise is another one."""
    one = asked(tmp_path, "[Salesforce, HubSpot, other]").question_id
    assert asked(tmp_path, "[other, Salesforce, HubSpot]").question_id == one
    others = ("[Salesforce, HubSpot]", "[Salesforce, HubSpot, other, none]", "[salesforce, HubSpot, other]")
    assert len({one, *(asked(tmp_path, each).question_id for each in others)}) == 4


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("answer_type: choice", f"it is missing; `answer_type: choice` needs a list such as [{LIST.partition('[')[2]}"),
        ("answer_type: choice\n    choices:", f"found nothing; {LIST}"),
        ("answer_type: choice\n    choices: []", f"found an empty list; {LIST}"),
        ("answer_type: choice\n    choices: a", f"found 'a'; {LIST}"),
        ("answer_type: choice\n    choices: yes", f"found 'yes'; {LIST}"),
        ("answer_type: choice\n    choices: {a: b}", f"found a mapping; {LIST}"),
        (f"answer_type: choice\n    choices: [{', '.join(map(str, range(501)))}]", f"found 501 choices; {LIST}"),
        (f"answer_type: choice\n    choices: [{'x' * 201}]", f"a choice has 201 characters; {TEXT}"),
        ("answer_type: choice\n    choices: [a, ' ']", f"a choice has 0 characters; {TEXT}"),
        ("answer_type: choice\n    choices: [a, [b]]", f"found a list; {TEXT}"),
        ("answer_type: choice\n    choices: [a, {b: c}]", f"found a mapping; {TEXT}"),
        ("answer_type: choice\n    choices: [a, null]",
         f"YAML reads null as nothing; put it in quotes if it is a choice; {TEXT}"),
        ("answer_type: choice\n    choices: [None, b, none]",
         "'none' is the same choice as 'None' in line 4; keep one of them"),
        ("answer_type: choice\n    choices: [Straße, STRASSE]",
         "'STRASSE' is the same choice as 'Straße' in line 4; keep one of them"),
        ("max_age_days: 5\n    choices: [a]",
         "only `answer_type: choice` has choices, this is open_text; write that type, or remove the choices"),
        ("answer_type: list\n    choices: [a]",
         "only `answer_type: choice` has choices, this is list; write that type, or remove the choices"),
    ],
)  # fmt: skip
def test_wrong_choices(tmp_path: Path, field: str, expected: str) -> None:
    """Each mistake is told with its line, what stands there and what is allowed."""
    line = 4 if "choices" in field else 3
    text = f"questions:\n  a:\n    {field}\n    question: A?\n"
    assert report(tmp_path, text) == [f"{line}: a.choices: {expected}"]


def test_a_long_list_of_choices_is_taken(tmp_path: Path) -> None:
    """As many choices as are allowed, each as long as is allowed, are a question."""
    assert len(asked(tmp_path, str([f"{number:03d}{'x' * 197}" for number in range(500)])).choices) == 500


def test_choices_of_a_misspelt_type_are_no_second_mistake(tmp_path: Path) -> None:
    """Where the answer type is misspelt, that alone is reported."""
    (line,) = report(tmp_path, "questions:\n  a: {question: A?, answer_type: choise, choices: [a]}\n")
    assert line.startswith("2: a.answer_type: found 'choise' (did you mean 'choice'?)")


def test_criteria_name_choices(tmp_path: Path) -> None:
    """A condition is one of the choices, taken in their spelling; another word is a mistake that names them."""
    more = "    qualification_criteria: {salesforce: good, no: poor}\n"
    assert asked(tmp_path, "[Salesforce, no]", more).qualification_criteria == {"Salesforce": "good", "no": "poor"}
    text = "questions:\n  a:\n    question: A?\n    answer_type: choice\n    choices: [Salesforce, none]\n"
    (line,) = report(tmp_path, f"{text}    qualification_criteria: {{Zoho: good}}\n")
    assert line == (
        "6: a.qualification_criteria: 'Zoho' is not a condition for an answer of type choice; allowed is one of its "
        "choices: Salesforce, none"
    )


def test_listings_do_not_tell_a_choice_from_an_object(tmp_path: Path) -> None:
    """Two questions with one text that both go to Saber as a JSON schema are refused."""
    schema = "output_schema: {type: object, properties: {a: {type: string}}}"
    choice = "  a: {question: A?, answer_type: choice, choices: [x, y]}\n"
    others = (f"answer_type: json_schema, {schema}", "answer_type: choice, choices: [x, z]")
    for other in others:
        (line,) = report(tmp_path, f"questions:\n{choice}  b: {{question: A?, {other}}}\n")
        assert line.startswith("3: b: the API's listings cannot distinguish this question from `a` in line 2")


def test_the_sample_asks_for_the_crm_by_choices() -> None:
    """The starter question about the CRM is a choice, and its criteria name some of its choices."""
    question = load_questions(SAMPLE).by_key("crm")
    assert question.answer_type is AnswerType.CHOICE
    assert set(question.qualification_criteria or {}) < set(question.choices)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"choice": "HubSpot"}, "HubSpot"),
        ({"choice": " hubspot\n"}, "HubSpot"),
        ({"choice": 5}, "5"),
        ({"crm": "none"}, "none"),
        ({"choice": "Oracle"}, None),
        ({"choice": None}, None),
        ({"choice": ["HubSpot"]}, None),
        ({"a": "HubSpot", "b": "none"}, None),
        ("none", "none"),
        (None, None),
    ],
)
def test_the_choice_in_an_answer(payload: object, expected: str | None) -> None:
    """A choice is found as it is written, else without regard to case and blanks around it."""
    assert choice_in(payload, ("5", "HubSpot", "none")) == expected
