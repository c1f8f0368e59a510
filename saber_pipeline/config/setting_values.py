"""Values of settings: each is parsed from its text, or ValueError names the allowed values."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from saber_pipeline.config.addresses import VISIBLE_ASCII
from saber_pipeline.config.secrets import ApiKey

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", re.IGNORECASE)
_OWNER = re.compile(r"team:[\w.-]+|[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_CRON_FIELDS = 5
_CRON_FIELD = re.compile(r"[0-9A-Za-z*/,#-]+")
_CRON_NAMES = {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}


def api_key(text: str) -> ApiKey:
    if not VISIBLE_ASCII.fullmatch(text):
        raise ValueError("a key as Saber shows it: visible ASCII characters without spaces")
    return ApiKey(text)


def certificates(text: str, below: Path) -> Path:
    file = below / folder(text)
    if not file.is_file():
        raise ValueError("an existing file of certificates (PEM)")
    return file


def base_url(text: str) -> str:
    allowed = ValueError(
        "an http:// or https:// address, with a path prefix if needed, without user, query or fragment"
    )
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise allowed from None
    clean = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s?#\\]", text))
    if parts.scheme not in {"http", "https"} or not has_host or not clean:
        raise allowed
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("a folder; ~ needs a known home directory") from None


def yes_or_no(text: str) -> bool:
    if text.lower() not in {"yes", "no", "true", "false", "on", "off", "1", "0"}:
        raise ValueError("yes or no")
    return text.lower() in {"yes", "true", "on", "1"}


def export_formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower().removeprefix(".") for name in text.split(",")))
    if not set(names) <= {"csv", "xlsx", "parquet"}:
        raise ValueError("a list of csv, xlsx and parquet, with commas between them")
    return ("csv", *(name for name in names if name != "csv"))


def store_exports(text: str) -> str:
    if text.lower() != "parquet":
        raise ValueError("parquet")
    return "parquet"


def owners(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(_OWNER.fullmatch(name) for name in names):
        raise ValueError("a list of e-mail addresses and team:name, with commas between them")
    return names


def cron(text: str) -> str:
    """Checks only the shape. The scheduler has a parser, which checks the numbers."""
    fields = text.split()
    is_shaped = len(fields) == _CRON_FIELDS and all(_CRON_FIELD.fullmatch(field) for field in fields)
    if not (is_shaped or text in _CRON_NAMES):
        raise ValueError("a cron expression of five fields, such as 0 6 * * 1 for Mondays at 06:00")
    return " ".join(fields)


def timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of names
        raise ValueError("a time zone by its IANA name, such as UTC or Europe/Berlin") from None
    return text


def memory_size(text: str) -> str:
    match = _MEMORY_SIZE.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise ValueError("a size such as 200MB or 2GB")
    return f"{match[1]}{match[2]}"


def price(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise ValueError("a number of credits, 0 or more")
    return found


def number(least: float, allowed: str) -> Callable[[str], float]:
    """A reader of numbers from ``least`` on."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not math.isfinite(found) or found < least:
            raise ValueError(allowed)
        return found

    return read


def whole(least: int, most: int) -> Callable[[str], int]:

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read
