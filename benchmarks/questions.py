"""The ten questions of the benchmarks: every answer type that a batch takes, one question each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.questions.question import AnswerType, Question

if TYPE_CHECKING:
    from pathlib import Path

FUNDING: dict[str, Any] = {
    "type": "object",
    "required": ["raised", "round"],
    "properties": {
        "raised": {"type": "boolean"},
        "round": {
            "type": "object",
            "required": ["stage"],
            "properties": {
                "stage": {"type": "string", "enum": ["seed", "series A", "series B", "public"]},
                "amount_usd": {"type": "number"},
            },
        },
        "investors": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "is_lead": {"type": "boolean"}}},
        },
    },
}

QUESTIONS = (
    Question("crm", "Which CRM does this company use?", AnswerType.OPEN_TEXT),
    Question("headcount", "How many employees does this company have?", AnswerType.NUMBER),
    Question("uses_salesforce", "Does this company use Salesforce?", AnswerType.BOOLEAN),
    Question("products", "What are this company's main products?", AnswerType.LIST),
    Question("growth", "By what percentage did this company's headcount grow?", AnswerType.PERCENTAGE),
    Question("revenue", "What is this company's most recent annual revenue?", AnswerType.CURRENCY),
    Question("careers_page", "What is the address of this company's careers page?", AnswerType.URL),
    Question("decision_makers", "Who leads sales at this company?", AnswerType.CONTACTS),
    Question("recent_posts", "What have this company's sales leaders posted about?", AnswerType.CONTACT_POSTS),
    Question("funding", "Has this company raised funding?", AnswerType.JSON_SCHEMA, output_schema=FUNDING),
)


def write_questions(file: Path) -> None:
    """QUESTIONS as questions.yaml; JSON is YAML."""
    questions: dict[str, dict[str, Any]] = {}
    for question in QUESTIONS:
        questions[question.key] = {"question": question.text, "answer_type": question.answer_type.value}
        if question.output_schema is not None:
            questions[question.key]["output_schema"] = dict(question.output_schema)
    file.write_text(json.dumps({"questions": questions}, indent=2), "utf-8")
