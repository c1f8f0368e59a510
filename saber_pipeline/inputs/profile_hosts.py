"""Pages about a company on another's site: social networks, directories, code hosts, maps, stores.

Such a page in a website column says where to read about a company, but not which domain is the company's own. A bare
host is no such page: ``linkedin.com`` is LinkedIn's domain.
"""

from __future__ import annotations

import re

from saber_pipeline.inputs.pages_about_others import PAGES, WHOLE_SITES
from saber_pipeline.inputs.public_suffixes import public_suffix

_POINTS_AT_SOMEBODY = re.compile(r"/+[^/?#]|[^#]*[?&](?:id|u|q)=|[^#]*#[!/]")
_IN_EACH_COUNTRY = frozenset((
    "google", "blogspot", "amazon", "ebay", "etsy", "pinterest", "yelp", "indeed", "glassdoor", "tripadvisor", "airbnb",
    "europages", "kompass", "opentable", "booking", "ticketmaster", "trustpilot", "eventbrite", "capterra", "yahoo",
))  # fmt: skip


_FIRST_WORDS = frozenset(site.split(".")[-2] for site in (*WHOLE_SITES, *PAGES)) | _IN_EACH_COUNTRY
# A shortcut. Of a site below a country's suffix (companieshouse.gov.uk) the word before the suffix counts.
_WORDS = _FIRST_WORDS | frozenset(site.split(".")[-3] for site in (*WHOLE_SITES, *PAGES) if site.count(".") > 1)


def is_profile_page(host: str, tail: str) -> bool:
    """Whether ``tail`` (path, query and fragment behind ``host``) is a page about somebody on another's site."""
    if not tail or not _POINTS_AT_SOMEBODY.match(tail):
        return False
    if _WORDS.isdisjoint(host.split(".")):
        return False
    labels = as_dot_com(host).split(".")
    for start in range(len(labels) - 1):
        site = ".".join(labels[start:])
        if site in WHOLE_SITES:
            return True
        if site in PAGES:
            return tail.lstrip("/").lower().startswith(PAGES[site])
    return False


def as_dot_com(host: str) -> str:
    """``maps.google.co.jp`` as ``maps.google.com``: the rules for a brand hold for its sites in every country."""
    labels = host.split(".")
    if _IN_EACH_COUNTRY.isdisjoint(labels):
        return host
    for place, label in enumerate(labels[:-1]):
        if label in _IN_EACH_COUNTRY:
            behind = ".".join(labels[place + 1 :])
            return ".".join([*labels[: place + 1], "com"]) if public_suffix(behind) == behind else host
    return host
