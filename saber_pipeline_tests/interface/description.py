"""The interface as an OpenAPI description, made from the lines of ``components.py`` and ``operations.py``.

It is what the sandbox's replies and the table of fields in ``docs/operations.md`` are held to, in every clone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from saber_pipeline_tests.interface.components import COMPONENTS
from saber_pipeline_tests.interface.operations import OPERATIONS, Operation

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "saber_api" / "openapi.json"
"""The description as it is published, where somebody keeps it beside the checkout."""

PLAIN = {"str": "string", "int": "integer", "num": "number", "bool": "boolean", "object": "object"}
FORMATS = ("uri", "date-time", "uuid")


def described() -> dict[str, Any]:
    """The whole description: components and paths."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {"components": {"schemas": {name: _component(text) for name, text in COMPONENTS.items()}}, "paths": paths}


def fields_of(description: dict[str, Any]) -> dict[str, set[str]]:
    """``<operation> <place>`` → its fields as lines; places are path, query, header, body and the statuses of replies.

    Objects are written out down to their last field, so that it does not matter how a description is divided.
    """
    found: dict[str, set[str]] = {}
    for methods in description["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            for parameter in operation.get("parameters", ()):
                line = f"{parameter['name']}{'!' * parameter.get('required', False)}"
                place = found.setdefault(f"{name} {parameter['in']}", set())
                place |= _lines(parameter["schema"], description, line)
            if "requestBody" in operation:
                found[f"{name} body"] = _content(operation["requestBody"], description)
            for status, reply in operation["responses"].items():
                found[f"{name} {status}"] = _content(reply, description)
    return found


def _content(holder: dict[str, Any], description: dict[str, Any]) -> set[str]:
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    return _lines(schema, description, "") if schema else set()


def _lines(schema: dict[str, Any], description: dict[str, Any], name: str) -> set[str]:
    """Each field below ``schema``, with its dotted name and its type."""
    if "$ref" in schema:
        return _lines(description["components"]["schemas"][schema["$ref"].rpartition("/")[2]], description, name)
    for word in ("allOf", "oneOf"):
        if word in schema:
            return set().union(*(_lines(part, description, name) for part in schema[word] if part != {"type": "null"}))
    kind = schema.get("type")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if one != "null"]
    if kinds == ["array"]:
        return _lines(schema["items"], description, f"{name}[]")
    if "properties" in schema:
        needed = schema.get("required", ())
        return set().union(
            *(
                _lines(inner, description, f"{name}{'.' * bool(name)}{key}{'!' * (key in needed)}")
                for key, inner in schema["properties"].items()
            )
        )
    words = "|".join(sorted(schema.get("enum", ())))
    # Lists of words in searches are checked where they are used, and are no fields.
    return {f"{name} {kinds[0]} {words if len(words) < 300 and '/' not in words else ''}".strip()}


def _operation(operation: Operation) -> dict[str, Any]:
    error = {"$ref": "#/components/schemas/ErrorResponse"}
    replies: dict[str, Any] = {str(status): _json(error) for status in operation.refusals}
    for status, names in operation.replies.items():
        parts = [{"$ref": f"#/components/schemas/{name}"} for name in names.split()]
        replies[str(status)] = _json(parts[0] if len(parts) == 1 else {"oneOf": parts}) if parts else {}
    made: dict[str, Any] = {"operationId": operation.name, "responses": replies}
    made["parameters"] = [
        {"in": place, "name": name, "required": name in schema["required"], "schema": inner}
        for place, lines in operation.parameters.items()
        for schema in (_component(lines),)
        for name, inner in schema["properties"].items()
    ]
    if operation.body:
        made["requestBody"] = _json({"$ref": f"#/components/schemas/{operation.body}"})
    return made


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _component(text: str) -> dict[str, Any]:
    own: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    joined: list[dict[str, Any]] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, _, kind = line.partition(" ")
        if name == "oneOf":
            return {"oneOf": [_type(f"@{each}") for each in kind.split()]}
        if name == "allOf":
            joined.append(_type(f"@{kind}"))
        elif name == "closed":
            own["additionalProperties"] = False
        else:
            _add(own, name.split("."), _type(kind))
    return {"allOf": [*joined, own]} if joined else own


def _add(schema: dict[str, Any], path: list[str], kind: dict[str, Any]) -> None:
    """Put a field below ``schema``; the objects on the way are made when they are not there yet."""
    match = re.fullmatch(r"([\w-]+)(\[\])?(!)?", path[0])
    assert match, path
    name = match[1]
    if match[3] and name not in schema["required"]:
        schema["required"].append(name)
    if len(path) == 1:
        schema["properties"][name] = kind
        return
    inner: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    held = schema["properties"].setdefault(name, {"type": "array", "items": inner} if match[2] else inner)
    _add(held["items"] if match[2] else held, path[1:], kind)


def _type(text: str) -> dict[str, Any]:
    if text.endswith("?"):
        return {"oneOf": [_type(text[:-1]), {"type": "null"}]}
    if text.startswith("["):
        return {"type": "array", "items": _type(text[1:-1])}
    if text.startswith("<"):
        return {"type": "string", "enum": text[1:-1].split()}
    if text.startswith("@"):
        return {"$ref": f"#/components/schemas/{text[1:]}"}
    return {"type": "string", "format": text} if text in FORMATS else {"type": PLAIN[text]}
