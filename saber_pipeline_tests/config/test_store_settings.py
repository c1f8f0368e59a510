"""The settings of several machines: a store needs a ledger in a database, and a library."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from saber_pipeline.config.secrets import StoreAddress
from saber_pipeline.config.settings import load_settings
from saber_pipeline.errors import SettingsError

LEDGER = {"SABER_LEDGER_URL": "postgresql://db.example/saber"}


STORE = {"SABER_STORE_URL": "s3://bucket/a/prefix/"}


def test_a_store_alone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines that share what landed and not who bought it would buy twice; who only reads needs no ledger."""
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda name: name)
    with pytest.raises(SettingsError, match=r"Nothing was spent\. Set SABER_LEDGER_URL"):
        load_settings(tmp_path, STORE)
    for found in (load_settings(tmp_path, STORE | LEDGER), load_settings(tmp_path, STORE, only_reads=True)):
        assert found.store_url == StoreAddress("s3://bucket/a/prefix")


def test_exports_need_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are to be in a store are refused where there is none, and any format but Parquet."""
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda name: name)
    exports = {"SABER_STORE_EXPORTS": "Parquet"}
    with pytest.raises(SettingsError, match="SABER_STORE_EXPORTS is set, but SABER_STORE_URL is not"):
        load_settings(tmp_path, exports)
    assert load_settings(tmp_path, STORE | LEDGER | exports).store_exports == "parquet"
    with pytest.raises(SettingsError, match="'csv' cannot be used; allowed is parquet"):
        load_settings(tmp_path, STORE | LEDGER | {"SABER_STORE_EXPORTS": "csv"})


def test_a_store_needs_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the error says what to install; without a store nobody looks for it."""
    asked: list[str] = []

    def find(name: str) -> str | None:
        asked.append(name)
        return None if name == "obstore" else name

    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", find)
    with pytest.raises(SettingsError, match=r"obstore.*pip install 'saber-pipeline\[distributed\]'"):
        load_settings(tmp_path, STORE | LEDGER)
    asked.clear()
    load_settings(tmp_path, LEDGER)
    assert asked == ["psycopg"]


def test_the_login_of_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never shown: not from .env, where the environment beats it, nor from an address that cannot be used."""
    monkeypatch.setattr("saber_pipeline.config.settings.find_spec", lambda name: name)
    secret = "hunter2x"  # noqa: S105 - guards nothing
    (tmp_path / ".env").write_text(
        f"AWS_SECRET_ACCESS_KEY={secret}\nAWS_REGION=eu-west-1\nAWS_ENDPOINT_URL=\nPATH=/bin\n", "utf-8"
    )
    settings = load_settings(tmp_path, STORE | LEDGER | {"AWS_REGION": "us-east-1"})
    assert settings.store_url is not None
    assert settings.store_url.options == {"AWS_SECRET_ACCESS_KEY": secret}
    assert secret not in repr(settings) + str(settings.store_url) + repr(asdict(settings))
    assert str(settings.store_url) == "s3://bucket/a/prefix"
    with pytest.raises(SettingsError, match=r"not shown.*without a login") as caught:
        load_settings(tmp_path, {"SABER_STORE_URL": f"s3://key:{secret}@bucket/prefix"})
    assert secret not in str(caught.value)
