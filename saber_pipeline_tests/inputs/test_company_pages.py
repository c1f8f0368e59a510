"""One cell becomes LinkedIn addresses of companies, or reasons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.inputs import company_pages as p
from saber_pipeline.inputs.cells import EMPTY, Found, Rejected
from saber_pipeline.inputs.company_pages import normalise_company_page, read_company_cell

ACME = "company/acme"
USABLE = {
    "https://www.linkedin.com/company/acme": [ACME],
    "http://linkedin.com/company/Acme/": [ACME],
    "linkedin.com/company/acme/about/?viewAsMember=true": [ACME],
    "https://de.linkedin.com/company/acme#jobs": [ACME],
    "https://www.linkedin.com:443/company/acme/people/": [ACME],
    "//www.linkedin.com/company/acme": [ACME],
    "https:\\\\www.linkedin.com\\company\\acme": [ACME],
    "HTTPS://WWW.LINKEDIN.COM/COMPANY/ACME": [ACME],
    "https://www.linkedin.com/mwlite/company/acme": [ACME],
    "/company/acme": [ACME],
    "company/acme": [ACME],
    "<https://www.linkedin.com/company/acme>": [ACME],
    "Acme: https://www.linkedin.com/company/acme": [ACME],
    "see linkedin.com/company/acme.": [ACME],
    "https://acme.com, https://www.linkedin.com/company/acme": [ACME],
    "https://www.linkedin.com/company/acme,https://acme.com": [ACME],
    "linkedin.com/company/acme, acme.com": [ACME],
    "linkedin.com/company/acme,company/globex": [ACME, "company/globex"],
    "https://www.linkedin.com/company/acme/ (the US page)": [ACME],
    "https://www.linkedin.com/company/acme,": [ACME],
    "linkedin.com/company/acme; linkedin.com/company/globex linkedin.com/company/ACME": [ACME, "company/globex"],
    "https://www.linkedin.com/company-beta/1035": ["company/1035"],
    "https://www.linkedin.com/sales/company/1035": ["company/1035"],
    "https://www.linkedin.com/school/eth-zurich/": ["school/eth-zurich"],
    "https://www.linkedin.com/showcase/acme-cloud": ["showcase/acme-cloud"],
    "https://www.linkedin.com/company/caf%C3%A9-müller": ["company/caf%C3%A9-m%C3%BCller"],
    "https://www.linkedin.com/company/caf%25C3%25A9": ["company/caf%C3%A9"],
    "\u200bhttps://www.linkedin.com/company/ac\u00adme\u00a0": [ACME],
}
UNUSABLE = {
    "": EMPTY,
    "n/a": EMPTY,
    "Acme Inc": p.NO_PAGE,
    "https://acme.com": p.OTHER_HOST,
    "https://notlinkedin.com/company/acme": p.OTHER_HOST,
    "https://linkedin.com.evil.example/company/acme": p.OTHER_HOST,
    "https://lnkd.in/abc": p.SHORTENED,
    "https://www.linkedin.com/in/jane-doe": p.PERSON,
    "https://www.linkedin.com/jobs/view/1": p.NOT_A_COMPANY,
    "https://www.linkedin.com/sales/lead/abc": p.NOT_A_COMPANY,
    "https://www.linkedin.com/": p.NOT_A_COMPANY,
    "https://www.linkedin.com/company/": p.NO_NAME,
    "https://www.linkedin.com/company/unavailable": p.NO_NAME,
    "https://www.linkedin.com/company/acme corp": p.SPACE,
    "https://www.linkedin.com/company/acme%20corp": p.SPACE,
    "https://www.linkedin.com/company/acme,-inc.": p.SPACE,
    "https://www.linkedin.com/company/acme, inc.": p.SPACE,
    "https://www.linkedin.com/company/acme,-inc./about/": p.SPACE,
    "https://www.linkedin.com/company/acme,/about": p.SPACE,
    "https://www.linkedin.com/company/acme, inc./about": p.SPACE,
    "https://www.linkedin.com/company/acme, S.p.A.": p.SPACE,
    "https://www.linkedin.com/company/acme,-co.ltd": p.SPACE,
    "https://www.linkedin.com/company/acme|uk": p.SPACE,
    "https://www.linkedin.com/company/acme-(uk)": p.SPACE,
    "company/acme;-co": p.SPACE,
    "https://www.linkedin.com/company/acme%2C-inc.": p.BAD_CHARACTERS,
    "https://www.linkedin.com/company/ac%FFme": p.BAD_CHARACTERS,
    "https://www.linkedin.com/company/ac*me": p.BAD_CHARACTERS,
    "https://www.linkedin.com/company/" + "a" * 500: p.TOO_LONG,
}


@pytest.mark.parametrize("text", USABLE)
def test_usable(text: str) -> None:
    """Every way to write a page gives its one normal form, each page once."""
    assert read_company_cell(text) == tuple(Found(f"https://www.linkedin.com/{path}") for path in USABLE[text])


@pytest.mark.parametrize("text", UNUSABLE)
def test_unusable(text: str) -> None:
    """What does not clearly name one company is rejected, with the reason that fits."""
    (rejected,) = read_company_cell(text)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == UNUSABLE[text]


def test_a_missing_cell_is_an_empty_one() -> None:
    """Null in a Parquet file is rejected as an empty cell is."""
    assert read_company_cell(None) == (Rejected("", EMPTY),)


@given(st.one_of(st.text(), st.text().map("https://www.linkedin.com/company/{}".format)))
def test_any_text_is_read_and_results_are_final(text: str) -> None:
    """Nothing raises, and what comes out stays as it is when it is read again."""
    for result in read_company_cell(text):
        if isinstance(result, Found):
            assert normalise_company_page(result.subject) == result.subject
            assert result.subject.isascii()
