"""The documented form of criteria, and the short one: each is read, and what the API gets is the documented one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.criteria_forms import conditions_of, criteria_to_send, short_form
from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline_tests.config.questions.reports import load, report

if TYPE_CHECKING:
    from pathlib import Path

# As the documents print them (CreateSignalRequest.qualificationCriteria), pasted into YAML.
BOOLEAN = """{
  "yes": "good",
  "no": "disqualified"
}"""
RANGES = """{
  "ranges": [
    { "rangeStart": 0, "rangeEnd": 100, "answerValue": "neutral" },
    { "rangeStart": 101, "rangeEnd": 1000, "answerValue": "good" }
  ]
}"""
CHOICES = """{
  "choices": {
    "salesforce": { "answerValue": "good", "label": "Salesforce" },
    "hubspot": { "answerValue": "neutral", "label": "HubSpot" },
    "none": { "answerValue": "disqualified", "label": "No CRM" }
  }
}"""
DOCUMENTED: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    ("boolean", BOOLEAN, {"yes": "good", "no": "disqualified"}, {"yes": "good", "no": "disqualified"}),
    *(
        (
            answer_type,
            RANGES,
            {
                "ranges": [
                    {"rangeStart": 0, "rangeEnd": 100, "answerValue": "neutral"},
                    {"rangeStart": 101, "rangeEnd": 1000, "answerValue": "good"},
                ]
            },
            {"0-100": "neutral", "101-1000": "good"},
        )
        for answer_type in ("number", "percentage", "currency")
    ),
    (
        "list",
        CHOICES,
        {
            "choices": {
                "salesforce": {"answerValue": "good", "label": "Salesforce"},
                "hubspot": {"answerValue": "neutral", "label": "HubSpot"},
                "none": {"answerValue": "disqualified", "label": "No CRM"},
            }
        },
        {"Salesforce": "good", "HubSpot": "neutral", "No CRM": "disqualified", "none": "disqualified"},
    ),
]


def yaml_of(answer_type: str, criteria: str) -> str:
    indented = criteria.replace("\n", "\n      ")
    return (
        f"questions:\n  a:\n    question: A?\n    answer_type: {answer_type}\n    qualification_criteria: {indented}\n"
    )


@pytest.mark.parametrize(("answer_type", "written", "sent", "conditions"), DOCUMENTED)
def test_the_documents_own_examples(
    tmp_path: Path, answer_type: str, written: str, sent: dict[str, Any], conditions: dict[str, str]
) -> None:
    """Pasted as they are printed, they are sent as they are, and judge answers here by the same ranges and choices."""
    question = load(tmp_path, yaml_of(answer_type, written)).by_key("a")
    assert criteria_to_send(question) == sent
    assert conditions_of(question) == conditions


@pytest.mark.parametrize(
    ("answer_type", "written", "sent"),
    [
        ("boolean", "{no: poor}", {"no": "poor"}),
        (
            "number",
            "{10-50: neutral, '60': good, -5--1: poor, '0.5': excellent}",
            {
                "ranges": [
                    {"rangeStart": 10, "rangeEnd": 50, "answerValue": "neutral"},
                    {"rangeStart": 60, "rangeEnd": 60, "answerValue": "good"},
                    {"rangeStart": -5, "rangeEnd": -1, "answerValue": "poor"},
                    {"rangeStart": 0.5, "rangeEnd": 0.5, "answerValue": "excellent"},
                ]
            },
        ),
        (
            "percentage",
            "{0..5 %: poor}",
            {"ranges": [{"rangeStart": 0, "rangeEnd": 5, "answerValue": "poor"}]},
        ),
        (
            "list",
            "{Salesforce: good, Zoho CRM: neutral, zoho-crm: poor, 営業: good}",
            {
                "choices": {
                    "salesforce": {"answerValue": "good", "label": "Salesforce"},
                    "zoho_crm": {"answerValue": "neutral", "label": "Zoho CRM"},
                    "zoho_crm_2": {"answerValue": "poor", "label": "zoho-crm"},
                    "営業": {"answerValue": "good", "label": "営業"},
                }
            },
        ),
        # What the documented form cannot say exactly stays here.
        ("number", "{'>= 200': good}", None),  # it has no open ends
        ("number", "{'< 5': poor, 5-10: good}", None),
        ("number", "{0-50: poor, 50-100: good}", None),  # which range wins is not documented
        ("number", "{10-50: rival}", None),  # and it has no other words
        ("boolean", "{yes: good, no: rival}", None),
        ("list", "{Salesforce: good, HubSpot: ours}", None),
        ("open_text", "{Salesforce: good}", None),  # nor a form for texts
        ("url", "{/careers: good}", None),
    ],
)
def test_short_forms_are_sent_where_they_can_be(
    tmp_path: Path, answer_type: str, written: str, sent: dict[str, Any] | None
) -> None:
    """A short form goes out in the documented one where that says exactly the same, as a whole or not at all."""
    question = load(tmp_path, yaml_of(answer_type, written)).by_key("a")
    assert criteria_to_send(question) == sent
    assert conditions_of(question)


@pytest.mark.parametrize(
    ("answer_type", "written", "place", "what"),
    [
        ("number", "{ranges: []}", "5: a.qualification_criteria.ranges", "allowed is a list such as [{rangeStart: 0,"),
        ("number", "{ranges: {a: 1}}", "5: a.qualification_criteria.ranges", "found a mapping; allowed is a list"),
        ("list", "{choices: [a]}", "5: a.qualification_criteria.choices", "found a list; allowed is a mapping such"),
        ("number", "{ranges: [5]}", "5: a.qualification_criteria.ranges[0]", "found 5; allowed is a mapping with"),
        (
            "number",
            "{ranges: [{rangeStart: 1, answerValue: good}]}",
            "5: a.qualification_criteria.ranges[0].rangeEnd",
            'a condition without an end is written as ">= 100": good',
        ),
        (
            "number",
            "{ranges: [{rangeStart: 1, rangeEnd: '9', answerValue: good}]}",
            "5: a.qualification_criteria.ranges[0].rangeEnd",
            "found '9'; allowed is a number",
        ),
        (
            "number",
            "{ranges: [{rangeStart: 9, rangeEnd: 1, answerValue: good}]}",
            "5: a.qualification_criteria.ranges[0]",
            "rangeStart is above rangeEnd",
        ),
        (
            "number",
            "{ranges: [{rangeStart: 1, rangeEnd: 9, answerValue: fair}]}",
            "5: a.qualification_criteria.ranges[0].answerValue",
            "the API's word for it is 'neutral'",
        ),
        (
            "number",
            "{ranges: [{rangeStart: 1, rangeEnd: 9, answerValue: rival}]}",
            "5: a.qualification_criteria.ranges[0].answerValue",
            "'rival' is not one of the API's words; allowed is a verdict",
        ),
        (
            "number",
            "{ranges: [{rangeStart: 1, rangeEnds: 9, rangeEnd: 9, answerValue: good}]}",
            "5: a.qualification_criteria.ranges[0].rangeEnds",
            "unknown field (did you mean 'rangeEnd'?)",
        ),
        (
            "list",
            "{choices: {sf: {answerValue: good}}}",
            "5: a.qualification_criteria.choices.sf.label",
            "it is missing; required are answerValue, label",
        ),
        (
            "list",
            "{choices: {sf: {answerValue: good, label: }}}",
            "5: a.qualification_criteria.choices.sf.label",
            "found nothing; allowed is a text",
        ),
        (
            "number",
            "{ranges: [{rangeStart: 1, rangeEnd: 9, answerValue: good}], '> 9': poor}",
            "5: a.qualification_criteria",
            "'> 9' is next to `ranges`; allowed is one form",
        ),
        (
            "boolean",
            "{ranges: [{rangeStart: 1, rangeEnd: 9, answerValue: good}]}",
            "5: a.qualification_criteria",
            "the form with `ranges` is for answers of type number, percentage and currency, this is boolean",
        ),
        (
            "number",
            "{choices: {a: {answerValue: good, label: A}}}",
            "5: a.qualification_criteria",
            "the form with `choices` is for answers of type list, this is number",
        ),
    ],
)
def test_mistakes_in_the_documented_form(tmp_path: Path, answer_type: str, written: str, place: str, what: str) -> None:
    """Each mistake is told with its line, its place in the form, and what is allowed, before anything is spent."""
    (line,) = report(tmp_path, yaml_of(answer_type, written))
    assert line.startswith(f"{place}: ")
    assert what in line


def test_of_two_equal_conditions_the_worse_verdict_counts() -> None:
    """Two choices may have one label, and a template two equal ranges: judged as two conditions met are."""
    choices = {
        key: {"answerValue": word, "label": "SAP"} for key, word in (("a", "good"), ("b", "poor"), ("c", "good"))
    }
    assert short_form({"choices": choices}, AnswerType.LIST)["SAP"] == "poor"
    same = [{"rangeStart": 1, "rangeEnd": 2.0, "answerValue": word} for word in ("neutral", "excellent")]
    assert short_form({"ranges": same}, AnswerType.NUMBER) == {"1-2": "neutral"}


@pytest.mark.parametrize("label", ["No", "365", "3.50", "on"])
def test_a_label_is_a_text_whatever_yaml_takes_it_for(tmp_path: Path, label: str) -> None:
    """A label without quotes that YAML reads as a number or a boolean is sent and looked for as it is written."""
    text = f"%YAML 1.1\n---\n{yaml_of('list', f'{{choices: {{a: {{answerValue: good, label: {label}}}}}}}')}"
    question = load(tmp_path, text).by_key("a")
    assert criteria_to_send(question) == {"choices": {"a": {"answerValue": "good", "label": label}}}
    assert conditions_of(question) == {label: "good", "a": "good"}
