"""Rows of list files in every dialect."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import decimal
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import DOMAIN_LISTS

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    ["Company", "Web Site", "Note"],
    ["Müller, GmbH", "acme.com", 'says "hi"'],
    ["B|C;D", "beta.com", "two\nlines"],
    ["E\tF", "", ""],
]


def rows_of(path: Path, **options: Any) -> list[tuple[int, str | None, dict[str, Any]]]:
    return [
        (chunk.first_row_number + offset, raw_value, json.loads(attributes))
        for chunk in open_list(path, DOMAIN_LISTS, **options)[1]
        for offset, (raw_value, attributes) in enumerate(zip(chunk.raw_values, chunk.attributes, strict=True))
    ]


def written(tmp_path: Path, content: bytes, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_dialects(tmp_path: Path, delimiter: str, encoding: str, line_end: str) -> None:
    """Every delimiter, encoding and line end gives the same rows, quoted values whole."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(ROWS)
    path = written(tmp_path, text.getvalue().encode(encoding))
    assert rows_of(path) == [
        (1, "acme.com", {"Company": "Müller, GmbH", "Note": 'says "hi"'}),
        (2, "beta.com", {"Company": "B|C;D", "Note": "two\nlines"}),
        (3, "", {"Company": "E\tF", "Note": ""}),
    ]


def test_utf_16_big_endian_with_mark(tmp_path: Path) -> None:
    """The byte order mark decides the byte order."""
    content = codecs.BOM_UTF16_BE + "domain\nbücher.de\n".encode("utf-16-be")
    assert rows_of(written(tmp_path, content)) == [(1, "bücher.de", {})]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_of_many_scripts(tmp_path: Path, encoding: str) -> None:
    """UTF-16 without a mark is seen although some letters have a zero where ASCII has none."""
    content = "name,domain\nĀ\u4e00Ж,a.lv\n".encode(encoding)
    assert rows_of(written(tmp_path, content)) == [(1, "a.lv", {"name": "Ā\u4e00Ж"})]


def test_zero_bytes(tmp_path: Path) -> None:
    """A few zero bytes do not make a file UTF-16."""
    assert rows_of(written(tmp_path, b"name,url\n\0,a.de\nB\0,b.de\n")) == [
        (1, "a.de", {"name": "\0"}),
        (2, "b.de", {"name": "B\0"}),
    ]


def test_latin_1(tmp_path: Path) -> None:
    """Bytes that even cp1252 lacks are read as Latin-1 rather than refused."""
    assert rows_of(written(tmp_path, b"name,url\n\x81\xfc,a.de\n")) == [(1, "a.de", {"name": "\x81ü"})]


@pytest.mark.slow
def test_late_umlaut(tmp_path: Path) -> None:
    """The encoding is judged by the whole file, not by its first block."""
    content = "name,domain\n" + "x,a.de\n" * 300_000
    rows = rows_of(written(tmp_path, content.encode() + "Köln,b.de\n".encode("cp1252")))
    assert rows[-1] == (300_001, "b.de", {"name": "Köln"})


def test_declared_delimiter(tmp_path: Path) -> None:
    """Excel's ``sep=;`` line names the delimiter and is no header."""
    assert rows_of(written(tmp_path, b"sep=;\r\nname;url\r\nA, B;a.de\r\n")) == [(1, "a.de", {"name": "A, B"})]


def test_blank_lines(tmp_path: Path) -> None:
    """Blank lines are no rows; a row of empty cells is one."""
    assert rows_of(written(tmp_path, b"\nname,url\n\nA,a.de\n\n,\n")) == [
        (1, "a.de", {"name": "A"}),
        (2, "", {"name": ""}),
    ]


def test_ragged_rows(tmp_path: Path) -> None:
    """Of short rows the missing cells are null, of long rows the extra cells are kept."""
    assert rows_of(written(tmp_path, b"name,url,x\nA\nB,b.de,1,2,3\nC,c.de\n")) == [
        (1, None, {"name": "A", "x": None}),
        (2, "b.de", {"name": "B", "x": "1", "extra_values": ["2", "3"]}),
        (3, "c.de", {"name": "C", "x": None}),
    ]


def test_header_names(tmp_path: Path) -> None:
    """Repeated and empty headers keep all their values under distinct names."""
    path = written(tmp_path, b"name,domain,name,,name_2\n1,a.de,2,3,4\n")
    assert rows_of(path) == [(1, "a.de", {"name": "1", "name_3": "2", "column_4": "3", "name_2": "4"})]


@pytest.mark.parametrize(
    "header",
    [
        "Domain", "WEBSITE", "url", "Homepage", "Company URL", "company_domain", "Web Site", "site", "web",
        "Company-Website", "Domain Name", "Website URL", "Primary Domain", "E-Mail", "Website (main)",
    ],
)  # fmt: skip
def test_column_names(tmp_path: Path, header: str) -> None:
    """The domain column is found by name in any case and punctuation."""
    assert rows_of(written(tmp_path, f"id,{header}\n7,a.de\n".encode())) == [(1, "a.de", {"id": "7"})]


def test_better_name_wins(tmp_path: Path) -> None:
    """Of several known names the best one holds the subjects, wherever it stands."""
    assert rows_of(written(tmp_path, b"email,url,Domain\nx@b.de,c.de,a.de\n"))[0][1] == "a.de"


def test_unknown_columns(tmp_path: Path) -> None:
    """Without a known name the error lists the file, the columns found and the names that work."""
    path = written(tmp_path, b"firm,city\nAcme,Bonn\n")
    with pytest.raises(ListError) as caught:
        rows_of(path)
    for expected in (str(path), "'firm', 'city'", "'domain'", "website"):
        assert expected in str(caught.value)


@pytest.mark.parametrize("first", ["acme.com", "https://acme.com/x", "acme.com, b.com", "https://x.com/acme"])
def test_no_header(tmp_path: Path, first: str) -> None:
    """A one-column file whose first cell is a value has no header, and that cell is row 1."""
    assert rows_of(written(tmp_path, f"{first}\nfoo.de\n".encode())) == [(1, first, {}), (2, "foo.de", {})]


@pytest.mark.parametrize("header", ["Accounts", "domain.name", "Booking.com accounts", "domain"])
def test_one_column(tmp_path: Path, header: str) -> None:
    """A file with one column needs no known name, and commas in it belong to the value."""
    assert rows_of(written(tmp_path, f"{header}\na.de\nb.de,c.de\n".encode())) == [
        (1, "a.de", {}),
        (2, "b.de,c.de", {}),
    ]


def test_quote_never_closed(tmp_path: Path) -> None:
    """A stray quote costs no row behind it, at the end of a file or far from it."""
    rows = "".join(f"N{number},n{number}.de\n" for number in range(30_000))
    found = rows_of(written(tmp_path, f'name,url\n"A,a.de\n{rows}"Z,z.de\ny,y.de\n'.encode()))
    assert len(found) == 30_003
    assert found[0] == (1, "a.de", {"name": '"A'})
    assert found[1] == (2, "n0.de", {"name": "N0"})
    assert found[-2:] == [(30_002, "z.de", {"name": '"Z'}), (30_003, "y.de", {"name": "y"})]


def test_quotes_that_pair_up_by_accident(tmp_path: Path) -> None:
    """Two stray quotes do not swallow the rows between them."""
    found = rows_of(written(tmp_path, b'name,url\n"A,a.de\nB,b.de\n"C,c.de\nD,d.de\n'))
    assert [raw_value for _, raw_value, _ in found] == ["a.de", "b.de", "c.de", "d.de"]


def test_chunks(tmp_path: Path) -> None:
    """Chunks are bounded and number the rows on."""
    path = written(tmp_path, b"domain\n" + b"a.de\n" * 5)
    chunks = list(open_list(path, DOMAIN_LISTS, chunk_rows=2)[1])
    assert [(chunk.first_row_number, len(chunk.raw_values)) for chunk in chunks] == [(1, 2), (3, 2), (5, 1)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \n", b",,\n"])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    """A file without even a header is refused as empty."""
    with pytest.raises(ListError, match="is empty"):
        rows_of(written(tmp_path, content))


def test_header_only(tmp_path: Path) -> None:
    """A header without rows is a list of no rows."""
    assert rows_of(written(tmp_path, b"name,domain\n")) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("list.csv", b"PK\x03\x04rest", "compressed"),
        ("list.csv", b"PAR1rest", "Parquet"),
        ("list.csv", codecs.BOM_UTF16_LE + "domain\na.de\n".encode("utf-16-le") + b"\x00\xd8", "UTF-8"),
        ("list.parquet", b"no parquet", "damaged"),
        ("list.parquet", b"", "damaged"),
    ],
)
def test_damaged_file(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """A file that is not what its name says is refused with its path and what to do."""
    path = written(tmp_path, content, name)
    with pytest.raises(ListError, match=message) as caught:
        rows_of(path)
    assert str(path) in str(caught.value)


def test_parquet_with_damaged_pages(tmp_path: Path) -> None:
    """Damage inside a Parquet file is reported as damage, not as a question of permissions."""
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"domain": [f"a{number}.de" for number in range(10_000)]}), path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])
    with pytest.raises(ListError, match="damaged"):
        rows_of(path)


def test_times_beyond_python(tmp_path: Path) -> None:
    """A time that Python cannot hold is kept as text."""
    table = pa.table({"domain": ["a.de"], "until": pa.array([10**12], pa.timestamp("s"))})
    pq.write_table(table, tmp_path / "list.parquet")
    ((_, _, attributes),) = rows_of(tmp_path / "list.parquet")
    assert "1000000000000" in attributes["until"]


def test_missing_file(tmp_path: Path) -> None:
    """A file that has gone is reported as gone."""
    with pytest.raises(ListError, match="is gone"):
        rows_of(tmp_path / "list.csv")


def test_parquet(tmp_path: Path) -> None:
    """Parquet values keep their types in the attributes, nulls stay null, pandas' index is dropped."""
    table = pa.table(
        {
            "Website": ["a.de", None],
            "employees": [5, None],
            "since": [dt.date(2020, 1, 2), None],
            "at": pa.array([1_500, None], pa.timestamp("ns")),
            "revenue": pa.array([decimal.Decimal("1.50"), None]),
            "tags": [["x", "y"], None],
            "__index_level_0__": [0, 1],
        }
    )
    pq.write_table(table, tmp_path / "list.PARQUET")
    first, second = rows_of(tmp_path / "list.PARQUET")
    assert first == (
        1,
        "a.de",
        {
            "employees": 5,
            "since": "2020-01-02",
            "at": "1970-01-01T00:00:00.000001",
            "revenue": "1.50",
            "tags": ["x", "y"],
        },
    )
    assert second == (2, None, dict.fromkeys(["employees", "since", "at", "revenue", "tags"]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["a.de"]).dictionary_encode(), "a.de"),
        (pa.array(["a.de"], pa.large_string()), "a.de"),
        (pa.array([b"a.de"]), "a.de"),
        (pa.array([["a.de", "b.de"]]), "a.de, b.de"),
        (pa.array([5]), "5"),
    ],
)
def test_parquet_column_types(tmp_path: Path, values: Any, expected: str) -> None:
    """The subject's column may have any type; its only column needs no known name."""
    pq.write_table(pa.table({"x": values}), tmp_path / "list.parquet")
    assert rows_of(tmp_path / "list.parquet") == [(1, expected, {})]


def test_parquet_columns_of_one_name(tmp_path: Path) -> None:
    """Parquet columns that share a name all keep their values."""
    table = pa.table([["a.de"], ["x"], ["y"]], names=["domain", "note", "note"])
    pq.write_table(table, tmp_path / "list.parquet")
    assert rows_of(tmp_path / "list.parquet") == [(1, "a.de", {"note": "x", "note_2": "y"})]
