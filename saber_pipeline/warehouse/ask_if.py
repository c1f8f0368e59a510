"""``ask_if`` of a question, parsed alone: one expression that reads columns and calls harmless functions.

The text is spliced into a query as it is written, so whatever could do more than decide about one company is refused:
a bracket too many would end the condition and buy for everyone, a query within it could read other tables or files.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASSES = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA"}
    | {"OPERATOR", "TYPE"}
)
_REFUSED_CLASSES = {
    "SUBQUERY": "a query within it; for lists, list_contains(tools, 'HubSpot') stands for 'HubSpot' = ANY(tools)",
    "WINDOW": "a window function, which looks at other rows",
    "STAR": "a *, which is no column",
}
_MACROS = frozenset({"date_add", "days_in_month", "fdiv", "fmod", "if", "nullif", "round_even", "split_part"})
_OF_TODAY = frozenset({"now", "today", "get_current_timestamp", "transaction_timestamp"})
_PLAIN_NAMES = frozenset({"current_date", "current_timestamp"})
"""Written like columns, and known to every query."""
# They read settings, plans or DuckDB's insides.
_REFUSED_PREFIXES = ("__internal", "json_serialize", "json_deserialize", "parse_duckdb_log", "aggregate", "finalize")
_EQUALITIES = frozenset({"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"})
_FINDING = frozenset({"list_contains", "list_has", "array_contains", "array_has", "contains"})
_REFUSED_NAMES = frozenset({"combine", "invoke", "version", "index_key", "to_aggregate_state"})


class AskIfError(Exception):
    """A condition cannot be used; the text says why. Becomes a mistake of questions.yaml."""


@dataclass(frozen=True)
class AskIf:
    """A condition that has been parsed. ``names``: what it reads, in lower case, by the parts between dots.

    ``compared``: the texts that columns, named likewise, are said to be equal or unequal to.
    """

    text: str
    names: frozenset[tuple[str, ...]]
    compared: frozenset[tuple[tuple[str, ...], str]] = frozenset()

    @property
    def sql(self) -> str:
        """The condition in brackets of its own; a comment at its end does not swallow the closing one."""
        return f"({self.text}\n)"

    def columns(self, view: str) -> frozenset[str]:
        """The columns it reads; ``view`` may stand in front of them, and fields of objects behind them."""
        return frozenset(_column(parts, view) for parts in self.names)

    def compared_with(self, view: str) -> frozenset[tuple[str, str]]:
        """``(column, text)`` of each comparison for equality."""
        return frozenset((_column(parts, view), text) for parts, text in self.compared)


@cache
def read_ask_if(text: str) -> AskIf:
    """Parse ``text``. Raises AskIfError where it is anything but one expression over a row."""
    bare, wrapped = _parsed(f"SELECT {text}\n"), _parsed(f"SELECT ({text}\n)")
    if bare is None or wrapped is None or bare != wrapped:
        raise AskIfError("it is more than one expression")
    shell, expressions = {**bare, "select_list": None}, bare["select_list"]
    empty = _parsed("SELECT 1")
    if empty is None or shell != {**empty, "select_list": None} or len(expressions) != 1 or expressions[0].get("alias"):
        raise AskIfError("it is more than one expression")
    names: set[tuple[str, ...]] = set()
    own = _PLAIN_NAMES | _lambda_names(expressions[0])
    for node in _nodes(expressions[0]):
        _check(node)
        if node["class"] == "COLUMN_REF":
            parts = tuple(part.lower() for part in node["column_names"])
            names |= set() if parts[0] in own else {parts}
    return AskIf(text, frozenset(names), frozenset(_compared(expressions[0], names)))


def _column(parts: tuple[str, ...], view: str) -> str:
    return parts[1] if parts[0] == view and len(parts) > 1 else parts[0]


def _compared(expression: dict[str, Any], names: set[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each column among ``names`` with each text that one comparison says it may be, or may not."""
    for node in _nodes(expression):
        if node["class"] == "COMPARISON" and node["type"] in _EQUALITIES:
            sides = [node["left"], node["right"]]
        elif node["type"] in ("COMPARE_IN", "COMPARE_NOT_IN"):
            sides = node["children"]
        elif node["class"] == "FUNCTION" and node["function_name"].lower() in _FINDING:
            first, *sought = _arguments(node)
            sides = [*(_arguments(first) if first["class"] == "FUNCTION" else []), *sought]
        else:
            continue
        columns = (tuple(part.lower() for part in side.get("column_names", ())) for side in sides)
        texts = [text for side in sides if (text := _text(side)) is not None]
        yield from ((parts, text) for parts in columns if parts in names for text in texts)


def _arguments(function: dict[str, Any]) -> list[dict[str, Any]]:
    """As DuckDB 2.0 tells them, and as 1.4 does."""
    told = function.get("arguments") or function.get("children") or []
    return [argument.get("expression", argument) for argument in told]


def _text(node: dict[str, Any]) -> str | None:
    """The text that a constant is, likewise."""
    while node["class"] == "CAST":
        node = node["child"]
    literal, value = node.get("literal") or {}, node.get("value") or {}
    found = literal.get("text") if literal.get("kind") == "STRING" else value.get("value")
    return found if isinstance(found, str) else None


def _check(node: dict[str, Any]) -> None:
    kind = node["class"]
    if kind in _REFUSED_CLASSES:
        raise AskIfError(f"there is {_REFUSED_CLASSES[kind]}")
    if kind not in _CLASSES or node["type"] == "GROUPING_FUNCTION":
        raise AskIfError(f"there is something that is not part of a condition ({kind.lower().replace('_', ' ')})")
    if kind == "FUNCTION":
        name = node["function_name"].lower()
        if name not in _functions() or node.get("schema") or node.get("catalog"):
            raise AskIfError(f"the function {name} cannot be used in a condition")


@cache
def _functions() -> frozenset[str]:
    """Functions whose result depends on nothing but the row's values and the day."""
    with _LOCK:
        rows = (
            _connection()
            .execute(
                "SELECT lower(function_name), function_type, stability FROM duckdb_functions() "
                "WHERE function_type IN ('scalar', 'macro') AND schema_name IN ('main', 'pg_catalog')"
            )
            .fetchall()
        )
    changing = {name for name, _, stability in rows if stability == "VOLATILE"}
    return frozenset(
        name
        for name, kind, stability in rows
        if name not in changing | _REFUSED_NAMES
        and not name.startswith(_REFUSED_PREFIXES)
        and (
            (kind == "scalar" and stability == "CONSISTENT")
            or name in _OF_TODAY | _MACROS
            or (kind == "macro" and name.startswith(("list_", "array_")))
        )
    )


_LOCK = threading.Lock()
_MAX_DEPTH = 200
"""Levels of objects and lists; an operator adds three. Python can descend some 450 levels, fewer inside a run."""
_BRACKETS = re.compile(r"([\[{])|([\]}])")
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Parses, and never holds a table. Opened for the first condition, under the lock: most projects have none."""
    return duckdb.connect(config={"enable_external_access": "false", "lock_configuration": "true"})


def _parsed(query: str) -> dict[str, Any] | None:
    """The only SELECT of ``query`` as DuckDB parses it, without places in the text; None where there are several."""
    with _LOCK:
        ((told,),) = _connection().execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    if _depth(told) > _MAX_DEPTH:
        raise AskIfError("it is nested too deeply: some 60 operations within each other are the most")
    parsed = json.loads(told)
    if parsed["error"]:
        if "Only SELECT" in parsed["error_message"]:
            return None
        raise AskIfError(f"it is not SQL: {one_sentence(parsed['error_message'])}")
    statements = parsed["statements"]
    if len(statements) != 1 or statements[0]["node"]["type"] != "SELECT_NODE":
        return None
    node: dict[str, Any] = _without_places(statements[0]["node"])
    return node


def _depth(text: str) -> int:
    """How deeply objects and lists stand in each other in a JSON text, found without descending into them."""
    depth = deepest = 0
    for opening, closing in _BRACKETS.findall(_TEXTS.sub("", text)):
        depth += 1 if opening else -1 if closing else 0
        deepest = max(deepest, depth)
    return deepest


def one_sentence(message: str) -> str:
    """DuckDB's message without the kind of error, the hints that follow, and the drawing of the place."""
    first = message.strip().splitlines()[0] if message.strip() else "it cannot be read"
    return first.split("Error: ", 1)[-1].strip().rstrip(".!")


def _without_places(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_places(inner) for name, inner in part.items() if not name.startswith("query_location")}
    return [_without_places(inner) for inner in part] if isinstance(part, list) else part


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every expression in ``part``, itself first."""
    if isinstance(part, dict):
        if "class" in part:
            yield part
        for inner in part.values():
            yield from _nodes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _nodes(inner)


def _lambda_names(expression: dict[str, Any]) -> frozenset[str]:
    """Parameters of lambdas: names that are no columns. One that is a column too is a mistake for DuckDB."""
    found: set[str] = set()
    for node in _nodes(expression):
        if node["class"] == "LAMBDA":
            for parameter in _nodes(node.get("lhs")):
                found.update(name.lower() for name in parameter.get("column_names", ()))
    return frozenset(found)
