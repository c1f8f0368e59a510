"""Links that lead through another site: safe links, translators, archives, redirectors, shortened links.

If a link contains the true address, the address is taken out of the link. Otherwise nobody can say whose link it is.
The table was put together by hand from the services' own documentation, 2026-11. A name covers its subdomains.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from saber_pipeline.inputs.profile_hosts import as_dot_com
from saber_pipeline.inputs.public_suffixes import own_name, public_suffix

# Sites whose every page leads elsewhere. Of a site with paths, only the pages below these paths do.
_WRAPPERS: dict[str, tuple[str, ...]] = {
    # what mail filters make of links
    "safelinks.protection.outlook.com": (), "urldefense.com": (), "urldefense.proofpoint.com": (),
    "urldefense.us": (), "mimecast.com": ("s/",), "mimecastprotect.com": (), "clicktime.symantec.com": (),
    "linkprotect.cudasvc.com": (), "secure-web.cisco.com": (), "protect.checkpoint.com": (),
    "emailprotection.link": (), "fireeye.com": ("v1/", "dev/url"), "sophos.com": ("?d=",), "click.pstmrk.it": (),
    "sendgrid.net": (), "list-manage.com": ("track/",), "hubspotlinks.com": (), "rs6.net": (), "mailchi.mp": (),
    # translators and archives
    "translate.google.com": (), "translate.goog": (), "translate.yandex.com": (), "translate.yandex.ru": (),
    "translate.yandex.net": (), "deepl.com": ("translator?url",), "papago.naver.net": (), "papago.naver.com": (),
    "microsofttranslator.com": (), "translatetheweb.com": (), "web.archive.org": (), "archive.org": ("web/",),
    "archive.ph": (), "archive.is": (), "archive.today": (), "archive.fo": (), "archive.li": (), "archive.md": (),
    "archive.vn": (), "webcache.googleusercontent.com": (), "cc.bingj.com": (), "perma.cc": (), "ghostarchive.org": (),
    # redirectors
    "google.com": ("url?", "amp/s/", "search?q=cache", "s2/favicons", "imgres"), "bing.com": ("ck/a",),
    "duckduckgo.com": ("l/",), "r.search.yahoo.com": (),
    "l.facebook.com": (), "lm.facebook.com": (), "facebook.com": ("l.php", "flx/warn"), "l.instagram.com": (),
    "l.messenger.com": (), "l.threads.net": (), "linkedin.com": ("redir/", "safety/go"), "youtube.com": ("redirect?",),
    "slack-redir.net": (), "t.umblr.com": (), "out.reddit.com": (), "vk.com": ("away",), "away.vk.com": (),
    "steamcommunity.com": ("linkfilter",), "href.li": (), "anonym.to": (), "googleadservices.com": (),
    "doubleclick.net": (), "ampproject.org": (), "awin1.com": (), "go.skimresources.com": (),
    "redirect.viglink.com": (), "exit.sc": (), "deref-gmx.net": (), "deref-web.de": (), "deref-mail.com": (),
    "statics.teams.cdn.office.net": (), "nullrefer.com": (), "outlook.live.com": ("owa/redir",),
    "outlook.office.com": ("owa/redir",), "r.jina.ai": (), "12ft.io": (), "validator.w3.org": ("check?", "nu/"),
    # networks of advertisers
    "linksynergy.com": (), "dpbolvw.net": (), "anrdoezrs.net": (), "jdoqocy.com": (), "kqzyfj.com": (),
    "tkqlhce.com": (), "prf.hn": (), "redirectingat.com": (), "shareasale.com": ("r.cfm", "m-pr"),
    "tradedoubler.com": ("click",), "s.click.aliexpress.com": (),
    # what is told about a domain
    "similarweb.com": ("website/",), "builtwith.com": ("?http", "detailed/", "relationships/"),
    "whois.domaintools.com": (), "whois.com": ("whois/",), "who.is": ("whois/", "dns/"),
    "semrush.com": ("website/", "analytics/"), "app.ahrefs.com": ("site-explorer",),
    "ahrefs.com": ("website-authority-checker", "traffic-checker", "backlink-checker"),
    "hunter.io": ("search/", "companies/", "domain-search/", "try/"), "logo.clearbit.com": (),
    "icons.duckduckgo.com": (), "crt.sh": ("?q=", "?d"), "securitytrails.com": ("domain/", "list/"),
    "virustotal.com": ("gui/domain/", "gui/url/"), "urlscan.io": ("domain/", "result/"),
    # shortened links
    "tinyurl.com": (), "bit.ly": (), "goo.gl": (), "t.co": (), "ow.ly": (), "buff.ly": (), "is.gd": (), "v.gd": (),
    "rb.gy": (), "cutt.ly": (), "shorturl.at": (), "t.ly": (), "tiny.cc": (), "tiny.one": (), "rebrand.ly": (),
    "bl.ink": (), "short.io": ("link",), "short.gy": (), "lnkd.in": (), "fb.me": (), "dlvr.it": (), "trib.al": (),
    "hubs.ly": (), "hubs.la": (), "hubs.li": (), "adf.ly": (), "j.mp": (), "mcaf.ee": (), "qr.ae": (), "s.id": (),
    "soo.gd": (), "clck.ru": (), "u.to": (), "x.gd": (), "urlz.fr": (), "shrtm.nu": (), "spoti.fi": (), "amzn.to": (),
    "youtu.be": (), "wp.me": (), "aka.ms": (), "1drv.ms": (), "forms.gle": (), "g.co": (), "goo.su": (), "lc.cx": (),
    "qrco.de": (), "page.link": (), "app.link": (), "onelink.me": (), "smarturl.it": (), "dub.sh": (), "kutt.it": (),
    "t1p.de": (), "linktr.ee": (), "lnk.bio": (), "beacons.ai": (), "bio.link": (), "bio.site": (), "taplink.cc": (),
    "tiny.pl": (), "snip.ly": (), "amzn.eu": (), "amzn.asia": (), "a.co": (), "ebay.us": (), "fb.watch": (),
    "we.tl": (),
    "lnk.to": (), "ffm.to": (), "ift.tt": (), "apple.co": (), "msft.it": (), "nyti.ms": (), "zurl.co": (), "bit.do": (),
    "geni.us": (), "tr.ee": (), "lnk.ink": (), "campsite.bio": (), "solo.to": (), "msha.ke": (), "flow.page": (),
    "allmylinks.com": (), "shorte.st": (), "ouo.io": (), "bc.vc": (), "po.st": (), "han.gl": (), "me2.do": (),
    "redd.it": (), "pin.it": (), "maps.app.goo.gl": (), "qrs.ly": (), "me-qr.com": (), "t2m.io": (), "cli.re": (),
}  # fmt: skip
# Sites that report on other sites. Only the pages whose path or query names a domain count.
_REPORTS = frozenset((
    "builtwith.com", "isitdownrightnow.com", "downforeveryoneorjustme.com", "isitup.org", "sitejabber.com",
    "wappalyzer.com", "whatruns.com", "spyfu.com", "mxtoolbox.com", "dnslytics.com", "dnschecker.org", "w3techs.com",
    "scamadviser.com", "urlvoid.com", "hypestat.com", "statshow.com", "similarsites.com", "alexa.com", "ipaddress.com",
    "netcraft.com", "gtmetrix.com", "ssllabs.com", "securityheaders.com", "majestic.com", "publicwww.com",
    "sitelike.org", "websiteoutlook.com", "webrate.org", "siteadvisor.com", "trendsmap.com", "seranking.com",
))  # fmt: skip
_WORDS = frozenset(name.split(".")[-2] for name in (*_WRAPPERS, *_REPORTS))  # a shortcut: no wrapper has none of them
_ADDRESS = re.compile(r"https?:/+[^/?#].*", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+(?:[/?#].*)?", re.IGNORECASE)
_HOST = re.compile(r"(?:https?:/+)?(?:[^/?#@]*@)?([a-z0-9.-]+\.[a-z][a-z0-9-]+)", re.IGNORECASE)
_PROOFPOINT_V2 = re.compile(r"-([0-9A-Fa-f]{2})")
_PROOFPOINT_V3 = re.compile(r"/v3/__(.*?)__", re.DOTALL)
_IN_PATH = re.compile(r"/(https?:/.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"https?:/+(?:[^/?#@]*@)?([a-z0-9.-]+\.[a-z][a-z0-9-]+)", re.IGNORECASE)
# Without the names that logins use (redirect, next, continue, return), which lead back to the site.
_TARGETS = frozenset((
    "url", "u", "uri", "target", "to", "goto", "go", "dest", "desturl", "destination", "out", "link", "href", "murl",
    "ued", "adurl", "uddg", "lp", "landing", "deeplink", "r", "redir_to", "exit", "site", "website", "domain",
))  # fmt: skip
_MAX_ENCODED = 4  # wrapped again and again


def is_wrapper(host: str, tail: str) -> bool:
    """Whether the page ``tail`` of ``host`` (lower case) leads to another site."""
    if host == "translate.goog" or host.endswith(".translate.goog"):
        return host != "translate.goog"
    path = tail.lstrip("/")
    if not path.strip("?#"):
        return False
    sites = () if _WORDS.isdisjoint(host.split(".")) else dict.fromkeys((host, as_dot_com(host)))
    for site in sites:
        name = site
        while name:
            starts = _WRAPPERS.get(name)
            if starts is not None and (not starts or path.lower().startswith(starts)):
                return True
            if name in _REPORTS and _names_a_site(unwrapped(host, tail)):
                return True
            name = name.partition(".")[2]
    return _leads_elsewhere(host, tail)


def _names_a_site(address: str | None) -> bool:
    """Whether the address is a site's and no file name: ``index.html`` ends in no public suffix."""
    found = _HOST.match(address or "")
    return found is not None and public_suffix(found[1].lower()) is not None


def _leads_elsewhere(host: str, tail: str) -> bool:
    """Whether the path, or a query parameter for a target, holds a whole address of another site."""
    if ":/" not in tail and "%3" not in tail:
        return False
    before, _, query = tail.partition("?")
    inside = [found[1] for found in [_IN_PATH.search(unquote(before))] if found]
    inside += [value for name, value in parse_qsl(query) if name.lower() in _TARGETS]
    hosts = [_AUTHORITY.match(text) for text in inside]
    return any(found and own_name(found[1].lower()) != own_name(host) for found in hosts)


def unwrapped(host: str, tail: str) -> str | None:
    """The address in the link, None if there is none."""
    if host.endswith(".translate.goog"):  # orrin--tools-com.translate.goog
        name = host.removesuffix(".translate.goog")
        return name.replace("--", "\0").replace("-", ".").replace("\0", "-")
    if host == "urldefense.proofpoint.com" and tail.startswith("/v2/"):
        tail = _PROOFPOINT_V2.sub(r"%\1", tail).replace("_", "/")
    version_3 = _PROOFPOINT_V3.search(tail)
    if version_3:
        return version_3[1]
    before, _, query = tail.partition("?")
    for _name, value in parse_qsl(query):
        text = value
        for _ in range(_MAX_ENCODED):
            if _ADDRESS.match(text) or _NAME.fullmatch(text):
                return text
            text = unquote(text)
    for _ in range(_MAX_ENCODED):
        found = _ADDRESS.search(tail)
        if found:
            return found[0]
        tail = unquote(tail)
    parts = [unquote(part) for part in before.split("/") if part]
    return next((part for part in reversed(parts) if _NAME.fullmatch(part) and not part.endswith(".php")), None)
