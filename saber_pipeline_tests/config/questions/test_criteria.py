"""qualification_criteria fit the answer type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline_tests.config.questions.reports import load, report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _questions(answer_type: str, criteria: str) -> str:
    question = f"question: A?\n    answer_type: {answer_type}\n    qualification_criteria: {criteria}"
    return f"questions:\n  a:\n    {question}\n"


@pytest.mark.parametrize(
    ("answer_type", "criteria", "expected"),
    [
        ("boolean", "{yes: good, no: disqualified}", {"yes": "good", "no": "disqualified"}),
        ("boolean", "{true: good, False: poor}", {"yes": "good", "no": "poor"}),
        ("boolean", "{'yes': good}", {"yes": "good"}),
        ("number", "{'>=100': good, '< 5': poor}", {">= 100": "good", "< 5": "poor"}),
        ("number", "{10-50: neutral, 42: good}", {"10-50": "neutral", "42": "good"}),
        ("percentage", "{'> 10%': good, -5..5 %: neutral}", {"> 10": "good", "-5-5": "neutral"}),
        ("currency", "{'>= 1000000.50': excellent}", {">= 1000000.50": "excellent"}),
        ("open_text", "{SAP: good, 365: good, yes: poor}", {"SAP": "good", "365": "good", "yes": "poor"}),
        ("boolean", "{Yes: good, off: poor}", {"yes": "good", "no": "poor"}),
        ("open_text", "{ranges: good, choices: poor}", {"ranges": "good", "choices": "poor"}),
        ("list", "{CRM: 'our own verdict', ERP: 3}", {"CRM": "our own verdict", "ERP": "3"}),
    ],
)
def test_conditions(tmp_path: Path, answer_type: str, criteria: str, expected: Mapping[str, str]) -> None:
    """Conditions of each type are read, with one spelling for one condition."""
    question = load(tmp_path, _questions(answer_type, criteria)).by_key("a")
    assert question.qualification_criteria == expected


@pytest.mark.parametrize(
    ("answer_type", "criteria", "expected"),
    [
        (
            "boolean",
            "{maybe: good}",
            "'maybe' is not a condition for an answer of type boolean; allowed is yes or no",
        ),
        ("boolean", "{yes: good, true: good}", "'true' repeats 'yes'; keep one of them"),
        (
            "boolean",
            "{good: yes}",
            "'good' is not a condition for an answer of type boolean; allowed is yes or no",
        ),
        (
            "number",
            "{'>= 100': good, '>=100': poor}",
            "'>=100' repeats '>= 100'; keep one of them",
        ),
        (
            "number",
            "{many: good}",
            "'many' is not a condition for an answer of type number; allowed is a comparison",
        ),
        ("number", "{50-10: good}", "'50-10' is not a condition"),
        ("number", "{'>= 10k': good}", "'>= 10k' is not a condition"),
        (
            "open_text",
            "{'': good}",
            "'' is not a condition for an answer of type open_text; allowed is a text of 1 to",
        ),
        (
            "boolean",
            "{}",
            "found an empty mapping; allowed is a mapping such as {yes: good, no: disqualified}",
        ),
        ("boolean", "good", "found 'good'; allowed is a mapping such as"),
        (
            "boolean",
            "{yes: }",
            ".yes: found nothing; allowed is a verdict, from disqualified to excellent",
        ),
        ("boolean", "{yes: true}", ".yes: found true; allowed is a verdict"),
        ("boolean", "{yes: [good]}", ".yes: found a list; allowed is a verdict"),
        (
            "boolean",
            "{yes: fair}",
            ".yes: 'fair' is not a verdict: the API's word for it is 'neutral'; allowed is a verdict",
        ),
        ("number", "{'> 5': Fair}", "'Fair' is not a verdict: the API's word for it is 'neutral'"),
        ("boolean", "{yes: disqualifed}", ".yes: 'disqualifed' is not a verdict (did you mean 'disqualified'?)"),
        ("boolean", f"{{yes: {'x' * 101}}}", ".yes: a verdict has 1 to 100 characters, this has 101"),
    ],
)
def test_wrong_criteria(tmp_path: Path, answer_type: str, criteria: str, expected: str) -> None:
    """A condition or verdict that does not fit is told with what does."""
    (line,) = report(tmp_path, _questions(answer_type, criteria))
    assert line.startswith("5: a.qualification_criteria")
    assert expected in line


@pytest.mark.parametrize("answer_type", [AnswerType.CONTACTS, AnswerType.CONTACT_POSTS])
def test_nested_types_have_none(tmp_path: Path, answer_type: str) -> None:
    """Types without a single value take no criteria."""
    (line,) = report(tmp_path, _questions(answer_type, "{a: good}"))
    assert line == (
        f"5: a.qualification_criteria: an answer of type {answer_type} has no single value to judge; "
        "remove the criteria"
    )
