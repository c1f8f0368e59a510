"""One cell of a list's column becomes LinkedIn addresses of companies, or reasons why it cannot.

The normal form is ``https://www.linkedin.com/company/<name>``, with ``school`` or ``showcase`` where the
page is one: the name in lower case, characters beyond ASCII in percent-encoded UTF-8, nothing behind it.
Country and mobile hosts, subpages, queries and fragments lead to the same page and are dropped. The number
in a Sales Navigator address of a company is the one of its page.

A wrong guess would find people of another company, so a text that does not clearly name one page is rejected.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

from saber_pipeline.inputs.cells import EMPTY, Found, Rejected, is_nothing, without_invisible

# Reasons are stable: analysts group by them.
NO_PAGE = "There is no LinkedIn address of a company in the text."
OTHER_HOST = "The address is not on linkedin.com; a search takes the company's LinkedIn page."
SHORTENED = "A shortened link does not say which page it is; open it and copy the address with /company/."
PERSON = "A page of a person, not of a company."
NOT_A_COMPANY = "A LinkedIn page, but not one of a company: a post, group, job, search or the like."
NO_NAME = "The address names no company: nothing follows /company/."
SPACE = "The page's name contains a space, so the company is not certain."
BAD_CHARACTERS = "The page's name has characters that a LinkedIn address cannot have."
TOO_LONG = "The address is longer than the 500 characters that the API accepts."

HOST = "https://www.linkedin.com"
MAX_LENGTH = 500

_SECTIONS = {"company": "company", "companies": "company", "company-beta": "company", "organization": "company",
             "school": "school", "edu": "school", "showcase": "showcase"}  # fmt: skip
_PEOPLE = frozenset(("in", "pub", "profile"))
_DETOURS = frozenset(("mwlite", "comm", "m"))
_NOBODY = frozenset(("unavailable", "null", "undefined", "none", "nan", "n-a", "setup", "home"))
_BETWEEN_VALUES = re.compile(r"([\s,;|<>()\[\]{}\"“”]+)")
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+-]*:/+|https?//+|//+)+", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)
_LEGAL_FORMS = frozenset(("co", "ltd", "limited", "inc", "llc", "plc", "corp", "pty", "pvt", "gmbh", "sa", "ag", "bv"))
_PUNCTUATION = frozenset("-_.~'&+\u2019\u00b7")


def read_company_cell(text: str | None) -> tuple[Found | Rejected, ...]:
    """Read one cell. Returns at least one item; each page once, in the order of the text."""
    cleaned = without_invisible(unicodedata.normalize("NFC", text or ""))
    if is_nothing(cleaned):
        return (Rejected(cleaned, EMPTY),)
    pieces = _BETWEEN_VALUES.split(cleaned)
    tokens = [token for token in pieces[::2] if any(c.isalnum() for c in token)]
    results = dict.fromkeys(_read_token(token) for token in tokens)
    found = [result for result in results if isinstance(result, Found)]
    if found and _goes_on(pieces):
        return (Rejected(cleaned, SPACE),)
    if found:
        return tuple(found)
    told = [r for r in results if isinstance(r, Rejected) and r.reason != NO_PAGE]
    return tuple(told) or (Rejected(cleaned, NO_PAGE),)


def normalise_company_page(text: str) -> str | Rejected:
    """The one page that ``text`` names, in the normal form above, or the reason why it names none."""
    results = read_company_cell(text)
    if len(results) > 1:
        return Rejected(text, NO_PAGE)
    (result,) = results
    return result.subject if isinstance(result, Found) else result


def _goes_on(pieces: list[str]) -> bool:
    """Whether the name of a page continues behind a separator ("/company/acme corp", "/company/acme,-inc.").

    ``pieces``: texts and their separators, in turn. The name continues if the text behind the separator is no address
    by itself. A text without a blank before it must be a whole address, because "-inc./about" has a slash as well.
    """
    for before, between, after in zip(pieces[::2], pieces[1::2], pieces[2::2], strict=False):
        if not isinstance(_read_token(before), Found) or re.search(r"/\Z|[?#]", before):
            continue
        touches = not any(character.isspace() for character in between)
        if touches and after and not _is_address(after):
            return True
        if any(c.isalnum() for c in after) and not _is_address(after) and not re.search(r"[@:]", after):
            return True
    return False


def _is_address(text: str) -> bool:
    """Whether ``text`` is an address by itself: it begins with a scheme, a host, or a kind of page."""
    scheme = _SCHEME.match(text)
    host = re.split(r"[/?#:]", text[scheme.end() :] if scheme else text, maxsplit=1)[0].lower().strip(".")
    labels = host.split(".")
    is_name = all(label.strip("-") == label for label in labels) and len(labels[-1]) > 1
    is_host = _HOST.fullmatch(host) is not None and is_name and not _LEGAL_FORMS.issuperset(labels)
    return scheme is not None or is_host or isinstance(_read_token(text), Found)


def _read_token(token: str) -> Found | Rejected:
    scheme = _SCHEME.match(token)
    rest = re.split(r"[?#]", token[scheme.end() :] if scheme else token, maxsplit=1)[0]
    authority, slash, path = rest.partition("/")
    host = re.sub(r":[0-9]*\Z", "", authority).lower().strip(".")
    parts = [part for part in path.split("/") if part]
    if not scheme and host in ("", *_SECTIONS) and slash:  # "/company/acme", "company/acme"
        parts = [part for part in rest.split("/") if part]
    elif not _HOST.fullmatch(host) or not (slash or scheme or host.endswith("linkedin.com")):
        return Rejected(token, NO_PAGE)
    elif host == "lnkd.in":
        return Rejected(token, SHORTENED)
    elif host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return Rejected(token, OTHER_HOST)
    while parts and parts[0].lower() in _DETOURS:
        parts = parts[1:]
    if parts[:1] == ["sales"] and len(parts) > 2 and parts[1] == "company" and parts[2].isdecimal():  # noqa: PLR2004 - section, kind, number
        parts = parts[1:]
    section = parts[0].lower() if parts else ""
    if section in _PEOPLE:
        return Rejected(token, PERSON)
    if section not in _SECTIONS:
        return Rejected(token, NOT_A_COMPANY)
    return _judge_name(token, _SECTIONS[section], parts[1]) if len(parts) > 1 else Rejected(token, NO_NAME)


def _judge_name(token: str, section: str, name: str) -> Found | Rejected:
    decoded = ""
    while name != decoded:  # encoded once or oftener
        try:
            decoded, name = name, unquote(name, errors="strict")
        except UnicodeDecodeError:
            return Rejected(token, BAD_CHARACTERS)
    decoded = unicodedata.normalize("NFC", without_invisible(decoded).lower()).strip(" .!:'*")
    if not decoded or decoded in _NOBODY:
        return Rejected(token, NO_NAME)
    if any(character.isspace() for character in decoded):
        return Rejected(token, SPACE)
    allowed = all(c in _PUNCTUATION or unicodedata.category(c)[0] in "LMN" for c in decoded)
    if not allowed or not any(c.isalnum() for c in decoded):
        return Rejected(token, BAD_CHARACTERS)
    url = f"{HOST}/{section}/{quote(decoded, safe='')}"
    return Found(url) if len(url) <= MAX_LENGTH else Rejected(token, TOO_LONG)
