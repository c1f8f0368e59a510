"""Checks whether the API accepts an ``output_schema``.

The published limits: an object at the root; types object, array, string, number, integer, boolean, null; enum and
required; at most 100 properties in all and 5 levels; no anyOf, oneOf, allOf; no ``$ref``. Levels are counted in
objects, and the root is the first. How the API counts is not published, and a schema that the API refuses costs
nothing. A type may be a list of one type and null, because a column has one type.
"""

from __future__ import annotations

from typing import Any

from saber_pipeline.config.questions.mistakes import Mistakes, one_of, quote, quote_key, suggestion
from saber_pipeline.config.questions.yaml_nodes import Mapping, Node, Scalar, Sequence, describe_node

MAX_PROPERTIES = 100
MAX_LEVELS = 5

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_REFUSED = {
    "anyOf": "the API takes no alternatives; describe one shape",
    "oneOf": "the API takes no alternatives; describe one shape",
    "allOf": "the API takes no combinations; write the properties into one object",
    "$ref": "references are not safe with the API; write the schema out (a YAML anchor may help)",
    "$defs": "references are not safe with the API; write the schema out (a YAML anchor may help)",
    "definitions": "references are not safe with the API; write the schema out (a YAML anchor may help)",
}
_STRUCTURE = ("type", "properties", "required", "items", "enum")
# Annotations and bounds change no column's type; the API documents none of them and refuses none.
HARMLESS = (
    "title", "description", "additionalProperties", "format", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "default", "examples", "$schema",
)  # fmt: skip


def read_output_schema(node: Node, where: str, mistakes: Mistakes) -> dict[str, Any] | None:
    """The schema as JSON, or None after mistakes were added, each with its path inside the schema."""
    before = len(mistakes)
    if not isinstance(node, Mapping):
        mistakes.add(node.line, where, f"found {describe_node(node)}; allowed is a JSON schema, a mapping")
        return None
    check = _Check(mistakes)
    check.schema(node, where, levels_above=0)
    if check.types_of(node) != ["object"]:
        mistakes.add(node.line, f"{where}.type", "the root is not an object; allowed is `type: object`")
    elif not _has_properties(node):
        mistakes.add(node.line, f"{where}.properties", "the root has no properties; give at least one")
    if check.properties > MAX_PROPERTIES:
        found = f"found {check.properties} properties in all"
        mistakes.add(node.line, where, f"{found}; allowed are {MAX_PROPERTIES}")
    return node.value if len(mistakes) == before else None


class _Check:
    """One walk over one schema."""

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self.properties = 0

    def schema(self, node: Node, where: str, *, levels_above: int) -> None:
        if not isinstance(node, Mapping):
            self._mistakes.add(node.line, where, f"found {describe_node(node)}; allowed is a schema, a mapping")
            return
        types = self._check_type(node, where)
        level = levels_above + ("object" in types)
        if level > MAX_LEVELS:
            self._mistakes.add(node.line, where, f"this object is on level {level}; allowed are {MAX_LEVELS} levels")
            return
        self._check_keywords(node, where)
        entries = node.by_key
        if "properties" in entries:
            self._check_properties(entries["properties"].value, f"{where}.properties", types, level)
        if "required" in entries:
            self._check_required(entries["required"].value, f"{where}.required", node)
        if "items" in entries:
            self._expect(types, "array", "items", entries["items"].line, where)
            self.schema(entries["items"].value, f"{where}.items", levels_above=level)
        if "enum" in entries:
            self._check_enum(entries["enum"].value, f"{where}.enum", types)

    @staticmethod
    def types_of(node: Mapping) -> list[str]:
        entry = node.by_key.get("type")
        if entry is None:
            return []
        items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
        # null without quotes is YAML's nothing, and would reach the API as such: it is no type's name.
        return ["" if item.is_null else item.text for item in items if isinstance(item, Scalar)]

    def _check_type(self, node: Mapping, where: str) -> list[str]:
        entry = node.by_key.get("type")
        types = self.types_of(node)
        if entry is None:
            if "enum" not in node.by_key:
                self._mistakes.add(node.line, f"{where}.type", f"it is missing; allowed is {one_of(TYPES)}")
            return types
        unknown = [name for name in types if name not in TYPES]
        if unknown or not types:
            found = quote(unknown[0]) if any(unknown) else "null without quotes" if unknown else "this"
            hint = suggestion(unknown[0], TYPES) if unknown else ""
            self._mistakes.add(entry.line, f"{where}.type", f"{found} is not a type{hint}; allowed is {one_of(TYPES)}")
        elif len(types) > 1 and sorted(types) != sorted(["null", *set(types) - {"null"}][:2]):
            what = "several types make no column; allowed is one type, or one type and null"
            self._mistakes.add(entry.line, f"{where}.type", what)
        return types

    def _check_keywords(self, node: Mapping, where: str) -> None:
        for entry in node.entries:
            keyword = entry.key.text
            place = f"{where}.{quote_key(keyword)}"
            if keyword in _REFUSED:
                self._mistakes.add(entry.line, place, f"not allowed: {_REFUSED[keyword]}")
            elif keyword not in _STRUCTURE + HARMLESS:
                hint = suggestion(keyword, _STRUCTURE + HARMLESS)
                allowed = one_of((*_STRUCTURE, "title", "description"))
                self._mistakes.add(entry.line, place, f"unknown keyword{hint}; allowed is {allowed}")
            elif keyword == "additionalProperties" and not _is_bool(entry.value):
                self._mistakes.add(entry.line, place, "a schema is not allowed here; allowed is true or false")

    def _check_properties(self, node: Node, where: str, types: list[str], level: int) -> None:
        self._expect(types, "object", "properties", node.line, where.rpartition(".")[0])
        if not isinstance(node, Mapping):
            what = f"found {describe_node(node)}; allowed is a mapping of names to schemas"
            self._mistakes.add(node.line, where, what)
            return
        self.properties += len(node.entries)
        for entry in node.entries:
            place = f"{where}.{quote_key(entry.key.text)}"
            if not entry.key.text.strip():
                self._mistakes.add(entry.line, place, "a property has no name; give it one")
            self.schema(entry.value, place, levels_above=level)

    def _check_required(self, node: Node, where: str, schema: Mapping) -> None:
        if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
            self._mistakes.add(node.line, where, "allowed is a list of property names")
            return
        properties = schema.by_key.get("properties")
        known = list(properties.value.by_key) if properties and isinstance(properties.value, Mapping) else []
        for item in node.items:
            if isinstance(item, Scalar) and item.text not in known:
                hint = suggestion(item.text, known)
                self._mistakes.add(item.line, where, f"{quote(item.text)} is not a property of this object{hint}")

    def _check_enum(self, node: Node, where: str, types: list[str]) -> None:
        if not isinstance(node, Sequence) or not node.items:
            self._mistakes.add(node.line, where, "allowed is a list of at least one value")
            return
        for item in node.items:
            if not isinstance(item, Scalar) or item.kind == "other":
                what = f"{describe_node(item)} is not a value; allowed are texts, numbers, true, false, null"
                self._mistakes.add(item.line, where, what)
            elif types and all(name in TYPES for name in types) and not _fits(item, types):
                what = f"{describe_node(item)} is not of type {' or '.join(types)}"
                self._mistakes.add(item.line, where, f"{what}; quote a value that is meant as text")

    def _expect(self, types: list[str], wanted: str, keyword: str, line: int, where: str) -> None:
        if types and wanted not in types and all(name in TYPES for name in types):
            what = f"only an {wanted} has {keyword}, this is of type {' or '.join(types)}"
            self._mistakes.add(line, f"{where}.{keyword}", what)


def _has_properties(node: Mapping) -> bool:
    entry = node.by_key.get("properties")
    # Properties of another shape were already reported by the walk.
    return entry is not None and not (isinstance(entry.value, Mapping) and not entry.value.entries)


def _is_bool(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind == "bool"


def _fits(item: Scalar, types: list[str]) -> bool:
    kinds = {"str": {"string"}, "int": {"integer", "number"}, "float": {"number"}, "bool": {"boolean"}}
    return bool(kinds.get(item.kind, {"null"}) & set(types))
