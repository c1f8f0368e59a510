"""For all tests: nothing of the machine's own settings reaches them."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SABER_", "DAGSTER_")):
            monkeypatch.delenv(name)
