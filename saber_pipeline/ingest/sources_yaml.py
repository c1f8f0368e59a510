"""Reads and checks sources.yaml. The file is optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from saber_pipeline.config.questions.forms import WrongValueError, read_fields
from saber_pipeline.config.questions.mistakes import Mistakes, quote, quote_key, suggestion
from saber_pipeline.config.questions.yaml_file import read_yaml
from saber_pipeline.config.questions.yaml_nodes import Entry, Mapping, Node, Scalar, describe_node
from saber_pipeline.errors import SourcesError
from saber_pipeline.ingest.source_declarations import CompanyList, ContactSearch, Declared, Sources, Subscription
from saber_pipeline.ingest.sources_fields import (
    COMPANY_LIST_ID,
    CRITERIA,
    KEY,
    MAX_KEY_CHARACTERS,
    SEARCH_FIELDS,
    SUBSCRIPTION_ID,
)
from saber_pipeline.inputs.list_names import LIST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saber_pipeline.config.questions.forms import Form

SECTIONS = ("contact_searches", "subscriptions", "company_lists")

D = TypeVar("D", bound=Declared)


def load_sources(path: Path) -> Sources:
    """Read the file. Without a file, nothing is declared.

    Raises SourcesError with every mistake: file, line, key and what is allowed.
    """
    if not path.exists() and not path.is_symlink():
        return Sources()
    mistakes = Mistakes(path, SourcesError)
    document = read_yaml(path, mistakes)
    sections = _sections(document, mistakes) if document is not None else {}
    sources = Sources(
        _read_all(sections.get("contact_searches"), _contact_search, path, mistakes),
        _read_all(sections.get("subscriptions"), _subscription, path, mistakes),
        _read_all(sections.get("company_lists"), _company_list, path, mistakes),
    )
    _check_repeats(sources, mistakes)
    if len(mistakes):
        raise mistakes.report()
    return sources


def _sections(document: Node, mistakes: Mistakes) -> dict[str, Mapping]:
    """The sections that have entries."""
    allowed = ", ".join(f"`{section}:`" for section in SECTIONS)
    if not isinstance(document, Mapping):
        what = f"found {describe_node(document)}; allowed is a mapping with the keys {allowed}"
        mistakes.add(document.line, "", what)
        return {}
    found: dict[str, Mapping] = {}
    for entry in document.entries:
        name = entry.key.text
        if name in SECTIONS:
            if isinstance(entry.value, Mapping):
                found[name] = entry.value
            elif not (isinstance(entry.value, Scalar) and entry.value.is_null):  # all of it may be commented out
                mistakes.add(entry.line, name, f"found {describe_node(entry.value)}; allowed is a mapping of keys")
        elif not name.startswith("x-"):  # holds anchors for use below, as in questions.yaml
            mistakes.add(entry.line, quote_key(name), f"unknown key{suggestion(name, SECTIONS)}; allowed are {allowed}")
    return found


def _read_all(
    section: Mapping | None, read: Callable[[Entry, Path, Mistakes], D | None], path: Path, mistakes: Mistakes
) -> tuple[D, ...]:
    entries = section.entries if section is not None else ()
    found = [read(entry, path, mistakes) for entry in entries]
    return tuple(one for one in found if one is not None)


def _contact_search(entry: Entry, path: Path, mistakes: Mistakes) -> ContactSearch | None:
    before = len(mistakes)
    place = f"contact_searches.{quote_key(entry.key.text)}"
    _check_key(entry.key, place, mistakes)
    if not isinstance(entry.value, Mapping):
        what = f"found {describe_node(entry.value)}; allowed is a mapping with {', '.join(SEARCH_FIELDS)}"
        mistakes.add(entry.line, place, what)
        return None
    values = read_fields(entry.value, SEARCH_FIELDS, place, mistakes)
    if "column" in values and "companies_from" not in values:
        what = "it is missing; `column` needs it: companies_from names a domain list, column one of its columns"
        mistakes.add(entry.value.by_key["column"].line, f"{place}.companies_from", what)
    if len(mistakes) == before and not any(name in values for name in CRITERIA):
        mistakes.add(entry.line, place, f"it has no search criterion; give one of {', '.join(CRITERIA)}")
    return ContactSearch(entry.key.text, path, entry.line, **values) if len(mistakes) == before else None


def _subscription(entry: Entry, path: Path, mistakes: Mistakes) -> Subscription | None:
    before = len(mistakes)
    place = f"subscriptions.{quote_key(entry.key.text)}"
    _check_key(entry.key, place, mistakes)
    value = _id(entry, SUBSCRIPTION_ID, place, mistakes)
    return Subscription(entry.key.text, path, entry.line, subscription_id=value) if len(mistakes) == before else None


def _company_list(entry: Entry, path: Path, mistakes: Mistakes) -> CompanyList | None:
    before = len(mistakes)
    place = f"company_lists.{quote_key(entry.key.text)}"
    if not LIST_NAME.fullmatch(entry.key.text):
        what = "the key cannot be the name of a list; allowed are 1 to 100 of the characters A-Z, a-z, 0-9, _ and -"
        mistakes.add(entry.line, place, what)
    value = _id(entry, COMPANY_LIST_ID, place, mistakes)
    return CompanyList(entry.key.text, path, entry.line, list_id=value) if len(mistakes) == before else None


def _check_key(key: Scalar, place: str, mistakes: Mistakes) -> None:
    if not KEY.fullmatch(key.text):
        what = (
            f"the key cannot be used; allowed are up to {MAX_KEY_CHARACTERS} of a-z, 0-9 and _, starting with a letter"
        )
        mistakes.add(key.line, place, what)


def _id(entry: Entry, form: Form[str], place: str, mistakes: Mistakes) -> str:
    """Empty after a mistake was added."""
    try:
        return form.read(entry.value)
    except WrongValueError as wrong:
        mistakes.add(entry.line, place, str(wrong))
        return ""


def _check_repeats(sources: Sources, mistakes: Mistakes) -> None:
    """One contact list has one search, and one subscription or list at Saber has one key."""
    firsts: dict[tuple[str, str], Declared] = {}
    named: list[tuple[str, Declared, str, str | None]] = [
        *(("contact_searches", one, ".contact_list", one.contact_list) for one in sources.contact_searches),
        *(("subscriptions", one, "", one.subscription_id) for one in sources.subscriptions),
        *(("company_lists", one, "", one.list_id) for one in sources.company_lists),
    ]
    for section, declared, field, name in named:
        if name is None:
            continue
        first = firsts.setdefault((section, name), declared)
        if first is not declared:
            what = f"{quote(name)} appears twice, first in line {first.line}; keep one of them"
            mistakes.add(declared.line, f"{section}.{declared.key}{field}", what)
