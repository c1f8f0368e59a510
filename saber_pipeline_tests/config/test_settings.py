"""Settings from the environment and .env."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import pytest

from saber_pipeline.config.secrets import ApiKey, LedgerAddress, ProxyAddress, WebhookSecret
from saber_pipeline.config.settings import Settings, load_settings
from saber_pipeline.errors import SettingsError

KEY = "sk_live_0123456789abcdefWXYZ"
EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_defaults(tmp_path: Path) -> None:
    """Nothing set gives CONTRACT's defaults, with the data directory under the root."""
    assert load_settings(tmp_path, {}) == replace(Settings(), data_dir=tmp_path / "data")


def test_environment_beats_dotenv(tmp_path: Path) -> None:
    """.env fills what the environment leaves unset or empty, and nothing else."""
    (tmp_path / ".env").write_text("SABER_CONCURRENCY=3\nexport SABER_LEASE_SECONDS='7'\nSABER_API_CACHE_HOURS=6\n")
    settings = load_settings(tmp_path, {"SABER_CONCURRENCY": "5", "SABER_API_CACHE_HOURS": " "})
    assert (settings.concurrency, settings.lease_seconds, settings.api_cache_hours) == (5, 7, 6)


def test_every_setting_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable reaches its own field."""
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda name: name)  # also without the extra
    environ = {
        "SABER_API_KEY": f" {KEY}\n",
        "SABER_BASE_URL": "HTTPS://Proxy.example/saber/",
        "SABER_DATA_DIR": "elsewhere/data",
        "SABER_CREDITS_PER_SIGNAL": "0.1",
        "SABER_COLLECT_LAG_SECONDS": "0",
        "SABER_RESOLVE_WAIT_MINUTES": "1",
        "SABER_LOST_AFTER_MINUTES": "2",
        "SABER_STUCK_AFTER_HOURS": "3",
        "SABER_API_CACHE_HOURS": "4",
        "SABER_MAX_BATCH_DOMAINS": "5",
        "SABER_CONCURRENCY": "6",
        "SABER_LEASE_SECONDS": "7.5",
        "SABER_DUCKDB_MEMORY_LIMIT": "1.5 GiB",
        "SABER_LOW_CREDITS": "8",
        "SABER_MAX_CREDITS_PER_RUN": "0",
        "SABER_EXPORT_FORMATS": "xlsx, .csv",
        "SABER_OWNERS": "ann@acme.com, team:rev-ops",
        "SABER_REFRESH_CRON": "*/15  6-18 1,15 jan-mar mon#1",
        "SABER_REFRESH_TIMEZONE": "Europe/Berlin",
        "SABER_WEBHOOK_URL": "https://hooks.example/saber?token=abc",
        "SABER_WEBHOOK_SECRET": "whsec_0123456789",
        "SABER_PROXY": "http://someone:p%40ss@proxy.example:3128/",
        "SABER_CA_FILE": "ca.pem",
        "SABER_LEDGER_URL": "postgres://someone:p%40ss@db.example/saber?options=-csearch_path%3Dsales",
    }
    (tmp_path / "ca.pem").touch()
    assert load_settings(tmp_path, environ) == Settings(
        api_key=ApiKey(KEY),
        base_url="https://proxy.example/saber",
        data_dir=tmp_path / "elsewhere/data",
        credits_per_signal=Decimal("0.1"),
        collect_lag_seconds=0,
        resolve_wait_minutes=1,
        lost_after_minutes=2,
        stuck_after_hours=3,
        api_cache_hours=4,
        max_batch_domains=5,
        concurrency=6,
        lease_seconds=7.5,
        duckdb_memory_limit="1.5GiB",
        low_credits=8,
        max_credits_per_run=0,
        export_formats=("csv", "xlsx"),
        owners=("ann@acme.com", "team:rev-ops"),
        refresh_cron="*/15 6-18 1,15 jan-mar mon#1",
        refresh_timezone="Europe/Berlin",
        webhook_url="https://hooks.example/saber?token=abc",
        webhook_secret=WebhookSecret("whsec_0123456789"),
        proxy=ProxyAddress("http://someone:p%40ss@proxy.example:3128"),
        ca_file=tmp_path / "ca.pem",
        ledger_url=LedgerAddress("postgresql://someone:p%40ss@db.example/saber?options=-csearch_path%3Dsales"),
    )


def test_data_dir_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """~ is the home directory, and an absolute path stays as it is."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load_settings(tmp_path, {"SABER_DATA_DIR": "~/saber"}).data_dir == tmp_path / "home" / "saber"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SABER_BASE_URL", "api.saber.app"),
        ("SABER_BASE_URL", "ftp://api.saber.app"),
        ("SABER_BASE_URL", "https://"),
        ("SABER_BASE_URL", "https://user:secret@api.saber.app"),
        ("SABER_BASE_URL", "https://api.saber.app/?x=1"),
        ("SABER_BASE_URL", "https://api.saber.app/#x"),
        ("SABER_BASE_URL", "https://api.saber.app:99999"),
        ("SABER_BASE_URL", "https://api saber.app"),
        ("SABER_BASE_URL", "https://[::1"),
        ("SABER_CREDITS_PER_SIGNAL", "-1"),
        ("SABER_CREDITS_PER_SIGNAL", "free"),
        ("SABER_CREDITS_PER_SIGNAL", "NaN"),
        ("SABER_CREDITS_PER_SIGNAL", "sNaN"),
        ("SABER_COLLECT_LAG_SECONDS", "-0.1"),
        ("SABER_COLLECT_LAG_SECONDS", "inf"),
        ("SABER_RESOLVE_WAIT_MINUTES", "ten"),
        ("SABER_LOST_AFTER_MINUTES", "-1"),
        ("SABER_STUCK_AFTER_HOURS", "nan"),
        ("SABER_API_CACHE_HOURS", "12h"),
        ("SABER_MAX_BATCH_DOMAINS", "0"),
        ("SABER_MAX_BATCH_DOMAINS", "20001"),
        ("SABER_CONCURRENCY", "1.5"),
        ("SABER_LEASE_SECONDS", "0"),
        ("SABER_DUCKDB_MEMORY_LIMIT", "lots"),
        ("SABER_DUCKDB_MEMORY_LIMIT", "0MB"),
        ("SABER_LOW_CREDITS", "few"),
        ("SABER_LOW_CREDITS", "-1"),
        ("SABER_MAX_CREDITS_PER_RUN", "1.5"),
        ("SABER_EXPORT_FORMATS", "csv,pdf"),
        ("SABER_OWNERS", "ann@acme.com, revops"),
        ("SABER_OWNERS", "team:rev ops"),
        ("SABER_REFRESH_CRON", "every monday"),
        ("SABER_REFRESH_CRON", "0 6 * *"),
        ("SABER_REFRESH_CRON", "0 0 6 * * 1"),
        ("SABER_REFRESH_CRON", "0 6 * * ?!"),
        ("SABER_REFRESH_TIMEZONE", "Mars/Olympus"),
        ("SABER_REFRESH_TIMEZONE", "Europe"),
        ("SABER_REFRESH_TIMEZONE", "../etc"),
        ("SABER_PROXY", "proxy.example:3128"),
        ("SABER_PROXY", "socks5://proxy.example"),
        ("SABER_PROXY", "http://proxy.example:0"),
        ("SABER_PROXY", "http://proxy.example/path"),
        ("SABER_CA_FILE", "not/there.pem"),
        ("SABER_LEDGER_URL", "mysql://db.example/saber"),
        ("SABER_LEDGER_URL", "sqlite:///ledger.sqlite"),
        ("SABER_LEDGER_URL", "postgresql+psycopg2://db.example/saber"),
        ("SABER_LEDGER_URL", "postgresql://db.example"),
        ("SABER_LEDGER_URL", "postgresql://db.example:99999/saber"),
        ("SABER_LEDGER_URL", "postgresql://db example/saber"),
        ("SABER_STORE_URL", "bucket"),
        ("SABER_STORE_URL", "s3://"),
        ("SABER_STORE_URL", "s3:///prefix"),
        ("SABER_STORE_URL", "file:///data"),
        ("SABER_STORE_URL", "memory:///"),
        ("SABER_STORE_URL", "https://bucket.s3.amazonaws.com/prefix"),
        ("SABER_STORE_URL", "s3://bucket/../other"),
        ("SABER_STORE_URL", "s3://bucket/a//b"),
        ("SABER_STORE_URL", "s3://bucket/prefix?region=eu-west-1"),
        ("SABER_STORE_URL", "s3://bucket:9000/prefix"),
        ("SABER_STORE_URL", "s3://my bucket/prefix"),
    ],
)
def test_wrong_value(tmp_path: Path, name: str, value: str) -> None:
    """A value that cannot be used is named with its variable and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {name: value})
    assert re.search(rf"{name} in the environment: .* cannot be used; allowed is an? ", str(caught.value))


def test_all_mistakes_in_one_error(tmp_path: Path) -> None:
    """Every wrong setting is told at once, with where it stands."""
    (tmp_path / ".env").write_text("SABER_CONCURRENCY=0\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"SABER_LEASE_SECONDS": "soon"})
    assert str(caught.value) == (
        "2 settings cannot be used; nothing was spent:\n"
        "  SABER_CONCURRENCY in .env: '0' cannot be used; allowed is a whole number from 1 to 1000.\n"
        "  SABER_LEASE_SECONDS in the environment: 'soon' cannot be used; "
        "allowed is a number of seconds, 1 or more."
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SABER_MAX_CREDIT_PER_RUN", "SABER_MAX_CREDITS_PER_RUN"),
        ("SABER_MONTLY_CREDITS", "SABER_MONTHLY_CREDITS"),
        ("SABER_APIKEY", "SABER_API_KEY"),
        ("SABER_BASE_URI", "SABER_BASE_URL"),
    ],
)
def test_a_misspelt_name_is_told(tmp_path: Path, name: str, meant: str) -> None:
    """A limit or key under a name that is nearly right is a mistake, wherever it stands; its value is not shown."""
    with pytest.raises(SettingsError, match=f"{name} in the environment: there is no such setting; write {meant}"):
        load_settings(tmp_path, {name: "12345"})
    (tmp_path / ".env").write_text(f"{name}=12345\n")
    with pytest.raises(SettingsError, match=rf"{name} in \.env: there is no such setting; write {meant}") as caught:
        load_settings(tmp_path, {})
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize("name", ["SABER_API_KEY_OLD", "SABER_DASHBOARD", "SABER_STORES", "MONTHLY_CREDITS"])
def test_other_names_are_left_alone(tmp_path: Path, name: str) -> None:
    """A variable of somebody else, a note beside a setting, and a near name without a value are no mistakes."""
    assert load_settings(tmp_path, {name: "x", "SABER_APIKEY": " "}) == load_settings(tmp_path, {})


@pytest.mark.parametrize("value", ["", "  "])
def test_require_api_key_without_one(tmp_path: Path, value: str) -> None:
    """A run that needs a key and has none is told that nothing was spent and what to do."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"SABER_API_KEY": value}).require_api_key()
    assert str(caught.value) == (
        "This run needs the Saber API and SABER_API_KEY is not set; nothing was spent. "
        "Set SABER_API_KEY in the environment or in .env. Without a key, `saber-pipeline sandbox` prints the settings "
        "of a stand-in with made-up answers."
    )


@pytest.mark.parametrize("content", [b"SABER_API_KEY=\xff\xfe\n", None])
def test_unreadable_dotenv(tmp_path: Path, content: bytes | None) -> None:
    """A .env that is not text is an error that names it; a folder of that name counts as none."""
    if content is None:
        (tmp_path / ".env").mkdir()
        assert load_settings(tmp_path, {}).api_key is None
    else:
        (tmp_path / ".env").write_bytes(content)
        with pytest.raises(SettingsError, match=r"\.env cannot be read: it is not UTF-8"):
            load_settings(tmp_path, {})


def test_example_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    """.env.example, with its lines switched on, is the defaults."""
    lines = [line[1:] for line in EXAMPLE.read_text().splitlines() if line.startswith("#SABER_")]
    (tmp_path / ".env").write_text("\n".join(line for line in lines if not line.startswith("SABER_API_KEY")))
    assert load_settings(tmp_path, {}) == Settings(data_dir=tmp_path / "data")
    assert len(lines) == len(asdict(Settings()))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SABER_DATA_DIR=data\nsk_live_secret_text\n", 2),
        ("# a comment\n\nSABER_API_KEY='sk_live_secret_text\nSABER_DATA_DIR=data\n", 3),
        ("SABER_DATA_DIR=data\n=sk_live_secret_text\n", 2),
        ("SABER_API_KEY sk_live_secret_text\n", 1),
        ("SABER_API_KEY\n", 1),
    ],
)
def test_a_broken_line_of_dotenv_is_named(tmp_path: Path, text: str, line: int) -> None:
    """A line of .env that is no setting is an error that names it, and shows nothing of what stands there."""
    (tmp_path / ".env").write_text(text)
    with pytest.raises(SettingsError, match=rf"\.env, line {line}: ") as raised:
        load_settings(tmp_path, {})
    assert "secret_text" not in str(raised.value)


def test_lines_of_dotenv_that_are_fine(tmp_path: Path) -> None:
    """Comments, empty lines, export, quotes and empty values are no mistakes."""
    text = "# comment\n\nexport SABER_DATA_DIR='a b'  # here\nSABER_LOW_CREDITS=\nOTHER=\"x\ny\"\n"
    (tmp_path / ".env").write_text(text)
    assert load_settings(tmp_path, {}).data_dir == tmp_path / "a b"
