"""YAML as nodes with line numbers.

ruamel.yaml only composes the file (YAML 1.2). It makes no Python object from a tag, and every key, value and duplicate
keeps its line for the report.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from saber_pipeline.config.questions.mistakes import quote, quote_key

if TYPE_CHECKING:
    from saber_pipeline.config.questions.mistakes import Mistakes

_TAG = "tag:yaml.org,2002:"
_TRUE_WORDS = {"true", "yes", "on", "y"}  # a %YAML 1.1 directive makes the last three booleans, too
# ruamel.yaml gives these YAML 1.1 types to a plain `=`, a `<<` that is no key, and a date.
_TEXTS_IN_YAML_1_2 = {"str", "value", "merge", "timestamp"}
_MAX_NODES = 50_000  # after aliases are expanded; a thousand small questions are about 8,000
_MAX_DEPTH = 50
_HASH_AFTER = re.compile(r"([ \t]+)(#.?)")
_FREE_TEXTS = frozenset({"choices", "enum", "label", "description", "title", "default", "const", "examples", "filters"})
_CUT = "the text ends before ` #`: YAML takes the rest of the line for a comment"
_CURE = "put the text in quotes, or the comment on a line of its own"


class TooLargeError(Exception):
    """Aliases expand without end, or nearly."""


@dataclass(frozen=True)
class Scalar:
    """A text and its YAML type: str, int, float (finite), bool, null, or other."""

    text: str
    kind: str
    line: int
    comment: str = ""  # the comment that YAML sees behind a plain text: `#` and the character after it

    @property
    def is_text(self) -> bool:
        return self.kind == "str"

    @property
    def is_number(self) -> bool:
        return self.kind in {"int", "float"}

    @property
    def is_null(self) -> bool:
        return self.kind == "null"

    @property
    def value(self) -> Any:
        """The value as in JSON. Tagged values are their text."""
        match self.kind:
            case "int":
                return _integer(self.text)
            case "float":
                return _float(self.text)
            case "bool":
                return self.text.lower() in _TRUE_WORDS
            case "null":
                return None
            case _:
                return self.text


@dataclass(frozen=True)
class Entry:
    key: Scalar
    value: Node

    @property
    def line(self) -> int:
        return self.key.line


@dataclass(frozen=True)
class Mapping:
    """Entries in the order of the file, merge keys resolved, duplicates left out."""

    entries: tuple[Entry, ...]
    line: int

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key.text: entry for entry in self.entries}

    @property
    def value(self) -> dict[str, Any]:
        return {entry.key.text: entry.value.value for entry in self.entries}


@dataclass(frozen=True)
class Sequence:
    items: tuple[Node, ...]
    line: int

    @property
    def value(self) -> list[Any]:
        return [item.value for item in self.items]


Node = Scalar | Mapping | Sequence


def cut_text(node: Scalar) -> str:
    """The mistake for a text whose end YAML takes for a comment."""
    return f"{_CUT}. Here it is {quote(node.text)}; {_CURE}"


def describe_node(node: Node) -> str:
    """The node's content in words, for a report."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(kind="null"):
            return "nothing"
        case Scalar(kind="bool" | "int" | "float"):
            return quote(node.text).strip("'")
        case _:
            return quote(node.text)


class NodeReader:
    """Turns ruamel's graph with its aliases into a tree of bounded size. ``source`` is the file's text."""

    def __init__(self, mistakes: Mistakes, source: str) -> None:
        self._mistakes = mistakes
        self._source = source
        self._nodes_left = _MAX_NODES

    def read(self, raw: Any, path: tuple[str, ...] = ()) -> Node:
        """The tree below ``raw``. Raises TooLargeError on YAML bombs."""
        self._nodes_left -= 1
        if self._nodes_left < 0 or len(path) > _MAX_DEPTH:
            raise TooLargeError
        line = raw.start_mark.line + 1
        if isinstance(raw, MappingNode):
            entries: dict[str, Entry] = {}
            self._add_entries(raw, path, entries)
            return Mapping(tuple(entries.values()), line)
        if isinstance(raw, SequenceNode):
            return Sequence(tuple(self.read(item, (*path, str(n))) for n, item in enumerate(raw.value)), line)
        return self._scalar(raw, path)

    def _add_entries(self, raw: MappingNode, path: tuple[str, ...], entries: dict[str, Entry]) -> None:
        merged: list[Any] = []
        for raw_key, raw_value in raw.value:
            line = raw_key.start_mark.line + 1
            if not isinstance(raw_key, ScalarNode):
                self._mistakes.add(line, _place(path), "a key is a mapping or a list; allowed is plain text")
                continue
            if str(raw_key.tag) == f"{_TAG}merge":
                merged.append(raw_value)
                continue
            key = self._scalar(raw_key, path)
            if key.text in entries:
                first = entries[key.text].line
                self._mistakes.add(
                    line,
                    _place((*path, key.text)),
                    f"the key appears twice, first in line {first}; keep one of them",
                )
                continue
            entries[key.text] = Entry(key, self.read(raw_value, (*path, key.text)))
        for raw_value in merged:
            self._merge(raw_value, path, entries)

    def _merge(self, raw: Any, path: tuple[str, ...], entries: dict[str, Entry]) -> None:
        """The mapping's own entries override merged ones; an earlier merge overrides a later one."""
        for source in raw.value if isinstance(raw, SequenceNode) else [raw]:
            if not isinstance(source, MappingNode):
                line = source.start_mark.line + 1
                self._mistakes.add(
                    line, _place(path), "<< cannot merge this; allowed is a mapping or a list of mappings"
                )
                continue
            node = self.read(source, (*path, "<<"))
            if isinstance(node, Mapping):
                for entry in node.entries:
                    entries.setdefault(entry.key.text, entry)

    def _scalar(self, raw: ScalarNode, path: tuple[str, ...]) -> Scalar:
        text, line = _joined(str(raw.value)), raw.start_mark.line + 1
        if any(_is_unusable(character) for character in text):
            self._mistakes.add(line, _place(path), f"{quote(text)} holds a control character; remove it")
            text = "".join(character for character in text if not _is_unusable(character))
        kind = _kind(str(raw.tag), text)
        behind = _HASH_AFTER.match(self._source, raw.end_mark.index) if raw.style is None and kind == "str" else None
        scalar = Scalar(text, kind, line, comment=behind[2] if behind else "")
        if behind is not None and (_is_cut(text, behind) or (_is_free(path) and _hugs(behind))):
            self._mistakes.add(line, _place(path), cut_text(scalar))
        return scalar


def _is_cut(text: str, behind: re.Match[str]) -> bool:
    """Whether the comment behind a plain text looks like the end of the text.

    People write a comment behind a single word (``boolean  # yes or no``), or behind two blanks. ``ranked #1`` and
    ``the C # compiler`` are neither.
    """
    first = behind[2][1:]
    if len(behind[1]) > 1 and not first.strip():
        return False
    return any(character.isspace() for character in text) or first.isdigit()


def _is_free(path: tuple[str, ...]) -> bool:
    """Whether any text is allowed there, so that a word may begin a longer text: ``- Team #marketing``."""
    return not _FREE_TEXTS.isdisjoint(path) and path[-1] != "answerValue"


def _hugs(behind: re.Match[str]) -> bool:
    """Whether no blank follows the ``#``, as in ``#marketing``: people put a blank before the words of a comment."""
    return bool(behind[2][1:].strip()) or behind[2] == "#"


def _place(path: tuple[str, ...]) -> str:
    """The place for a report: ``questions.crm.weight`` is written as ``crm.weight``."""
    keys = path[1:] if path[:1] == ("questions",) and len(path) > 1 else path
    return ".".join(quote_key(key) for key in keys if key != "<<")


def _joined(text: str) -> str:
    """The text with halves of characters joined: a JSON library writes a character beyond U+FFFF as two escapes."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _is_unusable(character: str) -> bool:
    """Whether it is NUL or another control character, or half of a surrogate pair, which UTF-8 cannot hold."""
    return (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff"


def _kind(tag: str, text: str) -> str:
    name = tag.removeprefix(_TAG)
    if name == "int":
        return "int" if _integer(text) is not None else "other"
    if name == "float":
        number = _float(text)
        return "float" if number is not None and math.isfinite(number) else "other"
    if name in _TEXTS_IN_YAML_1_2:
        return "str"
    return name if name in {"bool", "null"} else "other"


def _integer(text: str) -> int | None:
    digits = text.replace("_", "").lower()
    try:
        return int(digits, 0) if digits.lstrip("+-").startswith(("0x", "0o", "0b")) else int(digits)
    except ValueError:
        return None


def _float(text: str) -> float | None:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None
