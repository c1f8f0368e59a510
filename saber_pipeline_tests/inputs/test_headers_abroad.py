"""The column of the companies' sites is found in any CRM's wording and language, and beats e-mail and bare links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import DOMAIN_LISTS

SITES = (
    "Website__c", "Account: Website", "Associated Company Website", "Person - Company website", "root_domain",
    "hs_domain",
    "properties.domain", "Website (company)", "Company > Website", "Domain (root)", "Firmen-Website", "Internetadresse",
    "Web-Adresse", "Webpräsenz", "Site Internet", "Site web de l'entreprise", "Adresse du site", "Domaine",
    "Página web",
    "PAGINA WEB", "Dominio", "Domínio", "Sito internet", "Domein", "Webbplats", "Hjemmeside", "Nettside", "Domän",
    "Verkkosivu", "Strona internetowa", "Adres WWW", "Webové stránky", "Honlap", "Ιστοσελίδα", "Web sitesi", "Сайт",
    "Домен", "网站", "公司网站", "ウェブサイト", "ホームページ", "홈페이지", "الموقع", "אתר",
)  # fmt: skip
NO_SITES = (
    "LinkedIn-Seite", "Competitor website", "Website Wettbewerber", "Site concurrent", "Parent company domain",
    "Website status", "Domain registrar", "Website phone", "Reseller website", "Website technologies",
)  # fmt: skip


def chosen(folder: Path, header: list[str], row: list[str]) -> str | None:
    """The header of the column that was taken for the companies'."""
    path = folder / "list.csv"
    path.write_text(f"{';'.join(header)}\n{';'.join(row)}\n", encoding="utf-8")
    return open_list(path, DOMAIN_LISTS)[0].chosen


@pytest.mark.parametrize("name", SITES)
def test_a_site_by_any_name(tmp_path: Path, name: str) -> None:
    """It is taken before the e-mail address that stands before it."""
    assert chosen(tmp_path, ["Firma", "Email", name], ["Orrin", "dana@stripe.com", "orrin-tools.com"]) == name


@pytest.mark.parametrize("name", NO_SITES)
def test_what_merely_sounds_like_a_site(tmp_path: Path, name: str) -> None:
    """A column about somebody else, or about a site, is never taken, also where it holds addresses."""
    assert chosen(tmp_path, ["Firma", name, "Website"], ["Orrin", "stripe.com", "orrin-tools.com"]) == "Website"
    assert chosen(tmp_path, ["Firma", name, "Email"], ["Orrin", "stripe.com", "d@orrin-tools.com"]) == "Email"


def test_a_column_of_sites_without_a_known_name(tmp_path: Path) -> None:
    """Its values beat an e-mail address and a bare link; two such columns do not, and alone the error names it."""
    row = ["https://orrin-tools.com", "dana@stripe.com"]
    assert chosen(tmp_path, ["Kotisivumme", "Email"], row) == "Kotisivumme"
    assert chosen(tmp_path, ["Kotisivumme", "URL"], [row[0], "https://crm.stripe.com/1"]) == "Kotisivumme"
    assert chosen(tmp_path, ["Kotisivumme", "Toinen", "Email"], [row[0], "vellumfoods.de", row[1]]) == "Email"
    with pytest.raises(ListError, match="'Kotisivumme' has usable values"):
        chosen(tmp_path, ["Firma", "Kotisivumme"], ["Orrin", row[0]])


def test_the_site_of_a_row_comes_first(tmp_path: Path) -> None:
    """A row without a site falls back to its e-mail address, and the attributes keep both."""
    path = tmp_path / "list.csv"
    path.write_text("Сайт;Email\norrin-tools.com;d@stripe.com\n;m@vellumfoods.de\n", encoding="utf-8")
    facts, chunks = open_list(path, DOMAIN_LISTS)
    (chunk,) = chunks
    assert (facts.chosen, facts.fallbacks) == ("Сайт", (1,))
    assert [json.loads(text) for text in chunk.attributes] == [{"Email": "d@stripe.com"}, {"Email": "m@vellumfoods.de"}]
