"""Finds the column of a list file that holds the subjects."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class ColumnNames:
    """Names of the column with the subjects, compared in lower case without spaces and punctuation.

    ``names``: best first. A header that only contains one of ``hints``, and none of ``but_not``, ranks after all
    ``names``. The ``late`` names rank last. ``asked_last`` are the late names whose columns a row falls back to.
    """

    names: tuple[str, ...]
    hints: tuple[str, ...]
    but_not: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    asked_last: frozenset[str] = frozenset()

    def rank(self, header: str) -> float | None:
        """The rank of the header as a name of the column: lower is better. None if the header does not name it."""
        plain = plain_name(header)
        if plain in self.names:
            return self.names.index(plain)
        if plain in self.late:
            return _LATE + self.late.index(plain)
        if any(no in plain for no in self.but_not):
            return None
        for core in _cores(header):
            if core in self.names:
                return self.names.index(core) + 0.5
        if any(hint in plain for hint in self.hints):
            return _SIMILAR
        return next((_LATE + self.late.index(core) + 0.5 for core in _cores(header) if core in self.late), None)


@dataclass(frozen=True)
class Choice:
    """The places of the chosen column, of the columns to ask if a cell of it names nobody, and of the next best one."""

    column: int
    fallbacks: tuple[int, ...] = ()
    runner_up: int | None = None


_NOT_LETTERS = re.compile(r"[\W_]+")


def plain_name(header: str) -> str:
    """The header in lower case without accents, spaces, punctuation and invisible characters."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", header.lower()) if not unicodedata.combining(c))
    return _NOT_LETTERS.sub("", plain)


_SIMILAR = 1_000.0
_LATE = 2_000.0
_MOSTLY = 0.5
_NEARLY_ALL = 0.8
_TOLD = 30
_OTHERS = (
    "email", "mail", "linkedin", "facebook", "twitter", "instagram", "competitor", "partner", "parent", "investor",
    "customer", "supplier", "vendor", "owner", "visit", "traffic", "date", "status", "rank", "form", "source", "note",
    "views", "session", "verified", "score", "title", "description", "language", "technolog", "keyword",
    "referr", "expir", "authority", "registrar", "created", "updated", "reseller", "subsidiar", "distributor", "phone",
    "category", "number", "conversion", "chat", "wettbewerb", "konkurren", "concurren", "competidor", "concorren",
    "muttergesellschaft", "lieferant", "fournisseur", "proveedor",
)  # fmt: skip
# As CRMs in other languages head the column; compared without accents, as ``plain_name`` gives them.
_ABROAD = (
    "Internetadresse", "Internetauftritt", "Webadresse", "Firmenwebsite", "Unternehmenswebsite", "Firmendomain",
    "Webpräsenz", "URL der Website", "Site internet", "Site web", "Site de l'entreprise", "Site web de l'entreprise",
    "Site officiel", "Adresse web", "Adresse du site", "Adresse internet", "Page web", "URL du site", "URL site web",
    "Domaine", "Nom de domaine", "Sitio web", "Sitio web de la empresa", "Página web", "Página de la empresa",
    "Dominio",
    "Nombre de dominio", "URL sitio web", "Domínio", "Site da empresa", "Página da empresa", "Página", "Sito",
    "Sito internet", "Sito web", "Sito web aziendale", "Dominio aziendale", "Domein", "Bedrijfswebsite", "Webadres",
    "Webbplats", "Hemsida", "Domän", "Hjemmeside", "Nettside", "Nettsted", "Domæne", "Domene", "Kotisivu", "Verkkosivu",
    "Verkkosivusto", "Verkkotunnus", "Strona", "Strona internetowa", "Strona www", "Adres www", "Domena",
    "Webové stránky", "Webová stránka", "Doména", "Adresa webu", "Weboldal", "Honlap", "Domén", "Site-ul web",
    "Domeniu",
    "Web sitesi", "Web adresi", "Ιστοσελίδα", "Ιστότοπος", "Сайт", "Сайт компании", "Домен",
    "Alan adı", "Веб-сайт",  # noqa: RUF001 - these letters are meant
    "Сайт компанії", "Уебсайт", "网站", "网址", "公司网站", "官网", "域名", "網站", "網址", "公司網站", "ウェブサイト",
    "ホームページ", "会社ホームページ", "サイト", "ドメイン", "웹사이트", "홈페이지", "회사 웹사이트", "도메인",
    "الموقع",
    "الموقع الإلكتروني", "موقع الويب", "אתר", "אתר אינטרנט", "Trang web", "เว็บไซต์", "वेबसाइट", "Situs web",
)  # fmt: skip
DOMAIN_COLUMNS = ColumnNames(
    (
        "domain", "companydomain", "domainname", "companydomainname", "primarydomain", "accountdomain",
        "organizationdomain", "organisationdomain", "websitedomain", "domains",
        "website", "companywebsite", "websiteurl", "companywebsiteurl", "accountwebsite", "websites",
        "companyurl", "homepage", "homepageurl", "companyhomepage",
        "websiteaddress", "webaddress", "webpage", "site", "companysite", "siteurl", "web", "weburl", "www",
        "webseite", "internetseite", "internet", "siteweb", "sitoweb", "sitioweb", "paginaweb", "hemsida", "strona",
        "accounturl", "organizationurl", "organisationurl", "orgurl", "host", "hostname",
        "internetaddress", "officialsite", "officialwebsite", "webpresence", "storeurl", "shopurl", "fqdn",
        *dict.fromkeys(map(plain_name, _ABROAD)),
    ),
    hints=("domain", "website", "homepage", "webseite", "webpage"),
    but_not=_OTHERS,
    late=("emaildomain", "companyemail", "workemail", "email", "emailaddress", "url", "urls", "link", "links"),
    asked_last=frozenset(("emaildomain", "companyemail", "workemail", "email", "emailaddress")),
)  # fmt: skip
PROFILE_COLUMNS = ColumnNames(
    (
        "contactprofileurl", "linkedinprofileurl", "linkedinurl", "personlinkedinurl", "contactlinkedinurl",
        "linkedinprofile", "linkedin", "personlinkedin", "contactlinkedin", "contactlinkedinprofile",
        "contactlinkedinprofileurl", "leadlinkedinurl", "leadlinkedin", "linkedinlink", "linkedinprofilelink",
        "linkedinpublicprofileurl", "publicprofileurl", "defaultprofileurl", "linkedincontactprofileurl",
        "linkedinurls", "linkedinprofiles", "linkedinaddress", "linkedinprofil",
        "profileurl", "contactprofile", "profilelink", "profileaddress", "profile", "profiles", "profileurls",
        "contacturl", "personurl", "memberurl", "profil", "profilurl",
    ),
    hints=("linkedin", "profile"),
    but_not=("company", "account", "organization", "organisation", "employer", "navigator", "picture", "image"),
    late=("url", "urls", "link"),
)  # fmt: skip
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_OBJECT = re.compile(r"\s*[:|>\u2192\u00bb]+\s*|\s+[-\u2013\u2014/]\s+|::|->")


def _cores(header: str) -> list[str]:
    """The header without an object in brackets, before a colon or before a dash: "Account: Website (main)"."""
    bare = _BRACKETS.sub(" ", header)
    parts = [plain_name(part) for part in _OBJECT.split(bare)]
    return [part for part in dict.fromkeys((plain_name(bare), *reversed(parts))) if part]


def choose_column(
    headers: Sequence[str],
    path: Path,
    columns: ColumnNames,
    *,
    samples: Sequence[Sequence[str | None]] = (),
    is_good: Callable[[str], bool] = bool,
    wanted: str | None = None,
) -> Choice:
    """The column that holds the subjects: the one with the best name, or the only one.

    ``samples`` are values of each column. A column whose values are mostly useless ranks after the others.
    ``wanted`` is a header that the user named. Raises ListError with the columns found and the names that work.
    """
    ranks = [columns.rank(header) for header in headers]
    named = [index for index, rank in enumerate(ranks) if rank is not None]
    useful = [useful_share(values, is_good) for values in samples] or [None] * len(headers)
    order = sorted(named, key=lambda index: (is_useless(useful[index]), ranks[index], index))
    if wanted is not None:
        column = _wanted(headers, wanted, path)
        order = [column, *(index for index in order if index != column)]
    elif len(headers) == 1:
        order = [0]
    elif (
        order and (ranks[order[0]] or 0) >= _LATE
    ):  # an e-mail or a bare link: a column of sites without a known name wins
        order = [*_unnamed_sites(headers, samples, useful, ranks, columns), *order]
    if order:
        column, *others = order
        late = [plain_name(headers[index]) in columns.asked_last for index in others]
        asked = tuple(
            index
            for index, is_late in zip(others, late, strict=True)
            if not is_useless(useful[index]) and (is_late or (ranks[index] or 0) < _LATE)
        )
        return Choice(column, asked, others[0] if others else None)
    found = ", ".join(repr(header) for header in headers)
    likely = [header for header, share in zip(headers, useful, strict=True) if share is not None and share > _MOSTLY]
    hint = f" {likely[0]!r} has usable values: set it as `column` of this list in lists.yaml." if likely else ""
    raise ListError(
        f"{path}: none of its columns ({found}) has a known name.{hint} Name one of them "
        f"{columns.names[0]!r}; these names work too, in any case: {', '.join(columns.names[1:_TOLD])} and more. "
        "If the first row is data, add a row with the columns' names above it."
    )


def _unnamed_sites(
    headers: Sequence[str],
    samples: Sequence[Sequence[str | None]],
    useful: Sequence[float | None],
    ranks: Sequence[float | None],
    columns: ColumnNames,
) -> list[int]:
    """The only column without a known name that holds subjects and no e-mail addresses; empty if there are several."""
    found = [
        index
        for index, values in enumerate(samples)
        if ranks[index] is None
        and (useful[index] or 0) > _NEARLY_ALL
        and not any(no in plain_name(headers[index]) for no in columns.but_not)
        and not any("@" in (value or "") for value in values)
    ]
    return found if len(found) == 1 else []


def useful_share(values: Sequence[str | None], is_good: Callable[[str], bool]) -> float | None:
    """The share of values that can be used, None where there is no value."""
    filled = [value for value in values if value and value.strip()]
    return sum(map(is_good, filled)) / len(filled) if filled else None


def is_useless(share: float | None) -> bool:
    """Whether most of the values are of no use."""
    return share is not None and share < _MOSTLY


def _wanted(headers: Sequence[str], wanted: str, path: Path) -> int:
    plain = [plain_name(header) for header in headers]
    if wanted in headers:
        return list(headers).index(wanted)
    if plain_name(wanted) in plain:
        return plain.index(plain_name(wanted))
    found = ", ".join(repr(header) for header in headers)
    raise ListError(
        f"{path} has no column {wanted!r}, which lists.yaml names for it. It has: {found}. Correct the name."
    )


def is_column_name(text: str, columns: ColumnNames) -> bool:
    """Whether the text is one of the names that ``choose_column`` looks for."""
    plain = plain_name(text)
    return plain in columns.names or plain in columns.late


def distinct_names(headers: Sequence[str]) -> list[str]:
    """Headers as JSON keys: unnamed ones become ``column_3``, repeated ones ``name_2``."""
    names: list[str] = []
    taken = {header.strip() for header in headers}
    seen: set[str] = set()
    for position, header in enumerate(headers, start=1):
        base = header.strip() or f"column_{position}"
        name, number = base, 2
        while name in seen or (name != base and name in taken):
            name, number = f"{base}_{number}", number + 1
        seen.add(name)
        names.append(name)
    return names
