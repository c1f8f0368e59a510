"""Values of every Parquet type come into ``attributes`` as they are, and the domains may be of any that holds text."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import DOMAIN_LISTS

DOMAINS = ["orrin-tools.com", "vellumfoods.de"]
MOMENT = dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)
EDGES: list[Any] = ["0001-01-01T00:00:00", "9999-12-31T23:59:59"]
VALUES: dict[str, tuple[list[Any], pa.DataType, list[Any]]] = {
    "a decimal": ([Decimal("1.50"), None], pa.decimal128(10, 2), ["1.50", None]),
    "a wide decimal": ([Decimal(10**45), None], pa.decimal256(60, 0), [str(10**45), None]),
    "a large number": ([2**64 - 1, 0], pa.uint64(), [2**64 - 1, 0]),
    "a short float": ([0.1, 2.5], pa.float32(), [0.1, 2.5]),
    "no number": ([float("nan"), 1.0], pa.float64(), [None, 1.0]),
    "a boolean": ([True, None], pa.bool_(), [True, None]),
    "nothing": ([None, None], pa.null(), [None, None]),
    "a day": ([dt.date(1850, 5, 6), dt.date(9999, 12, 31)], pa.date32(), ["1850-05-06", "9999-12-31"]),
    "a time of day": ([dt.time(1, 2, 3), None], pa.time64("ns"), ["01:02:03", None]),
    "a moment": ([MOMENT, None], pa.timestamp("ns", tz="America/New_York"), ["2024-01-02T03:00:00Z", None]),
    "a moment at the edge": (list(map(dt.datetime.fromisoformat, EDGES)), pa.timestamp("s"), EDGES),
    "a span": ([dt.timedelta(hours=30), dt.timedelta(minutes=-5)], pa.duration("us"), ["30:00:00", "-0:05:00"]),
    "bytes": ([b"ok", b"\xff\xfe"], pa.binary(), ["ok", "fffe"]),
    "a view of bytes": ([b"ok", None], pa.binary_view(), ["ok", None]),
    "a view of text": (["ok", None], pa.string_view(), ["ok", None]),
    "bytes of one length": ([b"ab", b"cd"], pa.binary(2), ["ab", "cd"]),
    "a list": ([["a", "b"], []], pa.list_(pa.string()), [["a", "b"], []]),
    "a list of moments": (
        [[MOMENT], None],
        pa.list_(pa.timestamp("us", tz="Europe/Berlin")),
        [["2024-01-02T03:00:00Z"], None],
    ),
    "a structure": (
        [{"a": b"x", "b": dt.timedelta(hours=1)}, None],
        pa.struct([("a", pa.binary()), ("b", pa.duration("s"))]),
        [{"a": "x", "b": "1:00:00"}, None],
    ),
    "a map": ([[("k", 1)], None], pa.map_(pa.string(), pa.int64()), [[["k", 1]], None]),
    "a category": (["a", None], pa.dictionary(pa.int8(), pa.string()), ["a", None]),
}
TEXTS = {
    "a category": pa.array(DOMAINS).dictionary_encode(),
    "large text": pa.array(DOMAINS, pa.large_string()),
    "a view": pa.array(DOMAINS, pa.string_view()),
    "bytes": pa.array([text.encode() for text in DOMAINS]),
    "a view of bytes": pa.array([text.encode() for text in DOMAINS], pa.binary_view()),
    "a list": pa.array([[text] for text in DOMAINS]),
    "a structure": pa.array([{"url": text, "is_main": True} for text in DOMAINS]),
    "a map": pa.array([[("main", text)] for text in DOMAINS], pa.map_(pa.string(), pa.string())),
}


def read(path: Path) -> list[dict[str, Any]]:
    """The rows' other columns."""
    return [json.loads(text) for chunk in open_list(path, DOMAIN_LISTS)[1] for text in chunk.attributes]


@pytest.mark.parametrize("kind", VALUES)
def test_values_of_every_type(tmp_path: Path, kind: str) -> None:
    """What was written is read."""
    values, type_, expected = VALUES[kind]
    pq.write_table(pa.table({"domain": DOMAINS, "value": pa.array(values, type_)}), tmp_path / "list.parquet")
    assert [row["value"] for row in read(tmp_path / "list.parquet")] == expected


def test_values_of_extension_types(tmp_path: Path) -> None:
    """A UUID and JSON are texts."""
    ids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(int=1).bytes, None], pa.binary(16)))
    notes = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', None]))
    pq.write_table(pa.table({"domain": DOMAINS, "id": ids, "note": notes}), tmp_path / "list.parquet")
    first = {"id": "00000000-0000-0000-0000-000000000001", "note": '{"a":1}'}
    assert read(tmp_path / "list.parquet") == [first, {"id": None, "note": None}]


@pytest.mark.parametrize("kind", TEXTS)
def test_domains_of_every_type(tmp_path: Path, kind: str) -> None:
    """They are found in whatever holds them."""
    pq.write_table(pa.table({"domain": TEXTS[kind], "n": [1, 2]}), tmp_path / "list.parquet")
    (chunk,) = open_list(tmp_path / "list.parquet", DOMAIN_LISTS)[1]
    found = [DOMAIN_LISTS.read_cell(value) for value in chunk.raw_values]
    assert [[getattr(result, "subject", None) for result in row] for row in found] == [[text] for text in DOMAINS]


def test_a_frame_with_several_indexes(tmp_path: Path) -> None:
    """The domains may stand in any of them, with or without a name."""
    for names in (["country", "website"], None):
        index = pd.MultiIndex.from_tuples([("DE", DOMAINS[1])], names=names)
        pd.DataFrame({"name": ["Vellum"]}, index=index).to_parquet(tmp_path / "list.parquet")
        (chunk,) = open_list(tmp_path / "list.parquet", DOMAIN_LISTS)[1]
        assert chunk.raw_values == [DOMAINS[1]]
        assert sorted(json.loads(chunk.attributes[0]).values()) == ["DE", "Vellum"]
