"""Files as people really keep them: each gives its companies, or says what it is."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_normalisation import normalise_list
from saber_pipeline.inputs.list_options import ListOptions
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import CONTACT_LISTS, DOMAIN_LISTS

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.inputs.list_rules import ListRules


def read(path: Path, rules: ListRules = DOMAIN_LISTS, options: ListOptions | None = None) -> dict[str, dict[str, Any]]:
    """The attributes of each subject of the file."""
    options = options or ListOptions()
    target = path.parent / "out"
    normalise_list(
        path,
        "mine",
        rules.with_options(options),
        accepted_path=target / "a.parquet",
        rejected_path=target / "r.parquet",
        options=options,
    )
    rows = pq.read_table(target / "a.parquet").to_pylist()
    return {row[rules.kind.column]: json.loads(row["attributes"]) for row in rows}


def rejected(path: Path) -> list[str]:
    """The reasons of the last reading."""
    reasons: list[str] = pq.read_table(path.parent / "out" / "r.parquet")["reason"].to_pylist()
    return reasons


TABLES = {
    "title line": "Target accounts - made 2024-05-01\nname,website,owner_email\nOrrin,orrin-tools.com,d@gmail.com\n",
    "padded title": "Report,,,\n,,,\nname,website,city,notes\nOrrin,orrin-tools.com,Bonn,beats stripe.com\n",
    "comment": "# source: crm, from https://crm.example\nname,website,owner\nOrrin,orrin-tools.com,dana@stripe.com\n",
    "key and value above": "Created,2024-01-02\nBy,Dana\n\nid;x,website,name,city\n1,orrin-tools.com,Orrin,Bonn\n",
    "hive": "id\x01website\n1\x01orrin-tools.com\n",
    "unit separator": "id\x1fwebsite\n1\x1forrin-tools.com\n",
    "double colon": "name::website::mail\nOrrin::orrin-tools.com::dana.k@gmail.com\n",
    "tilde": "name~website~city\nOrrin~orrin-tools.com~Bonn\n",
    "whole lines in quotes": '"name,website"\n"Orrin,orrin-tools.com"\n"Vellum ""V"", Foods",\n'.replace(
        '"Vellum ""V"", Foods",\n', ""
    ),
    "rows in quotes": 'name,website\n"""Orrin, Inc"",orrin-tools.com"\n',
    "blank before quote": 'id,name,website\n1, "Orrin, Inc", orrin-tools.com\n',
    "backslash quotes": 'id,name,website\n1,"Orrin \\"The\\", Inc",orrin-tools.com\n',
    "no header": '1, "Orrin, Inc", orrin-tools.com\n',
    "no header, backslash quotes": '1,"Orrin \\"The\\", Inc",orrin-tools.com\n',
    "separator line with a tab": "sep=\t\nDomain\tName\norrin-tools.com\tOrrin\n",
    "email first": "Record ID,Company name,Email,Website URL (2)\n1,Orrin,dana@gmail.com,orrin-tools.com\n",
    "object in brackets": "Email,Company Name,Website (Company Name) (Account)\nd@gmail.com,Orrin,orrin-tools.com\n",
    "object before a dash": "Email,Organization - Website\nd@stripe.com,orrin-tools.com\n",
    "object before a colon": "Email,Account Name: Website\nd@stripe.com,orrin-tools.com\n",
    "bare url": "Name,URL,Company website link\nOrrin,https://crm.stripe.com/1,orrin-tools.com\n",
    "domain is a sector": "Startup,Domain,Website\nOrrin,Fintech,orrin-tools.com\n",
    "domain empty": "Record ID,Company Domain Name,Website URL\n1,,https://orrin-tools.com\n",
    "footer": '"Website","Name"\n"orrin-tools.com","O"\n\n"By owner"\n"Copyright (c) 2024 salesforce.com, inc. All"\n',
    "huge cell": f"name,about,website\nOrrin,{'A' * 131_073},orrin-tools.com\n",
    "huge prose": f'name,about,website\nOrrin,"{"We beat stripe.com, adyen.com. " * 60_000}",orrin-tools.com\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", TABLES)
def test_tables(tmp_path: Path, kind: str, encoding: str) -> None:
    """The companies of the website column are found, and nobody else's domain is."""
    path = tmp_path / "list.csv"
    path.write_bytes(TABLES[kind].encode(encoding))
    assert list(read(path)) == ["orrin-tools.com"]


@pytest.mark.parametrize(
    ("last", "is_company"),
    [
        ("https://www.crm.stripe.com/export/7", False),
        ("www.stripe.com,", False),
        ("stripe.com/reports\nhttps://adyen.com", False),
        ("stripe.com,Stripe", True),
        ("https://stripe.com,Stripe", True),
        ("stripe.com", True),  # somebody may have added a company
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_an_address_below_the_rows(tmp_path: Path, last: str, ending: str, is_company: bool) -> None:
    """A last line that is nothing but an address, written as no row is, belongs to a report and is no company."""
    path = tmp_path / f"list{ending}"
    lines = ["website,name", "orrin-tools.com,Orrin", "vellumfoods.de,Vellum", "quist.at,Quist", *last.split("\n")]
    if ending == ".csv":
        path.write_text("\n".join([*lines[:4], "", *lines[4:], ""]))
    else:
        workbook = openpyxl.Workbook()
        for line in lines:
            workbook.worksheets[0].append(line.split(","))
        workbook.save(path)
    found = read(path)
    assert list(found)[:3] == ["orrin-tools.com", "vellumfoods.de", "quist.at"]
    assert ("stripe.com" in list(found)) is is_company
    assert len(found) == 3 + is_company


def test_addresses_among_their_like(tmp_path: Path) -> None:
    """Where other rows are addresses, or stand alone, the last one is a company as they are."""
    path = tmp_path / "list.csv"
    path.write_text("website,name\nhttps://orrin-tools.com,Orrin\nvellumfoods.de,V\nhttps://quist.at\n")
    assert list(read(path)) == ["orrin-tools.com", "vellumfoods.de", "quist.at"]
    path.write_text("website,name\norrin-tools.com,Orrin\nvellumfoods.de\nhttps://quist.at\n")
    assert list(read(path)) == ["orrin-tools.com", "vellumfoods.de", "quist.at"]


NO_TABLES = {
    "json lines": ('{"domain":"orrin-tools.com","partner":"stripe.com"}\n' * 3, "JSON"),
    "json": ('[\n  {"domain": "orrin-tools.com"},\n  {"domain": "x.com"}\n]\n', "JSON"),
    "web page": ("<!DOCTYPE html>\n<html><a href='https://orrin-tools.com'>x</a></html>\n", "web page"),
    "prose": ("Orrin is at orrin-tools.com today\nVellum is at vellumfoods.de now\n", "line 1"),
}


@pytest.mark.parametrize("kind", NO_TABLES)
def test_no_tables(tmp_path: Path, kind: str) -> None:
    """What is no table is refused with what it is, or with its line."""
    text, message = NO_TABLES[kind]
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(ListError, match=message):
        read(path)


def test_notes_above_contacts(tmp_path: Path) -> None:
    """An export of connections gives its people with their other columns."""
    path = tmp_path / "list.csv"
    path.write_text(
        'Notes:\n"When you export, see https://www.linkedin.com/psettings/privacy/email"\n\n'
        'First Name,Last Name,URL,Email Address,Company\nMara,Quist,https://www.linkedin.com/in/mara,,"Orrin, Tools"\n'
    )
    attributes = read(path, CONTACT_LISTS)["https://www.linkedin.com/in/mara"]
    assert (attributes["First Name"], attributes["Company"]) == ("Mara", "Orrin, Tools")


def test_packed(tmp_path: Path) -> None:
    """A packed file is read as the one inside; one that is cut short is refused."""
    path = tmp_path / "list.csv.gz"
    content = gzip.compress(b"name,website\nOrrin,orrin-tools.com\n")
    path.write_bytes(content)
    assert read(path) == {"orrin-tools.com": {"name": "Orrin"}}
    path.write_bytes(content[:-12])
    with pytest.raises(ListError, match="gzip"):
        read(path)


def test_excel(tmp_path: Path) -> None:
    """Of a workbook the first visible sheet is read, below its title, with values as they are shown."""
    book = openpyxl.Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.append(["domain"])
    hidden.append(["stripe.com"])
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("Accounts")
    for row in (
        ["Report"],
        [],
        ["Name", "Website", "Size", "Since", "Code"],
        ["O", "orrin-tools.com", 5, dt.date(2024, 1, 2), "01"],
    ):
        sheet.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    assert read(path) == {"orrin-tools.com": {"Name": "O", "Size": "5", "Since": "2024-01-02", "Code": "01"}}
    assert list(read(path, options=ListOptions(sheet="Sheet"))) == ["stripe.com"]


def test_links_behind_cells(tmp_path: Path) -> None:
    """A website column whose cells show names gives the links behind them, and those of formulas."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Name", "Website"])
    sheet.append(["O", "Orrin"])
    sheet["B2"].hyperlink = "https://orrin-tools.com/"
    sheet.append(["V", '=HYPERLINK("https://vellumfoods.de","Vellum")'])
    path = tmp_path / "list.xlsx"
    book.save(path)
    assert list(read(path)) == ["orrin-tools.com", "vellumfoods.de"]


@pytest.mark.parametrize("zone", ["GMT+01:00", "Z", "+0100", "CEST", "Europe/Berlin", "nowhere/at all"])
def test_parquet_times(tmp_path: Path, zone: str) -> None:
    """Times are told in UTC, whatever their zone is called."""
    at = pa.array([dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")).cast(pa.int64())
    table = pa.table({"domain": ["orrin-tools.com"], "at": at.view(pa.timestamp("us", zone))})
    pq.write_table(table, tmp_path / "list.parquet")
    assert read(tmp_path / "list.parquet")["orrin-tools.com"]["at"].startswith("2024-01-02T03:00:00")


def test_parquet_values(tmp_path: Path) -> None:
    """Far dates, bytes, nested and decimal values come as they are."""
    table = pa.table(
        {
            "website": [b"orrin-tools.com"],
            "end": pa.array([dt.datetime.fromisoformat("9999-12-31")], pa.timestamp("us")),
            "name": [b"Vell\xc3\xbcm"],
            "who": [{"name": b"Dana", "at": [dt.datetime.fromisoformat("2024-01-02")]}],
            "sum": pa.array([12345678901234567890123456789], pa.decimal128(38, 0)),
        }
    )
    pq.write_table(table.drop_columns(["who"]), tmp_path / "list.parquet", use_deprecated_int96_timestamps=True)
    attributes = read(tmp_path / "list.parquet")["orrin-tools.com"]
    assert attributes == {
        "end": "9999-12-31T00:00:00",
        "name": "Vellüm",
        "sum": "12345678901234567890123456789",
    }
    pq.write_table(table.select(["website", "who"]), tmp_path / "list.parquet")
    assert read(tmp_path / "list.parquet")["orrin-tools.com"] == {
        "who": {"name": "Dana", "at": ["2024-01-02T00:00:00"]}
    }


def test_parquet_index(tmp_path: Path) -> None:
    """Domains in the unnamed index of a pandas frame are used."""
    table = pa.table({"name": ["Orrin"], "__index_level_0__": ["orrin-tools.com"]})
    pq.write_table(table, tmp_path / "list.parquet")
    assert read(tmp_path / "list.parquet") == {"orrin-tools.com": {"name": "Orrin"}}


def test_parquet_folder(tmp_path: Path) -> None:
    """The parts of a folder are one list, by their columns' names."""
    folder = tmp_path / "list.parquet"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    pq.write_table(pa.table({"domain": ["orrin-tools.com"], "n": [1]}), folder / "part-0.parquet")
    pq.write_table(pa.table({"n": [2], "domain": ["vellumfoods.de"]}), folder / "part-1.parquet")
    assert read(folder) == {"orrin-tools.com": {"n": 1}, "vellumfoods.de": {"n": 2}}


def test_a_folder_has_the_columns_of_all_its_parts(tmp_path: Path) -> None:
    """A column that only a later part has keeps its values, and names the companies of a part that lacks the first."""
    folder = tmp_path / "list.parquet"
    folder.mkdir()
    pq.write_table(pa.table({"domain": ["orrin-tools.com"]}), folder / "part-0.parquet")
    pq.write_table(pa.table({"website": ["vellumfoods.de"], "n": [2]}), folder / "part-1.parquet")
    read_rows = read(folder)
    assert list(read_rows) == ["orrin-tools.com", "vellumfoods.de"]
    assert read_rows["vellumfoods.de"]["n"] == 2


def test_a_quote_behind_a_blank_holds_its_cell_together_without_a_header(tmp_path: Path) -> None:
    """As people write it; the comma inside is no separator."""
    path = tmp_path / "list.csv"
    path.write_text('1, "Orrin, Inc", orrin-tools.com\n')
    assert read(path) == {"orrin-tools.com": {"column_1": "1", "column_2": "Orrin, Inc"}}


def test_an_empty_first_sheet_is_passed_over_and_other_sheets_are_named(tmp_path: Path) -> None:
    """A second sheet with rows is not read, so that it is said."""
    book = openpyxl.Workbook()
    for name in ("Accounts", "More", "Nothing"):
        sheet = book.create_sheet(name)
        if name != "Nothing":
            sheet.append(["website"])
            sheet.append([f"{name.lower()}-orrin.com"])
    book.save(tmp_path / "list.xlsx")
    assert list(read(tmp_path / "list.xlsx")) == ["accounts-orrin.com"]
    facts, _ = open_list(tmp_path / "list.xlsx", DOMAIN_LISTS)
    assert facts.notes == ("Only the sheet 'Accounts' is read. There are rows in: 'More'.",)
    assert list(read(tmp_path / "list.xlsx", options=ListOptions(sheet="More"))) == ["more-orrin.com"]


def test_encrypted(tmp_path: Path) -> None:
    """An encrypted file is called so."""
    (tmp_path / "list.parquet").write_bytes(b"PARE" + bytes(100) + b"PARE")
    with pytest.raises(ListError, match="is encrypted"):
        read(tmp_path / "list.parquet")


def test_options(tmp_path: Path) -> None:
    """What lists.yaml names decides: column, header line, filters, domains allowed and denied."""
    path = tmp_path / "list.csv"
    path.write_text("x,domain\nWhat,Other,domain\nCustomer,o.github.io,a.de\nLost,b.de,c.de\nCustomer,d.de,e.de\n")
    options = ListOptions(
        column="Other",
        header_line=2,
        filters=(("What", frozenset({"Customer"})),),
        allow=frozenset({"o.github.io"}),
        deny=frozenset({"d.de"}),
    )
    assert list(read(path, options=options)) == ["o.github.io", "e.de"]


def test_mailboxes_are_rejected(tmp_path: Path) -> None:
    """Of addresses at mail providers the reasons say so."""
    path = tmp_path / "list.csv"
    path.write_text("company,email\nOrrin,dana@gmail.com\nVellum,m@vellumfoods.de\nQuist,foo@yahoo.co.jp\n")
    assert list(read(path)) == ["vellumfoods.de"]
    assert all("a mailbox provider" in reason for reason in rejected(path))
    assert len(rejected(path)) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("domain,name\nacme.com,A\nhooli.com,H\n", 1),
        ("Report of Q3\n\nmade by dana\ndomain,name,owner\nacme.com,A,x\nhooli.com,H,y\n", 4),
        ("sep=;\ndomain;name\nacme.com;A\nhooli.com;H\n", 2),
    ],
)
def test_the_line_of_the_header_is_told(tmp_path: Path, text: str, line: int) -> None:
    """As an editor counts it, with titles, blank lines and Excel's own first line, however many rows there are."""
    path = tmp_path / "list.csv"
    path.write_text(text)
    facts, _ = open_list(path, DOMAIN_LISTS)
    assert facts.header_line == line


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04accounts.csv", b"BZh91AY", b"\xfd7zXZ\x00", b"(\xb5/\xfd$", b"7z\xbc\xaf'"]
)
def test_packed_files_by_another_name(tmp_path: Path, head: bytes) -> None:
    """A packed file that is called a table is told to be one, and no workbook."""
    (tmp_path / "list.csv").write_bytes(head + bytes(40))
    with pytest.raises(ListError, match="is a compressed file"):
        read(tmp_path / "list.csv")
