"""A browser, and where its pictures go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from saber_pipeline_tests.documents.blocks import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Headless Chromium of the system's packages; playwright's own download is not used.

    For each test anew: while playwright runs, its event loop is the thread's, and other tests start their own.
    """
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here (Debian, Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept, to be looked at after the tests."""
    folder = ROOT / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
