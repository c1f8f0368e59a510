"""questions.yaml, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.collisions import check_collisions
from saber_pipeline.config.questions.fallbacks import check_fallbacks
from saber_pipeline.config.questions.fields import read_question
from saber_pipeline.config.questions.mistakes import Mistakes, quote, quote_key, suggestion
from saber_pipeline.config.questions.question import Question, SubjectType
from saber_pipeline.config.questions.template_questions import completed, read_known_templates
from saber_pipeline.config.questions.yaml_file import read_yaml
from saber_pipeline.config.questions.yaml_nodes import Mapping as MappingNode
from saber_pipeline.config.questions.yaml_nodes import Node, describe_node
from saber_pipeline.errors import QuestionsError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Catalog:
    """The questions of one file, in its order. Keys and identities are unique."""

    questions: tuple[Question, ...]
    path: Path

    def about(self, about: SubjectType) -> tuple[Question, ...]:
        return tuple(each for each in self.questions if each.about == about)

    def by_key(self, key: str) -> Question:
        """The question named ``key``. Raises QuestionsError where there is none."""
        for question in self.questions:
            if question.key == key:
                return question
        hint = suggestion(key, [each.key for each in self.questions])
        raise QuestionsError(f"{self.path} has no question named {quote(key)}{hint}")


CheckConditions = Callable[[Sequence[Question], Mapping[str, int], Mistakes], None]
"""Adds a mistake for each unusable condition. Arguments: the questions, and the line of each question's condition."""


def load_questions(
    path: Path, *, templates_file: Path | None = None, check_conditions: CheckConditions | None = None
) -> Catalog:
    """Read the file. Raises QuestionsError with every mistake: file, line, key and the allowed values.

    ``templates_file``: the known templates (``template_questions.py``). ``check_conditions`` checks each ``ask_if``
    (``warehouse/ask_if_check.py``). Without it the conditions are only read.
    """
    mistakes = Mistakes(path)
    document = read_yaml(path, mistakes)
    entries = None if document is None and len(mistakes) else _questions_node(document, mistakes)
    questions: list[Question] = []
    for entry in entries.entries if entries else ():
        question = read_question(entry, mistakes)
        if question is not None:
            questions.append(question)
    templates = read_known_templates(templates_file) if templates_file else {}
    questions = [completed(question, templates) for question in questions]
    if entries:
        check_collisions(questions, {entry.key.text: entry.line for entry in entries.entries}, mistakes)
    if entries and len(questions) == len(entries.entries):  # otherwise others would miss the unreadable question
        check_fallbacks(questions, _lines_of("fallback", entries), mistakes)
        if check_conditions is not None:
            lines = _lines_of("fallback", entries) | _lines_of("ask_if", entries)
            check_conditions(questions, lines, mistakes)
    if len(mistakes):
        raise mistakes.report()
    return Catalog(tuple(questions), path)


def _lines_of(field: str, entries: MappingNode) -> dict[str, int]:
    """Key of a question → line of one of its fields, for the questions that have this field."""
    return {
        entry.key.text: entry.value.by_key[field].line
        for entry in entries.entries
        if isinstance(entry.value, MappingNode) and field in entry.value.by_key
    }


def _questions_node(document: Node | None, mistakes: Mistakes) -> MappingNode | None:
    if document is None:
        mistakes.add(0, "", "the file is empty; allowed is a mapping with the key `questions:`")
        return None
    if not isinstance(document, MappingNode):
        what = f"found {describe_node(document)}; allowed is a mapping with the key `questions:`"
        mistakes.add(document.line, "", what)
        return None
    for entry in document.entries:
        # Keys that start with x- hold anchors for use below, as in other YAML formats.
        if entry.key.text != "questions" and not entry.key.text.startswith("x-"):
            hint = suggestion(entry.key.text, ["questions"])
            allowed = "allowed is `questions:`, and x-… keys for anchors"
            mistakes.add(entry.line, quote_key(entry.key.text), f"unknown key{hint}; {allowed}")
    questions = document.by_key.get("questions")
    if questions is None:
        mistakes.add(document.line, "questions", "it is missing; allowed is a mapping of keys to questions")
        return None
    if not isinstance(questions.value, MappingNode) or not questions.value.entries:
        found = "an empty mapping" if isinstance(questions.value, MappingNode) else describe_node(questions.value)
        what = f"found {found}; allowed is a mapping of keys to questions, at least one"
        mistakes.add(questions.line, "questions", what)
        return None
    return questions.value
