"""The views about answers' quality: whether they are right, and ``review_queue``, which a person should look at."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES
from saber_pipeline.config.questions.criteria_forms import conditions_of
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.answer_equality import comparable_answers, comparable_truth, verdict
from saber_pipeline.warehouse.qualification import verdict_cases
from saber_pipeline.warehouse.sql import fill_sql, literal, literals, view_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from saber_pipeline.config.questions.question import Question


_MEANINGS = {
    "answer_checks": {
        "": "Facts from truth/*.csv beside the newest answer of the same company and question.",
        "domain": "Company domain (lower case, ASCII).",
        "question_key": "Key in questions.yaml.",
        "expected": "The true value, as text.",
        "value": "The newest answer as text, as the API gave it: reviews do not change it.",
        "verdict": "correct, wrong, not_comparable (another currency or unit, or an answer that does not fit its "
        "type), not_known, or not_answered.",
        "confidence": "The API's confidence in the answer, 0 to 1.",
        "completed_at": "When the API finished the answer, UTC.",
        "signal_id": "The signal; joins to signals and sources.",
        "file": "The file that says what is true.",
        "line": "Its line there, counted from 1.",
    },
    "question_quality": {
        "": (
            "The quality of each question about companies: the known share of what was asked, and the correct "
            "share of what truth/*.csv can check."
        ),
        "question_key": "Key in questions.yaml.",
        "asked": "Companies it was asked about.",
        "known": "Companies whose newest answer is known.",
        "truths": "Companies that truth/*.csv covers.",
        "checked": "Of these, those whose newest answer can be compared with it: correct and wrong ones.",
        "correct": "Answers that agree with the truth.",
        "wrong": "Answers that differ from the truth.",
        "not_comparable": "Answers in another currency or unit, or of another type: neither right nor wrong.",
        "not_known": "Companies with a truth whose newest answer is not known.",
        "accuracy": "correct / checked, 0 to 1; NULL where nothing is checked.",
        "expected_accuracy": "The question's own expected_accuracy, NULL where it has none.",
    },
    "question_quality_by_confidence": {
        "": "The checked answers of each question by the confidence that the API gave.",
        "question_key": "Key in questions.yaml.",
        "band": "The confidence: a range, or not told.",
        "checked": "Answers checked against truth/*.csv.",
        "correct": "Those that agree with the truth.",
        "wrong": "Those that differ from the truth.",
        "accuracy": "correct / checked, 0 to 1.",
    },
    "question_comparison": {
        "": (
            "Each two questions about companies with the same answer type, over the companies for which both are "
            "known: two wordings side by side. Truth about one question counts for both."
        ),
        "question_a": "Key of the question that comes first in questions.yaml.",
        "question_b": "Key of the other one.",
        "both_known": "Companies about which both have a known answer.",
        "agree": "Of these, companies with equal answers.",
        "differ": "Of these, companies with different answers; answers in other currencies or units count in neither.",
        "agreement": "agree / (agree + differ), 0 to 1.",
        "checked": "Companies known to both whose truth both can be compared with.",
        "correct_a": "Of these, companies for which question_a is right.",
        "correct_b": "Of these, companies for which question_b is right.",
        "accuracy_a": "correct_a / checked, 0 to 1.",
        "accuracy_b": "correct_b / checked, 0 to 1.",
    },
}


def quality_views(questions: Sequence[Question]) -> list[str]:
    """Everything that makes them, with their comments. They read tables and each other."""
    asked = [question for question in questions if question.about is SubjectType.COMPANY]
    compared = [question for question in asked if question.answer_type in JUDGED_TYPES]
    pairs = [(a, b) for a, b in combinations(compared, 2) if a.answer_type is b.answer_type]
    tolerance = "pairs.tolerance"
    return [
        fill_sql(
            "view_answer_checks",
            truth=comparable_truth(),
            answers=comparable_answers(),
            keys=literals(question.key for question in compared),
            tolerances=_numbers(question.tolerance for question in compared),
            verdict=verdict("said", "told", "rules.tolerance"),
        ),
        fill_sql(
            "view_question_quality",
            keys=literals(question.key for question in asked),
            expected=_numbers(question.expected_accuracy for question in asked),
            numbers=_numbers(range(len(asked))),
        ),
        fill_sql(
            "view_question_comparison",
            firsts=literals(a.key for a, _ in pairs),
            seconds=literals(b.key for _, b in pairs),
            tolerances=_numbers(max(a.tolerance, b.tolerance) for a, b in pairs),
            answers=comparable_answers(),
            truth=comparable_truth(),
            agreement=verdict("a", "b", tolerance, base="greatest(abs(a.number), abs(b.number))"),
            verdict_a=verdict("a", "told", tolerance),
            verdict_b=verdict("b", "told", tolerance),
        ),
        *(statement for view, meanings in _MEANINGS.items() for statement in view_comments(f"main.{view}", meanings)),
    ]


def _numbers(numbers: Iterable[float | None]) -> str:
    """Numbers as a list in SQL."""
    return f"[{', '.join('NULL' if number is None else repr(number) for number in numbers)}]"


_QUEUE_MEANINGS = {
    "": "Answers about companies that a person should review: low confidence, researched without LinkedIn, without a "
    "source, or with a changed verdict. Reviewed answers are not among them.",
    "domain": "Company domain (lower case, ASCII).",
    "question_key": "Key in questions.yaml.",
    "question": "The question.",
    "reason": "Why it is here, as a sentence.",
    "reasons": "The same for filters: low_confidence, degraded, no_source, verdict_changed.",
    "value": "The newest answer as text, as account_answers has it.",
    "confidence": "The API's confidence in the answer, 0 to 1.",
    "source_url": "The answer's first source.",
    "since": "When the API finished the answer, UTC; it is here from then on.",
    "signal_id": "The signal; joins to signals, sources and changes.",
}


def review_queue(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view, with its comments. It reads ``account_answers``."""
    asked = [question for question in questions if question.about is SubjectType.COMPANY]
    return [
        fill_sql(
            "view_review_queue",
            keys=literals(question.key for question in asked),
            titles=literals(question.title for question in asked),
            least=_numbers(question.min_confidence for question in asked),
            branches="".join(_turned(question) for question in asked if conditions_of(question)),
        ),
        *view_comments("main.review_queue", _QUEUE_MEANINGS),
    ]


def _turned(question: Question) -> str:
    tests, verdicts = verdict_cases(question)
    return fill_sql(
        "view_review_queue_turned",
        key=literal(question.key),
        table=ANSWER_KINDS[question.answer_type].table,
        tests=tests,
        verdicts=verdicts,
    )
