"""Turns one cell of a contact list into contact profile URLs, or into reasons why it names none.

The only normal form is ``https://www.linkedin.com/in/<name>``: the name in lower case (LinkedIn ignores case),
characters beyond ASCII in percent-encoded UTF-8, and nothing behind the name. Country and mobile hosts, languages,
subpages of a profile, queries and fragments lead to the same person and are dropped. LinkedIn's long member ids
(``ACoAA…``) can stand in place of a name. Their case matters and is kept.

A wrong guess would buy answers about another person. So an address that does not clearly name one profile is rejected:
old ``/pub/`` addresses, Sales Navigator and Recruiter addresses, and addresses with a space in the name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from saber_pipeline.inputs.cells import EMPTY, Found, Rejected, is_nothing, without_invisible
from saber_pipeline.inputs.other_profiles import other_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

# Reasons are stable: analysts group rejected_inputs by them.
NO_PROFILE = "There is no profile address in the text."
EMAIL = "An e-mail address is not a profile address."
OTHER_HOST = "The address is not on linkedin.com; a contact is identified by a LinkedIn profile."
OTHER_PAGE = (
    "The address is neither a LinkedIn profile nor, for certain, a person's profile on another professional site."
)
SHORTENED = "A shortened link does not say whose profile it is; open it and copy the address with /in/."
NO_NAME = "The address names no profile: nothing follows /in/."
NOT_ONE_PERSON = "The address leads to the signed-in user, or to nobody; copy the address of the profile."
OLD_ADDRESS = "An old LinkedIn address (/pub/ or /profile/); open it and copy the address with /in/."
SALES_NAVIGATOR = (
    "A Sales Navigator or Recruiter address works only for its account; use 'Copy LinkedIn.com URL' on the lead."
)
COMPANY = "A page of a company or school, not of a person; companies belong in a domain list."
NOT_A_PROFILE = "A LinkedIn page, but not a profile: a post, group, job, search or the like."
SPACE = "The profile's name contains a space, so the person is not certain."
BAD_CHARACTERS = "The profile's name has characters that a LinkedIn address cannot have."
TOO_LONG = "The address is longer than the 500 characters that the API accepts."

PREFIX = "https://www.linkedin.com/in/"
MAX_LENGTH = 500

# A value as exports should have it. Only a shortcut.
_CLEAN = re.compile(
    r"\s*(?:https?://)?(?:[a-z]{1,3}\.)?linkedin\.com/in/([a-z0-9-]+)/?(?:\?[a-z0-9_.~%=&+-]*)?\s*",
    re.ASCII | re.IGNORECASE,
)
_MEMBER_ID = re.compile(r"A[CE][A-Za-z]AA[A-Za-z0-9_-]{20,}", re.ASCII)
# What stands between values: space, list punctuation, brackets, quotes of all kinds, bullets.
_BETWEEN = r"""\s,;|<>()\[\]{}"`\u2018\u2019\u201a\u201c-\u201e\u00ab\u00bb\u2039\u203a\u3001\u2022"""
_TOKEN = re.compile(rf"([{_BETWEEN}]*)([^{_BETWEEN}]+)")
_SCHEMES = re.compile(
    r"(?:[a-z][a-z0-9+-]*:/+|(?:https?|mailto|e-?mail|linkedin|profile|url):|https?;?//+|//+)+",
    re.ASCII | re.IGNORECASE,
)
# "linkedin.com/in/https://www.linkedin.com/in/jane": a prefix that some form put before a whole address.
_PREFIXED = re.compile(r"[^?#]*/in/(?=https?[:/]|(?:[a-z]{1,3}\.)?linkedin\.com/)", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}", re.ASCII)
_ADDRESS_END = re.compile(r"[?#]")
_PORT = re.compile(r":[0-9]*\Z")
_LINKING_WORDS = frozenset(("and", "or", "und", "oder", "et", "ou", "y", "o", "e", "i", "en", "och", "og"))
_DETOURS = frozenset(("mwlite", "comm", "m"))  # path parts before /in/ of mobile pages and links in e-mails
_SEATS = frozenset(("sales", "recruiter", "talent", "cap", "hire"))
_COMPANIES = frozenset(("company", "companies", "school", "edu", "showcase", "organization", "company-beta"))
_OLD = frozenset(("pub", "profile"))
_NOBODY = frozenset(("me", "unavailable", "null", "undefined", "none", "nan", "n-a", "na", "edit"))
_SHORT_HOSTS = frozenset(("lnkd.in",))
_CHARACTERS = ("L", "M", "N", "So", "Sk")  # Unicode categories; emoji are "So", and some names have them
_PUNCTUATION = frozenset("-_.~'\u2019\u00b7\u200c\u200d")


def normalise_profile_url(text: str, *, other_sites: bool = False) -> str | Rejected:
    """The one profile URL that ``text`` names, in the normal form above, or the reason why it names none.

    Every way to write a profile gives the same URL, and a URL in normal form gives itself. ``other_sites``: also take
    profiles that are not on LinkedIn, in the normal form of ``other_profiles.py``.
    """
    results = read_profile_cell(text, other_sites=other_sites)
    if len(results) > 1:
        return Rejected(text, NO_PROFILE)
    (result,) = results
    return result.subject if isinstance(result, Found) else result


def read_profile_cell(text: str | None, *, other_sites: bool = False) -> tuple[Found | Rejected, ...]:
    """Read one cell. Returns at least one item, and each profile once, in the order of the text.

    ``other_sites``: also take profiles on other sites if the cell has none on LinkedIn.
    """
    if text is None:
        return (Rejected("", EMPTY),)
    clean = _CLEAN.fullmatch(text)
    if clean is None:
        return read_messy_profile_cell(text, other_sites=other_sites)
    return (_judge_name(text, clean[1]),)


def read_messy_profile_cell(text: str, *, other_sites: bool = False) -> tuple[Found | Rejected, ...]:
    """Like ``read_profile_cell``, without its shortcut for clean values."""
    cleaned = without_invisible(unicodedata.normalize("NFC", text))
    if is_nothing(cleaned):
        return (Rejected(cleaned, EMPTY),)
    results: dict[Found | Rejected, None] = {}
    prose: list[Rejected] = []
    for token, next_word in _tokens(cleaned):
        result = _read_token(token, other_sites=other_sites)
        if result is None:
            continue
        if isinstance(result, Rejected) and result.reason == NO_PROFILE:
            prose.append(result)
        elif isinstance(result, Found) and next_word and _goes_on(token, next_word):
            results[Rejected(f"{token} {next_word}", SPACE)] = None
        else:
            results[result] = None
    found = [result for result in results if isinstance(result, Found)]
    if found:  # a company page or e-mail address beside the profile is no fault of the row
        kept = (EMAIL, OTHER_HOST, OTHER_PAGE, COMPANY, SALES_NAVIGATOR)
        if any(result.subject.startswith(PREFIX) for result in found):  # the others are the same person elsewhere
            found = [result for result in found if result.subject.startswith(PREFIX)]
        return tuple(r for r in results if (r in found if isinstance(r, Found) else r.reason not in kept))
    if results:
        return tuple(results)
    return (Rejected(cleaned, NO_PROFILE),)


def is_profile_value(text: str, *, other_sites: bool = False) -> bool:
    """Whether the first cell of a one-column file is a value rather than a header."""
    if "://" in text or "linkedin.com/" in text.lower():
        return True
    return isinstance(read_profile_cell(text, other_sites=other_sites)[0], Found)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Tokens of a cell, each with the word that follows behind mere blanks, empty if there is none."""
    found = _TOKEN.findall(text)
    for (_, token), (separator, following) in zip(found, [*found[1:], ("", "")], strict=False):  # "{" has no token
        is_blank = bool(separator) and not separator.strip(" \t\u00a0")
        yield token, following if is_blank else ""


def _goes_on(token: str, next_word: str) -> bool:
    """Whether ``next_word`` looks like the rest of the name at the end of ``token`` ("/in/jane doe")."""
    if _ADDRESS_END.search(token) or token.endswith("/") or not next_word[0].isalnum():
        return False
    is_address = "/" in next_word or "@" in next_word or "." in next_word.strip(".")
    return not is_address and next_word.lower() not in _LINKING_WORDS


def _read_token(token: str, *, other_sites: bool) -> Found | Rejected | None:  # noqa: PLR0911 - one return for each verdict
    """The token's profile, or its reason: NO_PROFILE for prose. None for mere punctuation."""
    prefix = _PREFIXED.match(token)
    rest = token[prefix.end() :] if prefix else token
    scheme = _SCHEMES.match(rest)
    rest = rest[scheme.end() :] if scheme else rest
    end = _ADDRESS_END.search(rest)
    rest = rest[: end.start()] if end else rest
    authority, slash, path = rest.partition("/")
    if "@" in authority and not slash:
        return Rejected(token, EMAIL)
    host = _PORT.sub("", authority.rpartition("@")[2]).strip(".*!:'").lower()
    if host in ("", "in") and slash and not scheme:  # "/in/jane", "in/jane": as pages link to each other
        parts = [part for part in rest.split("/") if part]
        if parts[:1] == ["in"]:
            return _judge_path(token, parts)
    if not any(character.isalnum() for character in token):
        return None
    if not (_HOST.fullmatch(host) and (slash or scheme or host.endswith("linkedin.com"))):
        return Rejected(token, OTHER_HOST if scheme and host else NO_PROFILE)
    if host in _SHORT_HOSTS:
        return Rejected(token, SHORTENED)
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return _elsewhere(token, host, path) if other_sites else Rejected(token, OTHER_HOST)
    return _judge_path(token, [part for part in path.split("/") if part])


def _elsewhere(token: str, host: str, path: str) -> Found | Rejected:
    url = other_profile(host, path)
    if url is None:
        return Rejected(token, OTHER_PAGE)
    return Found(url) if len(url) <= MAX_LENGTH else Rejected(token, TOO_LONG)


def _judge_path(token: str, parts: list[str]) -> Found | Rejected:
    """Judge the parts of a path on linkedin.com, without empty parts."""
    while parts and parts[0].lower() in _DETOURS:
        parts = parts[1:]
    section = parts[0].lower() if parts else "in"
    if section == "in":
        return _judge_name(token, parts[1]) if len(parts) > 1 else Rejected(token, NO_NAME)
    if section in _OLD:
        return Rejected(token, OLD_ADDRESS)
    if section in _SEATS:
        return Rejected(token, SALES_NAVIGATOR)
    return Rejected(token, COMPANY if section in _COMPANIES else NOT_A_PROFILE)


def _judge_name(part: str, name: str) -> Found | Rejected:  # noqa: PLR0911 - one return for each verdict
    """Judge the name behind ``/in/``, which may be percent-encoded several times."""
    decoded = name
    while "%" in decoded:
        try:
            again = unquote(decoded, errors="strict")
        except UnicodeDecodeError:
            return Rejected(part, BAD_CHARACTERS)
        if again == decoded:
            return Rejected(part, BAD_CHARACTERS)
        decoded = again
    decoded = _folded(decoded)
    if not decoded:
        return Rejected(part, NO_NAME)
    if decoded in _NOBODY:
        return Rejected(part, NOT_ONE_PERSON)
    if any(character.isspace() for character in decoded):
        return Rejected(part, SPACE)
    if not decoded.isascii() or not decoded.replace("-", "").isalnum():
        allowed = (c in _PUNCTUATION or unicodedata.category(c).startswith(_CHARACTERS) for c in decoded)
        if not all(allowed) or not any(c.isalnum() or unicodedata.category(c) == "So" for c in decoded):
            return Rejected(part, BAD_CHARACTERS)
    url = PREFIX + (decoded if decoded.isascii() and decoded.isalnum() else quote(decoded, safe=""))
    return Found(url) if len(url) <= MAX_LENGTH else Rejected(part, TOO_LONG)


def _folded(name: str) -> str:
    """The decoded name in lower case, composed, without signs that prose or a form put around it."""
    if _MEMBER_ID.fullmatch(name):
        return name
    if name.isascii():
        return name.strip(" \t.!:'").lower()
    before = ""
    while name != before:  # lower case may need composing again
        before = name
        name = without_invisible(unicodedata.normalize("NFC", name.lower())).strip(".!:'\u200c\u200d")
    return name
