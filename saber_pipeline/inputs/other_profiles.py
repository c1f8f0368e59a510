"""Profiles of people on other professional sites than LinkedIn, in one normal form.

Saber's documents contradict each other: the pages about creating a signal name LinkedIn profiles, the pages about
reading name "LinkedIn or other professional profile". So lists take such addresses only with ``SABER_OTHER_PROFILES``.
Replies are always read with them.

The normal form is ``https://<host>/<path>``: the host in lower case without ``www.``, and the part of the path that
names the person, percent-encoded once. The name is in lower case if the site ignores case. An address that names no
person for certain (a repository, a company's page, a post) is rejected: a wrong guess would buy answers about nobody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote

CONTRADICTION = (
    "Saber's documents contradict each other about such addresses: the pages about creating a signal name LinkedIn "
    'profiles only, those about reading signals "LinkedIn or other professional profile". Saber may refuse them, '
    "which costs nothing, or answer that it does not know"
)
"""The warning of a plan with such profiles."""

_NAME = r"[^/]+"
_NEVER = '<>"\\^`{|}?#'
_PLAIN = "/@:-._~!$&()*+,;='"


@dataclass(frozen=True)
class _Site:
    """How a site names people. ``path`` matches a person's path from the host on. ``reserved``: first parts, no names.

    ``has_subpages``: whether more path behind the match is a subpage of the profile. Otherwise it is another page.
    """

    path: re.Pattern[str]
    has_subpages: bool
    ignores_case: bool = False
    reserved: frozenset[str] = frozenset()


def _site(path: str, *, ignores_case: bool = False, reserved: str = "", has_subpages: bool | None = None) -> _Site:
    subpages = "/" in path.replace(_NAME, "") if has_subpages is None else has_subpages
    return _Site(re.compile(path, re.IGNORECASE), subpages, ignores_case, frozenset(reserved.split()))


_CODE_HOST = (
    "about account admin api apps blog collections contact customer-stories dashboard enterprise explore features "
    "groups help issues join login logout marketplace new notifications orgs organizations pricing projects pulls "
    "search security settings sessions site sponsors stars teams topics trending users -"
)
_PORTFOLIO = "about blog business contact discover gallery galleries jobs legal login search shots signup tags talent"

# Professional networks, registers and portfolios that have distinct addresses for people.
_SITES = {
    "xing.com": _site(rf"profile/{_NAME}"),
    "github.com": _site(_NAME, ignores_case=True, reserved=_CODE_HOST),
    "gitlab.com": _site(_NAME, ignores_case=True, reserved=_CODE_HOST),
    "crunchbase.com": _site(rf"person/{_NAME}", ignores_case=True),
    "wellfound.com": _site(rf"u/{_NAME}", ignores_case=True),
    "angel.co": _site(rf"u/{_NAME}", ignores_case=True),
    "about.me": _site(_NAME, ignores_case=True, reserved="about blog legal login pricing signup"),
    "behance.net": _site(_NAME, ignores_case=True, reserved=f"gallery joblist live assets hire {_PORTFOLIO}"),
    "dribbble.com": _site(_NAME, ignores_case=True, reserved=f"designers following stories {_PORTFOLIO}"),
    "researchgate.net": _site(rf"(?:profile|scientific-contributions)/{_NAME}"),
    "orcid.org": _site(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]"),
    "stackoverflow.com": _site(r"users/\d+"),
    "kaggle.com": _site(_NAME, ignores_case=True, reserved="code competitions datasets discussions learn models"),
    "viadeo.com": _site(rf"(?:p|profile)/{_NAME}"),
    "theorg.com": _site(rf"org/{_NAME}/org-chart/{_NAME}"),
    "malt.com": _site(rf"profile/{_NAME}"),
    "upwork.com": _site(rf"freelancers/{_NAME}"),
    "doximity.com": _site(rf"pub/{_NAME}"),
    "academia.edu": _site(_NAME),
    "bloomberg.com": _site(rf"profile/person/{_NAME}"),
    "zoominfo.com": _site(rf"p/{_NAME}/-?\d+"),
    "rocketreach.co": _site(r"[^/]+_\d+"),
    "medium.com": _site(r"@[^/]+", ignores_case=True),
}

# On any other site, the first word of the path must say that a person follows.
_ANYWHERE = _site(
    rf"(?:in|people|person|profile|profiles|user|users|u|member|members|expert|experts)/{_NAME}", has_subpages=False
)

# Networks whose pages about people do not describe their work.
_PRIVATE = frozenset((
    "facebook.com", "fb.com", "instagram.com", "threads.net", "threads.com", "twitter.com", "x.com", "tiktok.com",
    "snapchat.com", "pinterest.com", "reddit.com", "tumblr.com", "vk.com", "ok.ru", "youtube.com", "twitch.tv",
    "soundcloud.com", "flickr.com", "quora.com", "meetup.com", "discord.com", "t.me", "spotify.com",
))  # fmt: skip


def other_profile(host: str, path: str) -> str | None:
    """The normal form of a profile at ``host`` (lower case) and ``path``; None if they name nobody for certain."""
    host = host.removeprefix("www.")
    site = _site_of(host)
    parts = [_decoded(part) for part in path.split("/") if part]
    if site is None or not parts or None in parts:
        return None
    whole = "/".join(part for part in parts if part is not None)
    match = site.path.match(whole)
    if match is None or whole.split("/")[0].lower() in site.reserved:
        return None
    behind = whole[match.end() :]
    if behind and not (site.has_subpages and behind.startswith("/")):
        return None
    named = match[0].lower() if site.ignores_case else match[0]
    if any(character.isspace() or character in _NEVER for character in named):
        return None
    if not any(character.isalnum() for character in named.rsplit("/", 1)[-1]):
        return None
    return f"https://{host}/{quote(named, safe=_PLAIN)}"


def _site_of(host: str) -> _Site | None:
    """The rules of the site; None for networks that are not professional."""
    labels = host.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    if not _PRIVATE.isdisjoint(names):
        return None
    return next((_SITES[name] for name in names if name in _SITES), _ANYWHERE)


def _decoded(part: str) -> str | None:
    """The part of a path without percent-encoding; None if the part is not UTF-8 or hides another slash."""
    try:
        decoded = unicodedata.normalize("NFC", unquote(part, errors="strict"))
    except UnicodeDecodeError:
        return None
    return None if "/" in decoded or "%" in decoded or not decoded.strip(".") else decoded
