"""The ICANN part of the public suffix list: which names end in a real top-level domain.

Names that only the list's private part holds (blogspot.com, github.io) belong to companies and count
as ordinary domains here. The list comes with the package ``publicsuffixlist``; nothing is downloaded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList


def public_suffix(host: str) -> str | None:
    """The ICANN suffix of a lower-case ASCII host, or None when its top-level domain does not exist.

    The suffix equals the host when the host is nothing but a suffix (``co.uk``).
    """
    top_level = host.rpartition(".")[2]
    if top_level in _plain_top_levels():
        return top_level
    suffix: str | None = _icann_suffixes().publicsuffix(host)
    return suffix


@cache
def _icann_suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)


@cache
def _plain_top_levels() -> frozenset[str]:
    """Top-level domains with no rule below them, such as com and de: for these nothing has to be looked up."""
    lines = Path(PSLFILE).read_text("utf-8").partition("===END ICANN DOMAINS===")[0].splitlines()
    rules = [line.strip() for line in lines if line.strip() and not line.startswith("//")]
    with_rules_below = {rule.rpartition(".")[2] for rule in rules if "." in rule}
    return frozenset(rule for rule in rules if "." not in rule and rule.isascii() and rule not in with_rules_below)
