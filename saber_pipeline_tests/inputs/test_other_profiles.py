"""Profiles on other professional sites than LinkedIn: one normal form, and only where the user wants them."""

from __future__ import annotations

import pytest

from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.profile_urls import (
    OTHER_HOST,
    OTHER_PAGE,
    SHORTENED,
    TOO_LONG,
    normalise_profile_url,
    read_profile_cell,
)

SPELLINGS = {
    "https://xing.com/profile/Jane_Doe": [
        "https://www.xing.com/profile/Jane_Doe",
        "http://xing.com/profile/Jane_Doe/",
        "WWW.XING.COM/profile/Jane_Doe/cv?sc_o=mxb_p#top",
        "Jane <https://www.xing.com:443/profile/Jane_Doe>",
        "https://www.xing.com/profile/Jane%5FDoe",
    ],
    "https://github.com/janedoe": [
        "https://github.com/JaneDoe",
        "github.com/janedoe/",
        "https://www.github.com/janedoe?tab=repos",
    ],
    "https://stackoverflow.com/users/12345": ["https://stackoverflow.com/users/12345/jane-doe"],
    "https://crunchbase.com/person/jane-doe": ["https://www.crunchbase.com/person/Jane-Doe"],
    "https://wellfound.com/u/janedoe": ["https://wellfound.com/u/janedoe"],
    "https://about.me/janedoe": ["about.me/janedoe"],
    "https://orcid.org/0000-0002-1825-0097": ["http://orcid.org/0000-0002-1825-0097"],
    "https://researchgate.net/profile/Jane-Doe-3": ["https://www.researchgate.net/profile/Jane-Doe-3"],
    "https://experts.example.org/people/jane.doe": ["https://experts.example.org/people/jane.doe/"],
    "https://xing.com/profile/J%C3%B6rg_M%C3%BCller": [
        "https://www.xing.com/profile/Jörg_Müller",
        "https://www.xing.com/profile/J%C3%B6rg_M%C3%BCller",
        "https://www.xing.com/profile/Jo\u0308rg_Mu\u0308ller",
    ],
}


@pytest.mark.parametrize(("normal", "spelling"), [(n, s) for n, spellings in SPELLINGS.items() for s in spellings])
def test_one_profile_has_one_form(normal: str, spelling: str) -> None:
    """Every way to write a profile gives the same subject, which applied to itself stays; without the setting, none."""
    assert normalise_profile_url(spelling, other_sites=True) == normal
    assert normalise_profile_url(normal, other_sites=True) == normal
    plain = normalise_profile_url(spelling)
    assert isinstance(plain, Rejected)
    assert plain.reason in (OTHER_HOST, "There is no profile address in the text.")


@pytest.mark.parametrize(
    "cell",
    [
        "https://github.com/acme/repository",
        "https://github.com/orgs/acme",
        "https://github.com/pricing",
        "https://crunchbase.com/organization/acme",
        "https://www.xing.com/companies/acme",
        "https://www.xing.com/profile/",
        "https://acme.com",
        "https://acme.com/about-us",
        "https://www.facebook.com/people/Jane-Doe",
        "https://www.reddit.com/user/jane",
        "https://x.com/jane",
        "https://xing.com/profile/%2Fjane",
        "https://xing.com/profile/%ff",
        "https://xing.com/profile/..",
    ],
)
def test_what_names_nobody_for_certain_is_rejected(cell: str) -> None:
    """A repository, a company's page, a private network or a broken name buys no answers."""
    (result,) = read_profile_cell(cell, other_sites=True)
    assert isinstance(result, Rejected)
    assert result.reason == OTHER_PAGE


def test_linkedin_comes_first() -> None:
    """A cell with a LinkedIn profile and others of the same person is that one contact; all else stays as it was."""
    cell = "https://github.com/janedoe https://www.linkedin.com/in/Jane-Doe https://xing.com/profile/Jane_Doe"
    assert read_profile_cell(cell, other_sites=True) == (Found("https://www.linkedin.com/in/jane-doe"),)
    two = "https://github.com/janedoe, https://github.com/john"
    assert len(read_profile_cell(two, other_sites=True)) == 2
    for other in ("https://lnkd.in/abc", "https://www.linkedin.com/in/jane", "jane@acme.com", "", None, "Jane Doe"):
        assert read_profile_cell(other, other_sites=True) == read_profile_cell(other)
    (short,) = read_profile_cell("https://lnkd.in/abc", other_sites=True)
    assert isinstance(short, Rejected)
    assert short.reason == SHORTENED
    (long,) = read_profile_cell(f"https://xing.com/profile/{'x' * 500}", other_sites=True)
    assert isinstance(long, Rejected)
    assert long.reason == TOO_LONG
