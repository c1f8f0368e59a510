"""lists.yaml: how to read the files of lists. The file is optional.

domain_lists:
  "Q3 accounts":          # the file's name without its ending, or the list's name
    column: Website
    delimiter: ";"
    header_line: 4
    sheet: Accounts
    filters: {Status: [Customer, Prospect]}
    allow: [orrin.github.io]
    deny: [competitor.com]
contact_lists: {}
allow: []                 # for every list
deny: []
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.forms import (
    UNQUOTED,
    Form,
    Forms,
    Schema,
    WrongValueError,
    closed,
    document,
    keyed,
    of_fields,
    read_fields,
)
from saber_pipeline.config.questions.mistakes import Mistakes, quote_key, suggestion
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.config.questions.yaml_file import read_yaml
from saber_pipeline.config.questions.yaml_nodes import Mapping, Node, Scalar, Sequence, cut_text, describe_node
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_names import named_key
from saber_pipeline.inputs.list_options import NO_OPTIONS, ListOptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.config.questions.yaml_nodes import Entry


def _as_written(node: Node) -> str:
    if not isinstance(node, Scalar) or not node.text:
        raise WrongValueError(f"found {describe_node(node)}; allowed is a text")
    if node.comment:
        raise WrongValueError(cut_text(node))
    return node.text


def _delimiter(node: Node) -> str:
    text = _as_written(node)
    return "\t" if text in {"tab", "\\t"} else text


def _line(node: Node) -> int:
    if isinstance(node, Scalar) and node.kind == "int" and node.value > 0:
        return int(node.value)
    raise WrongValueError(f"found {describe_node(node)}; allowed is the header's line, from 1")


def _filters(node: Node) -> tuple[tuple[str, frozenset[str]], ...]:
    if not isinstance(node, Mapping):
        raise WrongValueError(f"found {describe_node(node)}; allowed is a mapping of columns to values")
    return tuple((one.key.text, frozenset(_texts(one.value))) for one in node.entries)


def _domains(node: Node) -> frozenset[str]:
    texts = frozenset(text.strip().lower().removeprefix("www.") for text in _texts(node))
    wrong = [text for text in sorted(texts) if "." not in text or not {"/", "@", " "}.isdisjoint(text)]
    if wrong:
        raise WrongValueError(
            *(f"{quote_key(text)} is not a domain; allowed are names such as orrin.com" for text in wrong)
        )
    return texts


def _texts(node: Node) -> list[str]:
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar) and not item.is_null]
    return [node.text] if isinstance(node, Scalar) and not node.is_null else []


_TEXT: Schema = {**UNQUOTED, "minLength": 1}
_ONE_OR_MORE: Schema = {"anyOf": [UNQUOTED, {"type": "array", "items": UNQUOTED}, {"type": "null"}]}
_NAMES: Schema = {"type": "string", "pattern": r"^\s*[^/@ ]+\.[^/@ ]*\s*$"}
_DOMAINS = Form(_domains, {"anyOf": [_NAMES, {"type": "array", "items": _NAMES}, {"type": "null"}]})
_LIST: Forms = {
    "column": Form(_as_written, _TEXT).described("The header of the column with the companies or contacts."),
    "delimiter": Form(_delimiter, _TEXT).described("What separates the cells; tab is written as tab."),
    "sheet": Form(_as_written, _TEXT).described("The workbook's sheet."),
    "header_line": Form(_line, {"type": "integer", "minimum": 1}).described(
        "The file's line with the headers, from 1."
    ),
    "filters": Form(_filters, {"type": "object", "additionalProperties": _ONE_OR_MORE}).described(
        "Columns and their allowed values; rows with other values are left out."
    ),
    "allow": _DOMAINS.described("Shared domains that are used all the same, subdomains included."),
    "deny": _DOMAINS.described("Domains that are never used, subdomains included."),
}
_EVERYWHERE: Forms = {name: _LIST[name] for name in ("allow", "deny")}
_SECTIONS = tuple(kind.lists for kind in KINDS)


def editor_schema() -> Schema:
    about = "The file's name without its ending, or the list's name. The entry says how to read the file."
    sections = dict.fromkeys(_SECTIONS, keyed(closed(of_fields(_LIST)), about))
    return document("lists.yaml: how to read the files of lists", {**sections, **of_fields(_EVERYWHERE)})


def list_options(path: Path, kind: SubjectKind, list_name: str) -> ListOptions:
    """What the file says about one list.

    Raises ListError with every mistake in this list's own entry, or with the mistakes outside all lists' entries. A
    mistake in another list's entry stops that list only.
    """
    if not path.exists():
        return NO_OPTIONS
    mistakes = Mistakes(path, ListError)
    node = read_yaml(path, mistakes)
    own, others = Mistakes(path, ListError), []
    everywhere = NO_OPTIONS
    mine: list[Entry] = []
    if isinstance(node, Mapping):
        everywhere = ListOptions(**read_fields(node, _EVERYWHERE, "", mistakes, others=_SECTIONS))
        for section in (entry for entry in node.entries if entry.key.text in _SECTIONS):
            for one in _entries(section, mistakes):
                if (section.key.text, named_key(one.key.text)) == (kind.lists, list_name):
                    mine.append(one)
                else:
                    others.append(f"{section.key.text}.{quote_key(one.key.text)}")
    elif node is not None and not (isinstance(node, Scalar) and node.is_null):
        mistakes.add(node.line, "", f"found {describe_node(node)}; allowed is a mapping of {', '.join(_SECTIONS)}")
    options = _own_options(mine, kind.lists, own)
    mistakes = mistakes.without(others)  # reading the file has already reported wrong texts
    if mistakes or own:
        raise (mistakes or own).report()
    return replace(options, allow=options.allow | everywhere.allow, deny=options.deny | everywhere.deny)


def _own_options(mine: list[Entry], section: str, mistakes: Mistakes) -> ListOptions:
    """The options in the list's own entry. A second entry is a mistake."""
    for again in mine[1:]:
        what = f"line {mine[0].line} is about this list too; allowed is one entry for a list"
        mistakes.add(again.line, f"{section}.{quote_key(again.key.text)}", what)
    return _options(mine[0], section, mistakes) if mine else NO_OPTIONS


def entries_without_list(path: Path, kind: SubjectKind, list_names: Collection[str]) -> list[str]:
    """A sentence for each entry of a kind that matches none of these lists: its name is wrong, or its file is gone.

    Empty for a file that cannot be read as YAML, which ``list_options`` reports.
    """
    mistakes = Mistakes(path, ListError)
    node = read_yaml(path, mistakes) if path.exists() else None
    if mistakes or not isinstance(node, Mapping):
        return []
    entries = [one for entry in node.entries if entry.key.text == kind.lists for one in _entries(entry, mistakes)]
    return [
        f"{path.name}:{one.line}: {kind.lists}.{quote_key(one.key.text)} matches no list"
        f"{suggestion(one.key.text, list_names)}. It has no effect: correct the name, or remove it."
        for one in entries
        if named_key(one.key.text) not in list_names
    ]


def _entries(entry: Entry, mistakes: Mistakes) -> tuple[Entry, ...]:
    """One for each list of the section."""
    if not isinstance(entry.value, Mapping):
        if not (isinstance(entry.value, Scalar) and entry.value.is_null):
            what = f"found {describe_node(entry.value)}; allowed is a mapping with one key for each list"
            mistakes.add(entry.line, entry.key.text, what)
        return ()
    return tuple(entry.value.entries)


def _options(one: Entry, section: str, mistakes: Mistakes) -> ListOptions:
    place = f"{section}.{quote_key(one.key.text)}"
    if isinstance(one.value, Mapping):
        return ListOptions(**read_fields(one.value, _LIST, place, mistakes))
    mistakes.add(one.line, place, f"found {describe_node(one.value)}; allowed are {', '.join(_LIST)}")
    return NO_OPTIONS
