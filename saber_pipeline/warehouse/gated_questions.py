"""Which questions are asked only of some subjects, and whose answers decide about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.warehouse.ask_if import AskIf, read_ask_if

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saber_pipeline.config.questions.question import Question, SubjectType


@dataclass(frozen=True)
class Gated:
    """A question that is due only where ``ask_if`` is true, and where one of ``stands_in_for`` ended not known.

    ``gates``: keys of the questions whose answers decide, those of ``stands_in_for`` among them.
    """

    question: Question
    ask_if: AskIf | None
    stands_in_for: tuple[str, ...]
    gates: frozenset[str]


def gated_questions(questions: Sequence[Question], owners: Mapping[str, frozenset[str]], view: str) -> dict[str, Gated]:
    """Those of ``questions``, which are all of one kind, by key.

    ``owners``: which questions each column of ``view`` shows. Raises AskIfError.
    """
    found = {}
    for question in questions:
        stands_in_for = tuple(each.key for each in questions if each.fallback == question.key and each is not question)
        condition = read_ask_if(question.ask_if) if question.ask_if else None
        if condition is None and not stands_in_for:
            continue
        read = condition.columns(view) if condition else ()
        gates = {key for column in read for key in owners.get(column, ())} | set(stands_in_for)
        found[question.key] = Gated(question, condition, stands_in_for, frozenset(gates))
    return found


def gated_keys(questions: Sequence[Question], about: SubjectType) -> list[str]:
    """Keys of the gated questions of one kind, in the order of the file."""
    fallbacks = {question.fallback for question in questions}
    return [q.key for q in questions if q.about is about and (q.ask_if or q.key in fallbacks)]


def in_order(gated: Mapping[str, Gated]) -> list[Gated]:
    """The questions, each behind those that decide about it. Look for a ``circle`` first: there must be none."""
    ordered: dict[str, Gated] = {}

    def add(each: Gated) -> None:
        for key in sorted(each.gates):
            if key in gated and key not in ordered:
                add(gated[key])
        ordered.setdefault(each.question.key, each)

    for each in gated.values():
        add(each)
    return list(ordered.values())


def circle(key: str, gated: Mapping[str, Gated]) -> list[str]:
    """Keys from ``key`` to itself, each waiting for the next; empty where there is no such way."""
    came_from: dict[str, str] = {}
    waiting = [key]
    while waiting:
        at = waiting.pop()
        for gate in sorted(gated[at].gates) if at in gated else ():
            if gate == key:
                way = [at]
                while way[0] != key:
                    way.insert(0, came_from[way[0]])
                return [*way, key]
            if gate not in came_from:
                came_from[gate] = at
                waiting.append(gate)
    return []
