"""What tests of the documents share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that answers everything at once."""
    with RunningSandbox(SandboxSettings(processing_seconds=(0.0, 0.2), creation_spread_seconds=0.1)) as running:
        yield running
