"""``min_confidence``, ``expected_accuracy`` and ``tolerance``: read, refused where they mean nothing, no identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.errors import QuestionsError

PLAIN = """questions:
  headcount:
    question: How many people work there?
    answer_type: number
"""
JUDGED = f"{PLAIN}    min_confidence: 0.6\n    expected_accuracy: 1\n    tolerance: 0\n"


def load(folder: Path, text: str) -> str:
    """The mistakes of a file, empty where it has none."""
    (folder / "questions.yaml").write_text(text)
    try:
        load_questions(folder / "questions.yaml")
    except QuestionsError as error:
        return str(error)
    return ""


def test_they_are_numbers_from_0_to_1_and_no_part_of_the_question(tmp_path: Path) -> None:
    """Both ends are allowed; the identity is the same with and without them."""
    assert load(tmp_path, JUDGED) == ""
    judged = load_questions(tmp_path / "questions.yaml").by_key("headcount")
    assert (judged.min_confidence, judged.expected_accuracy, judged.tolerance) == (0.6, 1.0, 0.0)
    load(tmp_path, PLAIN)
    assert load_questions(tmp_path / "questions.yaml").by_key("headcount").question_id == judged.question_id


@pytest.mark.parametrize("value", ["90", "-0.1", "high", "yes", "90 %", "[0.9]", ""])
@pytest.mark.parametrize("name", ["min_confidence", "expected_accuracy", "tolerance"])
def test_anything_else_is_a_mistake_with_its_line(tmp_path: Path, name: str, value: str) -> None:
    """The line, the field and what is allowed."""
    told = load(tmp_path, f"{PLAIN}    {name}: {value}\n")
    assert f"questions.yaml:5: headcount.{name}: found " in told
    assert "allowed is a number from 0 to 1, such as 0.9" in told


def test_what_could_never_mean_anything_is_a_mistake(tmp_path: Path) -> None:
    """A tolerance of a text, an accuracy of contacts, a queue about people."""
    told = load(
        tmp_path,
        """questions:
  pitch:
    question: What do they sell?
    tolerance: 0.1
  people:
    question: Who leads sales?
    answer_type: contacts
    expected_accuracy: 0.9
  role:
    question: What is their role?
    about: contact
    min_confidence: 0.5
""",
    )
    assert (
        "questions.yaml:4: pitch.tolerance: it has a meaning for currency, number, percentage, this is open_text"
        in told
    )
    assert "questions.yaml:8: people.expected_accuracy: it has a meaning for " in told
    assert "questions.yaml:12: role.min_confidence: answers about companies are reviewed and checked" in told
