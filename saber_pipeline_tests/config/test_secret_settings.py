"""Secrets among the settings: shown nowhere, also where they are wrong or in the wrong place."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from saber_pipeline.config.secrets import ApiKey
from saber_pipeline.config.settings import load_settings
from saber_pipeline.errors import SettingsError

KEY = "sk_live_0123456789abcdefWXYZ"


def test_the_password_of_a_proxy_is_not_shown(tmp_path: Path) -> None:
    """Not where the settings are printed, and not in the error about an address that cannot be used."""
    settings = load_settings(tmp_path, {"SABER_PROXY": "http://someone:hunter2x@proxy.example:3128"})
    assert "hunter2x" not in repr(settings) + str(settings.proxy)
    assert str(settings.proxy) == "http://…@proxy.example:3128"
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"SABER_PROXY": "http://someone:hunter2x@proxy.example:3128/path"})
    assert "hunter2x" not in str(caught.value)


@pytest.mark.parametrize("value", ["https://user:hunter2@api.saber.app", "https://x.y?t=hunter2", "sk_hunter2"])
def test_secrets_in_other_values_are_not_shown(tmp_path: Path, value: str) -> None:
    """A password, token or key that strayed into another setting is refused without repeating it."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"SABER_BASE_URL": value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY} {KEY}", f"{KEY}é", f"{KEY}\n{KEY}"])
def test_wrong_key_is_never_shown(tmp_path: Path, key: str) -> None:
    """A key that no header can carry is refused without repeating any of it."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {"SABER_API_KEY": key})
    assert "SABER_API_KEY" in str(caught.value)
    assert "0123456789" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_key_is_masked_wherever_it_shows(tmp_path: Path) -> None:
    """However settings or key are printed, only the first 8 and last 4 characters show."""
    settings = load_settings(tmp_path, {"SABER_API_KEY": KEY})
    key = settings.require_api_key()
    texts = [
        repr(settings),
        str(key),
        repr(key),
        f"{key}",
        f"{key:>30}",
        json.dumps(asdict(settings), default=str),
    ]
    assert [KEY in text for text in texts] == [False] * len(texts)
    assert str(key) == "sk_live_…WXYZ"
    assert key.reveal() == KEY


def test_the_webhook_secret_is_masked_like_the_key(tmp_path: Path) -> None:
    """However the settings are printed, the secret does not show; it is no API key, and not pickled."""
    secret = "whsec_0123456789abcdefghij"  # noqa: S105 - guards nothing
    settings = load_settings(tmp_path, {"SABER_WEBHOOK_SECRET": secret})
    assert settings.webhook_secret is not None
    for shown in (repr(settings), str(settings.webhook_secret), f"{settings.webhook_secret}", repr(asdict(settings))):
        assert secret not in shown
    assert settings.webhook_secret.reveal() == secret
    assert settings.webhook_secret != ApiKey(secret)
    with pytest.raises(TypeError, match="is not pickled"):
        pickle.dumps(settings.webhook_secret)


@pytest.mark.parametrize("address", ["ftp://x.example", "hooks.example", "https://", "https://x.example/" + "a" * 2048])
def test_a_webhook_address_that_cannot_be_used_is_not_shown(tmp_path: Path, address: str) -> None:
    """An address may hold a token, so a wrong one is refused without repeating it."""
    with pytest.raises(SettingsError, match="SABER_WEBHOOK_URL in the environment: its value"):
        load_settings(tmp_path, {"SABER_WEBHOOK_URL": address})


def test_short_key_shows_nothing() -> None:
    """Of a key too short to hide its middle, nothing shows."""
    assert str(ApiKey("sk_live_123")) == "…"


def test_key_is_not_pickled() -> None:
    """A key cannot be written to a file by pickling, while a copy in memory works."""
    with pytest.raises(TypeError, match="is not pickled"):
        pickle.dumps(ApiKey(KEY))
    assert copy.deepcopy(ApiKey(KEY)) == ApiKey(KEY)


def test_the_ledgers_password_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the settings are printed, not in an error, and a driver that is missing names the extra."""
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda name: name)
    environ = {"SABER_LEDGER_URL": "postgresql://someone:hunter2x@db.example:5432/saber?password=hunter2x"}
    settings = load_settings(tmp_path, environ)
    assert "hunter2x" not in repr(settings) + str(settings.ledger_url)
    assert str(settings.ledger_url) == "postgresql://…@db.example:5432/saber"
    with pytest.raises(SettingsError, match=r"not shown.*Postgres address") as caught:
        load_settings(tmp_path, {"SABER_LEDGER_URL": "mysql://someone:hunter2x@db.example/saber"})
    assert "hunter2x" not in str(caught.value)
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r"psycopg.*saber-pipeline\[distributed\]") as caught:
        load_settings(tmp_path, environ)
    assert "hunter2x" not in str(caught.value)
