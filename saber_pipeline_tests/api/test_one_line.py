"""What lands is one line for each signal, however the API breaks its lines."""

from __future__ import annotations

import json

import pytest

from saber_pipeline.api.signals import read_signal, read_signal_page
from saber_pipeline_tests.api.exchanges import SIGNAL


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_a_signal_is_kept_on_one_line(line_break: str) -> None:
    """A body over several lines says the same on one, alone and in a page."""
    body = json.dumps(SIGNAL, indent=2).replace("\n", line_break)
    page = f'{{"results": [{body}], "total": 1, "limit": 25, "offset": 0, "count": 1}}'
    for signal in (read_signal(body.encode()), read_signal_page(page.encode(), limit=25, offset=0).signals[0]):
        assert not {b"\n"[0], b"\r"[0]} & set(signal.raw)
        assert json.loads(signal.raw) == SIGNAL
