"""Fields, collisions and routes of questions.yaml, through real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.template_questions import KnownTemplate, write_known_templates
from saber_pipeline.errors import QuestionsError
from saber_pipeline_tests.config.questions.reports import load, report

SAMPLE = Path(__file__).parents[3] / "data" / "questions.yaml"
BATCH_TYPES = set(AnswerType) - {AnswerType.CONTACTS_GENERATION, AnswerType.CONTACT_ENGAGEMENTS}


def test_contracts_example(tmp_path: Path) -> None:
    """The example of CONTRACT reads as it is meant, unquoted yes and no included."""
    catalog = load(
        tmp_path,
        """
questions:
  uses_salesforce:                 # key
    question: Does this company use Salesforce?
    answer_type: boolean
    weight: important
    qualification_criteria: {yes: good, no: disqualified}
    max_age_days: 30
    about: company
    verification_mode: strict
""",
    )
    assert catalog.about(SubjectType.COMPANY) == (
        Question(
            key="uses_salesforce",
            text="Does this company use Salesforce?",
            answer_type=AnswerType.BOOLEAN,
            weight="important",
            qualification_criteria={"yes": "good", "no": "disqualified"},
        ),
    )


def test_sample_covers_every_batch_type() -> None:
    """The sample loads, and has a question for every answer type that batches carry."""
    catalog = load_questions(SAMPLE)
    assert {each.answer_type for each in catalog.about(SubjectType.COMPANY)} == BATCH_TYPES
    assert len(catalog.questions) >= 12


def test_defaults(tmp_path: Path) -> None:
    """A question's text is enough; the rest has CONTRACT's defaults."""
    assert load(tmp_path, "questions:\n  crm: {question: ' Which CRM? '}\n").by_key("crm") == Question(
        key="crm", text="Which CRM?"
    )


def test_one_report_for_all_mistakes(tmp_path: Path) -> None:
    """Mistakes of all kinds come in one report, in the order of lines."""
    text = """questions:
  CRM: {question: Which CRM?}
  hiring:
    answer_type: bool
    wieght: important
  salesforce:
    question: Does this company use Salesforce?
    answer_type: boolean
    max_age_days: yes
  domain: {question: What is it?}
"""
    with pytest.raises(QuestionsError) as caught:
        load(tmp_path, text)
    assert (
        str(caught.value)
        == f"""6 mistakes in {tmp_path}/questions.yaml:
questions.yaml:2: CRM: the key cannot be used; allowed are a-z, 0-9 and _, starting with a letter
questions.yaml:3: hiring.question: it is missing; allowed is a text of 1 to 500 characters
questions.yaml:4: hiring.answer_type: found 'bool' (did you mean 'boolean'?); allowed is open_text, \
number, boolean, list, percentage, currency, url, contacts, contacts_generation, contact_posts, \
contact_engagements, json_schema or choice
questions.yaml:5: hiring.wieght: unknown field (did you mean 'weight'?); allowed are question, answer_type, \
weight, max_age_days, max_age_days_degraded, min_confidence, expected_accuracy, tolerance, \
max_credits_per_month, about, verification_mode, template_id, connectors, ask_if, fallback, \
qualification_criteria, output_schema, choices
questions.yaml:9: salesforce.max_age_days: found 'yes'; allowed is a number of days from 0 to 36500
questions.yaml:10: domain: the key is taken: accounts has a column of that name already; choose another"""
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("question: 5", "question: found 5; allowed is a text of 1 to 500 characters"),
        ("question: '  '", "question: it has 0 characters; allowed is a text of 1 to 500 characters"),
        (
            f"question: {'x' * 501}",
            "question: it has 501 characters; allowed is a text of 1 to 500 characters",
        ),
        ("question: [a]", "question: found a list; allowed is a text of 1 to 500 characters"),
        ("weight: heavy", "weight: found 'heavy'; allowed is important, nice_to_have or not_important"),
        ("weight:", "weight: found nothing; allowed is important, nice_to_have or not_important"),
        ("max_age_days: -1", "max_age_days: found -1; allowed is a number of days from 0 to 36500"),
        ("max_age_days: true", "max_age_days: found true; allowed is a number of days from 0 to 36500"),
        ("max_age_days: .inf", "max_age_days: found '.inf'; allowed is a number of days from 0 to 36500"),
        ("max_age_days: .nan", "max_age_days: found '.nan'; allowed is a number of days from 0 to 36500"),
        ("max_age_days: '30'", "max_age_days: found '30'; allowed is a number of days from 0 to 36500"),
        ("about: people", "about: found 'people'; allowed is company or contact"),
        (
            "verification_mode: strikt",
            "verification_mode: found 'strikt' (did you mean 'strict'?); allowed is strict or lenient",
        ),
        (
            "template_id: abc",
            (
                "template_id: found 'abc'; allowed is a template's id, "
                "a UUID such as 00000000-0000-0000-0000-000000000000"
            ),
        ),
        (
            "connectors: {hubspot: {enabled: off}}",
            (
                "connectors: these are not connectors; allowed is "
                "{salesNavigator: {enabled: required, preferred or off}}"
            ),
        ),
        (
            "connectors: {salesNavigator: {enabled: maybe}}",
            (
                "connectors: salesNavigator cannot be read; "
                "allowed is {salesNavigator: {enabled: required, preferred or off}}"
            ),
        ),
        (
            "answer_type: json_schema",
            ("output_schema: it is missing; `answer_type: json_schema` needs a JSON schema with an object at its root"),
        ),
        (
            "output_schema: {type: object, properties: {a: {type: string}}}",
            ("output_schema: only `answer_type: json_schema` has a schema, this is open_text; remove one of the two"),
        ),
    ],
)
def test_wrong_field(tmp_path: Path, field: str, expected: str) -> None:
    """A field's wrong value is told with its line, what stands there and what is allowed."""
    text = "" if field.startswith("question") else "    question: Which CRM?\n"
    assert report(tmp_path, f"questions:\n  crm:\n    {field}\n{text}") == [f"3: crm.{expected}"]


@pytest.mark.parametrize("key", ["1a", "a-b", "A", "_a", "é", "''", "a b", "yes no", "2020-01-01", "~"])
def test_wrong_key(tmp_path: Path, key: str) -> None:
    """A key outside [a-z][a-z0-9_]* is refused."""
    lines = report(tmp_path, f"questions:\n  {key}: {{question: A?}}\n")
    assert [line.endswith("allowed are a-z, 0-9 and _, starting with a letter") for line in lines] == [True]


@pytest.mark.parametrize(("length", "is_allowed"), [(63, True), (64, False)])
def test_length_of_a_key(tmp_path: Path, length: int, is_allowed: bool) -> None:
    """A key has at most 63 characters."""
    text = f"questions:\n  {'k' * length}: {{question: A?}}\n"
    if is_allowed:
        assert load(tmp_path, text).questions
    else:
        assert "has 64 characters; allowed are 63" in report(tmp_path, text)[0]


@pytest.mark.parametrize("key", ["yes", "true", "null", "on", "select", "table"])
def test_words_of_yaml_and_sql_are_keys(tmp_path: Path, key: str) -> None:
    """Words that YAML or SQL know are keys like any other."""
    assert load(tmp_path, f"questions:\n  {key}: {{question: A?}}\n").by_key(key).text == "A?"


def test_a_question_that_is_no_mapping(tmp_path: Path) -> None:
    """A question written as a bare text is told what it should look like."""
    assert report(tmp_path, "questions:\n  crm: Which CRM?\n") == [
        "2: crm: found 'Which CRM?'; allowed is a mapping with at least `question: …`"
    ]


def test_same_question_twice(tmp_path: Path) -> None:
    """Two keys with one identity are refused with both lines, whatever their weights."""
    text = "questions:\n  a: {question: A?, weight: important}\n  b: {question: A?, max_age_days: 1}\n"
    assert report(tmp_path, text) == [
        "3: b: this is the same question as `a` in line 2; keep one of them, or change its text"
    ]


def test_questions_that_listings_cannot_tell_apart(tmp_path: Path) -> None:
    """One text with two schemas is refused, because listings do not show the schema."""
    schema = "{type: object, properties: {%s: {type: string}}}"
    text = "questions:\n" + "".join(
        f"  {key}: {{question: A?, answer_type: json_schema, output_schema: {schema % key}}}\n" for key in "ab"
    )
    (line,) = report(tmp_path, text)
    assert line == (
        "3: b: the API's listings cannot distinguish this question from `a` in line 2: text, answer_type and "
        "verification_mode are the same, and output_schema, choices, connectors and template_id are not listed; "
        "change the text of one"
    )


@pytest.mark.parametrize(
    ("questions", "line"),
    [
        (
            "  lists: {question: L?}\n",
            "2: lists: the key is taken: accounts has a column of that name already",
        ),
        (
            "  revenue_currency: {question: C?}\n  revenue: {question: R?, answer_type: currency}\n",
            ("2: revenue_currency: the key is taken: `revenue` in line 3 creates a column of that name in accounts"),
        ),
        (
            "  share: {question: S?, answer_type: percentage}\n  share_unit: {question: U?}\n",
            "3: share_unit: the key is taken: `share` in line 2 creates a column of that name in accounts",
        ),
        (
            "  lists: {question: S?, about: contact}\n",
            "2: lists: the key is taken: contacts has a column of that name already",
        ),
    ],
)
def test_columns_that_collide(tmp_path: Path, questions: str, line: str) -> None:
    """A key that would be a second column of one name in the wide view is refused."""
    assert report(tmp_path, f"questions:\n{questions}") == [f"{line}; choose another"]


def test_second_columns_only_where_they_apply(tmp_path: Path) -> None:
    """`revenue_currency` beside a number, or on the other subject's side, collides with nothing."""
    text = """questions:
  revenue: {question: R?, answer_type: number}
  revenue_currency: {question: C?}
  salary: {question: S?, answer_type: currency}
  salary_currency: {question: C?, about: contact}
"""
    assert len(load(tmp_path, text).about(SubjectType.COMPANY)) == 3


def test_settings_that_need_single_creates(tmp_path: Path) -> None:
    """Contact, mode, connectors and template reach the question, which no batch carries."""
    text = """questions:
  a:
    question: A?
    about: contact
    verification_mode: lenient
    connectors: {salesNavigator: {enabled: off}}
    template_id: 6F1C0C0E-2a3b-4c5d-8e9f-000000000001
"""
    (question,) = load(tmp_path, text).about(SubjectType.CONTACT)
    assert question == Question(
        key="a",
        text="A?",
        about=SubjectType.CONTACT,
        verification_mode=VerificationMode.LENIENT,
        connectors={"salesNavigator": {"enabled": "off"}},
        template_id="6f1c0c0e-2a3b-4c5d-8e9f-000000000001",
        left_to_template=frozenset({"answer_type"}),
    )
    assert not question.fits_batches


def test_a_template_says_what_the_file_leaves_out(tmp_path: Path) -> None:
    """Text, type and schema come from the template as it was last seen; what the file says stays."""
    template_id = "6f1c0c0e-2a3b-4c5d-8e9f-000000000001"
    text = f"questions:\n  a: {{template_id: {template_id}}}\n  b: {{question: B?, template_id: {template_id}}}\n"
    unseen = load(tmp_path, text)
    assert [(q.text, q.template_version) for q in unseen.questions] == [("", None), ("B?", None)]
    known = tmp_path / "landing" / "known.json"
    write_known_templates(known, [KnownTemplate(template_id, 3, "Sizes", "How many?", "number", None)])
    first, second = load(tmp_path, text, templates_file=known).questions
    assert (first.text, first.answer_type, first.template_version) == ("How many?", AnswerType.NUMBER, 3)
    assert (second.text, second.answer_type, second.template_version) == ("B?", AnswerType.NUMBER, 3)
    assert first.question_id != unseen.questions[0].question_id


def test_a_question_needs_words(tmp_path: Path) -> None:
    """Without a text and without a template there is nothing to ask."""
    (line,) = report(tmp_path, "questions:\n  a: {answer_type: boolean}\n")
    assert line.startswith("2: a.question: it is missing")


def test_by_key_suggests(tmp_path: Path) -> None:
    """A key that is not there is an error with the nearest that is."""
    catalog = load(tmp_path, "questions:\n  headcount: {question: A?}\n")
    with pytest.raises(QuestionsError, match=r"no question named 'headcuont' \(did you mean 'headcount'\?\)"):
        catalog.by_key("headcuont")
