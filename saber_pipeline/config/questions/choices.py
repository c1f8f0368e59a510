"""``choices`` of a question with ``answer_type: choice``: read from questions.yaml, sent to Saber, found in an answer.

Saber has no such answer type. The request has a JSON schema of one property with an enumeration, which batches carry.
The schema is part of the question's identity. So its choices are sorted: another order of them is the same question.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.questions.mistakes import Mistakes, quote
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence, describe_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CHOICE_PROPERTY = "choice"
MAX_CHOICES = 500
MAX_CHOICE_CHARACTERS = 200

_ALLOWED = f"allowed is a list of 1 to {MAX_CHOICES} texts such as [Salesforce, HubSpot, other, none]"
_ALLOWED_TEXT = f"allowed is a text of 1 to {MAX_CHOICE_CHARACTERS} characters"


def read_choices(entry: Entry, where: str, mistakes: Mistakes) -> tuple[str, ...] | None:
    """The choices as written, sorted, also if YAML takes one for a number or for true or false.

    None after mistakes were added: no list, an empty list, too many choices, a choice that is no text, or two choices
    that differ only in case.
    """
    before, node = len(mistakes), entry.value
    if not isinstance(node, Sequence) or not node.items:
        found = "an empty list" if isinstance(node, Sequence) else describe_node(node)
        mistakes.add(entry.line, where, f"found {found}; {_ALLOWED}")
        return None
    if len(node.items) > MAX_CHOICES:
        mistakes.add(entry.line, where, f"found {len(node.items):,} choices; {_ALLOWED}")
    first: dict[str, tuple[str, int]] = {}
    for item in node.items:
        choice = _choice(item, where, mistakes)
        if choice is None:
            continue
        folded = choice.casefold()
        if folded in first:
            spelled, line = first[folded]
            what = f"{quote(choice)} is the same choice as {quote(spelled)} in line {line}; keep one of them"
            mistakes.add(item.line, where, what)
            continue
        first[folded] = (choice, item.line)
    return tuple(sorted(choice for choice, _ in first.values())) if len(mistakes) == before else None


def choice_schema(choices: Iterable[str]) -> dict[str, Any]:
    """The output schema that makes Saber answer with one of ``choices``."""
    return {
        "type": "object",
        "properties": {CHOICE_PROPERTY: {"type": "string", "enum": sorted(choices)}},
        "required": [CHOICE_PROPERTY],
    }


def choice_in(payload: Any, choices: Collection[str]) -> str | None:
    """The choice in an answer's payload, or None. ``load_macros.sql`` has the same rule for the warehouse."""
    value = payload
    if isinstance(payload, dict):
        value = payload.get(CHOICE_PROPERTY)
        others = [other for name, other in payload.items() if name != "type"]
        if value is None and len(others) == 1:
            value = others[0]
    if value is None or isinstance(value, dict | list):
        return None
    return chosen(value if isinstance(value, str) else json.dumps(value), choices)


def chosen(text: str, choices: Collection[str]) -> str | None:
    """The choice that ``text`` names: the same text, or the only choice that differs in case and outer blanks."""
    if text in choices:
        return text
    near = [choice for choice in choices if choice.lower() == text.strip().lower()]
    return near[0] if len(near) == 1 else None


def _choice(item: Node, where: str, mistakes: Mistakes) -> str | None:
    text = " ".join(item.text.split()) if isinstance(item, Scalar) and not item.is_null else ""
    if 1 <= len(text) <= MAX_CHOICE_CHARACTERS:
        return text
    if isinstance(item, Scalar) and item.is_null and item.text:
        found = f"YAML reads {item.text} as nothing; put it in quotes if it is a choice"
    elif isinstance(item, Mapping | Sequence) or item.is_null:
        found = f"found {describe_node(item)}"
    else:
        found = f"a choice has {len(text)} characters"
    mistakes.add(item.line, where, f"{found}; {_ALLOWED_TEXT}")
    return None
