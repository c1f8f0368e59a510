"""The documents as a site, in a browser that may only reach this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from saber_pipeline_tests.documents.site import built_site

PATIENCE_MS = 240_000


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: Any) -> None:
        """No line for each request."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of the folder's files, as any web server would give them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_the_site_is_searched_without_asking_anybody(browser: Browser, tmp_path: Path) -> None:
    """A search finds its page, pictures are drawn, and no request of any visited page leaves this machine."""
    asked: list[str] = []
    with served(built_site(tmp_path)) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.context.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        for picture in page.locator("article img").all():
            assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
        field = page.locator("[data-md-component=search-query]")
        field.click()
        field.press_sequentially("credits run out")
        found = page.locator(".md-search-result__item a")
        expect(found.first).to_be_visible(timeout=PATIENCE_MS)
        assert any("/faq/" in (link.get_attribute("href") or "") for link in found.all())
        found.first.click()
        page.goto(f"{address}/report/")
        page.goto(f"{address}/reference/")
        page.wait_for_load_state("networkidle")
    assert any("/search/search_index.json" in url for url in asked)
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
