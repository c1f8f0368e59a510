"""What is read the quick way comes out as the careful way gives it."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.inputs import csv_records, domains
from saber_pipeline.inputs.csv_records import Dialect, Records
from saber_pipeline.inputs.domains import normalise_domain

csv_pieces = st.sampled_from(["a", '"', ",", "\n", "\r\n", "\r", '""', '"x,y"', '"x\ny"', " "])
latin_hosts = st.from_regex(r"[a-z0-9ß-öø-ÿ-]{1,32}(\.[a-zäöüß-]{1,6})?\.(com|de|jp)", fullmatch=True)


@given(st.lists(csv_pieces, max_size=24).map("".join), st.integers(1, 4))
def test_records_by_the_block(text: str, block_lines: int) -> None:
    """Blocks of lines give the records, and the line numbers, of reading line by line."""
    lines = list(io.StringIO(f"h,k\n{text}", newline=""))
    read = []
    for size in (0, block_lines):  # of blocks without lines, every line is read with care
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_records, "_BLOCK_LINES", size)
            records = Records(iter(lines), Dialect(","))
            read.append((list(records), records.line_number))
    assert read[0] == read[1]


@given(latin_hosts)
def test_latin_hosts(host: str) -> None:
    """Hosts with the letters of western Europe are encoded, or refused, as IDNA's rules say."""
    quick = normalise_domain(host)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domains, "_LATIN_HOST", re.compile("(?!)"))
        assert quick == normalise_domain(host)
