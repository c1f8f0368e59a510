"""The answer to any question about any subject. The same seed and revision always give the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.answers import generated_values, invented_people
from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.answers.dice import Dice
from saber_pipeline.sandbox.answers.schema_objects import follow

if TYPE_CHECKING:
    from saber_pipeline.sandbox.records import Asked
    from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

Value = Any
MAX_CONTACTS = 5
PEOPLE = {
    "contacts": ("contacts", "contacts", invented_people.contact),
    "contacts_generation": ("contacts", "contacts", invented_people.contact),
    "contact_posts": ("contact_posts", "contactPosts", invented_people.post),
    "contact_engagements": ("contact_engagements", "contactEngagements", invented_people.engagement),
}


def answer_for(subject: str, asked: Asked, revision: int, settings: SandboxSettings) -> dict[str, Value]:
    """``Answer`` of openapi.json. A higher ``revision`` is another answer to the same question."""
    company = company_named(subject, settings.seed)
    dice = Dice(f"{settings.seed}|{subject}|{asked.question}|{asked.answer_type}")
    kind = asked.answer_type
    if kind == "json_schema":
        return {"type": kind, "jsonSchema": follow(asked.schema or {}, company, dice, revision)}
    if kind in PEOPLE:
        answer_type, key, make = PEOPLE[kind]
        entries = [make(company, dice, revision) for _ in range(dice.between(1, MAX_CONTACTS))]
        return {"type": answer_type, key: {"value": entries}}
    payload = generated_values.MADE_BY[kind](company, asked.question, dice, revision)
    if kind == "currency" and settings.currency_value_as_text:
        payload["value"] = str(payload["value"])
    key = settings.answer_key_spelling.value if kind == "open_text" else kind
    return {"type": kind, key: payload}
