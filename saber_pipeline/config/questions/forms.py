"""The forms of values in YAML files. One declaration says how a value is read and what editors know about it.

Editors check the files by JSON Schema (draft 7, which all editors know). Why the forms are no pydantic models:
``docs/decisions/0011-one-declaration-for-files-and-editors.md``.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from saber_pipeline.config.questions.mistakes import quote_key, suggestion
from saber_pipeline.config.questions.yaml_nodes import Node, Scalar, Sequence, cut_text, describe_node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saber_pipeline.config.questions.mistakes import Mistakes
    from saber_pipeline.config.questions.yaml_nodes import Mapping as MappingNode

Schema = dict[str, Any]
T = TypeVar("T")

SAMPLE_ID = uuid.UUID(int=0)
UNQUOTED: Schema = {"type": ["string", "number", "boolean"]}
"""A text without quotes, which YAML may take for a number or for true or false."""
_UUID = r"^\s*(urn:)?(uuid:)?\{?([0-9A-Fa-f]-*){32}\}?\s*$"


class WrongValueError(Exception):
    """A value cannot be used. Each text says why and what is allowed. ``line``: the line, if not that of the key."""

    def __init__(self, *whats: str, line: int | None = None) -> None:
        super().__init__(*whats)
        self.line = line


@dataclass(frozen=True)
class Form(Generic[T]):
    """``read`` turns a node into a value, or raises WrongValueError. ``schema`` allows what ``read`` takes, or more.

    Only a quoted text with outer blanks may be longer for ``read`` than ``schema`` allows.
    """

    read: Callable[[Node], T]
    schema: Schema

    def described(self, about: str) -> Form[T]:
        """The same form with the text that an editor shows beside the field."""
        return replace(self, schema={"description": about, **self.schema})


Forms = dict[str, Form[Any]]
"""The fields of a mapping by their names."""


def read_fields(
    node: MappingNode, forms: Forms, place: str, mistakes: Mistakes, *, others: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The values of the fields that are present and right. Everything else is a mistake. ``others`` are read elsewhere.

    If ``place`` is empty, the mapping is the whole file, and keys that start with x- hold anchors.
    """
    values: dict[str, Any] = {}
    known = (*forms, *others)
    for entry in node.entries:
        name = entry.key.text
        if name in forms:
            try:
                values[name] = forms[name].read(entry.value)
            except WrongValueError as wrong:
                for what in wrong.args:
                    mistakes.add(wrong.line or entry.line, f"{place}.{name}".lstrip("."), what)
        elif name not in others and (place or not name.startswith("x-")):
            what = f"unknown field{suggestion(name, known)}; allowed are {', '.join(known)}"
            mistakes.add(entry.line, f"{place}.{quote_key(name)}".lstrip("."), what)
    return values


def text(most: int, allowed: str = "a text of 1 to {} characters", *, is_prose: bool = False) -> Form[str]:
    """A text of 1 to ``most`` characters. ``is_prose``: a ``#`` is more likely a part of the text than a comment."""
    allowed = f"allowed is {allowed.format(f'{most:,}')}"

    def read(node: Node) -> str:
        if not isinstance(node, Scalar) or node.is_null or (is_prose and not node.is_text):
            raise WrongValueError(f"found {describe_node(node)}; {allowed}")
        if node.comment and (is_prose or node.comment[1:].strip() or node.comment == "#"):
            raise WrongValueError(cut_text(node))
        found = node.text.strip()
        if not 1 <= len(found) <= most:
            raise WrongValueError(f"it has {len(found):,} characters; {allowed}")
        return found

    return Form(read, {**({"type": "string"} if is_prose else UNQUOTED), "pattern": r"\S", "maxLength": most})


def matching(pattern: re.Pattern[str], allowed: str, **schema: Any) -> Form[str]:
    """A text that matches the pattern as a whole."""

    def read(node: Node) -> str:
        found = node.text.strip() if isinstance(node, Scalar) and not node.is_null else ""
        if not pattern.fullmatch(found):
            raise WrongValueError(f"found {describe_node(node)}; allowed {allowed}")
        return found

    return Form(read, {**UNQUOTED, "pattern": rf"^\s*({pattern.pattern})\s*$", **schema})


def uuid_of(what: str) -> Form[str]:
    """A UUID in the API's spelling."""

    def read(node: Node) -> str:
        try:
            return str(uuid.UUID(hex=node.text.strip() if isinstance(node, Scalar) else ""))
        except ValueError:
            allowed = f"{what}, a UUID such as {SAMPLE_ID}"
            raise WrongValueError(f"found {describe_node(node)}; allowed is {allowed}") from None

    return Form(read, {"type": "string", "pattern": _UUID})


def word(allowed: tuple[str, ...], listed: str) -> Form[str]:
    """One of the words ``allowed``. ``listed`` is their text in the report."""

    def read(node: Node) -> str:
        if isinstance(node, Scalar) and node.text in allowed:
            return node.text
        hint = suggestion(node.text, allowed) if isinstance(node, Scalar) else ""
        raise WrongValueError(f"found {describe_node(node)}{hint}; allowed {listed}")

    return Form(read, {"enum": list(allowed)})


def list_of(item: Form[str], example: str) -> Form[tuple[str, ...]]:
    """A list with at least one item; repeated items count once."""

    def read(node: Node) -> tuple[str, ...]:
        if not isinstance(node, Sequence) or not node.items:
            found = "an empty list" if isinstance(node, Sequence) else describe_node(node)
            raise WrongValueError(f"found {found}; allowed is a list with at least one entry, such as {example}")
        return tuple(dict.fromkeys(_read_item(item, part) for part in node.items))

    return Form(read, {"type": "array", "items": item.schema, "minItems": 1})


def _read_item(form: Form[str], node: Node) -> str:
    try:
        return form.read(node)
    except WrongValueError as wrong:
        raise WrongValueError(*wrong.args, line=wrong.line or node.line) from None


def of_fields(forms: Forms) -> dict[str, Schema]:
    """Name → schema."""
    return {name: form.schema for name, form in forms.items()}


def closed(fields: Mapping[str, Schema], **schema: Any) -> Schema:
    """A mapping with these fields and no others."""
    return {"type": "object", "properties": dict(fields), "additionalProperties": False, **schema}


def keyed(value: Schema, about: str, *, key: str = "", **schema: Any) -> Schema:
    """A mapping of keys to values. The pattern ``key`` matches each key as a whole."""
    names = {"propertyNames": {"pattern": f"^({key})$"}} if key else {}
    return {"description": about, "type": ["object", "null"], **names, "additionalProperties": value, **schema}


def document(title: str, sections: Mapping[str, Schema], **schema: Any) -> Schema:
    """The whole file. Keys that start with x- hold anchors for use below, as in other YAML formats."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "type": ["object", "null"],
        "properties": dict(sections),
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        **schema,
    }
