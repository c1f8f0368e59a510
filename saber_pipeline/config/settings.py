"""Settings from the environment and ``.env``: CONTRACT's table, and the times the promises hang on."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from saber_pipeline.config.addresses import VISIBLE_ASCII, read_alert_url, read_ledger_url, read_proxy, read_webhook_url
from saber_pipeline.config.secrets import AlertAddress, ApiKey, LedgerAddress, ProxyAddress, WebhookSecret
from saber_pipeline.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_MEMORY_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", re.IGNORECASE)
_OWNER = re.compile(r"team:[\w.-]+|[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_CRON_FIELDS = 5
_CRON_FIELD = re.compile(r"[0-9A-Za-z*/,#-]+")
_CRON_NAMES = {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}


@dataclass(frozen=True)
class Settings:
    """Everything a run takes from its surroundings. Defaults are those of CONTRACT."""

    api_key: ApiKey | None = None
    base_url: str = "https://api.saber.app"
    data_dir: Path = Path("data")
    credits_per_signal: Decimal = Decimal(1)
    collect_lag_seconds: float = 30.0
    resolve_wait_minutes: float = 10.0
    lost_after_minutes: float = 60.0
    stuck_after_hours: float = 24.0
    api_cache_hours: float = 12.0
    max_batch_domains: int = 20_000
    concurrency: int = 64
    sync_create_pairs: int = 5
    sync_wait_seconds: int = 60
    search_companies: int = 10
    other_profiles: bool = False
    lease_seconds: float = 60.0
    duckdb_memory_limit: str = "200MB"
    low_credits: int | None = None
    max_credits_per_run: int | None = None
    monthly_credits: int | None = None
    budget_timezone: str = "UTC"
    alert_url: AlertAddress | None = None
    export_formats: tuple[str, ...] = ("csv",)
    owners: tuple[str, ...] = ()
    refresh_cron: str = "0 6 * * 1"
    refresh_timezone: str = "UTC"
    webhook_url: str | None = None
    webhook_secret: WebhookSecret | None = None
    proxy: ProxyAddress | None = None
    ca_file: Path | None = None
    ledger_url: LedgerAddress | None = None

    def require_api_key(self) -> ApiKey:
        """The key. Raises SettingsError where there is none."""
        if self.api_key is None:
            raise SettingsError(
                "This run needs the Saber API and SABER_API_KEY is not set; nothing was spent. "
                "Set SABER_API_KEY in the environment or in .env. Without a key, `saber-pipeline sandbox` prints the "
                "settings of a stand-in with made-up answers."
            )
        return self.api_key


def load_settings(root: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings for a project in ``root`` (default: the current directory).

    A variable of ``environ`` beats the same one in ``root/.env``; one that is empty counts as not set.
    Raises SettingsError with every mistake in one text.
    """
    folder = Path.cwd() if root is None else root
    values = _Values(_from_dotenv(folder / ".env"), environ)
    defaults = Settings()
    settings = Settings(
        api_key=values.read("SABER_API_KEY", _api_key, defaults.api_key, is_secret=True),
        base_url=values.read("SABER_BASE_URL", _base_url, defaults.base_url),
        data_dir=folder / values.read("SABER_DATA_DIR", _folder, defaults.data_dir),
        credits_per_signal=values.read("SABER_CREDITS_PER_SIGNAL", _price, defaults.credits_per_signal),
        collect_lag_seconds=values.read("SABER_COLLECT_LAG_SECONDS", _duration, defaults.collect_lag_seconds),
        resolve_wait_minutes=values.read("SABER_RESOLVE_WAIT_MINUTES", _duration, defaults.resolve_wait_minutes),
        lost_after_minutes=values.read("SABER_LOST_AFTER_MINUTES", _duration, defaults.lost_after_minutes),
        stuck_after_hours=values.read("SABER_STUCK_AFTER_HOURS", _duration, defaults.stuck_after_hours),
        api_cache_hours=values.read("SABER_API_CACHE_HOURS", _duration, defaults.api_cache_hours),
        max_batch_domains=values.read("SABER_MAX_BATCH_DOMAINS", _batch_domains, defaults.max_batch_domains),
        concurrency=values.read("SABER_CONCURRENCY", _connections, defaults.concurrency),
        sync_create_pairs=values.read("SABER_SYNC_CREATE_PAIRS", _handful, defaults.sync_create_pairs),
        sync_wait_seconds=values.read("SABER_SYNC_WAIT_SECONDS", _sync_wait, defaults.sync_wait_seconds),
        search_companies=values.read("SABER_SEARCH_COMPANIES", _searched_companies, defaults.search_companies),
        other_profiles=values.read("SABER_OTHER_PROFILES", _yes_or_no, defaults.other_profiles),
        lease_seconds=values.read("SABER_LEASE_SECONDS", _lease, defaults.lease_seconds),
        duckdb_memory_limit=values.read("SABER_DUCKDB_MEMORY_LIMIT", _memory_size, defaults.duckdb_memory_limit),
        low_credits=values.read("SABER_LOW_CREDITS", _credits, defaults.low_credits),
        max_credits_per_run=values.read("SABER_MAX_CREDITS_PER_RUN", _limit, defaults.max_credits_per_run),
        monthly_credits=values.read("SABER_MONTHLY_CREDITS", _limit, defaults.monthly_credits),
        budget_timezone=values.read("SABER_BUDGET_TIMEZONE", _timezone, defaults.budget_timezone),
        alert_url=values.read("SABER_ALERT_URL", read_alert_url, defaults.alert_url, is_secret=True),
        export_formats=values.read("SABER_EXPORT_FORMATS", _export_formats, defaults.export_formats),
        owners=values.read("SABER_OWNERS", _owners, defaults.owners),
        refresh_cron=values.read("SABER_REFRESH_CRON", _cron, defaults.refresh_cron),
        refresh_timezone=values.read("SABER_REFRESH_TIMEZONE", _timezone, defaults.refresh_timezone),
        webhook_url=values.read("SABER_WEBHOOK_URL", read_webhook_url, defaults.webhook_url, is_secret=True),
        webhook_secret=values.read("SABER_WEBHOOK_SECRET", _webhook_secret, defaults.webhook_secret, is_secret=True),
        proxy=values.read("SABER_PROXY", read_proxy, defaults.proxy, is_secret=True),
        ca_file=values.read("SABER_CA_FILE", lambda text: _certificates(folder, text), defaults.ca_file),
        ledger_url=values.read("SABER_LEDGER_URL", read_ledger_url, defaults.ledger_url, is_secret=True),
    )
    values.raise_mistakes()
    if settings.ledger_url is not None and find_spec("psycopg") is None:
        raise SettingsError(
            "SABER_LEDGER_URL asks for a ledger on Postgres, and psycopg, which speaks to it, is not installed. "
            "Nothing was spent. Install the extra: pip install 'saber-pipeline[distributed]'."
        )
    return settings


class _Values:
    """Reads one variable after another and keeps the mistakes for the end."""

    def __init__(self, dotenv: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._dotenv = dotenv
        self._environ = environ
        self._mistakes: list[str] = []

    def read(self, name: str, parse: Callable[[str], T], default: T, *, is_secret: bool = False) -> T:
        text = self._environ.get(name, "").strip()
        source = "the environment"
        if not text:
            text, source = self._dotenv.get(name, "").strip(), ".env"
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as wrong:
            shown = "its value (not shown)" if is_secret else repr(_redacted(text))
            self._mistakes.append(f"{name} in {source}: {shown} cannot be used; allowed is {wrong}.")
            return default

    def raise_mistakes(self) -> None:
        if self._mistakes:
            noun = "setting" if len(self._mistakes) == 1 else "settings"
            lines = "\n".join(f"  {mistake}" for mistake in self._mistakes)
            raise SettingsError(f"{len(self._mistakes)} {noun} cannot be used; nothing was spent:\n{lines}")


def _redacted(text: str) -> str:
    """Without what may be secret in a mistyped value: a key, a user and password, a query."""
    text = re.sub(r"sk_\S+", "sk_…", text)
    return re.sub(r"\?.*", "?…", re.sub(r"//.*@", "//…@", text))


def _is_half(found: Binding) -> bool:
    """A name without a value: as a rule a key that somebody put there alone."""
    return found.key is not None and found.value is None


def _line_of(found: Binding) -> int:
    """The line where it begins; dotenv counts the empty lines before it to it."""
    told = found.original.string
    return found.original.line + told[: len(told) - len(told.lstrip())].count("\n")


def _from_dotenv(path: Path) -> dict[str, str]:
    try:
        if not path.is_file():
            return {}
        with path.open(encoding="utf-8") as lines:
            broken = [_line_of(found) for found in parse_stream(lines) if found.error or _is_half(found)]
        if broken:
            raise SettingsError(
                f"{path}, line {broken[0]}: this is no setting (its text is not shown: it may be the key). Nothing was "
                "spent. Write NAME=value on a line of its own, close every quotation mark, and begin comments with #."
            )
        # interpolate=False: a key that holds ${…} stays as it was written.
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path} cannot be read: {reason}. Nothing was spent; repair or remove it.") from None


# Each parser returns the value, or raises ValueError with what is allowed.


def _api_key(text: str) -> ApiKey:
    if not VISIBLE_ASCII.fullmatch(text):
        raise ValueError("a key as Saber shows it: visible ASCII characters without spaces")
    return ApiKey(text)


def _webhook_secret(text: str) -> WebhookSecret:
    return WebhookSecret(text)


def _certificates(folder: Path, text: str) -> Path:
    file = folder / _folder(text)
    if not file.is_file():
        raise ValueError("a file of certificates (PEM) that is there")
    return file


def _base_url(text: str) -> str:
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


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("a folder; ~ needs a home directory that is known") from None


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise ValueError("a number of credits, 0 or more")
    return price


def _duration(text: str) -> float:
    return _number(text, allowed="a number, 0 or more")


def _lease(text: str) -> float:
    seconds = _number(text, allowed="a number of seconds, 1 or more")
    if seconds < 1:
        raise ValueError("a number of seconds, 1 or more")
    return seconds


def _number(text: str, *, allowed: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise ValueError(allowed)
    return number


def _batch_domains(text: str) -> int:
    return _whole_number(text, most=20_000)


def _connections(text: str) -> int:
    return _whole_number(text, most=1_000)


def _handful(text: str) -> int:
    return _whole_number(text, least=0, most=100)


def _searched_companies(text: str) -> int:
    return _whole_number(text, most=100)


def _yes_or_no(text: str) -> bool:
    if text.lower() not in {"yes", "no", "true", "false", "on", "off", "1", "0"}:
        raise ValueError("yes or no")
    return text.lower() in {"yes", "true", "on", "1"}


def _sync_wait(text: str) -> int:
    return _whole_number(text, most=900)


def _whole_number(text: str, *, least: int = 1, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"a whole number from {least} to {most}")
    return int(text)


def _credits(text: str) -> int:
    return _whole_number(text, most=999_999_999)


def _limit(text: str) -> int:
    return _whole_number(text, least=0, most=999_999_999)


def _export_formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower().removeprefix(".") for name in text.split(",")))
    if not set(names) <= {"csv", "xlsx", "parquet"}:
        raise ValueError("a list of csv, xlsx and parquet, with commas between them")
    return ("csv", *(name for name in names if name != "csv"))


def _owners(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(_OWNER.fullmatch(name) for name in names):
        raise ValueError("a list of e-mail addresses and team:name, with commas between them")
    return names


def _cron(text: str) -> str:
    """The shape only: whether its numbers make sense is for the scheduler to say, who has a parser."""
    fields = text.split()
    is_shaped = len(fields) == _CRON_FIELDS and all(_CRON_FIELD.fullmatch(field) for field in fields)
    if not (is_shaped or text in _CRON_NAMES):
        raise ValueError("a cron expression of five fields, such as 0 6 * * 1 for Mondays at 06:00")
    return " ".join(fields)


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of names
        raise ValueError("a time zone by its IANA name, such as UTC or Europe/Berlin") from None
    return text


def _memory_size(text: str) -> str:
    match = _MEMORY_SIZE.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise ValueError("a size such as 200MB or 2GB")
    return f"{match[1]}{match[2]}"
