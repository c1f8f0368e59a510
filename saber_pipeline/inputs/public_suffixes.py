"""The ICANN part of the public suffix list: which names end in a real top-level domain.

Names that only the list's private part holds (blogspot.com, github.io) belong to companies and count
as ordinary domains here. The list comes with the package ``publicsuffixlist``; nothing is downloaded.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def public_suffix(host: str) -> str | None:
    """The ICANN suffix of a lower-case ASCII host, or None when its top-level domain does not exist.

    The suffix equals the host when the host is nothing but a suffix (``co.uk``).
    """
    suffix: str | None = _icann_suffixes().publicsuffix(host)
    return suffix


@cache
def _icann_suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)
