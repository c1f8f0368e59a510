"""One cell becomes contact profile URLs or reasons."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saber_pipeline.inputs import profile_urls as p
from saber_pipeline.inputs.cells import EMPTY, Found, Rejected
from saber_pipeline.inputs.profile_urls import (
    is_profile_value,
    normalise_profile_url,
    read_messy_profile_cell,
    read_profile_cell,
)

JANE = "jane-doe"
MEMBER_ID = "ACoAABxYz12_Kq3R-sT4uVwXyZ0aBcDeFgHiJkL"
USABLE = {
    "https://www.linkedin.com/in/jane-doe": [JANE],
    "http://www.linkedin.com/in/jane-doe/": [JANE],
    "linkedin.com/in/jane-doe": [JANE],
    "www.linkedin.com/in/jane-doe": [JANE],
    "//www.linkedin.com/in/jane-doe": [JANE],
    "https:// www.linkedin.com/in/jane-doe": [JANE],
    "http:/www.linkedin.com/in/jane-doe": [JANE],
    "https//www.linkedin.com/in/jane-doe": [JANE],
    "https://https://www.linkedin.com/in/jane-doe": [JANE],
    "https://de.linkedin.com/in/jane-doe": [JANE],
    "uk.linkedin.com/in/jane-doe/": [JANE],
    "https://m.linkedin.com/in/jane-doe": [JANE],
    "https://touch.www.linkedin.com/in/jane-doe": [JANE],
    "https://www.linkedin.com/mwlite/in/jane-doe": [JANE],
    "https://www.linkedin.com/comm/in/jane-doe?midToken=AQ&trk=eml": [JANE],
    "https://www.linkedin.com:443/in/jane-doe": [JANE],
    "HTTPS://WWW.LINKEDIN.COM/IN/JANE-DOE": [JANE],
    "https://www.linkedin.com/in/Jane-Doe/?originalSubdomain=de": [JANE],
    "https://www.linkedin.com/in/jane-doe?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAAB#top": [JANE],
    "https://www.linkedin.com/in/jane-doe/en": [JANE],
    "https://www.linkedin.com/in/jane-doe/de-de/": [JANE],
    "https://www.linkedin.com/in/jane-doe/details/experience/": [JANE],
    "https://www.linkedin.com/in/jane-doe/recent-activity/all/": [JANE],
    "https://www.linkedin.com//in//jane-doe//": [JANE],
    "https:\\\\www.linkedin.com\\in\\jane-doe": [JANE],
    "https://www.linkedin.com/in/https://www.linkedin.com/in/jane-doe": [JANE],
    "linkedin.com/in/www.linkedin.com/in/jane-doe": [JANE],
    "/in/jane-doe": [JANE],
    "in/jane-doe/": [JANE],
    "LinkedIn: https://www.linkedin.com/in/jane-doe": [JANE],
    "Jane Doe https://www.linkedin.com/in/jane-doe": [JANE],
    "Jane Doe <https://www.linkedin.com/in/jane-doe>": [JANE],
    "[Jane](https://www.linkedin.com/in/jane-doe)": [JANE],
    '<a href="https://www.linkedin.com/in/jane-doe">Jane</a>': [JANE],
    '"https://www.linkedin.com/in/jane-doe"': [JANE],
    "See linkedin.com/in/jane-doe.": [JANE],
    "linkedin.com/in/jane-doe (old)": [JANE],
    "linkedin.com/in/jane-doe - CEO": [JANE],
    "linkedin.com/in/jane-doe/ CEO": [JANE],
    "jane@acme.com linkedin.com/in/jane-doe": [JANE],
    "linkedin.com/company/acme, linkedin.com/in/jane-doe": [JANE],
    "\u200bhttps://www.linkedin.com/in/jane\u00ad-doe\u00a0\ufeff": [JANE],
    "linkedin.com/in/a1; linkedin.com/in/b2": ["a1", "b2"],
    "linkedin.com/in/a1 and linkedin.com/in/b2": ["a1", "b2"],
    "linkedin.com/in/a1\nlinkedin.com/in/b2 linkedin.com/in/A1": ["a1", "b2"],
    "linkedin.com/in/jane-doe-1a2b3c4": ["jane-doe-1a2b3c4"],
    "linkedin.com/in/jane--doe-": ["jane--doe-"],
    "linkedin.com/in/42": ["42"],
    "linkedin.com/in/josé-pérez": ["jos%C3%A9-p%C3%A9rez"],
    "linkedin.com/in/jose\u0301-pe\u0301rez": ["jos%C3%A9-p%C3%A9rez"],
    "linkedin.com/in/JOS%C3%89-p%c3%a9rez": ["jos%C3%A9-p%C3%A9rez"],
    "linkedin.com/in/jos%25C3%25A9-p%25C3%25A9rez/": ["jos%C3%A9-p%C3%A9rez"],
    "linkedin.com/in/%E7%8E%8B%E5%B0%8F%E6%98%8E": ["%E7%8E%8B%E5%B0%8F%E6%98%8E"],
    "linkedin.com/in/王小明": ["%E7%8E%8B%E5%B0%8F%E6%98%8E"],
    "linkedin.com/in/jane%2Ddoe": [JANE],
    "linkedin.com/in/jane-🚀": ["jane-%F0%9F%9A%80"],
    "linkedin.com/in/o'neil": ["o%27neil"],
    f"https://www.linkedin.com/in/{MEMBER_ID}": [MEMBER_ID],
    f"https://de.linkedin.com/in/{MEMBER_ID}/?x=1": [MEMBER_ID],
}

UNUSABLE = {
    "": EMPTY,
    " \u00a0\u200b": EMPTY,
    "n/a": EMPTY,
    "-": EMPTY,
    "No LinkedIn": EMPTY,
    "Jane Doe": p.NO_PROFILE,
    "jane-doe": p.NO_PROFILE,
    "acme.com": p.NO_PROFILE,
    "!!": p.NO_PROFILE,
    "jane@acme.com": p.EMAIL,
    "mailto:jane@acme.com": p.EMAIL,
    "Jane Doe <jane@linkedin.com>": p.EMAIL,
    "https://www.xing.com/profile/Jane_Doe": p.OTHER_HOST,
    "https://acme.com": p.OTHER_HOST,
    "acme.com/team/jane": p.OTHER_HOST,
    "https://twitter.com/jane": p.OTHER_HOST,
    "https://notlinkedin.com/in/jane": p.OTHER_HOST,
    "https://linkedin.com.evil.org/in/jane": p.OTHER_HOST,
    "https://www.google.com/url?q=https://www.linkedin.com/in/jane": p.OTHER_HOST,
    "http://localhost/in/jane": p.OTHER_HOST,
    "https://lnkd.in/abc123": p.SHORTENED,
    "lnkd.in/abc123": p.SHORTENED,
    "https://www.linkedin.com": p.NO_NAME,
    "linkedin.com/": p.NO_NAME,
    "https://www.linkedin.com/in/": p.NO_NAME,
    "/in/": p.NO_NAME,
    "https://www.linkedin.com/in/?trk=x": p.NO_NAME,
    "https://www.linkedin.com/in/%20": p.NO_NAME,
    "https://www.linkedin.com/in/me": p.NOT_ONE_PERSON,
    "https://www.linkedin.com/in/ME/edit": p.NOT_ONE_PERSON,
    "https://www.linkedin.com/in/unavailable/": p.NOT_ONE_PERSON,
    "linkedin.com/in/null": p.NOT_ONE_PERSON,
    "https://www.linkedin.com/pub/jane-doe/1a/2b3/c4d": p.OLD_ADDRESS,
    "https://www.linkedin.com/pub/dir/Jane/Doe": p.OLD_ADDRESS,
    "https://www.linkedin.com/profile/view?id=12345": p.OLD_ADDRESS,
    "https://www.linkedin.com/sales/lead/ACwAAA,NAME_SEARCH,x1": p.SALES_NAVIGATOR,
    "https://www.linkedin.com/sales/people/ACwAAA": p.SALES_NAVIGATOR,
    "https://www.linkedin.com/talent/profile/AEMAAA": p.SALES_NAVIGATOR,
    "https://www.linkedin.com/company/acme/": p.COMPANY,
    "https://www.linkedin.com/school/acme/": p.COMPANY,
    "https://www.linkedin.com/posts/jane-doe_activity-1": p.NOT_A_PROFILE,
    "https://www.linkedin.com/feed/update/urn:li:activity:1": p.NOT_A_PROFILE,
    "https://www.linkedin.com/jobs/view/1": p.NOT_A_PROFILE,
    "https://www.linkedin.com/jane-doe": p.NOT_A_PROFILE,
    "linkedin.com/in/jane doe": p.SPACE,
    "https://www.linkedin.com/in/jane%20doe": p.SPACE,
    "linkedin.com/in/jane@acme": p.BAD_CHARACTERS,
    "linkedin.com/in/%": p.BAD_CHARACTERS,
    "linkedin.com/in/%FF%FE": p.BAD_CHARACTERS,
    "linkedin.com/in/jane%2Fdoe": p.BAD_CHARACTERS,
    "linkedin.com/in/---": p.BAD_CHARACTERS,
    "linkedin.com/in/jane$": p.BAD_CHARACTERS,
    "linkedin.com/in/" + "j" * 500: p.TOO_LONG,
    "linkedin.com/in/" + "é" * 100: p.TOO_LONG,
}


@pytest.mark.parametrize(("text", "expected"), USABLE.items())
def test_usable(text: str, expected: list[str]) -> None:
    """Every way to write a profile gives its one normal form."""
    assert read_profile_cell(text) == tuple(Found(p.PREFIX + name) for name in expected)


@pytest.mark.parametrize(("text", "reason"), UNUSABLE.items())
def test_unusable(text: str, reason: str) -> None:
    """What names no profile for certain gives one reason."""
    (result,) = read_profile_cell(text)
    assert isinstance(result, Rejected)
    assert result.reason == reason


def test_nothing_at_all() -> None:
    """A missing cell counts as empty."""
    assert read_profile_cell(None) == (Rejected("", EMPTY),)


def test_one_value() -> None:
    """The single value is a URL or a reason, and two profiles are not one."""
    assert normalise_profile_url("de.linkedin.com/in/Jane") == "https://www.linkedin.com/in/jane"
    company = "linkedin.com/company/acme"
    assert normalise_profile_url(company) == Rejected(company, p.COMPANY)
    assert isinstance(normalise_profile_url("linkedin.com/in/a1, linkedin.com/in/b2"), Rejected)


def test_good_and_bad_in_one_cell() -> None:
    """A profile that is unclear is kept with its reason beside a clear one."""
    assert read_profile_cell("linkedin.com/in/a1, linkedin.com/pub/b/1/2/3") == (
        Found(f"{p.PREFIX}a1"),
        Rejected("linkedin.com/pub/b/1/2/3", p.OLD_ADDRESS),
    )


def test_headers_are_no_values() -> None:
    """The first cell of a file with one column is told from its name."""
    assert is_profile_value("linkedin.com/in/jane")
    assert is_profile_value("/in/jane")
    assert not is_profile_value("LinkedIn profile")
    assert not is_profile_value("Person/LinkedIn")


names = st.one_of(
    st.text(st.characters(categories=["Ll", "Lu", "Lo", "Mn", "Nd", "So"]), min_size=1, max_size=12),
    st.text(st.sampled_from("aA0-_.%~'éÉßİǅ\u0301\u200d\u200c🚀"), min_size=1, max_size=12),
)
pieces = st.one_of(
    names,
    names.map(quote),
    names.map(lambda name: f"https://de.linkedin.com/in/{name}?a=b"),
    st.sampled_from(
        ["linkedin.com/in/", "https://", "/in/", "www.", " ", ",", "/", "?", "#", "@", ":", "sales/", "pub/", "%", "me"]
    ),
)
cells = st.one_of(st.lists(pieces, max_size=6).map("".join), st.text(max_size=20))
URL = re.compile(r"https://www\.linkedin\.com/in/(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+")


@given(cells)
@example("{")
@example("linkedin.com/in/İ")
@example("linkedin.com/in/.\u200d.a")
def test_any_text(text: str) -> None:
    """Any text gives at least one result; found URLs have the normal form, and reading them changes nothing."""
    results = read_profile_cell(text)
    assert results
    for result in results:
        if isinstance(result, Found):
            assert URL.fullmatch(result.subject), result
            assert len(result.subject) <= p.MAX_LENGTH
            assert urlsplit(result.subject).hostname == "www.linkedin.com"
            assert normalise_profile_url(result.subject) == result.subject
        else:
            assert result.reason


@given(names, st.sampled_from(["", "https://", "http://www.", "https://de.", "m."]), st.sampled_from(["", "/", "/en"]))
def test_ways_to_write_one_name(name: str, front: str, back: str) -> None:
    """Encoded or not, with whatever host and rest: the verdict on a name is the same."""
    plain = read_profile_cell(f"https://www.linkedin.com/in/{quote(name)}")
    encoded = read_profile_cell(f"{front}linkedin.com/in/{quote(name)}{back}")
    twice = read_profile_cell(f"{front}linkedin.com/in/{quote(quote(name))}{back}")

    def verdicts(results: tuple[Found | Rejected, ...]) -> list[str]:
        return [result.subject if isinstance(result, Found) else result.reason for result in results]

    assert verdicts(plain) == verdicts(encoded) == verdicts(twice)


clean_looking = st.from_regex(
    re.compile(
        r"(https?://)?([a-z]{1,3}\.)?linkedin\.com/(in|IN)/[A-Za-z0-9-]{1,30}/?(\?[a-z0-9=&%.]{0,9})?", re.ASCII
    ),
    fullmatch=True,
)


@given(clean_looking)
def test_the_shortcut_agrees(text: str) -> None:
    """Clean values get the verdict that the long way gives them."""
    short, long = read_profile_cell(text), read_messy_profile_cell(text)
    assert [type(result) for result in short] == [type(result) for result in long]
    if isinstance(short[0], Found):
        assert short == long
