"""Sites whose pages are profiles of somebody else: social networks, directories, code hosts, maps.

Such a page in a website column says where a company can be read about, not which domain is its own.
The bare host is left alone: ``linkedin.com`` is LinkedIn's domain.
"""

from __future__ import annotations

import re

# Every page of these sites, whatever its subdomain, is taken for a profile.
_WHOLE_SITES = frozenset((
    # social and professional networks
    "linkedin.com", "lnkd.in", "xing.com", "facebook.com", "fb.com", "fb.me", "instagram.com", "instagr.am",
    "threads.net", "threads.com", "twitter.com", "x.com", "t.co", "bsky.app", "mastodon.social", "tiktok.com",
    "snapchat.com", "pinterest.com", "pinterest.de", "pinterest.co.uk", "pinterest.fr", "pin.it",
    "reddit.com", "tumblr.com", "vk.com", "ok.ru", "weibo.com", "meetup.com", "quora.com", "medium.com",
    # messengers
    "t.me", "telegram.me", "wa.me", "whatsapp.com", "discord.gg", "discord.com",
    # media and code
    "youtube.com", "youtu.be", "vimeo.com", "twitch.tv", "soundcloud.com", "flickr.com", "slideshare.net",
    "github.com", "gitlab.com", "bitbucket.org", "behance.net", "dribbble.com",
    # company directories, reviews, encyclopaedias
    "crunchbase.com", "pitchbook.com", "wellfound.com", "angel.co", "angellist.com", "opencorporates.com",
    "northdata.de", "northdata.com", "zoominfo.com", "rocketreach.co", "owler.com", "kununu.com",
    "glassdoor.com", "glassdoor.de", "glassdoor.co.uk", "indeed.com", "yelp.com", "yelp.de", "trustpilot.com",
    "g2.com", "capterra.com", "producthunt.com", "wikipedia.org", "wikidata.org",
    # maps, shared documents, app stores, collections of links, shortened links
    "maps.google.com", "business.google.com", "g.page", "plus.google.com", "sites.google.com",
    "docs.google.com", "drive.google.com", "play.google.com", "apps.apple.com", "itunes.apple.com",
    "eventbrite.com", "linktr.ee", "about.me", "goo.gl", "bit.ly",
    # records in somebody's CRM
    "app.hubspot.com", "app-eu1.hubspot.com", "app.pipedrive.com", "app.apollo.io", "crm.zoho.com", "crm.zoho.eu",
    "app.attio.com", "app.salesloft.com", "app.outreach.io", "app.close.com", "airtable.com", "notion.so",
))  # fmt: skip

# Of these only the pages below the given path.
_PAGES = {
    "google.com": ("maps", "search", "url"),
    "google.de": ("maps", "search", "url"),
    "google.co.uk": ("maps", "search", "url"),
    "bing.com": ("maps", "search"),
    "bloomberg.com": ("profile",),
    "amazon.com": ("stores", "shops"),
    "apple.com": ("maps",),
    "salesforce.com": ("appexchange",),
}

_POINTS_AT_SOMEBODY = re.compile(r"/+[^/?#]|[^#]*[?&](?:id|u)=|[^#]*#!")


def is_profile_page(host: str, tail: str) -> bool:
    """Is ``tail`` (path, query and fragment behind ``host``) a page about somebody on another's site?"""
    if not tail or not _POINTS_AT_SOMEBODY.match(tail):
        return False
    labels = host.split(".")
    for start in range(len(labels) - 1):
        site = ".".join(labels[start:])
        if site in _WHOLE_SITES:
            return True
        if site in _PAGES:
            return tail.lstrip("/").lower().startswith(_PAGES[site])
    return False
