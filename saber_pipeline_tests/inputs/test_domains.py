"""One cell becomes domains or reasons."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saber_pipeline.inputs import domains as d
from saber_pipeline.inputs.cells import EMPTY, Found, Rejected
from saber_pipeline.inputs.domains import normalise_domain, read_messy_cell
from saber_pipeline.inputs.public_suffixes import public_suffix
from saber_pipeline.inputs.shared_domains import EXAMPLE, HOSTED, MAIL_PROVIDER

# CreateSignalRequest.domain in the API's interface description.
API_PATTERN = re.compile(
    r"^[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?)*$"
)

USABLE = {
    "acme.com": ["acme.com"],
    "HTTPS://www.Acme.com:8080/a?b#c": ["acme.com"],
    "http:/acme.com": ["acme.com"],
    "http//acme.com": ["acme.com"],
    "http;//acme.com": ["acme.com"],
    "http:acme.com": ["acme.com"],
    "https://https://acme.com": ["acme.com"],
    "https:\\\\acme.com\\x": ["acme.com"],
    "//acme.com": ["acme.com"],
    "https:// acme.com": ["acme.com"],
    "http://user:pw@acme.com/": ["acme.com"],
    "acme.com.": ["acme.com"],
    "acme.com:": ["acme.com"],
    "www.www.acme.com": ["acme.com"],
    "*.acme.com": ["acme.com"],
    "shop.eu.acme.co.uk/x": ["shop.eu.acme.co.uk"],
    "r3---sn.acme.com": ["r3---sn.acme.com"],
    "jane@acme.co.uk": ["acme.co.uk"],
    "mailto:j@acme.com?subject=a,b.com": ["acme.com"],
    "Jane Doe <jane.doe@acme.com>": ["acme.com"],
    "'acme.com'": ["acme.com"],
    "[Acme](https://acme.com)": ["acme.com"],
    "[acme.com](https://acme.com/x)": ["acme.com"],
    '<a href="https://acme.com">acme</a>': ["acme.com"],
    "Website: acme.com": ["acme.com"],
    "Acme Inc. acme.com": ["acme.com"],
    "Acme S.A. acme.com": ["acme.com"],
    "bücher.de": ["xn--bcher-kva.de"],
    "XN--BCHER-KVA.de": ["xn--bcher-kva.de"],
    "straße.de": ["xn--strae-oqa.de"],
    "食狮。中国": ["xn--85x722f.xn--fiqs8s"],
    "ａｃｍｅ．ｃｏｍ": ["acme.com"],  # noqa: RUF001  full-width letters are the case
    "\u200bac\u00adme.com\u00a0\ufeff": ["acme.com"],
    "نامه\u200cای.com": ["xn--mgba3gch31f060k.com"],  # noqa: RUF001  a Persian name is the case
    "acme.com, beta.com; c.de": ["acme.com", "beta.com", "c.de"],
    "d.fr | e.it / f.nl\ng.es and h.pl": ["d.fr", "e.it", "f.nl", "g.es", "h.pl"],
    "acme.com/acme.de": ["acme.com", "acme.de"],
    "jane@acme.com/www.acme.de/": ["acme.com", "acme.de"],
    "acme.com/en/index.html": ["acme.com"],
    "acme.com/readme.md": ["acme.com"],
    "https://acme.com/acme.de": ["acme.com"],
    "acme.com,beta.com": ["acme.com", "beta.com"],
    "https://acme.com/,https://beta.com/": ["acme.com", "beta.com"],
    "https://acme.com/2020,report.pdf": ["acme.com"],
    "https://acme.com/?ref=x,beta.com": ["acme.com"],
    "blogspot.com": ["blogspot.com"],
    "github.io": ["github.io"],
    "acme.uk.com": ["acme.uk.com"],
    "shop.acme.co.com/x": ["shop.acme.co.com"],
    "www.gov.uk": ["www.gov.uk"],
    "https://www.gov.uk/": ["www.gov.uk"],
    "HTTPS://WWW.NHS.UK/x?y": ["www.nhs.uk"],
    "www.gov.sg": ["www.gov.sg"],
    "www.gob.mx": ["www.gob.mx"],
    "ΔΗΜΟΣ-ΑΘΗΝΩΝ.gr": ["xn----zlbhmcfzmao8bze.gr"],
    "ΚΟΣΜΟΣ2.gr": ["xn--2-hmbglbwc.gr"],  # noqa: RUF001  likewise
    "cox.com": ["cox.com"],
    "help.shopify.com": ["help.shopify.com"],
    "https://web.archive.org/web/2019/http://orrin-tools.com/": ["orrin-tools.com"],
    "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Forrin-tools.com&data=05": ["orrin-tools.com"],
    "https://urldefense.com/v3/__https://orrin-tools.com__;!!abc$": ["orrin-tools.com"],
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.orrin-2Dtools.com_x&d=D": ["orrin-tools.com"],
    "https://protect-us.mimecast.com/s/AbC1?domain=orrin-tools.com": ["orrin-tools.com"],
    "https://translate.google.com/translate?sl=de&u=https://orrin-tools.com": ["orrin-tools.com"],
    "https://orrin--tools-com.translate.goog/x": ["orrin-tools.com"],
    "https://www.google.com/url?q=https%3A%2F%2Forrin-tools.com%2F&sa=D": ["orrin-tools.com"],
    "https://l.facebook.com/l.php?u=https%3A%2F%2Forrin-tools.com%2F%3Ffbclid%3D1": ["orrin-tools.com"],
    "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Forrin-tools.com": ["orrin-tools.com"],
    "https://www.google.com/url?q=https%3A%2F%2Fweb.archive.org%2Fweb%2F2020%2Fhttps%3A%2F%2Forrin-tools.com": [
        "orrin-tools.com"
    ],
    "linkedin.com": ["linkedin.com"],
    "https://www.linkedin.com/": ["linkedin.com"],
    "jane@facebook.com": ["facebook.com"],
    "acme.com/linkedin.com/company/x": ["acme.com"],
    "notlinkedin.com/company/x": ["notlinkedin.com"],
    "google.com/about": ["google.com"],
}

UNUSABLE = {
    "": EMPTY,
    "jane@gmail.com": MAIL_PROVIDER,
    "mailto:jane@yahoo.co.jp": MAIL_PROVIDER,
    "Jane <jane@cox.net>": MAIL_PROVIDER,
    "gmail.com": MAIL_PROVIDER,
    "https://www.gmx.de/": MAIL_PROVIDER,
    "jane@mailinator.com": MAIL_PROVIDER,
    "acme.github.io": HOSTED,
    "https://acme.myshopify.com/products": HOSTED,
    "acme.wixsite.com/home": HOSTED,
    "acme.wordpress.com": HOSTED,
    "example.com": EXAMPLE,
    "www.shop.example.org/x": EXAMPLE,
    "me@yourcompany.com": EXAMPLE,
    "https://tinyurl.com/abc": d.WRAPPED,
    "bit.ly/3xYz": d.WRAPPED,
    "https://nam02.safelinks.protection.outlook.com/?data=05": d.WRAPPED,
    "https://app.hubspot.com/contacts/1/company/2": d.PROFILE,
    "https://acme.lightning.force.com/lightning/r/Account/001/view": HOSTED,
    "1\x01orrin-tools.com": d.BAD_CHARACTERS,
    "orrin\x00tools.com": d.BAD_CHARACTERS,
    "We beat stripe.com, adyen.com and others, which is why people come to us.": d.PROSE,
    "Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved.": d.PROSE,
    " \u00a0\u200b": EMPTY,
    "n/a": EMPTY,
    "-": EMPTY,
    "None": EMPTY,
    "NULL": EMPTY,
    "unknown": EMPTY,
    "#N/A": EMPTY,
    "#REF!": EMPTY,
    "linkedin.com/company/acme": d.PROFILE,
    "https://de.linkedin.com/in/jane": d.PROFILE,
    "facebook.com/acme": d.PROFILE,
    "facebook.com/?id=100": d.PROFILE,
    "http://twitter.com/#!/acme": d.PROFILE,
    "x.com/acme": d.PROFILE,
    "x.com/acme.com": d.PROFILE,
    "https://www.instagram.com/acme/": d.PROFILE,
    "youtube.com/@acme": d.PROFILE,
    "github.com/acme": d.PROFILE,
    "crunchbase.com/organization/acme": d.PROFILE,
    "xing.com/pages/acme": d.PROFILE,
    "tiktok.com/@acme": d.PROFILE,
    "google.com/maps/place/acme": d.PROFILE,
    "192.168.1.1": d.IP_ADDRESS,
    "http://10.0.0.1:80/x": d.IP_ADDRESS,
    "999.1.1.1": d.IP_ADDRESS,
    "http://[2001:db8::1]:80/x": d.IP_ADDRESS,
    "fe80::1": d.IP_ADDRESS,
    "localhost": d.SINGLE_LABEL,
    "http://localhost:3000": d.SINGLE_LABEL,
    "acme": d.SINGLE_LABEL,
    "Acme GmbH": d.NO_DOMAIN,
    "http://": d.NO_DOMAIN,
    "co.uk": d.BARE_SUFFIX,
    "www.co.uk": d.BARE_SUFFIX,
    "com": d.BARE_SUFFIX,
    "acme.local": d.UNKNOWN_TLD,
    "foo.invalidtld": d.UNKNOWN_TLD,
    "a_b.com": d.BAD_CHARACTERS,
    "acme..com": d.BAD_CHARACTERS,
    "-acme.com": d.BAD_CHARACTERS,
    "i❤.ws": d.BAD_CHARACTERS,
    "xn--a.com": d.BAD_CHARACTERS,
    "a" * 64 + ".com": d.TOO_LONG,
    "ü" * 64 + ".com": d.TOO_LONG,
    "a23456789." * 25 + "com.com": d.TOO_LONG,
}


@pytest.mark.parametrize(("text", "expected"), USABLE.items())
def test_usable_cell(text: str, expected: list[str]) -> None:
    """What CRMs really hold gives each of its domains once, in order."""
    assert normalise_domain(text) == tuple(Found(domain) for domain in expected)


@pytest.mark.parametrize(("text", "reason"), UNUSABLE.items())
def test_unusable_cell(text: str, reason: str) -> None:
    """A cell without a company's domain gives exactly one stable reason."""
    (result,) = normalise_domain(text)
    assert isinstance(result, Rejected)
    assert result.reason == reason


def test_null() -> None:
    """A missing cell is an empty one."""
    assert normalise_domain(None) == (Rejected("", EMPTY),)


def test_mixed_cell() -> None:
    """Usable parts are taken, unusable ones are rejected each with its reason, prose is ignored."""
    assert normalise_domain("Acme: acme.com, linkedin.com/company/acme; http://localhost 10.0.0.1") == (
        Found("acme.com"),
        Rejected("linkedin.com/company/acme", d.PROFILE),
        Rejected("http://localhost", d.SINGLE_LABEL),
        Rejected("10.0.0.1", d.IP_ADDRESS),
    )


pieces = st.sampled_from((
    "acme", "com", "co.uk", ".com", "www.", "WWW.", "https://", "HTTP:/", "//", "mailto:", "xn--bcher-kva",
    "xn--", "bücher", "ß", "\u3002", "de", ".", "..", "-", "_", "@", ":", ":80", "/", "/p", "?q=1", "#f", ",",
    ";", "|", "and", "(", ")", "[", "]", "<", ">", '"', "'", "\\", "10.0.0.1", "::1", "localhost",
    "linkedin.com", "github.io", "/company", "n/a", "é", "\uff43", "%", "&", "!",
    " ", "\t", "\n", "\u00a0", "\u200b", "\u200d", "\u00ad", "\x00", "\x1c", "\x85",
))  # fmt: skip
tidy = r"(https?://)?(www\.)?[a-z0-9-]{1,5}(\.[a-z0-9-]{1,4}){0,3}\.(com|de|co\.uk)(:1)?(/x)?"
cells = st.one_of(
    st.text(max_size=30),
    st.lists(pieces, max_size=8).map("".join),
    st.from_regex(tidy, fullmatch=True),
)


@given(cells)
@example("xn--.com")
@example("acme.com\x1cbeta.com")
def test_domains_are_valid(text: str) -> None:
    """Every domain fits the API's pattern and length, is lower case, and lies below an ICANN suffix."""
    results = normalise_domain(text)
    assert results
    for result in results:
        if isinstance(result, Found):
            assert API_PATTERN.fullmatch(result.subject)
            assert len(result.subject) <= 253
            assert result.subject == result.subject.lower()
            assert public_suffix(result.subject) not in {None, result.subject}
        else:
            assert result.reason


@given(cells)
def test_idempotence(text: str) -> None:
    """Normalising an accepted domain gives itself."""
    for result in normalise_domain(text):
        if isinstance(result, Found):
            assert normalise_domain(result.subject) == (result,)


@given(cells)
@example("acme.com.:80/x")
@example("acme.com#x")
@example("https://acme.com./")
@example(".acme.com")
@example("acme.com:80")
@example("http://acme.com:80:90")
@example("a@b.com")
@example("acme.com/a:b@c#d?e")
@example("acme.com/b.de")
@example("mailto:a.b+c@acme.com?x=y@b.de")
@example("a@b.com/c@d.de")
@example("a.com:80/b.de")
def test_shortcut(text: str) -> None:
    """The shortcut for clean values gives what the long way gives, up to how a rejected part is quoted."""

    def verdicts(results: tuple[Found | Rejected, ...]) -> list[str]:
        return [result.subject if isinstance(result, Found) else result.reason for result in results]

    assert verdicts(normalise_domain(text)) == verdicts(read_messy_cell(text))
