"""The JSON Schema of questions.yaml for editors.

The schema allows what the readers take. Only the readers find other mistakes, such as two questions with one identity.
"""

from __future__ import annotations

from saber_pipeline.config.answer_types.kinds import JUDGED_TYPES
from saber_pipeline.config.questions.choices import MAX_CHOICE_CHARACTERS, MAX_CHOICES
from saber_pipeline.config.questions.criteria import CHOICE, MAX_VERDICT_CHARACTERS, RANGE
from saber_pipeline.config.questions.criteria_forms import VERDICTS
from saber_pipeline.config.questions.fields import FIELDS, KEY, MAX_KEY_CHARACTERS
from saber_pipeline.config.questions.forms import UNQUOTED, Schema, closed, document, keyed, of_fields
from saber_pipeline.config.questions.output_schema import HARMLESS, TYPES
from saber_pipeline.config.questions.question import AnswerType

_CHOICE: Schema = {**UNQUOTED, "pattern": r"\S", "maxLength": MAX_CHOICE_CHARACTERS}
_VERDICT: Schema = {"enum": list(VERDICTS)}
_OTHER_VERDICT: Schema = {"type": ["string", "number"], "pattern": r"\S", "maxLength": MAX_VERDICT_CHARACTERS}


def editor_schema() -> Schema:
    question = closed(
        {**of_fields(FIELDS), **_fields_by_type()},
        anyOf=[{"required": ["question"]}, {"required": ["template_id"]}],
        allOf=[_needs(AnswerType.CHOICE, "choices"), _needs(AnswerType.JSON_SCHEMA, "output_schema")],
    )
    key = rf"(?=.{{1,{MAX_KEY_CHARACTERS}}}$){KEY.pattern}"
    about = "Each key names a question: its asset, its view, and its column in accounts (contacts)."
    questions = keyed(question, about, key=key, type="object", minProperties=1)
    return document(
        "questions.yaml: what is asked about companies and contacts",
        {"questions": questions},
        type="object",
        required=["questions"],
        definitions={"schema": _output_schema()},
    )


def _needs(answer_type: AnswerType, field: str) -> Schema:
    """A type that needs a field. Other types may not have the field, unless a template decides the type."""
    return {
        "if": {"properties": {"answer_type": {"const": answer_type.value}}, "required": ["answer_type"]},
        "then": {"required": [field]},
        "else": {"anyOf": [{"properties": {field: False}}, {"required": ["template_id"]}]},
    }


def _fields_by_type() -> dict[str, Schema]:
    judged = ", ".join(sorted(each.value for each in JUDGED_TYPES))
    one_range = closed(of_fields(RANGE), required=list(RANGE))
    choice = closed(of_fields(CHOICE), required=list(CHOICE))
    labels = {"type": "object", "additionalProperties": choice, "minProperties": 1}
    documented = [
        closed({"ranges": {"type": "array", "items": one_range, "minItems": 1}}, required=["ranges"]),
        closed({"choices": labels}, required=["choices"]),
    ]
    short = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [_VERDICT, _OTHER_VERDICT]}}
    return {
        "qualification_criteria": {
            "description": f"What an answer is worth, such as {{yes: good, no: disqualified}}. For {judged}.",
            "anyOf": [short, *documented],
        },
        "output_schema": {
            "description": "For answer_type json_schema: an object with a property for each column.",
            "allOf": [{"$ref": "#/definitions/schema"}],
            "required": ["type", "properties"],
        },
        "choices": {
            "description": "For answer_type choice: what the answer may be.",
            "type": "array",
            "items": _CHOICE,
            "minItems": 1,
            "maxItems": MAX_CHOICES,
        },
    }


def _output_schema() -> Schema:
    """A schema within the API's limits: without alternatives and references."""
    inner: Schema = {"$ref": "#/definitions/schema"}
    one_type: Schema = {"enum": list(TYPES)}
    fields: dict[str, Schema] = {
        "type": {"anyOf": [one_type, {"type": "array", "items": one_type, "minItems": 1}]},
        "properties": {"type": "object", "additionalProperties": inner},
        "required": {"type": "array", "items": UNQUOTED},
        "items": inner,
        "enum": {"type": "array", "minItems": 1},
        **{keyword: {} for keyword in HARMLESS},
    }
    return closed({**fields, "additionalProperties": {"type": "boolean"}})
