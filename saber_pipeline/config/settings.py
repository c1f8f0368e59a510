"""Settings from the environment and ``.env``: those of CONTRACT's table, and the times that the promises depend on."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import Field, dataclass, field, fields
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from saber_pipeline.config import setting_values as to
from saber_pipeline.config.addresses import (
    read_alert_url,
    read_ledger_url,
    read_proxy,
    read_store_url,
    read_webhook_url,
)
from saber_pipeline.config.secrets import AlertAddress, ApiKey, LedgerAddress, ProxyAddress, StoreAddress, WebhookSecret
from saber_pipeline.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

D = TypeVar("D")
T = TypeVar("T")

MOST_CREDITS = 999_999_999
_NEARLY = 0.9  # SABER_MAX_CREDIT_PER_RUN, SABER_BASE_URI
_DURATION = to.number(0, "a number, 0 or more")
_OF_STORES = ("AWS_", "AZURE_", "GOOGLE_")


def _setting(default: D, read: Callable[..., T], *, is_secret: bool = False, below_root: bool = False) -> T | D:
    """A setting that ``read`` makes from its text. ``below_root``: ``read`` takes the project's folder too."""
    return field(default=default, metadata={"read": read, "is_secret": is_secret, "below_root": below_root})


@dataclass(frozen=True)
class Settings:
    """Everything that a run takes from its surroundings. Variables are SABER_ and the name. Defaults are CONTRACT's."""

    api_key: ApiKey | None = _setting(None, to.api_key, is_secret=True)
    base_url: str = _setting("https://api.saber.app", to.base_url)
    data_dir: Path = _setting(Path("data"), to.folder)
    credits_per_signal: Decimal = _setting(Decimal(1), to.price)
    collect_lag_seconds: float = _setting(30.0, _DURATION)
    resolve_wait_minutes: float = _setting(10.0, _DURATION)
    lost_after_minutes: float = _setting(60.0, _DURATION)
    stuck_after_hours: float = _setting(24.0, _DURATION)
    api_cache_hours: float = _setting(12.0, _DURATION)
    max_batch_domains: int = _setting(20_000, to.whole(1, 20_000))
    concurrency: int = _setting(64, to.whole(1, 1_000))
    sync_create_pairs: int = _setting(5, to.whole(0, 100))
    sync_wait_seconds: int = _setting(60, to.whole(1, 900))
    search_companies: int = _setting(10, to.whole(1, 100))
    other_profiles: bool = _setting(False, to.yes_or_no)
    lease_seconds: float = _setting(60.0, to.number(1, "a number of seconds, 1 or more"))
    duckdb_memory_limit: str = _setting("200MB", to.memory_size)
    low_credits: int | None = _setting(None, to.whole(1, MOST_CREDITS))
    max_credits_per_run: int | None = _setting(None, to.whole(0, MOST_CREDITS))
    monthly_credits: int | None = _setting(None, to.whole(0, MOST_CREDITS))
    budget_timezone: str = _setting("UTC", to.timezone)
    alert_url: AlertAddress | None = _setting(None, read_alert_url, is_secret=True)
    export_formats: tuple[str, ...] = _setting(("csv",), to.export_formats)
    owners: tuple[str, ...] = _setting((), to.owners)
    refresh_cron: str = _setting("0 6 * * 1", to.cron)
    refresh_timezone: str = _setting("UTC", to.timezone)
    webhook_url: str | None = _setting(None, read_webhook_url, is_secret=True)
    webhook_secret: WebhookSecret | None = _setting(None, WebhookSecret, is_secret=True)
    proxy: ProxyAddress | None = _setting(None, read_proxy, is_secret=True)
    ca_file: Path | None = _setting(None, to.certificates, below_root=True)
    ledger_url: LedgerAddress | None = _setting(None, read_ledger_url, is_secret=True)
    store_url: StoreAddress | None = _setting(None, read_store_url, is_secret=True)
    publish_seconds: float = _setting(0.0, _DURATION)
    store_exports: str | None = _setting(None, to.store_exports)

    def require_api_key(self) -> ApiKey:
        """The key. Raises SettingsError without one."""
        if self.api_key is None:
            raise SettingsError(
                "This run needs the Saber API and SABER_API_KEY is not set; nothing was spent. "
                "Set SABER_API_KEY in the environment or in .env. Without a key, `saber-pipeline sandbox` prints the "
                "settings of a stand-in with made-up answers."
            )
        return self.api_key


def load_settings(
    root: Path | None = None, environ: Mapping[str, str] = os.environ, *, only_reads: bool = False
) -> Settings:
    """Settings for a project in ``root`` (default: the current directory).

    A variable of ``environ`` beats the same variable in ``root/.env``. An empty variable counts as not set.
    ``only_reads``: for programs that take answers from the store and have no ledger.

    Raises SettingsError with every mistake in one text.
    """
    folder = Path.cwd() if root is None else root
    dotenv = _from_dotenv(folder / ".env")
    values = _Values(dotenv, environ)
    found = {each.name: values.read(each, folder) for each in fields(Settings)}
    values.find_misspelt()
    values.raise_mistakes()
    settings = Settings(**{**found, "data_dir": folder / found["data_dir"]})
    if settings.ledger_url is not None and not only_reads and find_spec("psycopg") is None:
        raise SettingsError(
            "SABER_LEDGER_URL needs psycopg, the driver for Postgres, which is not installed. "
            "Nothing was spent. Install the extra: pip install 'saber-pipeline[distributed]'."
        )
    if settings.store_url is None:
        if settings.store_exports is not None:
            raise SettingsError(
                "SABER_STORE_EXPORTS is set, but SABER_STORE_URL is not, so the tables have no object store to go "
                "to. Nothing was spent. Set SABER_STORE_URL, or remove SABER_STORE_EXPORTS."
            )
        return settings
    if settings.ledger_url is None and not only_reads:
        raise SettingsError(
            "SABER_STORE_URL is set, but SABER_LEDGER_URL is not. Machines that share a store without sharing the "
            "ledger would buy the same answers. Nothing was spent. Set SABER_LEDGER_URL to the Postgres database "
            "that all of them "
            "share, or remove SABER_STORE_URL."
        )
    if find_spec("obstore") is None:
        raise SettingsError(
            "SABER_STORE_URL needs obstore, the library for object stores, which is not installed. "
            "Nothing was spent. Install the extra: pip install 'saber-pipeline[distributed]'."
        )
    settings.store_url.options.update(
        (name, value)
        for name, value in dotenv.items()
        if name.startswith(_OF_STORES) and value.strip() and not environ.get(name, "").strip()
    )
    return settings


class _Values:
    """Reads one variable after another, and collects the mistakes for one report."""

    def __init__(self, dotenv: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._dotenv = dotenv
        self._environ = environ
        self._mistakes: list[str] = []

    def read(self, setting: Field[Any], root: Path) -> Any:
        name, source = f"SABER_{setting.name.upper()}", "the environment"
        text = self._environ.get(name, "").strip()
        if not text:
            text, source = self._dotenv.get(name, "").strip(), ".env"
        if not text:
            return setting.default
        try:
            return setting.metadata["read"](text, *([root] if setting.metadata["below_root"] else []))
        except ValueError as wrong:
            shown = "its value (not shown)" if setting.metadata["is_secret"] else repr(_redacted(text))
            self._mistakes.append(f"{name} in {source}: {shown} cannot be used; allowed is {wrong}.")
            return setting.default

    def find_misspelt(self) -> None:
        """Find misspelt names: a limit under a misspelt name would have no effect."""
        known = {f"SABER_{setting.name.upper()}" for setting in fields(Settings)}
        for source, names in (("the environment", self._environ), (".env", self._dotenv)):
            for name in sorted(name for name in names if name.startswith("SABER_") and names[name].strip()):
                # A name such as SABER_API_KEY_OLD is somebody's own note.
                if name not in known and not any(name.startswith(f"{one}_") for one in known):
                    near = difflib.get_close_matches(name, known, n=1, cutoff=_NEARLY)
                    self._mistakes += [f"{name} in {source}: there is no such setting; write {one}." for one in near]

    def raise_mistakes(self) -> None:
        if self._mistakes:
            noun = "setting" if len(self._mistakes) == 1 else "settings"
            lines = "\n".join(f"  {mistake}" for mistake in self._mistakes)
            raise SettingsError(f"{len(self._mistakes)} {noun} cannot be used; nothing was spent:\n{lines}")


def _redacted(text: str) -> str:
    """The text without parts of a mistyped value that may be secret: a key, a user and password, a query."""
    text = re.sub(r"sk_\S+", "sk_…", text)
    return re.sub(r"\?.*", "?…", re.sub(r"//.*@", "//…@", text))


def _is_half(found: Binding) -> bool:
    """Whether the line is a name without a value: usually a key that somebody put there alone."""
    return found.key is not None and found.value is None


def _line_of(found: Binding) -> int:
    """The line where the setting begins. dotenv counts the empty lines before a setting as parts of it."""
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
                f"{path}, line {broken[0]}: this is not a setting (the line is not shown, because it may be the "
                "key). Nothing was "
                "spent. Write NAME=value on a line of its own, close every quotation mark, and begin comments with #."
            )
        # interpolate=False: a key that holds ${…} stays as it was written.
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{path} cannot be read: {reason}. Nothing was spent; repair or remove it.") from None
