"""Links that lead elsewhere, pages about somebody at others' sites, mailboxes: only a company's own domain is used."""

from __future__ import annotations

import pytest

from saber_pipeline.inputs.cells import Found
from saber_pipeline.inputs.domains import normalise_domain

UNWRAPPED = """
https://www.google.ch/url?q=https://orrin-tools.com/&sa=D
https://www.google.co.jp/url?q=https://orrin-tools.com
https://translate.google.de/translate?hl=en&sl=de&u=https://orrin-tools.com
https://papago.naver.net/website?locale=en&url=https%3A%2F%2Forrin-tools.com
https://click.linksynergy.com/deeplink?id=x&murl=https%3A%2F%2Forrin-tools.com
https://prf.hn/click/camref:1/destination:https%3A%2F%2Forrin-tools.com
https://outlook.live.com/owa/redir.aspx?C=x&URL=https%3A%2F%2Forrin-tools.com
https://www.similarweb.com/website/orrin-tools.com/
https://www.semrush.com/website/orrin-tools.com/overview/
https://who.is/whois/orrin-tools.com
https://logo.clearbit.com/orrin-tools.com
https://builtwith.com/orrin-tools.com https://trends.builtwith.com/websites/orrin-tools.com
builtwith.com/orrin-tools.com https://www.isitdownrightnow.com/orrin-tools.com https://www.wappalyzer.com/lookup/orrin-tools.com/
https://mxtoolbox.com/domain/orrin-tools.com/ https://www.ssllabs.com/ssltest/analyze.html?d=orrin-tools.com
https://any-proxy.dev/https://orrin-tools.com/about
https://mail.quist.at/click/https%3A%2F%2Forrin-tools.com
https://partner.quist.at/out?url=https%3A%2F%2Fwww.orrin-tools.com%2F
https://urldefense.proofpoint.com/v2/url?u=https-3A__orrin-2Dtools.com_&d=DwMF
"""
NOT_THEIR_OWN = """
https://amzn.eu/d/abc https://ebay.us/abc https://we.tl/t-abc https://maps.app.goo.gl/abc https://tr.ee/orrin
https://calendly.com/orrin/30min https://us02web.zoom.us/j/123 https://teams.microsoft.com/l/meetup
https://orrin.crm4.dynamics.com/main.aspx https://app.apollo.io/#/accounts/123 https://eu1.salesforce.com/0012
https://www.etsy.com/shop/orrin https://www.amazon.de/stores/orrin https://www.ebay.de/usr/orrin
https://www.tripadvisor.de/Hotel_Review https://www.booking.com/hotel/de/orrin.html https://www.airbnb.com/rooms/12
https://chromewebstore.google.com/detail/orrin/abc https://appsource.microsoft.com/product/orrin
https://clutch.co/profile/orrin https://www.kompass.com/c/orrin/de1/ https://www.wlw.de/de/firma/orrin-1
https://find-and-update.company-information.service.gov.uk/company/123 https://finance.yahoo.com/quote/ORR
https://apply.workable.com/orrin https://jobs.lever.co/orrin https://orrin.jobs.personio.de https://issuu.com/orrin
https://orrin.en.alibaba.com/ orrin.web.app orrin.blogspot.de orrin.s3.amazonaws.com orrin.odoo.com
https://www.google.com/finance/quote/ORR https://www.glassdoor.fr/x https://huggingface.co/orrin
https://builtwith.com/orrin bitly.com/3XyzAb https://www.notion.com/Orrin-0123abc https://app.notion.com/p/orrin
https://orrin.notion.com/Home https://vk.ru/orrin https://www.loom.com/share/0a1b https://miro.com/app/board/x=/
https://coda.io/d/Orrin_dx https://orrin.slack.com/archives/C1 https://lusha.com/business/0a/company/orrin/
https://www.gartner.com/reviews/market/crm/vendor/orrin https://www.upwork.com/ag/orrin/ https://cal.com/orrin/30min
dana@daum.net dana@sfr.fr dana@users.noreply.github.com dana@gmail.co dana@docomo.ne.jp
yourdomain.de deine-domain.de beispiel.de ejemplo.com info@musterfirma.at
"""
THEIR_OWN = """
https://www.google.com/ https://github.com https://www.shopify.com/pricing https://www.booking.com/index.de.html
https://www.hubspot.com/products https://zoom.us/pricing https://www.deepl.com/de/pro https://hunter.io/pricing
https://www.semrush.com/features/ https://www.apollo.io/pricing https://www.reuters.com https://www.ebay.de
https://builtwith.com https://bitly.com/ https://www.notion.com notion.com https://trends.builtwith.com
https://www.loom.com/pricing https://miro.com/pricing/ https://coda.io/product https://slack.com/intl/de-de/
https://www.wappalyzer.com/pricing/ https://mxtoolbox.com/SuperTool.aspx https://www.netcraft.com/about/
https://www.dropbox.com/business https://quist.at/login?redirect=https://app.orrin-tools.com
https://quist.at/?ref=https://www.linkedin.com https://quist.at/out?url=https://shop.quist.at/x
https://quist.at/index.do https://quist.at/en/home.aspx att.com telia.com https://orrin.uk.com https://orrin.eu.org
"""


@pytest.mark.parametrize("link", UNWRAPPED.split())
def test_the_address_is_taken_out_of_its_wrapping(link: str) -> None:
    """A link through another site gives the company whose address stands in it."""
    assert normalise_domain(link) == (Found("orrin-tools.com"),)


@pytest.mark.parametrize("text", NOT_THEIR_OWN.split())
def test_what_is_somebody_elses_or_nobodys_is_rejected(text: str) -> None:
    """Nobody buys the site on which a page about a company stands, nor a mailbox's provider."""
    assert not any(isinstance(result, Found) for result in normalise_domain(text))


@pytest.mark.parametrize("text", THEIR_OWN.split())
def test_a_companys_own_pages_stay(text: str) -> None:
    """The pages of such a site's owner, and links that lead back, are no reason to reject anything."""
    assert all(isinstance(result, Found) for result in normalise_domain(text))
