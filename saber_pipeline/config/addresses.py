"""Settings that are addresses for requests or proxies. ValueError names the allowed values."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from saber_pipeline.config.secrets import AlertAddress, LedgerAddress, ProxyAddress, StoreAddress

LONGEST_ADDRESS = 2_048
VISIBLE_ASCII = re.compile(r"[!-~]+")
"""What a header can carry."""
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
"""A name of a bucket at Amazon, Google or Azure. Each of them has further rules of its own."""
HTTP = frozenset({"http", "https"})


def read_webhook_url(text: str) -> str:
    """Where the API posts webhooks."""
    allowed = f"an http:// or https:// address that Saber can reach, of at most {LONGEST_ADDRESS:,} characters"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(allowed) from None
    is_usable = parts.scheme in HTTP and parts.hostname and not re.search(r"[\s\\]", text)
    if not is_usable or len(text) > LONGEST_ADDRESS:
        raise ValueError(allowed)
    return text


def read_alert_url(text: str) -> AlertAddress:
    allowed = f"an http:// or https:// address of at most {LONGEST_ADDRESS:,} characters"
    if not _parts(text, HTTP, allowed).hostname or len(text) > LONGEST_ADDRESS:
        raise ValueError(allowed)
    return AlertAddress(text)


def read_proxy(text: str) -> ProxyAddress:
    """A proxy, which may hold a password."""
    allowed = "an address such as http://user:password@proxy.example:3128, its special characters written like %40"
    parts = _parts(text, HTTP, allowed)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(allowed)
    return ProxyAddress(text.rstrip("/"))


def read_ledger_url(text: str) -> LedgerAddress:
    allowed = (
        "a Postgres address such as postgresql://user:password@db.example:5432/saber, its special characters written "
        "like %40"
    )
    if not _parts(text, frozenset({"postgresql", "postgres"}), allowed).path.strip("/"):
        raise ValueError(allowed)
    return LedgerAddress(f"postgresql://{text.partition('://')[2]}")


def read_store_url(text: str) -> StoreAddress:
    """Where landing, versions and exports are."""
    allowed = (
        "an address s3://bucket/prefix, gs://bucket/prefix or az://container/prefix without a login; set the login "
        "in variables such as AWS_ACCESS_KEY_ID"
    )
    parts = _parts(text, frozenset({"s3", "gs", "az"}), allowed)
    segments = parts.path.strip("/").split("/")
    is_plain = not parts.query and not parts.fragment and not any(each in ("", ".", "..") for each in segments[:-1])
    if not is_plain or not BUCKET.fullmatch(parts.netloc) or segments[-1] in (".", ".."):
        raise ValueError(allowed)
    return StoreAddress(text.rstrip("/"))


def _parts(text: str, schemes: frozenset[str], allowed: str) -> SplitResult:
    """The parts of an address that has one of the schemes, visible characters and, if any, a port to connect to."""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in schemes and parts.port != 0 and VISIBLE_ASCII.fullmatch(text)
    except ValueError:
        raise ValueError(allowed) from None
    if not is_usable:
        raise ValueError(allowed)
    return parts
