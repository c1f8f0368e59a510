"""The rules for reading lists of companies and of contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS, SubjectKind
from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.columns import DOMAIN_COLUMNS, PROFILE_COLUMNS, ColumnNames
from saber_pipeline.inputs.domains import host_of, is_domain_value, normalise_domain
from saber_pipeline.inputs.list_options import DENIED, ListOptions
from saber_pipeline.inputs.profile_urls import is_profile_value, read_profile_cell
from saber_pipeline.inputs.shared_domains import OVERRULED


@dataclass(frozen=True)
class ListRules:
    """The rules that find the subjects' column and read its cells.

    ``is_value`` says whether the first cell of a file with one column is a value rather than a header.
    """

    kind: SubjectKind
    columns: ColumnNames
    read_cell: Callable[[str | None], tuple[Found | Rejected, ...]]
    is_value: Callable[[str], bool]

    def names_somebody(self, cell: str | None) -> bool:
        """Whether the cell holds a subject."""
        return any(isinstance(result, Found) for result in self.read_cell(cell))

    def with_options(self, options: ListOptions) -> ListRules:
        """The rules that also follow the allow-list and the deny-list of ``options``, and take profiles elsewhere."""
        rules = self
        if options.other_profiles and self.kind is CONTACTS:
            rules = replace(
                self,
                read_cell=partial(read_profile_cell, other_sites=True),
                is_value=partial(is_profile_value, other_sites=True),
            )
        if not options.allow and not options.deny:
            return rules
        return replace(rules, read_cell=partial(_read_allowed, rules.read_cell, options))


def _read_allowed(
    read_cell: Callable[[str | None], tuple[Found | Rejected, ...]], options: ListOptions, cell: str | None
) -> tuple[Found | Rejected, ...]:
    results = []
    for result in read_cell(cell):
        if isinstance(result, Found):
            results.append(Rejected(result.subject, DENIED) if _is_below(result.subject, options.deny) else result)
            continue
        host = host_of(result.part) if result.reason in OVERRULED else ""
        results.append(Found(host) if host and _is_below(host, options.allow) else result)
    return tuple(results)


def _is_below(host: str, names: frozenset[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


DOMAIN_LISTS = ListRules(COMPANIES, DOMAIN_COLUMNS, normalise_domain, is_domain_value)
CONTACT_LISTS = ListRules(CONTACTS, PROFILE_COLUMNS, read_profile_cell, is_profile_value)


def rules_of(kind: SubjectKind) -> ListRules:
    return CONTACT_LISTS if kind is CONTACTS else DOMAIN_LISTS
