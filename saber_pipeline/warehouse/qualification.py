"""The views ``qualifications`` and ``account_fit``: verdicts on answers, and scores of accounts.

docs/decisions.md has the formula with an example. Points and weights stand here, tiers in view_account_fit.sql; where
the comment on account_fit names them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, second_column
from saber_pipeline.config.questions.criteria_forms import VERDICTS, conditions_of
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.conditions import Condition, read_condition, sentence_subject
from saber_pipeline.warehouse.remarks import view_sql
from saber_pipeline.warehouse.reviewed_answers import not_replaced, reviewed_answers
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from saber_pipeline.config.questions.question import Question

POINTS = dict(zip(VERDICTS, (0, 25, 50, 75, 100), strict=True))
WEIGHTS = {"important": 4, "nice_to_have": 2, "not_important": 1}
WEIGHT_WHEN_UNSET = "nice_to_have"
VERDICT_TYPE = "STRUCT(question_key VARCHAR, verdict VARCHAR, points INTEGER, weight INTEGER, signal_id VARCHAR)"


def qualifications(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view, with a branch for each question that has criteria."""
    branches = [_branch(question) for question in questions if conditions_of(question)]
    return view_sql("view_qualifications", branches="".join(f"UNION ALL\n{branch}" for branch in branches))


def account_fit(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view, from the same branches as ``qualifications``."""
    judged = [q for q in questions if conditions_of(q) and q.about is SubjectType.COMPANY]
    return view_sql(
        "view_account_fit",
        verdicts=", ".join(f"{_alias(question)}.judged" for question in judged),
        verdict_type=VERDICT_TYPE,
        joins="\n".join(_join(question) for question in judged),
        total=str(sum(_share(question) for question in judged)),
        keys=f"{literals(question.key for question in judged if _is_scored(question))}::VARCHAR[]",
    )


def _join(question: Question) -> str:
    return fill_sql(
        "view_account_fit_join",
        points=_cases((literal(verdict), str(points)) for verdict, points in POINTS.items()),
        weight=str(_share(question)),
        branch=_branch(question),
        alias=_alias(question),
    )


def _alias(question: Question) -> str:
    return identifier(f"of {question.key}")


def _share(question: Question) -> int:
    """What the question weighs in the score: nothing where it can earn no points."""
    return WEIGHTS[_weight(question)] if _is_scored(question) else 0


def _is_scored(question: Question) -> bool:
    """Criteria of own words alone are shown, not scored."""
    return any(verdict in POINTS for verdict in conditions_of(question).values())


def _weight(question: Question) -> str:
    return question.weight or WEIGHT_WHEN_UNSET


def _branch(question: Question) -> str:
    conditions = _ranked(question)
    tests, verdicts = verdict_cases(question)
    kind = ANSWER_KINDS[question.answer_type]
    second = second_column(question.answer_type)
    more = (second,) if second else ()
    return fill_sql(
        "view_qualification",
        key=literal(question.key),
        weight=literal(_weight(question)),
        answer_type=question.answer_type.value,
        table=kind.table,
        more="".join(f", typed.{name}" for name in more),
        not_replaced=not_replaced(question, "newest.subject"),
        reviewed=reviewed_answers(question, more),
        tests=tests,
        verdicts=verdicts,
        conditions=literals(condition.text for condition in conditions),
        phrases=literals(condition.phrase for condition in conditions),
        others=", ".join(
            f"CASE WHEN answer.met < {number} AND {condition.test} "
            f"THEN {literal(f'{condition.text} ({condition.verdict})')} END"
            for number, condition in enumerate(conditions[1:], start=2)
        )
        or "NULL",
        subject=sentence_subject(question.answer_type),
        shown=kind.text_of("answer"),
    )


def verdict_cases(question: Question) -> tuple[str, str]:
    """SQL over a row ``answer``: the cases of a CASE that gives the number of the condition met, and the verdicts."""
    conditions = _ranked(question)
    tests = _cases((condition.test, str(number)) for number, condition in enumerate(conditions, start=1))
    return tests, literals(condition.verdict for condition in conditions)


def _ranked(question: Question) -> list[Condition]:
    """The conditions, the one that wins first: the worst verdict, then own words, then the file's order."""
    rank = {verdict: place for place, verdict in enumerate(VERDICTS)}
    criteria = conditions_of(question)
    conditions = [read_condition(text, verdict, question.answer_type) for text, verdict in criteria.items()]
    return sorted(conditions, key=lambda condition: rank.get(condition.verdict, len(rank)))


def _cases(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"WHEN {value} THEN {result}" for value, result in pairs)
