"""The public suffix list: which names end in a real top-level domain, and below which names anybody can have pages.

Names in only the list's private part (blogspot.com, github.io) belong to companies and do not count as suffixes. The
list comes with the package ``publicsuffixlist``, so nothing is downloaded. The look-up is our own, because the
package's look-up takes ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE


@dataclass(frozen=True)
class _Rules:
    """``exact`` suffixes, and ``wild`` ones below which every name is a suffix too, except ``exceptions``."""

    exact: frozenset[str]
    wild: frozenset[str]
    exceptions: frozenset[str]


def public_suffix(host: str) -> str | None:
    """The ICANN suffix of a lower-case ASCII host, or None if its top-level domain does not exist.

    The suffix equals the host if the host is only a suffix (``co.uk``).
    """
    rules = _rules()
    name = host
    while name:
        parent = name.partition(".")[2]
        if name in rules.exceptions:
            return parent
        if name in rules.exact or parent in rules.wild:
            return name
        name = parent
    return None


def own_name(host: str) -> str:
    """The registered name: the suffix and the label before it. The whole host if there is no such label."""
    suffix = public_suffix(host)
    if suffix is None or suffix == host:
        return host
    return f"{host[: -len(suffix) - 1].rpartition('.')[2]}.{suffix}"


def private_suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """The list's private part: names below which others have pages, and names below which every name is such a name."""
    rules = _read(Path(PSLFILE).read_text("utf-8").partition("===BEGIN PRIVATE DOMAINS===")[2])
    return rules.exact, rules.wild


@cache
def _rules() -> _Rules:
    return _read(Path(PSLFILE).read_text("utf-8").partition("===END ICANN DOMAINS===")[0])


def _read(text: str) -> _Rules:
    lines = text.splitlines()
    rules = [_ascii(line.strip()) for line in lines if line.strip() and not line.startswith("//")]
    return _Rules(
        exact=frozenset(rule.removeprefix("*.") for rule in rules if rule[0] != "!"),
        wild=frozenset(rule[2:] for rule in rules if rule.startswith("*.")),
        exceptions=frozenset(rule[1:] for rule in rules if rule.startswith("!")),
    )


def _ascii(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode()
