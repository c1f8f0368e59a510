"""Turns one cell of a website column into company domains, or into reasons why it names none.

The cell loses its invisible characters and is cut into tokens at spaces, commas, brackets and similar signs. Each token
with a dot is read as a URL, an e-mail address or a host. Words without a dot are prose ("Acme Inc, acme.com"). Prose
matters only if the cell holds nothing else.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING

import idna

from saber_pipeline.inputs.cells import EMPTY, JOINERS, Found, Rejected, is_nothing, without_invisible
from saber_pipeline.inputs.link_wrappers import is_wrapper, unwrapped
from saber_pipeline.inputs.profile_hosts import is_profile_page
from saber_pipeline.inputs.public_suffixes import public_suffix
from saber_pipeline.inputs.shared_domains import whose_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

# Reasons are stable: analysts group rejected_inputs by them.
NO_DOMAIN = "There is no domain in the text."
SINGLE_LABEL = "A name without a dot is not a domain."
IP_ADDRESS = "An IP address is not a domain."
PROFILE = "A profile or directory page is not the company's own website."
WRAPPED = "The link leads through another site and does not name its target."
PROSE = "A sentence or note, not an address: its domains may be anybody's."
BARE_SUFFIX = "A public suffix alone is not a company's domain."
UNKNOWN_TLD = "The top-level domain does not exist."
TOO_LONG = "The name or a label of it is too long (253 and 63 characters are allowed)."
BAD_CHARACTERS = "The name has characters, or empty parts, that a domain cannot have."

_MAX_DOMAIN_LENGTH = 253
_MAX_LABEL_LENGTH = 63
_MAX_WORDS = 5  # beside an address: "Acme Holding GmbH and Co KG acme.com" is one, a sentence is not
_SHOWN = 200
_MAX_WRAPPERS = 5  # around one address


# A value as exports should have it: one host, perhaps with scheme, user, port and path. Only a shortcut.
_CLEAN = re.compile(
    r"\s*(https?://|mailto:)?([a-z0-9._+-]+@)?"
    r"([a-z0-9.-]+\.[a-z]{2,})\.?(?::\d+)?([/?#][a-z0-9/._~%=&+?#:@-]*)?\s*",
    re.ASCII | re.IGNORECASE,
)
_IPV6_IN_BRACKETS = re.compile(r"\[([0-9a-fA-F]*:[0-9a-fA-F:.]*)(?:%[^\]]*)?\]")
# What stands between values: space, list punctuation, brackets, quotes of all kinds, bullets.
_BETWEEN = r"""\s,;|<>()\[\]{}"'`\u2018\u2019\u201a\u201c-\u201e\u00ab\u00bb\u2039\u203a\u3001\u2022"""
_TOKEN = re.compile(rf"([{_BETWEEN}]*)([^{_BETWEEN}]+)")
_SCHEMES = re.compile(
    r"(?:[a-z][a-z0-9+-]*:/+|(?:https?|ftps?|mailto|e-?mail|website|web|url|domain):|https?//+|//+)+",
    re.ASCII | re.IGNORECASE,
)
_SOLD_LABELS = frozenset(("co", "com", "net", "org"))  # www.co.uk is nobody's site
_FILE_ENDINGS = (".md", ".pl", ".ps", ".py", ".rs", ".sh", ".zip", ".mov")  # top-level domains as well
_TAIL = re.compile(r"[/?#]")
_PORT = re.compile(r":[0-9]*\Z")
_IPV4_LIKE = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)
_WORDS = re.compile(rf"[^{_BETWEEN}]*[^\W_][^{_BETWEEN}]*")
_SIGNS_OF_USERS = re.compile(r"[^\w.-]+")
# Letters and digits, single hyphens between them, and the small letters of Latin-1.
_LATIN_LABEL = "[a-z0-9\u00df-\u00f6\u00f8-\u00ff]+(?:-[a-z0-9\u00df-\u00f6\u00f8-\u00ff]+)*"
_LATIN_HOST = re.compile(rf"{_LATIN_LABEL}(?:\.{_LATIN_LABEL})*")
_MAX_LATIN_LENGTH = 30  # of a label: far from where punycode could become too long
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.ASCII)


def normalise_domain(text: str | None) -> tuple[Found | Rejected, ...]:
    """Read one cell: lower-case ASCII domains without ``www.``, below a real top-level domain.

    Returns at least one item; each domain once, in the order of the text.
    """
    if text is None:
        return (Rejected("", EMPTY),)
    clean = _CLEAN.fullmatch(text)
    if clean is None:
        return read_messy_cell(text)
    scheme, user, host, tail = clean.groups()
    if tail and not scheme and "." in tail:  # perhaps a second domain behind a slash
        return read_messy_cell(text)
    is_mail = user is not None and scheme in {None, "mailto:"}
    return (_judge(host, host.lower(), tail or "", is_mail=is_mail),)


def host_of(part: str) -> str:
    """The host of one URL, e-mail address or host, in lower case without ``www.``."""
    scheme = _SCHEMES.match(part)
    authority = _TAIL.split(part[scheme.end() :] if scheme else part, maxsplit=1)[0]
    return _lower(_PORT.sub("", authority.rpartition("@")[2]).strip(".*!:")).removeprefix("www.")


def is_domain_value(text: str) -> bool:
    """Whether the first cell of a one-column file is a value rather than a header."""
    words = _WORDS.findall(text)
    if any("." not in word or _is_cut_by_a_sign(word) for word in words):
        return False
    return "://" in text or all(isinstance(result, Found) for result in normalise_domain(text))


def _is_cut_by_a_sign(word: str) -> bool:
    """``Orrin+orrin.com+dana@stripe.com``: an e-mail address only if the sign is a part of the user's name."""
    user, at, _ = word.rpartition("@")
    parts = _SIGNS_OF_USERS.split(user) if at and "://" not in word else []
    return len(parts) > 1 and any(isinstance(result, Found) for part in parts for result in normalise_domain(part))


def read_messy_cell(text: str) -> tuple[Found | Rejected, ...]:
    """Like ``normalise_domain``, without its shortcut for clean values."""
    cleaned = _clean(text)
    if is_nothing(cleaned):
        return (Rejected(cleaned, EMPTY),)
    results: dict[Found | Rejected, None] = {}
    prose: list[str | Found | Rejected] = []
    tokens = ((part, rest) for token, rest in _tokens(cleaned) for part in _split_at_slashes(token))
    for token, url_before in tokens:
        if token.isascii() and token.isalnum():  # a word, which is no domain: a shortcut, as most of prose is words
            if not url_before and token.lower() != "www":
                prose.append(token)
            continue
        result, is_prose = _read_token(token)
        if result is None or (url_before and not isinstance(result, Found)):
            continue
        if is_prose:
            prose.append(result)
        else:
            results[result] = None
    if results and len(prose) > _MAX_WORDS and len(prose) > 2 * len(results):
        return (Rejected(cleaned[:_SHOWN], PROSE),)
    if results:
        return tuple(results)
    if len(prose) == 1:
        only = prose[0]
        return (_judge(only, _lower(only), "") if isinstance(only, str) else only,)
    return (Rejected(cleaned[:_SHOWN], NO_DOMAIN),)


def _clean(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return without_invisible(text)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Tokens of a cell, each with whether the token may be the rest of the URL before it.

    A comma may be part of a URL. Behind a path, the next token counts only if it is a domain. Behind a query or
    fragment, it counts only if it starts like a URL.
    """
    text = _IPV6_IN_BRACKETS.sub(r" \1 ", text)
    in_path = in_query = False
    for separator, token in _TOKEN.findall(text):
        if not separator or any(character.isspace() for character in separator):
            in_path = in_query = False
        scheme = _SCHEMES.match(token)
        if in_query and scheme is None and not token.lower().startswith("www."):
            continue
        yield token, in_path
        rest = token[scheme.end() :] if scheme else token
        tail = _TAIL.search(rest)
        in_path = in_path or (tail is not None and len(rest) > tail.start() + 1)
        in_query = in_query or "?" in rest or "#" in rest


def _split_at_slashes(token: str) -> list[str]:
    """``acme.com/acme.de`` is two domains if nothing in it looks like a URL's path."""
    host, slash, path = token.partition("/")
    if not path.strip("/") or _SCHEMES.match(token) or is_profile_page(host.lower(), slash + path):
        return [token]
    segments = [segment for segment in token.split("/") if segment]
    return segments if all(_is_host(segment) for segment in segments) else [token]


def _is_host(segment: str) -> bool:
    host = _lower(segment.rpartition("@")[2])
    return not host.endswith(_FILE_ENDINGS) and isinstance(_judge(segment, host, ""), Found)


def _read_token(token: str) -> tuple[Found | Rejected | None, bool]:
    """The token's domain or reason, and whether the token may also be prose. None for mere punctuation."""
    if token.count(":") > 1 and _is_ip_address(token):
        return Rejected(token, IP_ADDRESS), False
    scheme = _SCHEMES.match(token)
    rest = token[scheme.end() :] if scheme else token
    tail_at = _TAIL.search(rest)
    authority, tail = (rest[: tail_at.start()], rest[tail_at.start() :]) if tail_at else (rest, "")
    _, at, host_and_port = authority.rpartition("@")
    if _is_ip_address(host_and_port):
        return Rejected(token, IP_ADDRESS), False
    host = _PORT.sub("", host_and_port).strip(".*!:\u200c\u200d")
    if not host or host.lower() == "www":
        return None, True
    is_prose = not (scheme or at) and _looks_like_prose(host)
    is_mail = bool(at) and (scheme is None or not scheme[0].rstrip(":/").lower().endswith(("http", "https", "ftp")))
    return _judge(token, _lower(host), tail, is_mail=is_mail), is_prose


def _looks_like_prose(host: str) -> bool:
    """A word, an abbreviation (S.A, e.g) or a number (2.5), but not an IP address."""
    head, _, last = host.rpartition(".")
    return not head or ((len(last) == 1 or last.isdecimal()) and not _IPV4_LIKE.fullmatch(host))


def _judge(part: str, host: str, tail: str, *, is_mail: bool = False, depth: int = 0) -> Found | Rejected:
    """Judge a host in lower case without port and user. ``tail`` follows the host in the URL."""
    if not host.isascii() or "xn--" in host:
        encoded = _to_ascii(host)
        if isinstance(encoded, Rejected):
            return Rejected(part, encoded.reason)
        host = encoded
    host = host.strip(".")
    had_www = False
    while host.startswith("www."):
        host, had_www = host[4:], True
    if (tail or host.endswith(".goog")) and is_wrapper(host, tail):
        return _judge_wrapped(part, host, tail, depth)
    if had_www and _is_administered(host):
        return Found(f"www.{host}")
    reason = _problem(host, tail) or whose_problem(host, is_mail=is_mail)
    return Rejected(part, reason) if reason else Found(host)


def _judge_wrapped(part: str, host: str, tail: str, depth: int) -> Found | Rejected:
    """Judge the address inside the link, which may be wrapped again."""
    inner = unwrapped(host, tail) if depth < _MAX_WRAPPERS else None
    if inner is None:
        return Rejected(part, WRAPPED)
    scheme = _SCHEMES.match(inner)
    rest = inner[scheme.end() :] if scheme else inner
    tail_at = _TAIL.search(rest)
    authority, inner_tail = (rest[: tail_at.start()], rest[tail_at.start() :]) if tail_at else (rest, "")
    inner_host = _lower(_PORT.sub("", authority.rpartition("@")[2]).strip(".*!:"))
    return _judge(part, inner_host, inner_tail, depth=depth + 1)


def _is_administered(host: str) -> bool:
    """Whether the host is a suffix whose ``www.`` is the administrator's own site (gov.uk, nhs.uk, gob.mx)."""
    first, dot, _ = host.partition(".")
    return bool(dot) and first not in _SOLD_LABELS and public_suffix(host) == host


def _lower(host: str) -> str:
    """Lower case as UTS 46 maps it: a capital sigma at a word's end is no final sigma."""
    return host.replace("\u03a3", "\u03c3").lower()


def _problem(host: str, tail: str) -> str | None:
    """Why the host is not a company's domain; None if it is one."""
    if not _HOST.fullmatch(host):
        return BAD_CHARACTERS
    if len(host) > _MAX_LABEL_LENGTH and _is_too_long(host):
        return TOO_LONG
    if host[-1].isdecimal() and _IPV4_LIKE.fullmatch(host):
        return IP_ADDRESS
    suffix = public_suffix(host)
    if suffix == host:
        return BARE_SUFFIX
    if suffix is None:
        return UNKNOWN_TLD if "." in host else SINGLE_LABEL
    return PROFILE if tail and is_profile_page(host, tail) else None


def _is_too_long(host: str) -> bool:
    return len(host) > _MAX_DOMAIN_LENGTH or any(len(label) > _MAX_LABEL_LENGTH for label in host.split("."))


def _to_ascii(host: str) -> str | Rejected:
    """UTS 46, non-transitional, label by label: ASCII labels need not follow IDNA's rules for hyphens."""
    if host.translate(JOINERS).isascii():
        host = host.translate(JOINERS)
    try:
        return _encode(host)
    except idna.IDNAError as error:
        without_joiners = host.translate(JOINERS)
        if without_joiners != host:
            return _to_ascii(without_joiners)
        return Rejected(host, TOO_LONG if "too long" in str(error) else BAD_CHARACTERS)


def _encode(host: str) -> str:
    if _LATIN_HOST.fullmatch(host) and all(len(label) <= _MAX_LATIN_LENGTH for label in host.split(".")):
        # A shortcut: these letters stay as they are, and no rule of IDNA but those for hyphens is about them.
        return ".".join(
            label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in host.split(".")
        )
    mapped = host if host.isascii() else idna.uts46_remap(host, std3_rules=False, transitional=False)
    labels = []
    for label in mapped.split("."):
        if label.startswith("xn--") and idna.alabel(idna.ulabel(label)).decode() != label:
            raise idna.IDNAError("not the canonical form of its Unicode name")
        labels.append(label if label.isascii() else idna.alabel(label).decode())
    return ".".join(labels)


def _is_ip_address(text: str) -> bool:
    # A shortcut: nearly every host ends in a letter, and the others are seldom four numbers.
    if ":" not in text and not (text[-1:].isdecimal() and _IPV4_LIKE.match(text)):
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
