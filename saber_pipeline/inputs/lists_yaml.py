"""lists.yaml: what a list's file cannot say itself. The file is optional.

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
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.questions.mistakes import Mistakes, shown_key, suggestion
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.config.questions.yaml_file import read_yaml
from saber_pipeline.config.questions.yaml_nodes import Mapping, Node, Scalar, Sequence, cut_text, described
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_names import list_key
from saber_pipeline.inputs.list_options import NO_OPTIONS, ListOptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.config.questions.yaml_nodes import Entry

_TEXTS = ("column", "delimiter", "sheet")
_KEYS = (*_TEXTS, "header_line", "filters", "allow", "deny")
_DOMAINS = ("allow", "deny")


def list_options(path: Path, kind: SubjectKind, list_name: str) -> ListOptions:
    """What the file says about one list.

    Raises ListError with every mistake of this list's own entry, or with those that are no list's own: a mistake in
    another list's entry stops that list only.
    """
    if not path.exists():
        return NO_OPTIONS
    mistakes = Mistakes(path, ListError)
    node = read_yaml(path, mistakes)
    own, others = Mistakes(path, ListError), []
    everywhere = NO_OPTIONS
    mine: list[Entry] = []
    sections = tuple(kind.lists for kind in KINDS)
    if isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key.text in _DOMAINS:
                names = _domains(entry, "", mistakes)
                is_allow = entry.key.text == "allow"
                everywhere = replace(everywhere, allow=names) if is_allow else replace(everywhere, deny=names)
            elif entry.key.text in sections:
                for one in _entries(entry, mistakes):
                    if (entry.key.text, list_key(f"{one.key.text}.csv")) == (kind.lists, list_name):
                        mine.append(one)
                    else:
                        others.append(f"{entry.key.text}.{shown_key(one.key.text)}")
            else:
                allowed = (*sections, *_DOMAINS)
                hint = suggestion(entry.key.text, allowed)
                mistakes.add(entry.line, "", f"{shown_key(entry.key.text)} is no key here{hint}; {_keys(allowed)}")
    elif node is not None and not (isinstance(node, Scalar) and node.is_null):
        mistakes.add(node.line, "", f"there is {described(node)}; allowed is a mapping of {', '.join(sections)}")
    options = _own_options(mine, kind.lists, own)
    mistakes = mistakes.without(others)  # what is wrong in their texts was found in reading the file
    if mistakes or own:
        raise (mistakes or own).report()
    return replace(options, allow=options.allow | everywhere.allow, deny=options.deny | everywhere.deny)


def _own_options(mine: list[Entry], section: str, mistakes: Mistakes) -> ListOptions:
    """What the list's own entry says, of which there may be one."""
    for again in mine[1:]:
        what = f"line {mine[0].line} is about this list too; allowed is one entry for a list"
        mistakes.add(again.line, f"{section}.{shown_key(again.key.text)}", what)
    return _options(mine[0], section, mistakes) if mine else NO_OPTIONS


def entries_without_list(path: Path, kind: SubjectKind, list_names: Collection[str]) -> list[str]:
    """A sentence for each entry of a kind that is about none of these lists: its name is wrong, or its file is gone.

    Nothing for a file that cannot be read as YAML: ``list_options`` tells that.
    """
    mistakes = Mistakes(path, ListError)
    node = read_yaml(path, mistakes) if path.exists() else None
    if mistakes or not isinstance(node, Mapping):
        return []
    entries = [one for entry in node.entries if entry.key.text == kind.lists for one in _entries(entry, mistakes)]
    return [
        f"{path.name}:{one.line}: {kind.lists}.{shown_key(one.key.text)} is about no list that is there"
        f"{suggestion(one.key.text, list_names)}. It changes nothing: correct the name, or take it out."
        for one in entries
        if list_key(f"{one.key.text}.csv") not in list_names
    ]


def _keys(allowed: tuple[str, ...]) -> str:
    return f"allowed are {', '.join(allowed)}"


def _entries(entry: Entry, mistakes: Mistakes) -> tuple[Entry, ...]:
    """One for each list of the section."""
    if not isinstance(entry.value, Mapping):
        if not (isinstance(entry.value, Scalar) and entry.value.is_null):
            what = f"there is {described(entry.value)}; allowed is a mapping with one key for each list"
            mistakes.add(entry.line, entry.key.text, what)
        return ()
    return tuple(entry.value.entries)


def _options(one: Entry, section: str, mistakes: Mistakes) -> ListOptions:
    place = f"{section}.{shown_key(one.key.text)}"
    if not isinstance(one.value, Mapping):
        mistakes.add(one.line, place, f"there is {described(one.value)}; {_keys(_KEYS)}")
        return NO_OPTIONS
    fields: dict[str, Any] = {}
    for field in one.value.entries:
        _field(field, f"{place}.{shown_key(field.key.text)}", fields, mistakes)
    return ListOptions(**fields)


def _field(field: Entry, place: str, fields: dict[str, Any], mistakes: Mistakes) -> None:
    name, value = field.key.text, field.value
    if name in _TEXTS:
        if isinstance(value, Scalar) and value.comment:
            mistakes.add(field.line, place, cut_text(value))
        elif isinstance(value, Scalar) and value.text:
            fields[name] = "\t" if name == "delimiter" and value.text in {"tab", "\\t"} else value.text
        else:
            mistakes.add(field.line, place, f"there is {described(value)}; allowed is a text")
    elif name == "header_line":
        if isinstance(value, Scalar) and value.kind == "int" and value.value > 0:
            fields[name] = value.value
        else:
            mistakes.add(field.line, place, f"there is {described(value)}; allowed is the header's line, from 1")
    elif name in _DOMAINS:
        fields[name] = _domains(field, place, mistakes)
    elif name == "filters":
        if isinstance(value, Mapping):
            fields[name] = tuple((one.key.text, frozenset(_texts(one.value))) for one in value.entries)
        else:
            mistakes.add(field.line, place, f"there is {described(value)}; allowed is a mapping of columns to values")
    else:
        mistakes.add(field.line, place, f"this is no key of a list{suggestion(name, _KEYS)}; {_keys(_KEYS)}")


def _domains(entry: Entry, place: str, mistakes: Mistakes) -> frozenset[str]:
    texts = frozenset(text.strip().lower().removeprefix("www.") for text in _texts(entry.value))
    for text in sorted(texts):
        if "." not in text or "/" in text or "@" in text or " " in text:
            what = f"{shown_key(text)} is no domain; allowed are names such as orrin.com"
            mistakes.add(entry.line, place or entry.key.text, what)
    return texts


def _texts(node: Node) -> list[str]:
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar) and not item.is_null]
    return [node.text] if isinstance(node, Scalar) and not node.is_null else []
