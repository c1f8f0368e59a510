"""Sites with pages about others than the site's owner.

Put together by hand, 2026-11, from the sites themselves. A name covers its subdomains. If a brand has a site in each
country, the ``.com`` stands for all of them.
"""

from __future__ import annotations

# Every page of these sites counts as a profile, on any subdomain. The bare host is the company's own.
WHOLE_SITES = frozenset((
    # social and professional networks
    "linkedin.com", "lnkd.in", "xing.com", "facebook.com", "fb.com", "fb.me", "fb.watch", "instagram.com", "instagr.am",
    "threads.net", "threads.com", "twitter.com", "x.com", "t.co", "bsky.app", "mastodon.social", "tiktok.com",
    "snapchat.com", "pinterest.com", "pin.it", "reddit.com", "redd.it", "tumblr.com", "vk.com", "ok.ru", "weibo.com",
    "meetup.com", "quora.com", "medium.com", "viadeo.com", "nextdoor.com", "yammer.com", "truthsocial.com", "vk.ru",
    "vkontakte.ru", "odnoklassniki.ru", "weibo.cn", "zhihu.com", "douyin.com", "xiaohongshu.com", "ameblo.jp",
    "blog.naver.com", "pf.kakao.com", "messenger.com", "stackoverflow.com", "about.me", "gravatar.com", "disqus.com",
    # messengers
    "t.me", "telegram.me", "wa.me", "whatsapp.com", "discord.gg", "discord.com", "line.me", "m.me", "chat.google.com",
    # media, code, design
    "youtube.com", "youtu.be", "vimeo.com", "twitch.tv", "soundcloud.com", "flickr.com", "slideshare.net", "issuu.com",
    "scribd.com", "yumpu.com", "calameo.com", "github.com", "gitlab.com", "bitbucket.org", "sourceforge.net",
    "huggingface.co", "kaggle.com", "npmjs.com", "pypi.org", "hub.docker.com", "rubygems.org", "crates.io",
    "packagist.org", "nuget.org", "behance.net", "dribbble.com", "open.spotify.com", "podcasts.apple.com",
    "podcasters.spotify.com", "mixcloud.com", "dailymotion.com",
    # company directories, reviews, encyclopaedias, registers
    "crunchbase.com", "pitchbook.com", "wellfound.com", "angel.co", "angellist.com", "opencorporates.com", "f6s.com",
    "northdata.de", "northdata.com", "zoominfo.com", "rocketreach.co", "owler.com", "kununu.com", "theorg.com",
    "glassdoor.com", "indeed.com", "yelp.com", "trustpilot.com", "g2.com", "capterra.com", "getapp.com",
    "softwareadvice.com", "trustradius.com", "producthunt.com", "wikipedia.org", "wikidata.org", "wikimedia.org",
    "clutch.co", "sortlist.com", "sortlist.de", "goodfirms.co", "designrush.com", "provenexpert.com", "bbb.org",
    "tracxn.com", "app.dealroom.co", "craft.co", "growjo.com", "comparably.com", "ambitionbox.com", "signalhire.com",
    "leadiq.com", "datanyze.com", "kompass.com", "europages.com", "wlw.de", "wlw.at", "wlw.ch", "firmenabc.at",
    "firmania.de", "gelbeseiten.de", "dasoertliche.de", "11880.com", "cylex.de", "meinestadt.de", "golocal.de",
    "herold.at", "local.ch", "search.ch", "moneyhouse.ch", "pagesjaunes.fr", "societe.com", "pappers.fr", "verif.com",
    "paginegialle.it", "paginasamarillas.es", "einforma.com", "yell.com", "thomsonlocal.com", "yellowpages.com",
    "yellowpages.ca", "whitepages.com", "manta.com", "thomasnet.com", "mapquest.com", "foursquare.com", "hotfrog.com",
    "indiamart.com", "tradeindia.com", "justdial.com", "globalsources.com", "made-in-china.com", "ec21.com",
    "companieshouse.gov.uk", "company-information.service.gov.uk", "handelsregister.de", "unternehmensregister.de",
    "dnb.com", "cbinsights.com", "builtin.com", "stackshare.io", "builtwith.com", "zippia.com", "alternativeto.net",
    # maps, shared documents, stores of apps, collections of links
    "maps.google.com", "business.google.com", "g.page", "g.co", "plus.google.com", "sites.google.com", "goo.gl",
    "docs.google.com", "drive.google.com", "play.google.com", "chrome.google.com", "chromewebstore.google.com",
    "workspace.google.com", "photos.google.com", "groups.google.com", "calendar.google.com", "meet.google.com",
    "apps.apple.com", "itunes.apple.com", "maps.apple.com", "appsource.microsoft.com", "apps.microsoft.com",
    "azuremarketplace.microsoft.com", "marketplace.visualstudio.com", "addons.mozilla.org",
    "appexchange.salesforce.com", "ecosystem.hubspot.com", "apps.shopify.com", "marketplace.atlassian.com",
    "openstreetmap.org", "bit.ly", "bitly.com", "bitly.is", "eventbrite.com", "linktr.ee", "ticketmaster.com", "lu.ma",
    # shops, food, travel, funding at others' sites
    "tripadvisor.com", "opentable.com", "ubereats.com", "doordash.com", "lieferando.de", "deliveroo.menu",
    "patreon.com",
    "ko-fi.com", "buymeacoffee.com", "gofundme.com", "kickstarter.com", "indiegogo.com", "betterplace.org",
    # applications at work, and records in somebody's CRM
    "app.hubspot.com", "app-eu1.hubspot.com", "app.pipedrive.com", "app.apollo.io", "crm.zoho.com", "crm.zoho.eu",
    "app.attio.com", "app.salesloft.com", "app.outreach.io", "app.close.com", "airtable.com", "notion.so", "notion.com",
    "app.slack.com", "onedrive.live.com", "app.box.com", "docsend.com", "speakerdeck.com", "cal.com", "savvycal.com",
    "zcal.co", "tidycal.com", "meetings.hubspot.com", "share.hsforms.com", "calendly.com", "form.jotform.com",
    "forms.office.com", "boards.greenhouse.io", "job-boards.greenhouse.io", "jobs.lever.co", "apply.workable.com",
    "jobs.ashbyhq.com", "jobs.smartrecruiters.com", "careers.smartrecruiters.com", "app.asana.com", "app.clickup.com",
))  # fmt: skip

# Of these sites only the pages below the given paths count.
PAGES = {
    "google.com": ("maps", "search", "url", "finance", "books", "s2/"), "bing.com": ("maps", "search"),
    "duckduckgo.com": ("?q=",), "bloomberg.com": ("profile", "quote"),
    "reuters.com": ("companies/", "markets/companies/"), "marketwatch.com": ("investing/stock",),
    "finance.yahoo.com": ("quote",), "sec.gov": ("cgi-bin/", "edgar/", "ix?"),
    "amazon.com": ("stores", "shops", "dp/", "gp/", "s?", "sp?", "b?"), "ebay.com": ("str/", "usr/", "itm/"),
    "etsy.com": ("shop/", "listing/"), "airbnb.com": ("rooms/", "h/", "users/"), "booking.com": ("hotel/", "share"),
    "apple.com": ("maps",), "salesforce.com": ("appexchange", "00"), "waze.com": ("ul",),
    "apollo.io": ("companies/", "people/"), "ycombinator.com": ("companies/",), "stepstone.de": ("cmp/",),
    "join.com": ("companies/",), "canva.com": ("design/", "brand/join"),
    "figma.com": ("file/", "design/", "proto/", "board/", "community/"), "typeform.com": ("to/",),
    "surveymonkey.com": ("r/",), "zoom.us": ("j/", "w/", "my/", "s/", "meeting/", "webinar/"),
    "teams.microsoft.com": ("l/", "meet/"), "dropbox.com": ("s/", "sh/", "scl/", "home"), "trello.com": ("b/", "c/"),
    "we.tl": ("t-",), "loom.com": ("share/",), "miro.com": ("app/",), "coda.io": ("d/", "@"),
    "slack.com": ("archives/", "app_redirect"), "box.com": ("s/",), "pitch.com": ("public/", "v/"),
    "prezi.com": ("p/", "view/", "i/"), "lusha.com": ("business/", "company/"), "seamless.ai": ("b/",),
    "adapt.io": ("company/",), "contactout.com": ("company/",), "6sense.com": ("company/",),
    "levels.fyi": ("companies/",), "teamblind.com": ("company/",), "gartner.com": ("reviews/",),
    "peerspot.com": ("products/", "vendors/"), "saasworthy.com": ("product/",), "fiverr.com": ("s/",),
    "upwork.com": ("ag/", "agencies/", "freelancers/"), "malt.fr": ("profile/",), "malt.de": ("profile/",),
    "kleinanzeigen.de": ("pro/", "s-"), "eu-startups.com": ("directory/",), "wetransfer.com": ("downloads/",),
}  # fmt: skip
