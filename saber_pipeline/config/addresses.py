"""Settings that are addresses for requests or proxies, each with the allowed values."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from saber_pipeline.config.secrets import AlertAddress, LedgerAddress, ProxyAddress, StoreAddress

LONGEST_ADDRESS = 2_048
VISIBLE_ASCII = re.compile(r"[!-~]+")
"""What a header can carry."""
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
"""Of Amazon, Google or Azure; each has rules of its own beyond this."""


def read_webhook_url(text: str) -> str:
    """Where the API posts webhooks. Raises ValueError with what is allowed."""
    allowed = ValueError(
        f"an http:// or https:// address that Saber can reach, of at most {LONGEST_ADDRESS:,} characters"
    )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise allowed from None
    is_usable = parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"[\s\\]", text)
    if not is_usable or len(text) > LONGEST_ADDRESS:
        raise allowed
    return text


def read_alert_url(text: str) -> AlertAddress:
    """Where alerts are posted. Raises ValueError with what is allowed."""
    allowed = ValueError(f"an http:// or https:// address of at most {LONGEST_ADDRESS:,} characters")
    try:
        parts = urlsplit(text)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise allowed from None
    is_usable = parts.scheme in {"http", "https"} and has_place and VISIBLE_ASCII.fullmatch(text)
    if not is_usable or len(text) > LONGEST_ADDRESS:
        raise allowed
    return AlertAddress(text)


def read_proxy(text: str) -> ProxyAddress:
    """A proxy, which may hold a password. Raises ValueError with what is allowed."""
    allowed = ValueError(
        "an address such as http://user:password@proxy.example:3128, its special characters written like %40"
    )
    try:
        parts = urlsplit(text)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise allowed from None
    rest = parts.path.strip("/") + parts.query + parts.fragment
    if parts.scheme not in {"http", "https"} or not has_place or rest or not VISIBLE_ASCII.fullmatch(text):
        raise allowed
    return ProxyAddress(text.rstrip("/"))


def read_ledger_url(text: str) -> LedgerAddress:
    """Where the ledger is. Raises ValueError with what is allowed."""
    allowed = ValueError(
        "a Postgres address such as postgresql://user:password@db.example:5432/saber, its special characters written "
        "like %40"
    )
    try:
        parts = urlsplit(text)
        is_usable = parts.port != 0 and bool(parts.path.strip("/"))
    except ValueError:
        raise allowed from None
    if parts.scheme not in {"postgresql", "postgres"} or not is_usable or not VISIBLE_ASCII.fullmatch(text):
        raise allowed
    return LedgerAddress(f"postgresql://{text.partition('://')[2]}")


def read_store_url(text: str) -> StoreAddress:
    """Where landing, versions and exports are. Raises ValueError with what is allowed."""
    allowed = ValueError(
        "an address s3://bucket/prefix, gs://bucket/prefix or az://container/prefix without a login; set the login "
        "in variables such as AWS_ACCESS_KEY_ID"
    )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise allowed from None
    segments = parts.path.strip("/").split("/")
    is_plain = not parts.query and not parts.fragment and not any(each in ("", ".", "..") for each in segments[:-1])
    is_usable = is_plain and BUCKET.fullmatch(parts.netloc) and segments[-1] not in (".", "..")
    if parts.scheme not in {"s3", "gs", "az"} or not is_usable or not VISIBLE_ASCII.fullmatch(text):
        raise allowed
    return StoreAddress(text.rstrip("/"))
