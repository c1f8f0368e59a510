"""How many of a question's answers are right, where somebody wrote down what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from saber_pipeline.config.questions.question import Question

_QUALITY = """
    SELECT question_key, checked, correct, accuracy FROM question_quality
    WHERE question_key IN (SELECT unnest(?::VARCHAR[]))
"""


@dataclass(frozen=True)
class Accuracy:
    """Answers checked against the truth, and how many of them say what is true. ``share`` is None where none is."""

    checked: int
    correct: int
    share: float | None
    expected: float

    @property
    def is_enough(self) -> bool:
        """Whether as many are right as the question expects; what is not checked is no reason to warn."""
        return self.share is None or self.share >= self.expected

    def __str__(self) -> str:
        if self.share is None:
            return "No answer is checked: truth/*.csv does not cover a company whose answer is known."
        return (
            f"{self.correct:,} of {self.checked:,} checked answers are correct ({self.share:.1%}); the question "
            f"expects {self.expected:.1%}."
        )


def take_accuracy(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> Mapping[str, Accuracy]:
    """By key, of the questions that expect an accuracy; read from the loaded warehouse on ``con``."""
    expected = {q.key: q.expected_accuracy for q in questions if q.expected_accuracy is not None}
    if not expected:
        return {}
    rows = con.execute(_QUALITY, [list(expected)]).fetchall()
    return {key: Accuracy(checked, correct, share, expected[key]) for key, checked, correct, share in rows}
