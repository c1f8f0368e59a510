"""Token buckets."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from saber_pipeline.sandbox.sandbox_settings import RateLimit
from saber_pipeline_tests.sandbox.conftest import START_SECONDS

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox


def test_every_reply_carries_headers_of_its_class(start: StartSandbox) -> None:
    """Reads and writes have buckets of their own; also refusals carry the headers, and the sandbox's date."""
    api = start(reads=RateLimit(600, 50), writes=RateLimit(60, 5))
    read = api.http.get("/v1/credits").headers
    write = api.create("not a domain").headers
    assert (read["X-Ratelimit-Limit"], read["X-Ratelimit-Remaining"]) == ("50", "49")
    assert (write["X-Ratelimit-Limit"], write["X-Ratelimit-Remaining"]) == ("5", "4")
    assert int(write["X-Ratelimit-Reset"]) == START_SECONDS + 1
    api.running.advance(3600)
    assert parsedate_to_datetime(api.http.get("/v1/credits").headers["Date"]).timestamp() == START_SECONDS + 3600


def test_exhausted_bucket_refuses_in_both_shapes_and_refills(start: StartSandbox) -> None:
    """An empty bucket gives 429s, in turn flat and in the envelope, without effect; time refills it."""
    api = start(writes=RateLimit(60, 2))
    for domain in ("a.com", "b.com"):
        assert api.create(domain).status_code == 201
    flat, envelope = api.create("c.com"), api.create("d.com")
    assert (flat.status_code, envelope.status_code) == (429, 429)
    assert flat.json()["statusCode"] == 429
    assert flat.json()["retryAfter"] == int(flat.headers["X-Ratelimit-Reset"]) - START_SECONDS == 2
    assert envelope.json()["error"]["code"] == "TOO_MANY_REQUESTS"
    assert api.running.books()["signals"] == 2
    api.running.advance(1)
    assert api.create("c.com").status_code == 201
    assert api.create("d.com").status_code == 429
    assert api.http.get("/v1/credits").status_code == 200
