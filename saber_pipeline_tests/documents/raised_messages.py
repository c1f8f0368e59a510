"""Every message that the package can end with, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

ROOTS = {"PipelineError", "ClickException", "UsageError"}
ALSO_ENDING = {"failure"}  # the function that makes Dagster's Failure
NOT_FOR_USERS = ("sandbox",)  # the stand-in's own server


@dataclass(frozen=True, order=True)
class Message:
    """A message as it is written, ``…`` for each part that varies, and the name of what carries it."""

    text: str
    carrier: str
    place: str


def messages(package: Path) -> list[Message]:
    """All messages of a package that are written where they are raised, without those of mere details."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] not in NOT_FOR_USERS
    }
    carriers = _descendants(trees.values())
    found = []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and (name := _name(node.func)) in carriers | ALSO_ENDING:
                text = " ".join(_text(node.args[0]).split())
                if text.replace("…", "").strip(" .:"):
                    found.append(Message(text, name, f"{path.relative_to(package)}:{node.lineno}"))
    return sorted(found)


def _descendants(trees: Collection[ast.Module]) -> set[str]:
    """The names of the roots and of every class that is made from one of them."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = set(ROOTS)
    while new := {name for name, above in bases.items() if above & known} - known:
        known |= new
    return known


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return "…"
